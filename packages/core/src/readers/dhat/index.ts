import { JsonKeys, type JsonReader, NumberColumn } from "../../codec/json.ts";
import { openJson, readWhole } from "../../codec/json-document.ts";
import { jsonPaths } from "../../codec/json-shape.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { StackInterner } from "../../model/stacks.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { ByteSource } from "../../util/source.ts";
import type { Head, Reader, ReadOptions, Verdict } from "../reader.ts";
import { FrameList } from "./frames.ts";

const ID = "dhat";
const KEYS = new JsonKeys("dhatFileVersion", "mode", "verb", "cmd", "tu", "bsu", "pps", "ftbl");

/** Weights of a program point: their keys in the file, and what they count. */
const WEIGHTS = [
  ["tb", "total", "bytes"],
  ["tbk", "total", "blocks"],
  ["mb", "maximum", "bytes"],
  ["mbk", "maximum", "blocks"],
  ["gb", "at-peak", "bytes"],
  ["gbk", "at-peak", "blocks"],
  ["eb", "at-end", "bytes"],
  ["ebk", "at-end", "blocks"],
  ["tl", "lifetimes", "time"],
  ["rb", "read", "bytes"],
  ["wb", "written", "bytes"],
] as const;
const POINT = new JsonKeys("fs", ...WEIGHTS.map(([key]) => key));

/** DHAT's units of time, spelled out. */
const TIME_UNITS: ReadonlyMap<string, readonly [unit: string, factor: number]> = new Map([
  ["instrs", ["instructions", 1]],
  ["µs", ["nanoseconds", 1000]],
  ["ms", ["nanoseconds", 1e6]],
  ["s", ["nanoseconds", 1e9]],
]);

/**
 * DHAT's heap, copy and ad-hoc profiles, of valgrind and of the Rust crate of the same name: a list of program points,
 * each a stack with what was allocated there in all, at its own maximum, at the program's peak and at the end.
 *
 * Source of the format: valgrind's dhat/dh_main.c, "File format of the output file".
 */
export const dhatReader: Reader = {
  id: ID,
  title: "DHAT (valgrind, Rust)",
  priority: 835,
  extensions: [".json"],
  carries: {
    time: false,
    threads: false,
    labels: false,
    lines: true,
    inlined: false,
    severalValueTypes: true,
  },
  sniff: (head: Head): Verdict => (jsonPaths(head.bytes).has("dhatFileVersion") ? "yes" : "no"),
  read,
};

/** What the file says, stacks over indices of `ftbl`, which comes last. */
interface DhatFile {
  mode: string;
  command: string;
  timeUnit: string;
  /** Another word for bytes, which ad-hoc profiles may choose. */
  sizeUnit: string;
  readonly stacks: StackInterner;
  readonly leaf: NumberColumn;
  readonly weights: readonly NumberColumn[];
  /** Which of the weights some point has. */
  readonly seen: Set<number>;
  readonly frames: NumberColumn;
}

async function read(
  source: ByteSource,
  into: ProfileBuilder,
  notes: Notes,
  options: ReadOptions,
): Promise<void> {
  into.meta.format = ID;
  const json = openJson(source, ID, options);
  const file: DhatFile = {
    mode: "heap",
    command: "",
    timeUnit: "",
    sizeUnit: "bytes",
    stacks: new StackInterner(),
    leaf: new NumberColumn(),
    weights: WEIGHTS.map(() => new NumberColumn()),
    seen: new Set(),
    frames: new NumberColumn(),
  };
  await readWhole(
    json,
    notes,
    () => parse(json, file, into),
    () => file.leaf.length > 0 && file.frames.length > 0,
  );
  addSamples(file, into, notes);
  if (file.command !== "") into.meta.title = file.command;
}

async function parse(json: JsonReader, file: DhatFile, into: ProfileBuilder): Promise<void> {
  await json.take(() => json.enterObject());
  for (;;) {
    const key = await json.take(() => json.nextKey(KEYS));
    if (key === undefined) return;
    const byte = await json.take(() => json.peek());
    if (key === "pps" && byte === 0x5b) await parsePoints(json, file);
    else if (key === "ftbl" && byte === 0x5b) await parseFrames(json, file, into);
    else if (byte !== 0x22) await json.skip();
    else {
      const text = await json.take(() => json.text());
      if (key === "mode") file.mode = text;
      else if (key === "cmd") file.command = text;
      else if (key === "tu") file.timeUnit = text;
      else if (key === "bsu" && text !== "") file.sizeUnit = text;
    }
  }
}

async function parsePoints(json: JsonReader, file: DhatFile): Promise<void> {
  const frames = new NumberColumn();
  const values = new Float64Array(WEIGHTS.length);
  await json.elements(() => {
    frames.clear();
    values.fill(Number.NaN);
    json.enterObject();
    for (let key = json.nextKey(POINT); key !== undefined; key = json.nextKey(POINT)) {
      if (key === "fs" && json.peek() === 0x5b) json.numbersWithin(frames);
      else if (key === "" || key === "fs") json.skipValue();
      else values[WEIGHTS.findIndex(([name]) => name === key)] = json.numberOr(Number.NaN);
    }
    // Leaf first in the file.
    let stack = -1;
    for (let i = frames.length - 1; i >= 0; i--) stack = file.stacks.add(stack, frames.at(i) | 0);
    file.leaf.push(stack);
    values.forEach((value, index) => {
      const known = Number.isFinite(value);
      if (known) file.seen.add(index);
      file.weights[index]!.push(known ? value : 0);
    });
  });
}

async function parseFrames(json: JsonReader, file: DhatFile, into: ProfileBuilder): Promise<void> {
  await json.elements(() => {
    if (json.peek() === 0x22) {
      json.string();
      file.frames.push(into.stringBytes(json.spanBytes, json.spanStart, json.spanEnd));
    } else {
      json.skipValue();
      file.frames.push(0);
    }
  });
}

function addSamples(file: DhatFile, into: ProfileBuilder, notes: Notes): void {
  const types = [...file.seen].sort((a, b) => a - b);
  if (types.length === 0) {
    throw new FlambeauError("malformed", "This DHAT profile has no program points", {
      format: ID,
      hint: 'A DHAT profile has a list "pps"; did the program allocate anything while it was watched?',
    });
  }
  const [time, factor] = TIME_UNITS.get(file.timeUnit) ?? [file.timeUnit || "time", 1];
  const factors = types.map((type) => {
    const [, name, unit] = WEIGHTS[type]!;
    const counted = name === "total" && file.mode === "copy" ? "copied" : name;
    into.valueType(counted, unit === "time" ? time : unit === "bytes" ? file.sizeUnit : unit);
    return unit === "time" ? factor : 1;
  });
  const frames = new FrameList(into, file.frames);
  const { length, parent, frame } = file.stacks.columns();
  const rows = new Int32Array(length);
  for (let row = 0; row < length; row++) {
    let known = frames.row(frame[row]!);
    if (known < 0) {
      notes.add(
        "approximated",
        "missing-frame",
        "A stack names a frame that is not in ftbl; it is called [unknown].",
      );
      known = into.frameNamed("[unknown]");
    }
    rows[row] = into.stack(parent[row]! < 0 ? -1 : rows[parent[row]!]!, known);
  }
  const weights = new Float64Array(types.length);
  for (let point = 0; point < file.leaf.length; point++) {
    types.forEach((type, column) => {
      weights[column] = file.weights[type]!.at(point) * factors[column]!;
    });
    const leaf = file.leaf.at(point);
    into.sample(leaf < 0 ? -1 : rows[leaf]!, weights);
  }
}
