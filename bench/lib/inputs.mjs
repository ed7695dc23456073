import { spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  openSync,
  renameSync,
  statSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { sortLines, writeDistinctStacks } from "./stacks.mjs";

const here = dirname(dirname(fileURLToPath(import.meta.url)));

/** Where inputs and outputs live: several gigabytes, never committed. */
export const work = process.env.FLAMBEAU_BENCH_WORK ?? join(here, ".work");
mkdirSync(work, { recursive: true });

/** A capture of this many seconds of three busy processes gives about 1.1 GB of text. */
const CAPTURE_SECONDS = 170;

/** Records the mixed workload with perf and prints it as text; kept for the next run. */
function capture(tell) {
  const text = join(work, "capture.txt");
  if (existsSync(text)) return text;
  const data = join(work, "capture.data");
  tell(`recording ${CAPTURE_SECONDS} s of bench/workload.mjs with perf …`);
  const workload = [process.execPath, join(here, "workload.mjs"), String(CAPTURE_SECONDS), "3"];
  const record = ["record", "-F", "999", "-g", "-e", "cpu-clock", "-o", data, "--", ...workload];
  const env = { ...process.env, FLAMBEAU_BENCH_WORK: work };
  const recorded = spawnSync("perf", record, { stdio: "ignore", env });
  if (recorded.error !== undefined || recorded.status !== 0) {
    throw new Error(
      `perf could not record (${recorded.error?.message ?? `exit code ${recorded.status}`}). Install perf and allow it ` +
        `(kernel.perf_event_paranoid), or put the text of another capture (perf script) at ${text}.`,
    );
  }
  const out = openSync(`${text}.part`, "w");
  const printed = spawnSync("perf", ["script", "-i", data], { stdio: ["ignore", out, "ignore"] });
  closeSync(out);
  if (printed.status !== 0) throw new Error("perf script failed");
  renameSync(`${text}.part`, text);
  return text;
}

/**
 * `perf script` text of about `megabytes` (10^6 bytes), cut after a whole sample. Where the capture is shorter, it
 * is repeated with later times and other process ids: the stacks stay real.
 */
export async function perfText(megabytes, tell) {
  const file = join(work, `perf-script-${megabytes}mb.txt`);
  if (existsSync(file)) return file;
  const source = capture(tell);
  tell(`writing ${file} …`);
  const out = createWriteStream(`${file}.part`, { highWaterMark: 1 << 22 });
  let left = megabytes * 1e6;
  for (let copy = 0; left > 0; copy++) {
    let pending = "";
    for await (const chunk of createReadStream(source, { encoding: "latin1", highWaterMark: 1 << 22 })) {
      const text = pending + chunk;
      // Up to the end of the last whole sample in reach.
      const end = text.length >= left ? text.indexOf("\n\n", left) : text.lastIndexOf("\n\n");
      pending = end < 0 ? text : text.slice(end + 2);
      if (end < 0) continue;
      const whole = shifted(text.slice(0, end + 2), copy);
      left -= whole.length;
      if (!out.write(whole, "latin1")) await once(out, "drain");
      if (left <= 0) break;
    }
  }
  out.end();
  await once(out, "finish");
  renameSync(`${file}.part`, file);
  return file;
}

/** Event lines of a repeated copy: `perl 8682 1715.332469:` → other pid, later time. */
function shifted(text, copy) {
  if (copy === 0) return text;
  const event = /^(\S.*?\s)(\d+)(\s+)(\d+)(\.\d+:)/gm;
  const other = (_all, comm, pid, gap, seconds, rest) =>
    `${comm}${Number(pid) + 100000 * copy}${gap}${Number(seconds) + 10000 * copy}${rest}`;
  return text.replace(event, other);
}

/** A million distinct stacks as folded lines: in the order a fold writes, or in random order. */
export async function distinctStacks(order, fold, tell) {
  const shuffled = join(work, "folded-1m-shuffled.folded");
  const sorted = join(work, "folded-1m-sorted.folded");
  const wanted = order === "sorted" ? sorted : shuffled;
  if (existsSync(wanted)) return wanted;
  if (!existsSync(shuffled)) {
    const real = join(work, "capture.folded");
    if (!existsSync(real)) await fold(capture(tell), real);
    tell(`writing ${shuffled} …`);
    await writeDistinctStacks(real, shuffled, 1_000_000);
  }
  if (order === "sorted") {
    tell(`writing ${sorted} …`);
    await sortLines(shuffled, sorted);
  }
  return wanted;
}

export const megabytesOf = (file) => statSync(file).size / 1e6;
