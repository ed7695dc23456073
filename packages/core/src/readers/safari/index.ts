import { JsonKeys, type JsonReader, NumberColumn } from "../../codec/json.ts";
import { openJson, readWhole } from "../../codec/json-document.ts";
import { jsonPaths } from "../../codec/json-shape.ts";
import { textOr } from "../../codec/json-text.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { ByteSource } from "../../util/source.ts";
import type { Head, Reader, ReadOptions, Verdict } from "../reader.ts";

const ID = "safari";
const TOP = new JsonKeys(
  "recording",
  "displayName",
  "startTime",
  "endTime",
  "sampleStackTraces",
  "sampleDurations",
);
const TRACE = new JsonKeys("timestamp", "stackFrames");
const FRAME = new JsonKeys("name", "url", "line", "column");

/** Times beyond this many seconds are no measurement. */
const MAX_SECONDS = 1e9;

/** A timeline that Safari's Web Inspector exports: stacks of JavaScript with the time of each. */
export const safariReader: Reader = {
  id: ID,
  title: "Safari timeline recording",
  priority: 844,
  extensions: [".json"],
  carries: {
    time: true,
    threads: false,
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
  if (paths.has("recording.sampleStackTraces[]")) return "yes";
  return paths.has("recording.instrumentTypes[]") && paths.has("recording.displayName") ? "yes" : "no";
}

/** What the file says; durations may stand before or behind the stacks. */
class Timeline {
  readonly stack: NumberColumn = new NumberColumn();
  readonly time: NumberColumn = new NumberColumn();
  readonly durations: NumberColumn = new NumberColumn();
  title = "";
  start = Number.NaN;
  end = Number.NaN;
  found = false;
}

async function read(
  source: ByteSource,
  into: ProfileBuilder,
  notes: Notes,
  options: ReadOptions,
): Promise<void> {
  into.meta.format = ID;
  into.meta.producer = "Safari";
  const json = openJson(source, ID, options);
  const timeline = new Timeline();
  await readWhole(
    json,
    notes,
    () => parse(json, timeline, into, notes),
    () => timeline.stack.length > 0,
  );
  if (!timeline.found) {
    throw new FlambeauError("malformed", "This recording has no stacks of JavaScript", {
      format: ID,
      hint: "Record with the timeline JavaScript & Events switched on.",
    });
  }
  addSamples(timeline, into, notes);
}

async function parse(
  json: JsonReader,
  timeline: Timeline,
  into: ProfileBuilder,
  notes: Notes,
): Promise<void> {
  await json.take(() => json.enterObject());
  let inside = false;
  for (;;) {
    const key = await json.take(() => json.nextKey(TOP));
    if (key === undefined) {
      if (!inside) return;
      inside = false;
      continue;
    }
    const byte = await json.take(() => json.peek());
    if (key === "recording" && byte === 0x7b && !inside) {
      await json.take(() => json.enterObject());
      inside = true;
    } else if (key === "sampleStackTraces" && byte === 0x5b) {
      timeline.found = true;
      await json.elements(() => {
        trace(json, timeline, into, notes);
      });
    } else if (key === "sampleDurations" && byte === 0x5b) await json.numbers(timeline.durations, Number.NaN);
    else if (key === "displayName" && byte === 0x22) timeline.title = await json.take(() => json.text());
    else if (key === "startTime") timeline.start = await json.take(() => json.numberOr(Number.NaN));
    else if (key === "endTime") timeline.end = await json.take(() => json.numberOr(Number.NaN));
    else await json.skip();
  }
}

function trace(json: JsonReader, timeline: Timeline, into: ProfileBuilder, notes: Notes): void {
  const offset = json.offset;
  let time = Number.NaN;
  const frames: number[] = [];
  json.enterObject();
  for (let key = json.nextKey(TRACE); key !== undefined; key = json.nextKey(TRACE)) {
    if (key === "timestamp") time = json.numberOr(Number.NaN);
    else if (key === "stackFrames" && json.peek() === 0x5b) {
      json.enterArray();
      while (json.nextElement()) frames.push(frame(json, into));
    } else json.skipValue();
  }
  if (!(Math.abs(time) < MAX_SECONDS)) {
    notes.add(
      "skipped",
      "sample-without-time",
      "A sample has no usable time; it was taken as of the one before.",
      {
        offset,
      },
    );
    time = timeline.time.length > 0 ? timeline.time.at(timeline.time.length - 1) : 0;
  }
  let stack = -1;
  for (let i = frames.length - 1; i >= 0; i--) stack = into.stack(stack, frames[i]!);
  timeline.stack.push(stack);
  timeline.time.push(time);
}

function frame(json: JsonReader, into: ProfileBuilder): number {
  let name = "";
  let url = "";
  let line = 0;
  let column = 0;
  json.enterObject();
  for (let key = json.nextKey(FRAME); key !== undefined; key = json.nextKey(FRAME)) {
    if (key === "name") name = textOr(json);
    else if (key === "url") url = textOr(json);
    else if (key === "line") line = position(json.numberOr(0));
    else if (key === "column") column = position(json.numberOr(0));
    else json.skipValue();
  }
  return into.frame({ name: into.string(name || "(anonymous)"), file: into.string(url), line, column });
}

function position(value: number): number {
  return value >= 1 && value < 2 ** 31 ? Math.floor(value) : 0;
}

function addSamples(timeline: Timeline, into: ProfileBuilder, notes: Notes): void {
  const { stack, time, durations, start, end } = timeline;
  into.valueType("samples", "count");
  into.meta.defaultValueType = into.valueType("wall", "nanoseconds");
  into.meta.observations = stack.length;
  if (timeline.title !== "") into.meta.title = timeline.title;
  if (end >= start && end - start < MAX_SECONDS) into.meta.duration = Math.round((end - start) * 1e9);
  const from = Math.abs(start) < MAX_SECONDS ? start : stack.length > 0 ? time.at(0) : 0;
  const weights = [1, 0];
  for (let row = 0; row < stack.length; row++) {
    const seconds = row < durations.length ? durations.at(row) : Number.NaN;
    if (!(seconds >= 0 && seconds < MAX_SECONDS)) {
      notes.add(
        "approximated",
        "sample-without-duration",
        "A sample has no usable duration: it weighs no time.",
      );
    }
    weights[1] = seconds >= 0 && seconds < MAX_SECONDS ? Math.round(seconds * 1e9) : 0;
    into.sample(stack.at(row), weights, { time: Math.round((time.at(row) - from) * 1e9) });
  }
}
