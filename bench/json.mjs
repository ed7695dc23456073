// `node bench/json.mjs`: the streaming JSON reader against JSON.parse on a CPU profile made by a seeded generator.
// Options: --megabytes 220, --runs 3. Needs a built packages/core (npx tsc -b). The input goes to bench/.work, or
// FLAMBEAU_BENCH_WORK. Every contender is a process of its own; peak memory is that of the whole process.
import { execFileSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  writeSync,
} from "node:fs";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const here = dirname(fileURLToPath(import.meta.url));
const core = join(here, "../packages/core/dist");
const { values } = parseArgs({
  options: {
    megabytes: { type: "string", default: "220" },
    runs: { type: "string", default: "3" },
    contender: { type: "string" },
    file: { type: "string" },
  },
});

/** mulberry32: the same file on every machine. */
function randomFrom(seed) {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** A file like Node's: a third of its bytes nodes, the rest samples and time differences. */
function generate(file, bytes) {
  const random = randomFrom(42);
  const out = openSync(`${file}.part`, "w");
  let text = '{"nodes":[';
  let written = 0;
  const put = (piece) => {
    text += piece;
    if (text.length > 1 << 20) flush();
  };
  const flush = () => {
    written += writeSync(out, text);
    text = "";
  };
  const nodes = Math.floor(bytes / 3 / 260);
  const children = Array.from({ length: nodes + 1 }, () => []);
  const depths = [0, 1];
  for (let id = 2; id <= nodes; id++) {
    let caller = Math.max(1, id - 1 - random(Math.min(id - 1, 400)));
    if (depths[caller] > 90) caller = 1 + random(Math.min(id - 1, 50));
    children[caller].push(id);
    depths[id] = depths[caller] + 1;
  }
  for (let id = 1; id <= nodes; id++) {
    const name = id === 1 ? "(root)" : `function${random(20_000)}`;
    const url = `file:///srv/app/node_modules/module${random(300)}/lib/index.js`;
    const place = `"scriptId":"${random(300)}","url":"${url}","lineNumber":${random(3000)},"columnNumber":${random(80)}`;
    const ticks =
      random(3) === 0 ? `,"positionTicks":[{"line":${random(3000)},"ticks":${1 + random(9)}}]` : "";
    put(
      `${id > 1 ? "," : ""}{"id":${id},"callFrame":{"functionName":"${name}",${place}},"hitCount":${random(50)},` +
        `"children":[${children[id].join()}]${ticks}}`,
    );
  }
  flush();
  // A sample is about 7 bytes, a time difference 4. Few nodes, early ones, are hot, as in real programs.
  const samples = Math.floor((bytes - written) / 11);
  put('],"startTime":1929238343,"endTime":99929488275,"samples":[');
  for (let i = 0; i < samples; i++) put(`${i > 0 ? "," : ""}${1 + random(1 + random(1 + random(nodes)))}`);
  put('],"timeDeltas":[');
  for (let i = 0; i < samples; i++) put(`${i > 0 ? "," : ""}${90 + random(400)}`);
  put("]}");
  flush();
  closeSync(out);
  renameSync(`${file}.part`, file);
}

function sourceOf(file) {
  const descriptor = openSync(file, "r");
  return { name: file, size: statSync(file).size, read: (target) => readSync(descriptor, target) };
}

const contenders = {
  /** Bytes through the buffer, every token looked at, nothing kept. */
  async "JsonReader.skip"(file) {
    const { JsonReader } = await import(join(core, "codec/json.js"));
    const json = new JsonReader(sourceOf(file));
    await json.skip();
  },
  /** Only the tokens of this format, without a profile: what other JSON formats can count on. */
  async "v8-cpuprofile tokens"(file) {
    const { JsonReader } = await import(join(core, "codec/json.js"));
    const { emptyFile, parseFile } = await import(join(core, "readers/v8-cpuprofile/parse.js"));
    const { ProfileBuilder } = await import(join(core, "index.js"));
    const builder = new ProfileBuilder();
    await parseFile(new JsonReader(sourceOf(file)), emptyFile(), builder, builder.notes);
  },
  /** The whole way to a profile, a sample per observation. */
  async "v8-cpuprofile reader"(file) {
    await readProfile(file, "each");
  },
  async "v8-cpuprofile reader, merged"(file) {
    await readProfile(file, "merged");
  },
  /** To plain objects only: no stacks, no weights, no profile. */
  async "JSON.parse"(file) {
    const { nodes, samples } = JSON.parse(readFileSync(file, "utf8"));
    if (nodes.length === 0 || samples.length === 0) throw new Error("nothing read");
  },
};

async function readProfile(file, mode) {
  const { ProfileBuilder } = await import(join(core, "index.js"));
  const { v8CpuprofileReader } = await import(join(core, "readers/v8-cpuprofile/index.js"));
  const builder = new ProfileBuilder(mode);
  await v8CpuprofileReader.read(sourceOf(file), builder, builder.notes, {});
  if (builder.finish().samples.length === 0) throw new Error("nothing read");
}

if (values.contender !== undefined) {
  const start = performance.now();
  await contenders[values.contender](values.file);
  const seconds = (performance.now() - start) / 1000;
  console.log(JSON.stringify({ seconds, memory: process.resourceUsage().maxRSS * 1024 }));
} else {
  const work = process.env.FLAMBEAU_BENCH_WORK ?? join(here, ".work");
  mkdirSync(work, { recursive: true });
  const file = join(work, `synthetic-${values.megabytes}mb.cpuprofile`);
  if (!existsSync(file)) generate(file, Number(values.megabytes) * 1e6);
  const { size } = statSync(file);
  const results = new Map(Object.keys(contenders).map((name) => [name, []]));
  for (let run = 0; run < Number(values.runs); run++) {
    for (const [name, list] of results) {
      const args = [fileURLToPath(import.meta.url), "--contender", name, "--file", file];
      try {
        list.push(
          JSON.parse(
            execFileSync(process.execPath, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }),
          ),
        );
      } catch (error) {
        const [reason] = /\w*Error: .*/.exec(String(error.stderr)) ?? ["failed"];
        list.push({ failed: reason });
      }
    }
  }
  const median = (list) => list.sort((a, b) => a - b)[list.length >> 1];
  console.log(
    `${cpus().length} × ${cpus()[0].model}, Node ${process.version}, ${(size / 1e6).toFixed(0)} MB, medians of ${values.runs}\n`,
  );
  console.log("| | time | MB/s | peak memory |\n|---|---|---|---|");
  for (const [name, list] of results) {
    const fine = list.filter(({ failed }) => failed === undefined);
    if (fine.length === 0) {
      console.log(`| ${name} | ${list[0].failed} | | |`);
      continue;
    }
    const seconds = median(fine.map((one) => one.seconds));
    const memory = median(fine.map((one) => one.memory));
    const speed = (size / 1e6 / seconds).toFixed(0);
    console.log(`| ${name} | ${seconds.toFixed(2)} s | ${speed} | ${(memory / 1e6).toFixed(0)} MB |`);
  }
}
