/**
 * Reads pprof files with Flambeau and with the npm package pprof-format, each in a process of its own, in turn,
 * and prints medians as a table. Needs a build (`npx tsc -b`).
 *
 *     node bench/pprof.mjs FILE… [--runs N]
 *
 * Both start from a raw (not gzipped) file in the page cache and end with the decoded profile in memory; time
 * is the process from start to exit, memory its peak resident set.
 */
import { spawnSync } from "node:child_process";
import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";

const CONTENDERS = ["flambeau", "flambeau-merged", "pprof-format"];

async function decode(contender, file) {
  if (contender === "pprof-format") {
    const { Profile } = await import("pprof-format");
    globalThis.kept = Profile.decode(readFileSync(file));
    return globalThis.kept.sample.length;
  }
  const { pprofReader, ProfileBuilder } = await import("../packages/core/dist/index.js");
  const fd = openSync(file, "r");
  const source = {
    name: file,
    size: fstatSync(fd).size,
    read: (target) => readSync(fd, target, 0, target.length, null),
  };
  const builder = new ProfileBuilder(contender === "flambeau" ? "each" : "merged");
  await pprofReader.read(source, builder, builder.notes, {});
  closeSync(fd);
  globalThis.kept = builder.finish();
  return globalThis.kept.meta.observations ?? globalThis.kept.samples.length;
}

/** Runs one contender on one file: milliseconds of wall clock and processor, megabytes, samples. */
function measure(contender, file) {
  const start = performance.now();
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [fileURLToPath(import.meta.url), "--child", contender, file],
    { encoding: "utf8" },
  );
  const wall = performance.now() - start;
  if (status !== 0) throw new Error(`${contender} failed: ${stderr}`);
  return { wall, ...JSON.parse(stdout) };
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

function compare(file, runs) {
  const results = new Map(CONTENDERS.map((contender) => [contender, []]));
  for (let run = 0; run < runs; run++) {
    for (const contender of CONTENDERS) results.get(contender).push(measure(contender, file));
  }
  const rows = CONTENDERS.map((contender) => {
    const all = results.get(contender);
    const of = (key) => median(all.map((result) => result[key]));
    return { contender, wall: of("wall"), cpu: of("cpu"), memory: of("memory"), samples: of("samples") };
  });
  const base = rows.at(-1);
  console.log(`\n${file}: ${rows[0].samples} samples, medians of ${runs}\n`);
  console.log("| decoder | time | faster by | processor | less by | peak memory | share |");
  console.log("|---|---|---|---|---|---|---|");
  for (const { contender, wall, cpu, memory, samples } of rows) {
    if (samples !== base.samples)
      throw new Error(`${contender} read ${samples} samples, not ${base.samples}`);
    const cells = [
      contender,
      `${wall.toFixed(0)} ms`,
      `${(base.wall / wall).toFixed(1)}×`,
      `${cpu.toFixed(0)} ms`,
      `${(base.cpu / cpu).toFixed(1)}×`,
      `${memory.toFixed(0)} MB`,
      `${((100 * memory) / base.memory).toFixed(0)} %`,
    ];
    console.log(`| ${cells.join(" | ")} |`);
  }
}

const args = process.argv.slice(2);
if (args[0] === "--child") {
  const samples = await decode(args[1], args[2]);
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  console.log(JSON.stringify({ cpu: (userCPUTime + systemCPUTime) / 1000, memory: maxRSS / 1024, samples }));
} else {
  const at = args.indexOf("--runs");
  const runs = at < 0 ? 3 : Number(args.splice(at, 2)[1]);
  console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0].model}`);
  for (const file of args) compare(file, runs);
}
