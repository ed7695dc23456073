import type { ProfileBuilder, SampleDetails } from "../model/builder.ts";
import type { Notes } from "../model/notes.ts";
import { type ContextSink, type GraphCall, type GraphFunction, unfoldCallGraph } from "./call-graph.ts";

/** A function of a call graph that is one frame, whichever of its lines runs. */
export interface FramedFunction extends GraphFunction {
  /** Row of the builder. */
  readonly frame: number;
}

/**
 * Unfolds a call graph into samples; see {@link unfoldCallGraph}. `types` are the builder's value types, in the order of
 * the functions' and calls' weights.
 */
export function addCallGraph(
  into: ProfileBuilder,
  notes: Notes,
  functions: readonly FramedFunction[],
  calls: readonly GraphCall[],
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
      return stacks.push(into.stack(parent < 0 ? -1 : stacks[parent]!, functions[fn]!.frame)) - 1;
    },
    self: (context, fn, share) => add(context, (i) => functions[fn]!.self[i]! * share[i]!),
    cut: (context, _fn, weights) => add(context, (i) => weights[i]!),
  };
  unfoldCallGraph(functions, calls, types.length, sink, notes);
}
