import { spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream, createWriteStream, existsSync, renameSync } from "node:fs";
import { createInterface } from "node:readline";

/** A small generator of random numbers with a seed (mulberry32): the same file on every machine. */
function randomFrom(seed) {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** 53 bits over a text: two FNV-like hashes side by side. */
function hash53(text) {
  let a = 0x811c9dc5;
  let b = 0x9747b28c;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    a = Math.imul(a ^ c, 0x01000193);
    b = Math.imul(b ^ c, 0x85ebca6b) ^ (b >>> 13);
  }
  return (a >>> 0) * 0x200000 + ((b >>> 0) & 0x1fffff);
}

/** The stacks of a folded file that are neither trivial nor giants, as frames. */
async function realStacks(folded) {
  const stacks = [];
  for await (const line of createInterface({ input: createReadStream(folded), crlfDelay: Infinity })) {
    const stack = line.slice(0, line.lastIndexOf(" "));
    if (stack.length > 300 && stack.length < 2200) stacks.push(stack.split(";"));
  }
  return stacks;
}

/**
 * Writes `count` distinct stacks as folded lines, in random order: each is the caller's part of one real stack with
 * the last frames of another, so that names, depths and shared prefixes are those of a real profile.
 */
export async function writeDistinctStacks(folded, out, count) {
  const stacks = await realStacks(folded);
  if (stacks.length < 100) throw new Error(`${folded} has too few stacks to build on`);
  const random = randomFrom(20);
  const seen = new Set();
  const stream = createWriteStream(`${out}.part`, { highWaterMark: 1 << 22 });
  while (seen.size < count) {
    const callers = stacks[random(stacks.length)];
    const leaves = stacks[random(stacks.length)];
    const keep = (callers.length >> 1) + random(callers.length >> 1);
    const tail = 1 + random(Math.min(10, leaves.length));
    const line = [...callers.slice(0, keep), ...leaves.slice(-tail)].join(";");
    const hash = hash53(line);
    if (seen.has(hash)) continue;
    seen.add(hash);
    if (!stream.write(`${line} ${1 + random(50)}\n`)) await once(stream, "drain");
  }
  stream.end();
  await once(stream, "finish");
  renameSync(`${out}.part`, out);
}

/** The same lines in the order in which a fold writes them: sorted by bytes. */
export async function sortLines(from, to) {
  const child = spawn("sort", ["-S", "1G", "-o", `${to}.part`, from], {
    stdio: "inherit",
    env: { ...process.env, LC_ALL: "C" },
  });
  const [code] = await once(child, "exit");
  if (code !== 0 || !existsSync(`${to}.part`)) throw new Error(`sort failed on ${from}`);
  renameSync(`${to}.part`, to);
}
