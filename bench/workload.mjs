// Runs a mixed real workload for some seconds: what the benchmark's captures record.
// Usage: node bench/workload.mjs SECONDS [PARALLEL]
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const seconds = Number(process.argv[2] ?? 10);
const parallel = Number(process.argv[3] ?? 2);
const work = process.env.FLAMBEAU_BENCH_WORK ?? join(here, ".work");
mkdirSync(work, { recursive: true });

const program = (name) => join(here, "programs", name);
const binary = join(work, "expressions");
const v8 = ["--perf-basic-prof", "--interpreted-frames-native-stack"];
const asc = join(root, "node_modules", "assemblyscript", "bin", "asc.js");

/** Each job runs for a few seconds and is started again, in turn, until the time is up. */
const jobs = [
  [binary, "4"],
  [process.execPath, ...v8, asc, program("compile.ts"), "-O3", "-o", join(work, "out.wasm")],
  [process.execPath, ...v8, program("documents.mjs"), "5"],
  ["g++", "-O2", "-std=c++17", "-c", program("expressions.cpp"), "-o", join(work, "out.o")],
  ["perl", program("words.pl"), "3"],
  [join(root, "node_modules", ".bin", "tsc"), "-p", join(root, "test"), "--noEmit"],
  ["python3", program("trees.py"), "4"],
  [join(root, "node_modules", ".bin", "biome"), "check", root],
];

function available([command, ...rest]) {
  return (
    spawnSync(command, [rest.includes("SECONDS") ? "" : "--version"], { stdio: "ignore" }).error === undefined
  );
}

const flags = ["-O2", "-g", "-fno-omit-frame-pointer", "-std=c++17"];
const built = spawnSync("g++", [...flags, program("expressions.cpp"), "-o", binary], { stdio: "inherit" });
const runnable = jobs.filter((job) => (job[0] === binary ? built.status === 0 : available(job)));
const end = Date.now() + seconds * 1000;
let next = 0;

function start() {
  if (Date.now() >= end) return;
  const [command, ...args] = runnable[next++ % runnable.length];
  const child = spawn(command, args, { stdio: "ignore", cwd: root });
  const timer = setTimeout(() => child.kill(), end - Date.now());
  child.on("exit", () => {
    clearTimeout(timer);
    start();
  });
}
for (let i = 0; i < parallel; i++) start();
