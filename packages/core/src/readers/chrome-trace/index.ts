import { JsonKeys, type JsonReader } from "../../codec/json.ts";
import { openJson, readWhole } from "../../codec/json-document.ts";
import { jsonPaths } from "../../codec/json-shape.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import type { ByteSource } from "../../util/source.ts";
import type { Head, Reader, ReadOptions, Verdict } from "../reader.ts";
import type { TraceFacts } from "./facts.ts";
import { finishTrace } from "./finish.ts";
import { EventParser } from "./parse-event.ts";
import { SampledFrames } from "./sampled-frames.ts";

const ID = "chrome-trace";

/**
 * The trace event format: Chrome and its DevTools, clang's -ftime-trace, bazel, PyTorch's profiler (Kineto), viztracer,
 * uftrace, Hermes and others. Events that begin and end on a thread become stacks over time; CPU profiles within
 * become samples.
 *
 * Source of the format: "Trace Event Format" of Chromium's catapult project; for ties and CPU profiles, speedscope's
 * and the Firefox Profiler's importers.
 */
export const chromeTraceReader: Reader = {
  id: ID,
  title: "Chrome trace (DevTools, clang, bazel, PyTorch, viztracer)",
  priority: 810,
  extensions: [".trace.json", ".json"],
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
  // Samples of the Dart VM in a list of the same name: they have a reader of their own.
  if (paths.has("samplePeriod") && paths.has("stackDepth")) return "no";
  if (paths.has("traceEvents[]")) return "yes";
  if (paths.has("[].ph")) return paths.has("[].ts") || paths.has("[].pid") ? "yes" : "maybe";
  // A long list of facts about the machine may stand before the events.
  const maybe =
    !head.complete && (paths.has("otherData") || paths.has("metadata") || paths.has("deviceProperties"));
  return maybe && paths.has("{}") ? "maybe" : "no";
}

async function read(
  source: ByteSource,
  into: ProfileBuilder,
  notes: Notes,
  options: ReadOptions,
): Promise<void> {
  into.meta.format = ID;
  const json = openJson(source, ID, options, true);
  const events = new EventParser(json, into, notes);
  const sampled = new SampledFrames(json, into, events.threads);
  const facts: TraceFacts = {};
  // The closing bracket of a list of events may be missing: a program that crashes cannot write it.
  await readWhole(
    json,
    notes,
    () => parse(json, events, sampled, facts, notes),
    () => events.events.length > 0 || events.profiles.found || sampled.length > 0,
    () => facts.bareList === true && json.endedBetweenValues,
  );
  finishTrace(events, sampled, facts, into, notes);
}

const KEYS = new JsonKeys(
  "traceEvents",
  "samples",
  "stackFrames",
  "beginningOfTime",
  "baseTimeNanoseconds",
  "viztracer_metadata",
  "otherData",
  "metadata",
  "deviceProperties",
  "distributedInfo",
);
const INNER = new JsonKeys("source", "version", "bazel_version");

async function parse(
  json: JsonReader,
  events: EventParser,
  sampled: SampledFrames,
  facts: TraceFacts,
  notes: Notes,
): Promise<void> {
  if ((await json.take(() => json.peek())) === 0x5b) {
    facts.bareList = true;
    await events.list();
    return;
  }
  await json.take(() => json.enterObject());
  for (;;) {
    const key = await json.take(() => json.nextKey(KEYS));
    if (key === undefined) return;
    const byte = await json.take(() => json.peek());
    if (key === "traceEvents") events.placed = facts.producer === "flambeau";
    if (key === "traceEvents" && byte === 0x5b) await events.list();
    else if (key === "samples" && byte === 0x5b) await sampled.samples(notes);
    else if (key === "stackFrames" && byte === 0x7b) await sampled.stackFrames();
    else await parseFact(json, key, byte, facts);
  }
}

async function parseFact(json: JsonReader, key: string, byte: number, facts: TraceFacts): Promise<void> {
  const isNumber = byte >= 0x30 && byte <= 0x39;
  if (key === "beginningOfTime" && isNumber) {
    const { exact } = await json.take(() => json.exactNumber());
    if (exact !== undefined) facts.epoch = exact * 1000n;
    facts.producer ??= "clang -ftime-trace";
  } else if (key === "baseTimeNanoseconds" && isNumber) {
    const { exact } = await json.take(() => json.exactNumber());
    if (exact !== undefined) facts.epoch = exact;
  } else if (key === "viztracer_metadata" || key === "otherData" || key === "metadata") {
    await parseProducer(json, key, byte, facts);
  } else {
    if (key === "deviceProperties" || key === "distributedInfo") facts.producer ??= "PyTorch profiler";
    await json.skip();
  }
}

/** An object with facts about who wrote the trace. */
async function parseProducer(
  json: JsonReader,
  holder: string,
  byte: number,
  facts: TraceFacts,
): Promise<void> {
  if (byte !== 0x7b) return json.skip();
  await json.take(() => json.enterObject());
  for (;;) {
    const key = await json.take(() => json.nextKey(INNER));
    if (key === undefined) return;
    const isText = key !== "" && (await json.take(() => json.peek())) === 0x22;
    if (!isText) await json.skip();
    else {
      const text = await json.take(() => json.text());
      if (holder === "viztracer_metadata" && key === "version") facts.producer ??= `viztracer ${text}`;
      else if (key === "bazel_version") facts.producer ??= `bazel ${text.replace(/^release /, "")}`;
      else if (key === "source") facts.producer ??= text;
    }
  }
}
