import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import type { CpuProfileFile } from "./file.ts";
import { plausible, sampleTimes, weightOf } from "./times.ts";
import { type CallTree, NodeRole } from "./tree.ts";

/** V8 records at most this many nodes from `(root)` to the leaf. */
const V8_DEPTH = 257;

const COUNT = { name: "samples", unit: "count" } as const;
const WALL = { name: "wall", unit: "nanoseconds" } as const;

/** Where a CPU profile stands that is part of a larger recording. */
export interface SampleContext {
  /** Row of the builder's thread that was sampled. */
  readonly thread?: number;
  /** Nanoseconds from the recording's origin to the profile's `startTime`. */
  readonly shift?: number;
}

/** Adds the samples of a file whose tree stands. */
export function addSamples(
  file: CpuProfileFile,
  tree: CallTree,
  builder: ProfileBuilder,
  notes: Notes,
  context: SampleContext = {},
): void {
  const count = builder.valueType(COUNT.name, COUNT.unit);
  if (file.al) addAggregates(file, tree, builder, notes);
  else if (file.samples.length === 0) addHits(file, tree, builder, count);
  else addObservations(file, tree, builder, notes, context);
}

/** One sample per observation, in the order of time. */
function addObservations(
  file: CpuProfileFile,
  tree: CallTree,
  builder: ProfileBuilder,
  notes: Notes,
  context: SampleContext,
): void {
  const times = sampleTimes(file, notes);
  const count = file.samples.length;
  if (times !== undefined) builder.meta.defaultValueType = builder.valueType(WALL.name, WALL.unit);
  builder.meta.observations = (builder.meta.observations ?? 0) + count;
  builder.expectSamples(count);
  const ids = file.samples.flat();
  const plain = plainStacks(file, tree);
  const weights = new Float64Array(times === undefined ? 1 : 2).fill(1);
  const shift = context.shift ?? 0;
  const details = { time: Number.NaN, thread: context.thread ?? -1 };
  let previous = -1;
  for (let i = 0; i < count; i++) {
    const at = times?.order === undefined ? i : times.order[i]!;
    let stack = plain[ids[at]!] ?? ODD;
    if (stack === ODD) {
      const row = tree.ids.row(ids[at]!);
      stack = oddStack(tree, row, previous, builder, notes);
      if (row < 0 || tree.role[row] === NodeRole.idle) previous = -1;
      else if (tree.role[row] !== NodeRole.garbageCollector) previous = stack;
    } else previous = stack;
    if (times !== undefined) {
      weights[1] = weightOf(times, i);
      details.time = times.time[at]! + shift;
    }
    builder.sample(stack, weights, details);
  }
}

/** In {@link plainStacks}: the sample needs a closer look. */
const ODD = -2;

/** Stack by node id, for nodes whose samples need no thought: one look-up per sample, of which there are millions. */
function plainStacks({ nodes }: CpuProfileFile, tree: CallTree): Int32Array {
  const plain = new Int32Array(nodes.length * 2 + 64).fill(ODD);
  for (let row = 0; row < nodes.length; row++) {
    const id = nodes.id[row]!;
    const cut = tree.hasRoot && tree.depth[row]! >= V8_DEPTH;
    const pseudo = tree.role[row] === NodeRole.garbageCollector || tree.role[row] === NodeRole.idle;
    if (!cut && !pseudo && tree.ids.row(id) === row && id < plain.length) plain[id] = tree.stack[row]!;
  }
  return plain;
}

/** The stack of a sample whose node is missing, cut, idle or the garbage collector's. */
function oddStack(
  tree: CallTree,
  row: number,
  previous: number,
  builder: ProfileBuilder,
  notes: Notes,
): number {
  if (row < 0) {
    noteUnknown(notes);
    return -1;
  }
  if (tree.role[row] === NodeRole.garbageCollector) return collectorStack(tree, row, previous, builder);
  if (tree.hasRoot && tree.depth[row]! >= V8_DEPTH) noteCut(notes);
  return tree.stack[row]!;
}

/**
 * V8 puts a collection's samples into a node of its own below the root; what it interrupted is the sample before.
 * After `(idle)`, and at the beginning, it interrupted nothing.
 *
 * ```
 * samples   main;a   (garbage collector)      →   main;a   main;a;(garbage collector)
 * ```
 */
function collectorStack(tree: CallTree, row: number, previous: number, builder: ProfileBuilder): number {
  if (previous < 0) return tree.stack[row]!;
  return builder.stack(previous, builder.frameNamed("(garbage collector)"));
}

/** A profile without samples: each node's `hitCount`. */
function addHits(file: CpuProfileFile, tree: CallTree, builder: ProfileBuilder, count: number): void {
  const { nodes } = file;
  let observations = 0;
  for (let row = 0; row < nodes.length; row++) {
    const hits = nodes.hits[row]!;
    if (hits === 0) continue;
    observations += hits;
    builder.sampleOf(tree.stack[row]!, count, hits);
  }
  builder.meta.observations = observations;
}

/**
 * Business Central's files are aggregates though they look like recordings: `samples` names a node once, its time
 * difference is the time spent in the node itself, and how often it was seen is the node's `hitCount`. So samples
 * have no time of their own.
 */
function addAggregates(file: CpuProfileFile, tree: CallTree, builder: ProfileBuilder, notes: Notes): void {
  const { nodes, samples, timeDeltas, executionTimes } = file;
  const hasTimes = timeDeltas.length > 0;
  if (hasTimes) builder.meta.defaultValueType = builder.valueType(WALL.name, WALL.unit);
  const nanoseconds = executionTimes.length > 0 ? 100 : 1000;
  if (executionTimes.length > 0) {
    notes.add(
      "approximated",
      "instrumentation-times",
      "Times of an instrumentation profile were taken as the node's own, in units of 100 ns.",
    );
  }
  const self = new Float64Array(nodes.length);
  for (let i = 0; i < samples.length; i++) {
    const row = tree.ids.row(samples.at(i));
    if (row < 0) noteUnknown(notes);
    else if (i < timeDeltas.length) self[row] = self[row]! + plausible(timeDeltas.at(i), notes) * nanoseconds;
  }
  let observations = 0;
  for (let row = 0; row < nodes.length; row++) {
    const hits = nodes.hits[row]!;
    if (hits === 0 && self[row] === 0) continue;
    observations += hits;
    builder.sample(tree.stack[row]!, hasTimes ? [hits, self[row]!] : [hits]);
  }
  builder.meta.observations = observations;
}

function noteUnknown(notes: Notes): void {
  notes.add(
    "approximated",
    "sample-without-node",
    "A sample names a node that is not in the file; its stack is empty.",
  );
}

function noteCut(notes: Notes): void {
  notes.add(
    "truncated",
    "stack-cut",
    "V8 records no more than 256 frames: callees deeper than that are missing from this sample.",
  );
}
