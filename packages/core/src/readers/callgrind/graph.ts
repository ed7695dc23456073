import { type ContextSink, type GraphCall, unfoldCallGraph } from "../../codec/call-graph.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";

/** What one place in a function spent itself. */
interface Spot {
  readonly file: string;
  readonly line: number;
  readonly self: Float64Array;
}

interface Fn {
  readonly object: string;
  readonly file: string;
  readonly name: string;
  readonly self: Float64Array;
  readonly spots: Map<string, Spot>;
}

interface Call extends GraphCall {
  readonly inclusive: Float64Array;
  calls: number;
  /** Line of the caller that makes most of the calls' cost. */
  line: number;
  lineCost: number;
}

/** The call graph of one thread (or one part) of a file. */
export class CallGraph {
  readonly #types: number;
  readonly #functions: Fn[] = [];
  readonly #ids = new Map<string, number>();
  readonly #calls = new Map<string, Call>();

  constructor(types: number) {
    this.#types = types;
  }

  get empty(): boolean {
    return this.#functions.length === 0;
  }

  fn(object: string, file: string, name: string): number {
    const key = `${object}\0${file}\0${name}`;
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = this.#functions.length;
      this.#functions.push({ object, file, name, self: new Float64Array(this.#types), spots: new Map() });
      this.#ids.set(key, id);
    }
    return id;
  }

  addSelf(fn: number, file: string, line: number, costs: Float64Array): void {
    const { self, spots } = this.#functions[fn]!;
    const key = `${line}\0${file}`;
    let spot = spots.get(key);
    if (spot === undefined) {
      spot = { file, line, self: new Float64Array(this.#types) };
      spots.set(key, spot);
    }
    for (let type = 0; type < this.#types; type++) {
      self[type]! += costs[type]!;
      spot.self[type]! += costs[type]!;
    }
  }

  addCall(caller: number, callee: number, calls: number, line: number, costs: Float64Array): void {
    const key = `${caller}/${callee}`;
    let call = this.#calls.get(key);
    if (call === undefined) {
      call = { caller, callee, calls: 0, inclusive: new Float64Array(this.#types), line, lineCost: -1 };
      this.#calls.set(key, call);
    }
    call.calls += calls;
    const cost = costs[0] ?? 0;
    if (cost > call.lineCost) {
      call.line = line;
      call.lineCost = cost;
    }
    for (let type = 0; type < this.#types; type++) call.inclusive[type]! += costs[type]!;
  }

  /** Unfolds the graph into samples of one thread. */
  emit(into: ProfileBuilder, notes: Notes, thread: number): void {
    const calls = [...this.#calls.values()];
    unfoldCallGraph(
      this.#functions,
      calls,
      this.#types,
      new Samples(into, this.#functions, calls, thread),
      notes,
    );
  }
}

/** Makes samples of contexts. A context is the stack above a function: its own frame depends on the line. */
class Samples implements ContextSink {
  readonly #into: ProfileBuilder;
  readonly #functions: readonly Fn[];
  readonly #calls: readonly Call[];
  readonly #thread: number;
  /** Per context: the stack of its caller, at the line of the call. */
  readonly #base: number[] = [];
  readonly #fn: number[] = [];

  constructor(into: ProfileBuilder, functions: readonly Fn[], calls: readonly Call[], thread: number) {
    this.#into = into;
    this.#functions = functions;
    this.#calls = calls;
    this.#thread = thread;
  }

  context(parent: number, call: number, fn: number): number {
    this.#fn.push(fn);
    const base =
      parent < 0
        ? -1
        : this.#stack(parent, this.#functions[this.#fn[parent]!]!.file, this.#calls[call]!.line);
    return this.#base.push(base) - 1;
  }

  self(context: number, fn: number, share: Float64Array): void {
    for (const { file, line, self } of this.#functions[fn]!.spots.values()) {
      const weights = self.map((weight, type) => settled(weight * share[type]!));
      if (weights.some((weight) => weight !== 0)) this.#add(this.#stack(context, file, line), weights);
    }
  }

  cut(context: number, fn: number, weights: Float64Array): void {
    this.#add(this.#stack(context, this.#functions[fn]!.file, 0), weights);
  }

  #stack(context: number, file: string, line: number): number {
    const { name, object } = this.#functions[this.#fn[context]!]!;
    const frame = this.#into.frame({
      name: this.#into.string(name === "" ? "[unknown]" : name),
      file: file === "" || file === "???" || file === "~" ? 0 : this.#into.string(file),
      line,
      mapping: object === "" || object === "???" ? -1 : this.#into.mapping({ path: object }),
    });
    return this.#into.stack(this.#base[context]!, frame);
  }

  #add(stack: number, weights: Float64Array): void {
    this.#into.sample(stack, weights, this.#thread < 0 ? {} : { thread: this.#thread });
  }
}

/** A weight that missed a whole number only by the rounding of its share is that number. */
function settled(weight: number): number {
  const whole = Math.round(weight);
  return Math.abs(weight - whole) <= Math.abs(weight) * 1e-9 ? whole : weight;
}
