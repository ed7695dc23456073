// `node bench/json.mjs`: the streaming JSON readers against JSON.parse, each on a profile of its format made by a
// seeded generator (a CPU profile, a trace, a profile of Firefox).
// Options: --megabytes 220, --runs 3, --format ID (one only). Needs a built packages/core (npx tsc -b). The input goes to bench/.work, or
// FLAMBEAU_BENCH_WORK. Every contender is a process of its own; peak memory is that of the whole process.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { generators } from "./lib/json-inputs.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const core = join(here, "../packages/core/dist");
const { values } = parseArgs({
  options: {
    megabytes: { type: "string", default: "220" },
    runs: { type: "string", default: "3" },
    contender: { type: "string" },
    file: { type: "string" },
    format: { type: "string" },
  },
});

function sourceOf(file) {
  const descriptor = openSync(file, "r");
  return { name: file, size: statSync(file).size, read: (target) => readSync(descriptor, target) };
}

/** By format, what the walk over JSON.parse's objects looks at: as much as a reader cannot do without. */
const walks = {
  "v8-cpuprofile": ({ nodes, samples }) => {
    let sum = 0;
    for (const node of nodes) sum += node.callFrame.functionName.length;
    for (const sample of samples) sum += sample;
    return sum;
  },
  "chrome-trace": ({ traceEvents }) => {
    let sum = 0;
    for (const event of traceEvents) if (event.ph === "X") sum += event.dur + event.name.length;
    return sum;
  },
  firefox: ({ threads }) => {
    let sum = 0;
    for (const { samples, stackTable } of threads) {
      for (const stack of samples.stack) sum += stackTable.prefix[stack] ?? 0;
    }
    return sum;
  },
};

const contenders = {
  /** Bytes through the buffer, every token looked at, nothing kept. */
  async "JsonReader.skip"(file) {
    const { JsonReader } = await import(join(core, "codec/json.js"));
    const json = new JsonReader(sourceOf(file));
    await json.skip();
  },
  /** The whole way to a profile, a sample per observation. */
  reader: (file, format) => readProfile(file, format, "each"),
  "reader, merged": (file, format) => readProfile(file, format, "merged"),
  /** To plain objects and once over them: no stacks, no weights, no profile. */
  async "JSON.parse + walk"(file, format) {
    if (walks[format](JSON.parse(readFileSync(file, "utf8"))) === 0) throw new Error("nothing read");
  },
};

async function readProfile(file, format, mode) {
  const { ProfileBuilder, readerById } = await import(join(core, "index.js"));
  const builder = new ProfileBuilder(mode);
  await readerById(format).read(sourceOf(file), builder, builder.notes, {});
  if (builder.finish().samples.length === 0) throw new Error("nothing read");
}

/** Runs every contender in processes of their own and prints a table. */
function measure(format, work) {
  const file = join(work, `synthetic-${format}-${values.megabytes}mb.json`);
  if (!existsSync(file)) generators[format](file, Number(values.megabytes) * 1e6);
  const { size } = statSync(file);
  const results = new Map(Object.keys(contenders).map((name) => [name, []]));
  for (let run = 0; run < Number(values.runs); run++) {
    for (const [name, list] of results) {
      const args = [fileURLToPath(import.meta.url), "--contender", name, "--file", file, "--format", format];
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
    `\n| ${format}, ${(size / 1e6).toFixed(0)} MB | time | MB/s | peak memory |\n|---|---|---|---|`,
  );
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

if (values.contender !== undefined) {
  const start = performance.now();
  await contenders[values.contender](values.file, values.format);
  const seconds = (performance.now() - start) / 1000;
  console.log(JSON.stringify({ seconds, memory: process.resourceUsage().maxRSS * 1024 }));
} else {
  const work = process.env.FLAMBEAU_BENCH_WORK ?? join(here, ".work");
  mkdirSync(work, { recursive: true });
  console.log(`${cpus().length} × ${cpus()[0].model}, Node ${process.version}, medians of ${values.runs}`);
  for (const format of values.format === undefined ? Object.keys(generators) : [values.format]) {
    measure(format, work);
  }
}
