import type { Notes } from "../model/notes.ts";
import { grown } from "../util/growable.ts";
import { type RowsByKey, rowsByKey } from "./rows-by-key.ts";

/** A call graph as columns: a file of 100 MB has millions of calls. Weights lie side by side, `types` for each row. */
export class CallGraph {
  readonly types: number;
  /** How many functions there are. */
  functions = 0;
  /** Per function: what it spent itself. */
  self: Float64Array = new Float64Array(64);
  /** How many calls there are: rows of one function calling another. */
  calls = 0;
  caller: Int32Array = new Int32Array(64);
  callee: Int32Array = new Int32Array(64);
  /** Per call: how often, where known; shares out weights that no call accounts for. */
  times: Float64Array = new Float64Array(64);
  /** Per call: what the callee spent on the caller's behalf, its own callees included. */
  inclusive: Float64Array = new Float64Array(64);

  /** `types`: how many value types the graph has weights for. */
  constructor(types: number) {
    this.types = types;
  }

  /** Row of a new function that has spent nothing yet. */
  addFunction(): number {
    const row = this.functions++;
    this.self = grown(this.self, this.functions * this.types);
    return row;
  }

  /** Row of a new call that has cost nothing yet. */
  addCall(caller: number, callee: number): number {
    const row = this.calls++;
    this.caller = grown(this.caller, this.calls);
    this.callee = grown(this.callee, this.calls);
    this.times = grown(this.times, this.calls);
    this.inclusive = grown(this.inclusive, this.calls * this.types);
    this.caller[row] = caller;
    this.callee[row] = callee;
    return row;
  }
}

/** Takes the contexts (callers before their callees) of an unfolded call graph. Arrays are valid during a call. */
export interface ContextSink {
  /**
   * A function in a context: called through `call` (index into the calls, -1 for a root) from context `parent`.
   * Returns the context's id.
   */
  context(parent: number, call: number, fn: number): number;
  /** `share[type]` of what the function spent itself belongs to this context. */
  self(context: number, fn: number, share: Float64Array): void;
  /** A context too small to unfold: the function and everything below it. */
  cut(context: number, fn: number, weights: Float64Array): void;
}

/** A context below this part of every total is not unfolded. */
const SMALLEST = 1e-5;
/** Contexts at most, so that a graph made to explode cannot take all memory. */
const MOST_CONTEXTS = 2_000_000;

/**
 * Approximates stacks from a call graph, which does not determine them: what a function spent is shared out over its
 * callers in proportion to what each call cost, as if the function did the same whoever called it. Totals stay
 * exact: every function's self weight is handed out in full.
 *
 * Calls that close a cycle (recursion) are left out, so that the rest has an order; their weight is the function's
 * own and shows below its other callers.
 *
 * ```
 * main ─100→ f ─90→ h        h spent 120: 90/120 of it below main;f, 30/120 below main;g
 *      └ 50→ g ─30→ h
 * ```
 */
export function unfoldCallGraph(calls: CallGraph, sink: ContextSink, notes: Notes): void {
  const graph = new Acyclic(calls);
  if (graph.recursive > 0) {
    notes.add(
      "approximated",
      "recursion-folded",
      "a recursive call is shown within the outermost call of its function",
      undefined,
      graph.recursive,
    );
  }
  if (calls.calls > 0) {
    notes.add(
      "approximated",
      "call-graph",
      "the format holds a call graph, not stacks: a function's weight is shared out over its callers in proportion to what their calls cost",
    );
  }
  const cut = unfold(graph, sink);
  if (cut > 0) {
    notes.add(
      "approximated",
      "small-contexts",
      "a context is too small to be unfolded: what lies below it is shown as its own",
      undefined,
      cut,
    );
  }
}

/** The call graph without the calls that close a cycle, and the shares that follow from it. */
class Acyclic {
  readonly graph: CallGraph;
  /** Calls of each function; those that were left out have `kept` 0. */
  readonly out: RowsByKey;
  readonly kept: Uint8Array;
  /** 1 for functions with a call that was kept. */
  readonly callsOthers: Uint8Array;
  /** How many calls were left out. */
  recursive = 0;
  /** Per call: the part of the callee that it accounts for, per type. */
  readonly share: Float64Array;
  /** Per function: the part that no caller accounts for. */
  readonly rootShare: Float64Array;
  /** Per function: its own weight and its part of everything below. */
  readonly total: Float64Array;
  /** What all functions spent. */
  readonly totals: Float64Array;
  /** 1 for functions on a cycle that was cut. */
  readonly #inCycle: Uint8Array;

  constructor(graph: CallGraph) {
    const { functions, calls, types } = graph;
    this.graph = graph;
    this.out = rowsByKey(graph.caller, calls, functions);
    this.kept = new Uint8Array(calls);
    this.callsOthers = new Uint8Array(functions);
    this.#inCycle = new Uint8Array(functions);
    const order = this.#keepAcyclic();
    this.share = new Float64Array(calls * types);
    this.rootShare = new Float64Array(functions * types);
    this.#shareOut();
    this.total = graph.self.slice(0, functions * types);
    // Callees come before callers in this order.
    for (const fn of order) this.#addBelow(fn);
    this.totals = new Float64Array(types);
    for (let i = 0; i < functions * types; i++) this.totals[i % types]! += graph.self[i]!;
  }

  #addBelow(fn: number): void {
    const { callee, types } = this.graph;
    const { rows, start } = this.out;
    for (let i = start[fn]!; i < start[fn + 1]!; i++) {
      const call = rows[i]!;
      if (this.kept[call] === 0) continue;
      const below = callee[call]! * types;
      for (let type = 0; type < types; type++)
        this.total[fn * types + type]! += this.total[below + type]! * this.share[call * types + type]!;
    }
  }

  /** Functions in the order in which the search enters them: those without callers first. */
  #starts(): Int32Array {
    const { functions, caller, callee, calls, inclusive: costs, types } = this.graph;
    const called = new Uint8Array(functions);
    const inclusive = new Float64Array(functions);
    for (let call = 0; call < calls; call++) {
      if (caller[call] !== callee[call]) called[callee[call]!] = 1;
      if (types > 0) inclusive[caller[call]!]! += costs[call * types]!;
    }
    const starts = Int32Array.from({ length: functions }, (_, fn) => fn);
    // A cycle that nobody calls is entered where it costs most.
    return starts.sort((a, b) => called[a]! - called[b]! || inclusive[b]! - inclusive[a]! || a - b);
  }

  /** Depth-first from functions without callers; a call to a function on the path closes a cycle. */
  #keepAcyclic(): Int32Array {
    const { functions, callee } = this.graph;
    const { rows, start } = this.out;
    const depth = new Int32Array(functions).fill(-1); // on the path: its place there
    const done = new Uint8Array(functions);
    const order = new Int32Array(functions);
    let ordered = 0;
    // The path: functions, the place of the next call of each, and the outermost place that a cut call led back to.
    const path = new Int32Array(functions);
    const next = new Int32Array(functions);
    const low = new Int32Array(functions);
    for (const first of this.#starts()) {
      if (done[first] === 1) continue;
      let length = 0;
      const enter = (fn: number): void => {
        depth[fn] = length;
        path[length] = fn;
        next[length] = start[fn]!;
        low[length++] = OUTSIDE;
      };
      enter(first);
      while (length > 0) {
        const top = length - 1;
        const fn = path[top]!;
        if (next[top] === start[fn + 1]) {
          if (low[top]! <= top) this.#inCycle[fn] = 1;
          done[fn] = 1;
          depth[fn] = -1;
          order[ordered++] = fn;
          length = top;
          if (top > 0 && low[top]! < top) low[top - 1] = Math.min(low[top - 1]!, low[top]!);
          continue;
        }
        const call = rows[next[top]!++]!;
        const to = callee[call]!;
        if (depth[to]! >= 0) {
          this.recursive++;
          low[top] = Math.min(low[top]!, depth[to]!);
          continue;
        }
        this.kept[call] = 1;
        this.callsOthers[fn] = 1;
        if (done[to] === 0) enter(to);
      }
    }
    return order;
  }

  #shareOut(): void {
    const { functions, callee, calls, types } = this.graph;
    const into = rowsByKey(callee, calls, functions);
    for (let fn = 0; fn < functions; fn++) {
      const incoming = into.rows
        .subarray(into.start[fn]!, into.start[fn + 1]!)
        .filter((call) => this.kept[call] === 1);
      for (let type = 0; type < types; type++) this.#shareType(fn, type, incoming);
    }
  }

  #shareType(fn: number, type: number, incoming: Int32Array): void {
    const { times, self, types } = this.graph;
    const { rows, start } = this.out;
    let accounted = 0;
    for (const call of incoming) accounted += this.#amount(call, type);
    let whole = self[fn * types + type]!;
    for (let i = start[fn]!; i < start[fn + 1]!; i++)
      if (this.kept[rows[i]!] === 1) whole += this.#amount(rows[i]!, type);
    // Where recursion was cut, the sums do not match: then the callers account for everything.
    const root = this.#inCycle[fn] === 1 ? 0 : Math.max(0, whole - accounted);
    const roots = incoming.length === 0 ? 1 : root < accounted * 1e-9 ? 0 : root / (accounted + root);
    this.rootShare[fn * types + type] = accounted > 0 || incoming.length === 0 ? roots : 0;
    let all = 0;
    for (const call of incoming) all += times[call]!;
    for (const call of incoming) {
      this.share[call * types + type] =
        accounted > 0
          ? (this.#amount(call, type) / accounted) * (1 - roots)
          : all > 0
            ? times[call]! / all
            : 1 / incoming.length;
    }
  }

  /** Costs below zero mean nothing here. */
  #amount(call: number, type: number): number {
    return Math.max(0, this.graph.inclusive[call * this.graph.types + type]!);
  }
}

/** A place that is on no path. */
const OUTSIDE = 0x7fffffff;

/** Unfolds depth-first with a list of its own: input decides the depth. Returns how many contexts were cut. */
function unfold(acyclic: Acyclic, sink: ContextSink): number {
  const unfolding = new Unfolding(acyclic, sink);
  const { functions, types } = acyclic.graph;
  for (let fn = 0; fn < functions; fn++) {
    const shares = acyclic.rootShare.subarray(fn * types, (fn + 1) * types);
    if (shares.some((share) => share > 0)) unfolding.root(fn, shares);
  }
  return unfolding.cut;
}

class Unfolding {
  cut = 0;
  readonly #acyclic: Acyclic;
  readonly #sink: ContextSink;
  readonly #types: number;
  #made = 0;
  /** Contexts whose calls wait: the context, its function, and the part of the function that it is. */
  #pending = 0;
  #context: Int32Array = new Int32Array(64);
  #fn: Int32Array = new Int32Array(64);
  #parts: Float64Array = new Float64Array(64);
  /** The part being entered, and the one whose calls are being entered. */
  readonly #part: Float64Array;
  readonly #whole: Float64Array;
  readonly #weights: Float64Array;

  constructor(acyclic: Acyclic, sink: ContextSink) {
    this.#acyclic = acyclic;
    this.#sink = sink;
    this.#types = acyclic.graph.types;
    this.#part = new Float64Array(this.#types);
    this.#whole = new Float64Array(this.#types);
    this.#weights = new Float64Array(this.#types);
  }

  root(fn: number, shares: Float64Array): void {
    const { graph, out, kept, share } = this.#acyclic;
    const types = this.#types;
    this.#part.set(shares);
    this.#enter(-1, -1, fn);
    while (this.#pending > 0) {
      const last = --this.#pending;
      const context = this.#context[last]!;
      const caller = this.#fn[last]!;
      const whole = this.#whole;
      for (let type = 0; type < types; type++) whole[type] = this.#parts[last * types + type]!;
      this.#sink.self(context, caller, whole);
      for (let i = out.start[caller]!; i < out.start[caller + 1]!; i++) {
        const call = out.rows[i]!;
        if (kept[call] === 0) continue;
        for (let type = 0; type < types; type++)
          this.#part[type] = share[call * types + type]! * whole[type]!;
        this.#enter(context, call, graph.callee[call]!);
      }
    }
  }

  /** Makes a context of `part` of the function, where that weighs something. */
  #enter(parent: number, call: number, fn: number): void {
    const { total, totals, callsOthers } = this.#acyclic;
    const types = this.#types;
    const weights = this.#weights;
    let largest = 0;
    let any = false;
    for (let type = 0; type < types; type++) {
      const weight = total[fn * types + type]! * this.#part[type]!;
      weights[type] = weight;
      if (weight !== 0) any = true;
      if (totals[type] !== 0) largest = Math.max(largest, Math.abs(weight / totals[type]!));
    }
    if (!any) return;
    const context = this.#sink.context(parent, call, fn);
    this.#made++;
    if ((largest < SMALLEST && callsOthers[fn] === 1) || this.#made > MOST_CONTEXTS) {
      this.#sink.cut(context, fn, weights);
      this.cut++;
    } else this.#push(context, fn);
  }

  #push(context: number, fn: number): void {
    const at = this.#pending++;
    this.#context = grown(this.#context, at + 1);
    this.#fn = grown(this.#fn, at + 1);
    this.#parts = grown(this.#parts, (at + 1) * this.#types);
    this.#context[at] = context;
    this.#fn[at] = fn;
    this.#parts.set(this.#part, at * this.#types);
  }
}
