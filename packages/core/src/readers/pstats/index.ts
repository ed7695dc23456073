import { CallGraph } from "../../codec/call-graph.ts";
import { addCallGraph } from "../../codec/call-graph-samples.ts";
import { decodeMarshal, type Marshalled, MarshalledDict } from "../../codec/python-marshal.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import { type ByteSource, readAll } from "../../util/source.ts";
import type { Head, Reader, ReadOptions, Verdict } from "../reader.ts";

const FORMAT = "pstats";

/**
 * What Python's cProfile and profile write: a marshalled dictionary with an entry per function.
 *
 * ```
 * {(file, line, name): (primitive calls, calls, own seconds, seconds with callees,
 *                       {caller: (calls, primitive calls, own seconds, seconds with callees)})}
 * ```
 *
 * That is a call graph, not stacks: they are approximated. The module profile only counts the calls of a caller.
 * Source: CPython, Lib/cProfile.py, Lib/profile.py, Lib/pstats.py.
 */
export const pstatsReader: Reader = {
  id: FORMAT,
  title: "Python cProfile (pstats)",
  priority: 920,
  extensions: [".pstats", ".prof"],
  carries: {
    time: false,
    threads: false,
    labels: false,
    lines: true,
    inlined: false,
    severalValueTypes: false,
  },
  sniff,
  read: readPstats,
};

/** A dictionary whose first key is a tuple of three: `{` then `(` with a long length, or `)` with a short one. */
function sniff({ bytes }: Head): Verdict {
  if (bytes.length < 8 || (bytes[0]! & 0x7f) !== 0x7b) return "no";
  const kind = bytes[1]! & 0x7f;
  const isShort = kind === 0x29 && bytes[2] === 3;
  const isLong = kind === 0x28 && bytes[2] === 3 && bytes[3] === 0 && bytes[4] === 0 && bytes[5] === 0;
  return isShort || isLong ? "yes" : "no";
}

/** The functions of a file and their calls. */
class Graph {
  readonly calls: CallGraph = new CallGraph(1);
  /** Per function: row of its frame. */
  readonly frames: number[] = [];
  /** Per function: nanoseconds with callees. */
  readonly inclusive: number[] = [];

  addFunction(frame: number, self: number, inclusive: number): number {
    const fn = this.calls.addFunction();
    this.calls.self[fn] = self;
    this.frames.push(frame);
    this.inclusive.push(inclusive);
    return fn;
  }

  addCall(caller: number, callee: number, times: number, inclusive: number): void {
    const call = this.calls.addCall(caller, callee);
    this.calls.times[call] = times;
    this.calls.inclusive[call] = inclusive;
  }
}

async function readPstats(
  source: ByteSource,
  into: ProfileBuilder,
  notes: Notes,
  options: ReadOptions,
): Promise<void> {
  const bytes = await readAll(source);
  if (bytes.length === 0) throw new FlambeauError("empty-input", "the file is empty", { format: FORMAT });
  const dict = decodeMarshal(bytes, FORMAT);
  if (!(dict instanceof MarshalledDict)) throw malformed("its value is no dictionary");
  into.meta.format = FORMAT;
  const type = into.valueType("time", "nanoseconds");
  const graph = graphOf(dict, into);
  addCallGraph(into, notes, graph.calls, graph.frames, [type]);
  notes.add(
    "information",
    "pstats-calls",
    "How often functions were called is not kept: only their time is.",
  );
  options.onProgress?.(bytes.length);
}

function graphOf(dict: MarshalledDict, into: ProfileBuilder): Graph {
  const graph = new Graph();
  const ids = new Map<string, number>();
  const idOf = (key: Marshalled, self: number, inclusive: number): number => {
    const [file, line, name] = functionKey(key);
    const text = `${file}\0${line}\0${name}`;
    const known = ids.get(text);
    if (known !== undefined) return known;
    const isBuiltin = file === "~" || file === "";
    const frame = into.frame({
      name: into.string(name),
      file: isBuiltin ? 0 : into.string(file),
      line: line > 0 && line < 2 ** 32 ? line : 0,
    });
    const id = graph.addFunction(frame, self, inclusive);
    ids.set(text, id);
    return id;
  };
  const rows = dict.entries.map(([key, value]) => {
    const [, , own, whole, callers] = tuple(value, 5);
    const id = idOf(key, nanoseconds(own), nanoseconds(whole));
    return { id, callers };
  });
  for (const { id, callers } of rows) {
    if (!(callers instanceof MarshalledDict)) throw malformed("a function's callers are no dictionary");
    addCalls(id, callers, (key) => idOf(key, 0, 0), graph);
  }
  return graph;
}

/** The calls of one function. Where only their number is known, its time is shared out by it. */
function addCalls(
  callee: number,
  callers: MarshalledDict,
  idOf: (key: Marshalled) => number,
  graph: Graph,
): void {
  let all = 0;
  for (const [, value] of callers.entries) if (!Array.isArray(value)) all += count(value);
  for (const [key, value] of callers.entries) {
    const caller = idOf(key);
    if (Array.isArray(value)) {
      const [times, , , whole] = tuple(value, 4);
      graph.addCall(caller, callee, count(times), nanoseconds(whole));
    } else {
      const share = all > 0 ? count(value) / all : 0;
      graph.addCall(caller, callee, count(value), graph.inclusive[callee]! * share);
    }
  }
}

function functionKey(key: Marshalled): [file: string, line: number, name: string] {
  const [file, line, name] = tuple(key, 3);
  if (typeof file !== "string" || typeof name !== "string") throw malformed("a function has no name");
  return [file, count(line), name === "" ? "[unknown]" : name];
}

function tuple(value: Marshalled | undefined, length: number): readonly Marshalled[] {
  if (!Array.isArray(value) || value.length < length) throw malformed(`a row has no ${length} values`);
  return value as readonly Marshalled[];
}

function count(value: Marshalled | undefined): number {
  const number = typeof value === "number" || typeof value === "bigint" ? Number(value) : 0;
  return Number.isFinite(number) ? number : 0;
}

function nanoseconds(seconds: Marshalled | undefined): number {
  return Math.round(count(seconds) * 1e9);
}

function malformed(what: string): FlambeauError {
  return new FlambeauError("malformed", `no pstats file: ${what}`, { format: FORMAT, offset: 0 });
}
