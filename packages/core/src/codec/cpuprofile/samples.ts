import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import type { NumberColumn } from "../json.ts";
import { PIECE, ThreadSamples } from "../thread-samples.ts";
import type { CpuProfileFile } from "./file.ts";
import { durationOf, plausible, type SampleTimes, sampleTimes } from "./times.ts";
import { type CallTree, NodeRole } from "./tree.ts";

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
  const count = file.samples.length - (isClosed(file, tree, times) ? 1 : 0);
  const observed = builder.valueType(COUNT.name, COUNT.unit);
  const wall = times === undefined ? -1 : builder.valueType(WALL.name, WALL.unit);
  if (times !== undefined) builder.meta.defaultValueType = wall;
  builder.meta.observations = (builder.meta.observations ?? 0) + count;
  builder.expectSamples(count);
  const samples = new ThreadSamples(builder, observed, wall);
  const { stack, time, first, second } = samples.piece;
  const thread = context.thread ?? -1;
  const stacks = new SampledStacks(file, tree, builder, notes);
  first.fill(1);
  if (times === undefined) time.fill(Number.NaN);
  const shift = context.shift ?? 0;
  const inSteps = builder.takesSteps;
  for (let from = 0; from < count; from += PIECE) {
    const length = Math.min(PIECE, count - from);
    stacks.put(file.samples, times?.order, from, length, stack);
    const steps = inSteps ? times?.steps(from, length, shift) : undefined;
    if (steps !== undefined)
      samples.add(thread, length, { time: steps.time, first: 1, second: steps.weight });
    else {
      times?.put(from, length, shift, time, second);
      samples.add(thread, length);
    }
    if (times?.order === undefined) file.samples.drop(from + length, builder);
    times?.drop(from + length, builder);
  }
  samples.flush(thread);
}

/**
 * True where the last sample is of `(root)`, at the very end: it only says how long the one before it lasted, which our
 * own writer must say because nothing else does.
 */
function isClosed(file: CpuProfileFile, tree: CallTree, times: SampleTimes | undefined): boolean {
  const last = file.samples.length - 1;
  if (last < 1 || times === undefined || times.order !== undefined) return false;
  const row = tree.ids.row(file.samples.at(last));
  const end = durationOf(file);
  if (row < 0 || tree.role[row] !== NodeRole.root || end === undefined) return false;
  return Math.abs(end - times.end) < 1000;
}

/** The sample needs a closer look. */
const ODD = -2;

/** The stacks of samples, one after the other in the order of time. */
class SampledStacks {
  readonly #tree: CallTree;
  readonly #builder: ProfileBuilder;
  readonly #notes: Notes;
  /** Stack by node id, for nodes whose samples need no thought: one look-up per sample, of which there are millions. */
  readonly #plain: Int32Array;
  /** What a collection interrupts. */
  #previous = -1;

  constructor({ nodes }: CpuProfileFile, tree: CallTree, builder: ProfileBuilder, notes: Notes) {
    this.#tree = tree;
    this.#builder = builder;
    this.#notes = notes;
    this.#plain = new Int32Array(nodes.length * 2 + 64).fill(ODD);
    for (let row = 0; row < nodes.length; row++) {
      const id = nodes.id[row]!;
      const pseudo = tree.role[row] === NodeRole.garbageCollector || tree.role[row] === NodeRole.idle;
      const isPlain = !pseudo && !isCut(tree, row) && tree.ids.row(id) === row;
      if (isPlain && id < this.#plain.length) this.#plain[id] = tree.stack[row]!;
    }
  }

  /** Puts the stacks of `length` samples from `from` on into `into`; `order` says which of `samples` those are. */
  put(
    samples: NumberColumn,
    order: Uint32Array | undefined,
    from: number,
    length: number,
    into: Int32Array,
  ): void {
    const ids =
      order === undefined
        ? samples.piece(from, length)
        : Float64Array.from({ length }, (_, i) => samples.at(order[from + i]!));
    const odd =
      ids instanceof Int32Array ? lookUp(this.#plain, ids, into) : lookUpAny(this.#plain, ids, into);
    if (odd === 0) {
      if (length > 0) this.#previous = into[length - 1]!;
      return;
    }
    for (let i = 0; i < length; i++) {
      if (into[i] === ODD) into[i] = this.#odd(this.#tree.ids.row(ids[i]!));
      else this.#previous = into[i]!;
    }
  }

  /** The node is missing, cut, idle or the garbage collector's. */
  #odd(row: number): number {
    const tree = this.#tree;
    if (row < 0) {
      noteUnknown(this.#notes);
      this.#previous = -1;
      return -1;
    }
    const stack = tree.stack[row]!;
    if (tree.role[row] === NodeRole.garbageCollector)
      return collectorStack(stack, this.#previous, this.#builder);
    if (isCut(tree, row)) noteCut(this.#notes);
    this.#previous = tree.role[row] === NodeRole.idle ? -1 : stack;
    return stack;
  }
}

/** Puts the stack of each id into `into`, or {@link ODD}; returns how many are odd. */
function lookUp(plain: Int32Array, ids: Int32Array, into: Int32Array): number {
  const length = plain.length;
  let odd = 0;
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    const stack = id >= 0 && id < length ? plain[id]! : ODD;
    odd += stack === ODD ? 1 : 0;
    into[i] = stack;
  }
  return odd;
}

/** The same for ids that may be anything. */
function lookUpAny(plain: Int32Array, ids: Float64Array, into: Int32Array): number {
  let odd = 0;
  ids.forEach((id, i) => {
    const stack = plain[id] ?? ODD;
    if (stack === ODD) odd++;
    into[i] = stack;
  });
  return odd;
}

function isCut(tree: CallTree, row: number): boolean {
  return tree.depth[row]! >= tree.cutAt;
}

/**
 * V8 puts a collection's samples into a node of its own below the root; what it interrupted is the sample before.
 * After `(idle)`, and at the beginning, it interrupted nothing.
 *
 * ```
 * samples   main;a   (garbage collector)      →   main;a   main;a;(garbage collector)
 * ```
 */
function collectorStack(own: number, previous: number, builder: ProfileBuilder): number {
  if (previous < 0) return own;
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
