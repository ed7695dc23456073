import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { work } from "./inputs.mjs";
import { rounds, warm } from "./measure.mjs";
import { flambeau, root, tools } from "./tools.mjs";

/** A recording of the JVM's own profiler; chunks may follow each other, so it is repeated to the wanted size. */
export async function jfrRecording(tell, megabytes = 110) {
  const file = join(work, `readers-jfr-${megabytes}mb.jfr`);
  if (existsSync(file)) return file;
  const short = join(work, "short.jfr");
  tell("  recording bench/programs/Workload.java with the JVM's recorder …");
  const args = [
    "-XX:+UseSerialGC",
    "-Xmx512m",
    `-XX:StartFlightRecording:settings=profile,filename=${short}`,
    "-XX:FlightRecorderOptions:stackdepth=128",
    join(root, "bench/programs/Workload.java"),
    "40",
  ];
  const { status } = spawnSync("java", args, { stdio: "ignore" });
  if (status !== 0) {
    tell("  not found, left out: java, which records for the JFR part");
    return undefined;
  }
  const chunks = readFileSync(short);
  rmSync(`${file}.part`, { force: true });
  for (let size = 0; size < megabytes * 1e6; size += chunks.length) appendFileSync(`${file}.part`, chunks);
  renameSync(`${file}.part`, file);
  return file;
}

/** How versions 4 (`jfr-converter`) and 3 (`async-profiler-converter`) of the converter are called. */
function converterArguments(jar, file, output) {
  if (basename(jar).startsWith("async-profiler-converter"))
    return ["-cp", jar, "jfr2flame", "--collapsed", file, output];
  return ["-jar", jar, "-o", "collapsed", file, output];
}

/** JFR → folded stacks, beside async-profiler's converter, both from start to exit. */
export async function jfrTable(file, { runs, tell }) {
  await warm(file);
  const ours = {
    name: "flambeau fold",
    command: process.execPath,
    args: [flambeau, "fold", file],
    output: join(work, "out-jfr.folded"),
  };
  const contenders = [ours];
  if (tools.jfrConverter === undefined)
    tell("  not found, left out: JFR_CONVERTER, async-profiler's converter");
  else {
    contenders.push({
      name: "async-profiler's converter",
      command: "java",
      args: converterArguments(tools.jfrConverter, file, join(work, "out-jfr-theirs.folded")),
      output: join(work, "out-jfr-theirs.txt"),
    });
  }
  return {
    title: `JFR → folded, ${Math.round(statSync(file).size / 1e6)} MB`,
    rows: await rounds(contenders, runs, tell),
  };
}
