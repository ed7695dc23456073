import type { Notes } from "../model/notes.ts";

/** A function of a call graph, with what it spent itself. */
export interface GraphFunction {
  /** Self weight per value type: the sum of what `spots` holds. */
  readonly self: Float64Array;
}

/** Calls from one function to another, with what the callee spent on their behalf, its own callees included. */
export interface GraphCall {
  readonly caller: number;
  readonly callee: number;
  /** How often, where known; shares out weights that no call accounts for. */
  readonly calls: number;
  readonly inclusive: Float64Array;
}

/** Takes the contexts (callers before their callees) of an unfolded call graph. */
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
export function unfoldCallGraph(
  functions: readonly GraphFunction[],
  calls: readonly GraphCall[],
  types: number,
  sink: ContextSink,
  notes: Notes,
): void {
  const graph = new Acyclic(functions, calls, types);
  if (graph.recursive > 0) {
    notes.add(
      "approximated",
      "recursion-folded",
      "a recursive call is shown within the outermost call of its function",
      undefined,
      graph.recursive,
    );
  }
  if (calls.length > 0) {
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
  readonly functions: readonly GraphFunction[];
  readonly calls: readonly GraphCall[];
  readonly types: number;
  /** Kept calls of each function. */
  readonly out: number[][];
  /** 1 for functions on a cycle that was cut. */
  readonly #inCycle: Uint8Array;
  /** How many calls were left out. */
  recursive = 0;
  /** Per kept call: the part of the callee that it accounts for, per type. */
  readonly share: Float64Array[];
  /** Per function: the part that no caller accounts for. */
  readonly rootShare: Float64Array[];
  /** Per function: its own weight and its part of everything below. */
  readonly total: Float64Array[];
  readonly totals: Float64Array;

  constructor(functions: readonly GraphFunction[], calls: readonly GraphCall[], types: number) {
    this.functions = functions;
    this.calls = calls;
    this.types = types;
    this.out = functions.map(() => []);
    this.#inCycle = new Uint8Array(functions.length);
    const order = this.#keepAcyclic();
    this.share = calls.map(() => new Float64Array(types));
    this.rootShare = functions.map(() => new Float64Array(types));
    this.#shareOut();
    this.total = functions.map(({ self }) => self.slice());
    // Callees come before callers in this order.
    for (const fn of order) {
      for (const call of this.out[fn]!) {
        const below = this.total[this.calls[call]!.callee]!;
        for (let type = 0; type < types; type++)
          this.total[fn]![type]! += below[type]! * this.share[call]![type]!;
      }
    }
    this.totals = new Float64Array(types);
    for (const { self } of functions)
      for (let type = 0; type < types; type++) this.totals[type]! += self[type]!;
  }

  /** Depth-first from functions without callers; a call to a function on the path closes a cycle. */
  #keepAcyclic(): number[] {
    const all: number[][] = this.functions.map(() => []);
    const called = new Uint8Array(this.functions.length);
    const inclusive = new Float64Array(this.functions.length);
    this.calls.forEach((call, i) => {
      all[call.caller]!.push(i);
      if (call.caller !== call.callee) called[call.callee] = 1;
      inclusive[call.caller]! += call.inclusive[0] ?? 0;
    });
    const starts = this.functions.map((_, fn) => fn);
    // A cycle that nobody calls is entered where it costs most.
    starts.sort((a, b) => called[a]! - called[b]! || inclusive[b]! - inclusive[a]! || a - b);
    const depth = new Int32Array(this.functions.length).fill(-1); // on the path: its place there
    const done = new Uint8Array(this.functions.length);
    const order: number[] = [];
    for (const start of starts) {
      if (done[start] === 1) continue;
      // `low`: the outermost place that a cut call led back to.
      const path = [{ fn: start, next: 0, low: Number.POSITIVE_INFINITY }];
      depth[start] = 0;
      while (path.length > 0) {
        const top = path[path.length - 1]!;
        const call = all[top.fn]![top.next++];
        if (call === undefined) {
          if (top.low <= depth[top.fn]!) this.#inCycle[top.fn] = 1;
          done[top.fn] = 1;
          depth[top.fn] = -1;
          order.push(top.fn);
          path.pop();
          const below = path[path.length - 1];
          if (below !== undefined && top.low < path.length) below.low = Math.min(below.low, top.low);
          continue;
        }
        const { callee } = this.calls[call]!;
        if (depth[callee]! >= 0) {
          this.recursive++;
          top.low = Math.min(top.low, depth[callee]!);
          continue;
        }
        this.out[top.fn]!.push(call);
        if (done[callee] === 1) continue;
        depth[callee] = path.length;
        path.push({ fn: callee, next: 0, low: Number.POSITIVE_INFINITY });
      }
    }
    return order;
  }

  #shareOut(): void {
    const into: number[][] = this.functions.map(() => []);
    for (const calls of this.out) for (const call of calls) into[this.calls[call]!.callee]!.push(call);
    this.functions.forEach(({ self }, fn) => {
      const incoming = into[fn]!;
      for (let type = 0; type < this.types; type++) {
        let accounted = 0;
        for (const call of incoming) accounted += amount(this.calls[call]!, type);
        let whole = self[type]!;
        for (const call of this.out[fn]!) whole += amount(this.calls[call]!, type);
        // Where recursion was cut, the sums do not match: then the callers account for everything.
        const root = this.#inCycle[fn] === 1 ? 0 : Math.max(0, whole - accounted);
        const roots = incoming.length === 0 ? 1 : root < accounted * 1e-9 ? 0 : root / (accounted + root);
        this.rootShare[fn]![type] = accounted > 0 || incoming.length === 0 ? roots : 0;
        let times = 0;
        for (const call of incoming) times += this.calls[call]!.calls;
        for (const call of incoming) {
          this.share[call]![type] =
            accounted > 0
              ? (amount(this.calls[call]!, type) / accounted) * (1 - roots)
              : times > 0
                ? this.calls[call]!.calls / times
                : 1 / incoming.length;
        }
      }
    });
  }
}

/** Costs below zero mean nothing here. */
function amount(call: GraphCall, type: number): number {
  return Math.max(0, call.inclusive[type]!);
}

interface Pending {
  readonly context: number;
  readonly fn: number;
  readonly part: Float64Array;
}

/** Depth-first with a list of its own: input decides the depth. Returns how many contexts were cut. */
function unfold(graph: Acyclic, sink: ContextSink): number {
  let cut = 0;
  let made = 0;
  const pending: Pending[] = [];
  const enter = (parent: number, call: number, fn: number, part: Float64Array): void => {
    const total = graph.total[fn]!;
    let largest = 0;
    let any = false;
    const weights = new Float64Array(graph.types);
    for (let type = 0; type < graph.types; type++) {
      weights[type] = total[type]! * part[type]!;
      if (weights[type] !== 0) any = true;
      const whole = graph.totals[type]!;
      if (whole !== 0) largest = Math.max(largest, Math.abs(weights[type]! / whole));
    }
    if (!any) return;
    const context = sink.context(parent, call, fn);
    made++;
    if ((largest < SMALLEST && graph.out[fn]!.length > 0) || made > MOST_CONTEXTS) {
      sink.cut(context, fn, weights);
      cut++;
    } else pending.push({ context, fn, part });
  };
  graph.functions.forEach((_, fn) => {
    if (graph.rootShare[fn]!.some((share) => share > 0)) enter(-1, -1, fn, graph.rootShare[fn]!);
    for (;;) {
      const next = pending.pop();
      if (next === undefined) break;
      sink.self(next.context, next.fn, next.part);
      for (const call of graph.out[next.fn]!) {
        const part = graph.share[call]!.map((share, type) => share * next.part[type]!);
        enter(next.context, call, graph.calls[call]!.callee, part);
      }
    }
  });
  return cut;
}
