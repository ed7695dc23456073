import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { work } from "./inputs.mjs";
import { rounds, warm } from "./measure.mjs";
import { flambeau, root, tools } from "./tools.mjs";

const BYTES = 110e6;

/** A recording of the JVM's own profiler; chunks may follow each other, so it is repeated to 110 MB. */
export async function jfrRecording(tell) {
  const file = join(work, "readers-jfr-110mb.jfr");
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
  for (let size = 0; size < BYTES; size += chunks.length) appendFileSync(`${file}.part`, chunks);
  renameSync(`${file}.part`, file);
  return file;
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
      args: [
        "-cp",
        tools.jfrConverter,
        "jfr2flame",
        "--collapsed",
        file,
        join(work, "out-jfr-theirs.folded"),
      ],
      output: join(work, "out-jfr-theirs.txt"),
    });
  }
  return { title: "JFR → folded, 110 MB", rows: await rounds(contenders, runs, tell) };
}
