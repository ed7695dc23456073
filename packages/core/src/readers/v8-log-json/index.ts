import { JsonKeys, type JsonReader, NumberColumn } from "../../codec/json.ts";
import { openJson, readWhole } from "../../codec/json-document.ts";
import { jsonPaths } from "../../codec/json-shape.ts";
import { textOr } from "../../codec/json-text.ts";
import { addTicks, isJavaScript, isTickTime, v8Frame } from "../../codec/v8-code.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FrameKind, type FrameKindCode } from "../../model/profile.ts";
import type { ByteSource } from "../../util/source.ts";
import type { Head, Reader, ReadOptions, Verdict } from "../reader.ts";

const ID = "v8-log-json";
const TOP = new JsonKeys("code", "ticks");
const CODE = new JsonKeys("name", "type", "kind");
const TICK = new JsonKeys("tm", "vm", "s");

/** How far a function was compiled. `Unopt` meant two things over time. */
const KINDS: ReadonlyMap<string, FrameKindCode> = new Map([
  ["Opt", FrameKind.jit],
  ["Turbofan", FrameKind.jit],
  ["Maglev", FrameKind.jit],
  ["Sparkplug", FrameKind.jit],
  ["Baseline", FrameKind.jit],
  ["Ignition", FrameKind.interpreted],
  ["Interpreted", FrameKind.interpreted],
]);

/** What `node --prof-process --preprocess` makes of V8's log: code with its names, and ticks with indices of it. */
export const v8LogJsonReader: Reader = {
  id: ID,
  title: "node --prof-process --preprocess JSON",
  priority: 849,
  extensions: [".v8log.json", ".json"],
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
  const code = paths.has("code[].name") && paths.has("code[].type");
  return code && (!head.complete || (paths.has("ticks[]") && paths.has("functions[]"))) ? "yes" : "no";
}

/** Lists in any order: ticks wait until the code is known. */
class LogFile {
  /** Row of the builder's frames of each piece of code. */
  readonly frames: NumberColumn = new NumberColumn();
  readonly time: number[] = [];
  readonly collecting: boolean[] = [];
  /** Pairs of code and offset, from the leaf; -1 for what is not known. Where each tick's end. */
  readonly pairs: NumberColumn = new NumberColumn();
  readonly ends: NumberColumn = new NumberColumn();
  readonly scratch: NumberColumn = new NumberColumn();
}

async function read(
  source: ByteSource,
  into: ProfileBuilder,
  notes: Notes,
  options: ReadOptions,
): Promise<void> {
  into.meta.format = ID;
  const json = openJson(source, ID, options);
  const file = new LogFile();
  await readWhole(
    json,
    notes,
    () => parse(json, file, into, notes),
    () => file.time.length > 0,
  );
  addTicks(into, { stack: file.time.map((_, tick) => stackOf(file, tick, into, notes)), time: file.time });
}

async function parse(json: JsonReader, file: LogFile, into: ProfileBuilder, notes: Notes): Promise<void> {
  await json.take(() => json.enterObject());
  for (;;) {
    const key = await json.take(() => json.nextKey(TOP));
    if (key === undefined) return;
    if (key === "" || (await json.take(() => json.peek())) !== 0x5b) {
      await json.skip();
      continue;
    }
    await json.elements(() => {
      if (key === "code") file.frames.push(codeFrame(json, into));
      else tick(json, file, notes);
    });
  }
}

function codeFrame(json: JsonReader, into: ProfileBuilder): number {
  const text = { name: "", type: "", kind: "" };
  json.enterObject();
  for (let key = json.nextKey(CODE); key !== undefined; key = json.nextKey(CODE)) {
    if (key === "") json.skipValue();
    else text[key] = textOr(json);
  }
  const kind = KINDS.get(text.kind);
  // Code that is no function is told apart by its kind: Builtin, Stub, BytecodeHandler, LoadIC …
  const type = text.type === "CODE" ? text.kind || "Code" : text.type;
  const compiled = isJavaScript(type) && kind !== undefined ? { kind } : {};
  return v8Frame(into, { type, name: text.name, ...compiled });
}

function tick(json: JsonReader, file: LogFile, notes: Notes): void {
  const offset = json.offset;
  let time = Number.NaN;
  let state = 0;
  file.scratch.clear();
  json.enterObject();
  for (let key = json.nextKey(TICK); key !== undefined; key = json.nextKey(TICK)) {
    if (key === "tm") time = json.numberOr(Number.NaN);
    else if (key === "vm") state = json.numberOr(0);
    else if (key === "s" && json.peek() === 0x5b) json.numbersWithin(file.scratch);
    else json.skipValue();
  }
  if (!isTickTime(time)) {
    notes.add("skipped", "bad-tick", "A tick has no usable time; it was left out.", { offset });
    return;
  }
  for (let i = 0; i < file.scratch.length; i++) file.pairs.push(file.scratch.at(i));
  file.ends.push(file.pairs.length);
  file.time.push(time);
  file.collecting.push(state === 1);
}

/** Numbers that are no index of code are addresses; -1 stands for nothing known. */
function stackOf(file: LogFile, tick: number, into: ProfileBuilder, notes: Notes): number {
  const start = tick === 0 ? 0 : file.ends.at(tick - 1);
  let stack = -1;
  const last = start + 2 * (Math.ceil((file.ends.at(tick) - start) / 2) - 1);
  for (let i = last; i >= start; i -= 2) {
    const code = file.pairs.at(i);
    if (code >= 0 && code < file.frames.length && Number.isInteger(code)) {
      stack = into.stack(stack, file.frames.at(code));
    } else if (code !== -1) {
      notes.add(
        "approximated",
        "unknown-code",
        "A tick names code that is not in the file; it became [unknown].",
      );
      stack = into.stack(stack, into.frameNamed("[unknown]"));
    } else if (i === start) stack = into.stack(stack, into.frameNamed("[unknown]"));
  }
  return file.collecting[tick] === true ? into.stack(stack, into.frameNamed("(garbage collector)")) : stack;
}
