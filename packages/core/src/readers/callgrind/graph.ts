import { CallGraph, type ContextSink, unfoldCallGraph } from "../../codec/call-graph.ts";
import { type RowsByKey, rowsByKey } from "../../codec/rows-by-key.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { PairInterner } from "../../model/pairs.ts";
import { grown } from "../../util/growable.ts";

/**
 * The call graph of one thread (or one part) of a file. Names are strings of the builder; functions, calls and the
 * places within functions are rows of tables, because a file of 100 MB has millions of them.
 */
export class FileGraph {
  readonly #graph: CallGraph;
  readonly #objects = new PairInterner();
  readonly #functions = new PairInterner();
  /** Per function: its object, file and name. */
  #names: Int32Array = new Int32Array(3 * 64);
  readonly #calls = new PairInterner();
  /** Per call: the line of the caller that makes most of the calls' cost, and that cost. */
  #callLine: Int32Array = new Int32Array(64);
  #callCost: Float64Array = new Float64Array(64);
  readonly #places = new PairInterner();
  readonly #spots = new PairInterner();
  /** Per spot, a place in a function: what was spent there, `types` weights. */
  #spotSelf: Float64Array = new Float64Array(64);

  constructor(types: number) {
    this.#graph = new CallGraph(types);
  }

  get empty(): boolean {
    return this.#graph.functions === 0;
  }

  fn(object: number, file: number, name: number): number {
    const known = this.#graph.functions;
    const fn = this.#functions.add(this.#objects.add(object, file), name);
    if (fn === known) {
      this.#graph.addFunction();
      this.#names = grown(this.#names, fn * 3 + 3);
      this.#names[fn * 3] = object;
      this.#names[fn * 3 + 1] = file;
      this.#names[fn * 3 + 2] = name;
    }
    return fn;
  }

  addSelf(fn: number, file: number, line: number, costs: Float64Array): void {
    const { types } = this.#graph;
    const spot = this.#spots.add(fn, this.#places.add(file, line));
    this.#spotSelf = grown(this.#spotSelf, (spot + 1) * types);
    for (let type = 0; type < types; type++) {
      this.#graph.self[fn * types + type]! += costs[type]!;
      this.#spotSelf[spot * types + type]! += costs[type]!;
    }
  }

  addCall(caller: number, callee: number, times: number, line: number, costs: Float64Array): void {
    const graph = this.#graph;
    const { types } = graph;
    const known = graph.calls;
    const call = this.#calls.add(caller, callee);
    if (call === known) {
      graph.addCall(caller, callee);
      this.#callLine = grown(this.#callLine, call + 1);
      this.#callCost = grown(this.#callCost, call + 1);
      this.#callLine[call] = line;
      this.#callCost[call] = -1;
    }
    graph.times[call]! += times;
    const cost = types > 0 ? costs[0]! : 0;
    if (cost > this.#callCost[call]!) {
      this.#callLine[call] = line;
      this.#callCost[call] = cost;
    }
    for (let type = 0; type < types; type++) graph.inclusive[call * types + type]! += costs[type]!;
  }

  /** Unfolds the graph into samples of one thread. */
  emit(into: ProfileBuilder, notes: Notes, thread: number): void {
    const frames = new Frames(into, this.#names);
    const { length, a: spotFn, b: spotPlace } = this.#spots.columns();
    const { a: file, b: line } = this.#places.columns();
    const spots = {
      byFunction: rowsByKey(spotFn, length, this.#graph.functions),
      self: this.#spotSelf,
      frames: new Int32Array(length),
      makeFrame: (spot: number) =>
        frames.row(spotFn[spot]!, file[spotPlace[spot]!]!, line[spotPlace[spot]!]!),
    };
    const samples = new Samples(into, frames, this.#graph, this.#callLine, spots, thread);
    unfoldCallGraph(this.#graph, samples, notes);
  }
}

/** Frames of functions at lines. */
class Frames {
  readonly #into: ProfileBuilder;
  readonly #names: Int32Array;
  readonly #mappings = new Map<number, number>();
  readonly #files = new Map<number, number>();
  readonly #unknown: number;

  constructor(into: ProfileBuilder, names: Int32Array) {
    this.#into = into;
    this.#names = names;
    this.#unknown = into.string("[unknown]");
  }

  file(fn: number): number {
    return this.#names[fn * 3 + 1]!;
  }

  row(fn: number, file: number, line: number): number {
    return this.#into.frame({
      name: this.#names[fn * 3 + 2]! || this.#unknown,
      file: this.#file(file),
      line,
      mapping: this.#mapping(this.#names[fn * 3]!),
    });
  }

  #file(file: number): number {
    let known = this.#files.get(file);
    if (known === undefined) {
      const text = this.#into.text(file);
      known = text === "???" || text === "~" ? 0 : file;
      this.#files.set(file, known);
    }
    return known;
  }

  #mapping(object: number): number {
    let known = this.#mappings.get(object);
    if (known === undefined) {
      const path = this.#into.text(object);
      known = path === "" || path === "???" ? -1 : this.#into.mapping({ path });
      this.#mappings.set(object, known);
    }
    return known;
  }
}

/** What was spent where, function by function. */
interface Spots {
  readonly byFunction: RowsByKey;
  readonly self: Float64Array;
  /** Per spot: its frame + 1, where it was asked for. */
  readonly frames: Int32Array;
  makeFrame(spot: number): number;
}

/** Makes samples of contexts. A context is the stack above a function: its own frame depends on the line. */
class Samples implements ContextSink {
  readonly #into: ProfileBuilder;
  readonly #frames: Frames;
  readonly #graph: CallGraph;
  readonly #callLine: Int32Array;
  readonly #spots: Spots;
  readonly #details: { readonly thread?: number };
  readonly #weights: Float64Array;
  /** Per call: the caller's frame at the line of the call, + 1. */
  readonly #callFrame: Int32Array;
  /** Per context: the stack of its caller, at the line of the call. */
  #base: Int32Array = new Int32Array(64);
  #contexts = 0;

  constructor(
    into: ProfileBuilder,
    frames: Frames,
    graph: CallGraph,
    callLine: Int32Array,
    spots: Spots,
    thread: number,
  ) {
    this.#into = into;
    this.#frames = frames;
    this.#graph = graph;
    this.#callLine = callLine;
    this.#spots = spots;
    this.#details = thread < 0 ? {} : { thread };
    this.#weights = new Float64Array(graph.types);
    this.#callFrame = new Int32Array(graph.calls);
  }

  context(parent: number, call: number): number {
    const context = this.#contexts++;
    this.#base = grown(this.#base, context + 1);
    this.#base[context] = parent < 0 ? -1 : this.#into.stack(this.#base[parent]!, this.#frameOf(call));
    return context;
  }

  self(context: number, fn: number, share: Float64Array): void {
    const { byFunction, self, frames } = this.#spots;
    const { types } = this.#graph;
    const weights = this.#weights;
    for (let i = byFunction.start[fn]!; i < byFunction.start[fn + 1]!; i++) {
      const spot = byFunction.rows[i]!;
      let any = false;
      for (let type = 0; type < types; type++) {
        const weight = settled(self[spot * types + type]! * share[type]!);
        weights[type] = weight;
        any ||= weight !== 0;
      }
      if (!any) continue;
      if (frames[spot] === 0) frames[spot] = this.#spots.makeFrame(spot) + 1;
      this.#add(context, frames[spot]! - 1, weights);
    }
  }

  cut(context: number, fn: number, weights: Float64Array): void {
    this.#add(context, this.#frames.row(fn, this.#frames.file(fn), 0), weights);
  }

  #frameOf(call: number): number {
    if (this.#callFrame[call] === 0) {
      const caller = this.#graph.caller[call]!;
      this.#callFrame[call] = this.#frames.row(caller, this.#frames.file(caller), this.#callLine[call]!) + 1;
    }
    return this.#callFrame[call]! - 1;
  }

  #add(context: number, frame: number, weights: Float64Array): void {
    this.#into.sample(this.#into.stack(this.#base[context]!, frame), weights, this.#details);
  }
}

/** A weight that missed a whole number only by the rounding of its share is that number. */
function settled(weight: number): number {
  const whole = Math.round(weight);
  return Math.abs(weight - whole) <= Math.abs(weight) * 1e-9 ? whole : weight;
}
