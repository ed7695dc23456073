import type { JsonReader } from "../../codec/json.ts";
import { JsonKeys } from "../../codec/json.ts";
import { openJson, readWhole } from "../../codec/json-document.ts";
import { jsonPaths } from "../../codec/json-shape.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { ByteSource } from "../../util/source.ts";
import type { Head, Reader, ReadOptions, Verdict } from "../reader.ts";
import { parseFunctions } from "./functions.ts";
import { DartSamples } from "./samples.ts";
import { parseStackFrames } from "./stack-frames.ts";

const ID = "dart";
const KEYS = new JsonKeys(
  "result",
  "cpu-profiler",
  "functions",
  "samples",
  "stackFrames",
  "traceEvents",
  "samplePeriod",
  "timeOriginMicros",
  "timeExtentMicros",
  "pid",
);

const FACTS: ReadonlyMap<string, "period" | "origin" | "extent" | "pid"> = new Map([
  ["samplePeriod", "period"],
  ["timeOriginMicros", "origin"],
  ["timeExtentMicros", "extent"],
  ["pid", "pid"],
]);

/**
 * CPU samples of the Dart VM: the answer to getCpuSamples, and what Dart DevTools exports. Sources of the two layouts: the
 * Dart VM service protocol (CpuSamples, CpuSample, ProfileFunction), and the CPU profile of DevTools' offline data.
 *
 * ```
 * {"type":"CpuSamples","samplePeriod":1000,"functions":[{"function":{"name":"f"}}],"samples":[{"tid":1,"timestamp":5,"stack":[0]}]}
 * {"type":"_CpuProfileTimeline","stackFrames":{"7-1":{"name":"f"}},"traceEvents":[{"ph":"P","ts":5,"sf":"7-1"}]}
 * ```
 */
export const dartReader: Reader = {
  id: ID,
  title: "Dart and Flutter CPU samples",
  priority: 841,
  extensions: [".json"],
  carries: { time: true, threads: true, labels: true, lines: true, inlined: false, severalValueTypes: true },
  sniff,
  read,
};

function sniff(head: Head): Verdict {
  const paths = jsonPaths(head.bytes);
  for (const outer of ["", "result.", "cpu-profiler."]) {
    if (!paths.has(`${outer}samplePeriod`)) continue;
    if (paths.has(`${outer}stackDepth`) || paths.has(`${outer}maxStackDepth`)) return "yes";
  }
  return "no";
}

async function read(
  source: ByteSource,
  into: ProfileBuilder,
  notes: Notes,
  options: ReadOptions,
): Promise<void> {
  into.meta.format = ID;
  into.meta.producer = "Dart VM";
  const json = openJson(source, ID, options);
  const samples = new DartSamples(into);
  await readWhole(
    json,
    notes,
    () => parse(json, samples, into, notes),
    () => samples.length > 0,
  );
  if (samples.length === 0) {
    throw new FlambeauError("malformed", "The file holds no CPU samples", {
      format: ID,
      hint: "Record in the CPU profiler of Dart DevTools and export, or ask the VM service for getCpuSamples.",
    });
  }
  samples.handOver(notes);
}

async function parse(
  json: JsonReader,
  samples: DartSamples,
  into: ProfileBuilder,
  notes: Notes,
): Promise<void> {
  await json.take(() => json.enterObject());
  let depth = 1;
  while (depth > 0) {
    const key = await json.take(() => json.nextKey(KEYS));
    if (key === undefined) {
      depth--;
      continue;
    }
    const byte = await json.take(() => json.peek());
    const isObject = byte === 0x7b;
    const isList = byte === 0x5b;
    if ((key === "result" || key === "cpu-profiler") && isObject && depth === 1) {
      await json.take(() => json.enterObject());
      depth++;
    } else if (key === "functions" && isList) await parseFunctions(json, into, samples.functions);
    else if (key === "samples" && isList) await samples.parse(json, notes);
    else if (key === "stackFrames" && isObject) await parseStackFrames(json, into, samples.entries);
    else if (key === "traceEvents" && isList) await samples.parseEvents(json, notes);
    else if (!(await fact(key, json, samples))) await json.skip();
  }
}

/** Reads a number that is about the whole recording; false where the key names none. */
async function fact(key: string, json: JsonReader, samples: DartSamples): Promise<boolean> {
  const name = FACTS.get(key);
  if (name === undefined) return false;
  samples[name] = await json.take(() => json.numberOr(Number.NaN));
  return true;
}
