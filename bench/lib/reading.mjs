// One contender on one file, in a process of its own: `node reading.mjs CONTENDER FILE READER`. Prints seconds (from
// the first byte to the whole profile in memory; Node's start and the loading of modules are not in it), the peak
// memory of the process, and what was found.
import { openSync, readFileSync, readSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { walks } from "./walks.mjs";

const core = join(dirname(fileURLToPath(import.meta.url)), "../../packages/core/dist/index.js");
const [contender, file, reader] = process.argv.slice(2);

function sourceOf(path) {
  const descriptor = openSync(path, "r");
  return { name: undefined, size: statSync(path).size, read: (target) => readSync(descriptor, target) };
}

let start;
let found;
if (contender === "parse") {
  start = performance.now();
  found = walks[reader](JSON.parse(readFileSync(file, "utf8")));
} else {
  const { readProfile } = await import(core);
  start = performance.now();
  const profile = await readProfile(sourceOf(file), { samples: contender });
  if (profile.meta.format !== reader) throw new Error(`read as ${profile.meta.format}, not ${reader}`);
  found = profile.samples.length;
  globalThis.kept = profile;
}
const seconds = (performance.now() - start) / 1000;
if (!(found > 0)) throw new Error("nothing read");
const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
console.log(
  JSON.stringify({ seconds, cpu: (userCPUTime + systemCPUTime) / 1e6, memory: maxRSS * 1024, found }),
);
