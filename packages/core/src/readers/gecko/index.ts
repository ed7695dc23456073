import { openJson, readWhole } from "../../codec/json-document.ts";
import { jsonPaths } from "../../codec/json-shape.ts";
import { SamplesByType } from "../../codec/thread-samples.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { ByteSource } from "../../util/source.ts";
import type { Head, Reader, ReadOptions, Verdict } from "../reader.ts";
import { buildThread } from "./build.ts";
import { type GeckoProcess, type GeckoThread, parseProcesses } from "./parse.ts";

const ID = "gecko";

/**
 * What Firefox itself writes, before the Firefox Profiler processes it: tables of rows with a schema, functions as
 * texts with their places, one profile per process. Also wrapped in the files of DevTools' old performance panel.
 *
 * Source of the format: firefox-devtools/profiler, src/types/gecko-profile.ts and src/profile-logic/process-profile.ts.
 */
export const geckoReader: Reader = {
  id: ID,
  title: "Firefox (Gecko, unprocessed)",
  priority: 815,
  extensions: [".json"],
  carries: {
    time: true,
    threads: true,
    labels: false,
    lines: true,
    inlined: false,
    severalValueTypes: true,
  },
  sniff,
  read,
};

function sniff(head: Head): Verdict {
  const paths = jsonPaths(head.bytes);
  if (!paths.has("{}") || paths.has("meta.preprocessedProfileVersion")) return "no";
  for (const wrapper of ["", "profile."]) {
    const rows = ["samples", "markers", "stackTable", "frameTable"];
    if (rows.some((name) => paths.has(`${wrapper}threads[].${name}.schema`))) return "yes";
    if (paths.has(`${wrapper}libs[].breakpadId`) && paths.has(`${wrapper}meta.stackwalk`)) return "yes";
  }
  // Markers and frames of the old performance panel may fill the head before the profile begins.
  const panel =
    paths.has("label") && paths.has("duration") && (paths.has("markers[]") || paths.has("frames[]"));
  return panel && !paths.has("nodes") ? "yes" : "no";
}

async function read(
  source: ByteSource,
  into: ProfileBuilder,
  notes: Notes,
  options: ReadOptions,
): Promise<void> {
  into.meta.format = ID;
  const json = openJson(source, ID, options);
  const processes: GeckoProcess[] = [];
  const samples = new SamplesByType(into);
  let taken = 0;
  const any = (): boolean => taken > 0 || processes.some(({ threads }) => threads.length > 0);
  // Where all that a thread needs stands before it, its tables are done with as soon as it has been read.
  const take = (process: GeckoProcess, thread: GeckoThread): boolean => {
    const root = processes[0]!;
    const ready = !Number.isNaN(root.startTime) && root.complete.has("meta") && process.complete.size === 2;
    if (!ready) return false;
    taken++;
    buildThread(process, thread, root, into, notes, samples);
    return true;
  };
  await readWhole(json, notes, () => parseProcesses(json, processes, into, notes, take), any);
  if (!any()) {
    throw new FlambeauError("malformed", "This Firefox profile has no threads", {
      format: ID,
      hint: 'A profile has a list "threads"; was the recording stopped properly?',
    });
  }
  const root = processes.find(({ startTime }) => !Number.isNaN(startTime)) ?? processes[0]!;
  for (const process of processes) {
    for (const thread of process.threads) buildThread(process, thread, root, into, notes, samples);
  }
  setMeta(root, into);
}

function setMeta({ product, startTime, interval }: GeckoProcess, into: ProfileBuilder): void {
  if (product !== "") into.meta.producer = product;
  if (startTime > 0 && startTime < 1e14) {
    into.meta.timeOrigin = BigInt(Math.round(startTime * 1000)) * 1000n;
    into.meta.clock = "unix";
  }
  if (interval > 0 && interval < 1e9) {
    into.meta.period = { type: { name: "wall", unit: "nanoseconds" }, value: Math.round(interval * 1e6) };
  }
  into.valueType("samples", "count");
}
