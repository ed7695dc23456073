import type { ProfileBuilder, SampleDetails } from "../model/builder.ts";
import type { Notes } from "../model/notes.ts";
import { CallGraph, type ContextSink, unfoldCallGraph } from "./call-graph.ts";

/** A function of a call graph that is one frame, whichever of its lines runs. */
export interface FramedFunction {
  /** Row of the builder. */
  readonly frame: number;
  /** Self weight per value type. */
  readonly self: Float64Array;
}

/** Calls from one function to another, with what the callee spent on their behalf, its own callees included. */
export interface GraphCall {
  /** Index of a function. */
  readonly caller: number;
  readonly callee: number;
  /** How often, where known. */
  readonly calls: number;
  readonly inclusive: Float64Array;
}

/** Unfolds a call graph that was gathered as lists; see {@link addCallGraph}. */
export function addCallLists(
  into: ProfileBuilder,
  notes: Notes,
  functions: readonly FramedFunction[],
  calls: readonly GraphCall[],
  types: readonly number[],
  details: SampleDetails = {},
): void {
  const graph = new CallGraph(types.length);
  for (const { self } of functions) {
    const row = graph.addFunction();
    graph.self.set(self, row * types.length);
  }
  for (const { caller, callee, calls: times, inclusive } of calls) {
    const row = graph.addCall(caller, callee);
    graph.times[row] = times;
    graph.inclusive.set(inclusive, row * types.length);
  }
  const frames = functions.map(({ frame }) => frame);
  addCallGraph(into, notes, graph, frames, types, details);
}

/**
 * Unfolds a call graph into samples; see {@link unfoldCallGraph}. `frames` has the builder's row of each function, `types`
 * are the builder's value types in the order of the graph's weights.
 */
export function addCallGraph(
  into: ProfileBuilder,
  notes: Notes,
  graph: CallGraph,
  frames: ArrayLike<number>,
  types: readonly number[],
  details: SampleDetails = {},
): void {
  const stacks: number[] = [];
  const add = (context: number, weightOf: (type: number) => number): void => {
    types.forEach((type, i) => {
      const weight = weightOf(i);
      if (weight !== 0) into.sampleOf(stacks[context]!, type, weight, details);
    });
  };
  const sink: ContextSink = {
    context(parent, _call, fn) {
      return stacks.push(into.stack(parent < 0 ? -1 : stacks[parent]!, frames[fn]!)) - 1;
    },
    self: (context, fn, share) => add(context, (i) => graph.self[fn * types.length + i]! * share[i]!),
    cut: (context, _fn, weights) => add(context, (i) => weights[i]!),
  };
  unfoldCallGraph(graph, sink, notes);
}
