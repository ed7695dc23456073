import { CallGraph, type ContextSink, unfoldCallGraph } from "../../codec/call-graph.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import type { ValueType } from "../../model/profile.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Dump, DumpFrame } from "./dump.ts";

/** Of one stack in a row: a number that lies must not keep us busy. */
const MOST_REPEATS = 1e9;

/** What an observation stands for besides itself: another value type, by the mode of recording. */
function amountOf({ mode, interval }: Dump): { readonly type: ValueType; readonly each: number } | undefined {
  if (!(interval > 0)) return undefined;
  if (mode === "cpu" || mode === "wall") {
    return { type: { name: mode, unit: "nanoseconds" }, each: interval * 1000 };
  }
  return mode === "object" ? { type: { name: "allocations", unit: "count" }, each: interval } : undefined;
}

/** Adds a dump to the builder. */
export function addDump(dump: Dump, into: ProfileBuilder, notes: Notes): void {
  into.valueType("samples", "count");
  const amount = amountOf(dump);
  if (amount !== undefined) {
    into.meta.defaultValueType = into.valueType(amount.type.name, amount.type.unit);
    into.meta.period = { type: amount.type, value: amount.each };
  }
  if (dump.missed > 0) {
    const message = "the profiler missed samples: what they would have shown is not there";
    notes.add("information", "missed-samples", message, undefined, dump.missed);
  }
  if (dump.raw.length > 0) new RawSamples(dump, amount?.each, into, notes).add();
  else addGraph(dump, amount?.each, into, notes);
}

function rowOf({ name, file }: DumpFrame, line: number, into: ProfileBuilder): number {
  return into.frame({
    name: into.string(name === "" ? "[unknown]" : name),
    file: file === "" ? 0 : into.string(file),
    line: line > 0 && line < 2 ** 31 ? Math.floor(line) : 0,
  });
}

/** 285 years: more is no time. */
const MOST_MICROSECONDS = 9e15;

/** Whole stacks, as `StackProf.run(raw: true)` keeps them, in the order of time. */
class RawSamples {
  readonly #dump: Dump;
  readonly #each: number | undefined;
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  readonly #frames: ReadonlyMap<number, DumpFrame>;
  /** Row of each function that stands without a line of its own. */
  readonly #rows = new Map<number, number>();
  readonly #hasLines: boolean;
  readonly #timed: boolean;
  /** By wall clock the time between two observations is known better than by the interval. */
  readonly #byDelta: boolean;
  #observation = 0;
  #elapsed = 0;

  constructor(dump: Dump, each: number | undefined, into: ProfileBuilder, notes: Notes) {
    this.#dump = dump;
    this.#each = each;
    this.#into = into;
    this.#notes = notes;
    this.#frames = new Map(dump.frames.map((frame) => [frame.id, frame]));
    this.#hasLines = dump.rawLines.length === dump.raw.length;
    this.#timed = dump.timestamps.length > 0 || dump.deltas.length > 0;
    this.#byDelta = dump.mode === "wall" && dump.deltas.length > 0;
  }

  add(): void {
    const { raw, timestamps } = this.#dump;
    if (timestamps.length > 0 && Number.isFinite(timestamps.at(0))) {
      this.#into.meta.timeOrigin = BigInt(Math.floor(timestamps.at(0))) * 1000n;
      this.#into.meta.clock = "monotonic";
    }
    for (let at = 0; at < raw.length; ) {
      const depth = raw.at(at);
      const next = at + 1 + depth;
      if (!Number.isInteger(depth) || depth < 0 || next >= raw.length) {
        this.#notes.add(
          "truncated",
          "raw-truncated",
          "The list of stacks breaks off; what came before is kept.",
        );
        break;
      }
      const count = raw.at(next);
      if (Number.isInteger(count) && count > 0 && count <= MOST_REPEATS)
        this.#repeat(this.#stack(at + 1, next), count);
      else
        this.#notes.add(
          "skipped",
          "unusable-count",
          "A stack does not say how often it was seen; it was skipped.",
        );
      at = next + 1;
    }
    if (this.#observation === 0) {
      throw new FlambeauError("malformed", "no stack of the dump is usable", { format: "stackprof" });
    }
    this.#into.meta.observations = this.#observation;
  }

  #stack(from: number, to: number): number {
    let stack = -1;
    for (let at = from; at < to; at++) stack = this.#into.stack(stack, this.#frame(at));
    return stack;
  }

  #frame(at: number): number {
    const id = this.#dump.raw.at(at);
    const line = this.#hasLines ? this.#dump.rawLines.at(at) : 0;
    const known = line > 0 ? undefined : this.#rows.get(id);
    if (known !== undefined) return known;
    const frame = this.#frames.get(id);
    if (frame === undefined) {
      this.#notes.add(
        "approximated",
        "unknown-frame",
        "A stack names a function that the dump does not describe.",
      );
    }
    const described = frame ?? { id, name: "", file: "", line: 0, samples: 0, edges: [] };
    const row = rowOf(described, line > 0 ? line : described.line, this.#into);
    if (!(line > 0)) this.#rows.set(id, row);
    return row;
  }

  /** Observations of the same stack one after the other: each with its time, or all at once. */
  #repeat(stack: number, count: number): void {
    const { deltas, timestamps } = this.#dump;
    const known = Math.max(deltas.length, timestamps.length) - this.#observation;
    const timed = this.#timed ? Math.min(count, Math.max(0, known)) : 0;
    for (let i = 0; i < timed; i++) this.#observed(stack);
    const rest = count - timed;
    if (rest === 0) return;
    this.#observation += rest;
    this.#into.sample(stack, this.#each === undefined ? [rest] : [rest, rest * this.#each]);
  }

  #observed(stack: number): void {
    const { deltas, timestamps } = this.#dump;
    const index = this.#observation++;
    const delta = index < deltas.length ? deltas.at(index) : Number.NaN;
    if (delta > 0 && delta <= MOST_MICROSECONDS) this.#elapsed += delta;
    const stamp = index < timestamps.length ? timestamps.at(index) - timestamps.at(0) : this.#elapsed;
    const amount = this.#byDelta && delta >= 0 && delta <= MOST_MICROSECONDS ? delta * 1000 : this.#each;
    const details = Math.abs(stamp) <= MOST_MICROSECONDS ? { time: stamp * 1000 } : {};
    this.#into.sample(stack, amount === undefined ? [1] : [1, amount], details);
  }
}

/** Without raw samples there is only who called whom how often: stacks are approximated. */
function addGraph(dump: Dump, each: number | undefined, into: ProfileBuilder, notes: Notes): void {
  const { frames } = dump;
  const index = new Map(frames.map((frame, i) => [frame.id, i]));
  const rows = frames.map((frame) => rowOf(frame, frame.line, into));
  const graph = new CallGraph(1);
  for (const { samples } of frames) {
    const fn = graph.addFunction();
    graph.self[fn] = samples > 0 ? samples : 0;
  }
  frames.forEach(({ edges }, caller) => {
    for (let i = 0; i + 1 < edges.length; i += 2) {
      const callee = index.get(edges[i]!);
      const count = edges[i + 1]!;
      if (callee === undefined || !(count > 0)) continue;
      const call = graph.addCall(caller, callee);
      graph.times[call] = count;
      graph.inclusive[call] = count;
    }
  });
  const stacks: number[] = [];
  const add = (context: number, samples: number): void => {
    if (samples > 0)
      into.sample(stacks[context]!, each === undefined ? [samples] : [samples, samples * each]);
  };
  const sink: ContextSink = {
    context: (parent, _call, fn) => stacks.push(into.stack(parent < 0 ? -1 : stacks[parent]!, rows[fn]!)) - 1,
    self: (context, fn, share) => add(context, graph.self[fn]! * share[0]!),
    cut: (context, _fn, weights) => add(context, weights[0]!),
  };
  unfoldCallGraph(graph, sink, notes);
  if (into.sampleCount === 0) {
    throw new FlambeauError("malformed", "the dump holds no sample", { format: "stackprof" });
  }
}
