import {
  buildFlameChart,
  FlambeauError,
  type FlameTree,
  type Profile,
  type SampleTable,
} from "@flambeau/core";
import type { DataSpec } from "../spec.ts";
import { treeOptions } from "../tree-options.ts";

export interface ChartRequest {
  readonly data: DataSpec;
  /** Row of the thread that is drawn; absent: the one with most samples. */
  readonly thread?: number;
}

/** A chart's tree, and what its x axis is. */
export interface Chart {
  readonly tree: FlameTree;
  /** Nanoseconds at x = 0; undefined where x is the order of the samples. */
  readonly origin: number | undefined;
  /** The thread that is drawn; undefined where samples name none. */
  readonly thread: number | undefined;
}

/**
 * The flame chart of one thread. Where samples have a time, x is time: a sample lasts until the next one of its
 * thread, but no longer than twice the usual step (or its own weight, where that is a time), and then the thread is
 * idle. Without times, x is the order of the samples, each as wide as its weight.
 */
export function chartOf(profile: Profile, request: ChartRequest): Chart {
  const thread = request.thread ?? busiestThread(profile.samples);
  const rows = rowsOfThread(profile.samples, thread);
  if (profile.samples.time === undefined) {
    if (profile.meta.samplesInOrder !== true) throw noOrder();
    const tree = buildFlameChart(withRows(profile, rows), {
      ...treeOptions(profile, request.data),
      threadRoots: "none",
    });
    return { tree, origin: undefined, thread };
  }
  const { samples, origin } = timedSamples(profile, rows, treeOptions(profile, request.data).valueType);
  const timed: Profile = {
    ...profile,
    meta: { format: profile.meta.format, defaultValueType: 0 },
    valueTypes: [{ name: "", unit: "nanoseconds" }],
    samples,
  };
  return { tree: buildFlameChart(timed, { threadRoots: "none" }), origin, thread };
}

function noOrder(): FlambeauError {
  return new FlambeauError("usage", "This profile does not say in which order its samples were taken.", {
    hint: "A flame chart needs samples with a time: record with timestamps, or use the flame graph.",
  });
}

function busiestThread({ thread }: SampleTable): number | undefined {
  if (thread === undefined) return undefined;
  const count = new Map<number, number>();
  for (const row of thread) count.set(row, (count.get(row) ?? 0) + 1);
  let best: number | undefined;
  for (const [row, samples] of count) if (best === undefined || samples > count.get(best)!) best = row;
  return best;
}

function rowsOfThread(samples: SampleTable, thread: number | undefined): Int32Array {
  const all = Int32Array.from({ length: samples.length }, (_, row) => row);
  const { thread: column } = samples;
  return thread === undefined || column === undefined ? all : all.filter((row) => column[row] === thread);
}

function withRows(profile: Profile, rows: Int32Array): Profile {
  const { samples } = profile;
  return {
    ...profile,
    samples: {
      length: rows.length,
      stack: rows.map((row) => samples.stack[row]!),
      weights: samples.weights.map((column) => Float64Array.from(rows, (row) => column[row]!)),
      time: undefined,
      thread: undefined,
      labels: undefined,
    },
  };
}

/** Samples in time order whose weight is their duration, with samples without frames for the pauses. */
function timedSamples(
  profile: Profile,
  rows: Int32Array,
  valueType: number | undefined,
): { samples: SampleTable; origin: number } {
  const time = profile.samples.time!;
  const ordered = rows
    .filter((row) => !Number.isNaN(time[row]!))
    .sort((a, b) => time[a]! - time[b]! || a - b);
  const durationOf = ownDurations(profile, valueType);
  const usual = usualStep(time, ordered);
  const stack = new Int32Array(ordered.length * 2);
  const weight = new Float64Array(ordered.length * 2);
  let length = 0;
  const push = (at: number, lasts: number): void => {
    stack[length] = at;
    weight[length++] = lasts;
  };
  for (let i = 0; i < ordered.length; i++) {
    const row = ordered[i]!;
    const longest = Math.max(durationOf(row), usual * 2);
    const last = i + 1 === ordered.length;
    const gap = last ? Math.max(durationOf(row), usual) : time[ordered[i + 1]!]! - time[row]!;
    push(profile.samples.stack[row]!, Math.min(gap, longest));
    if (gap > longest) push(-1, gap - longest);
  }
  return {
    samples: {
      length,
      stack: stack.slice(0, length),
      weights: [weight.slice(0, length)],
      time: undefined,
      thread: undefined,
      labels: undefined,
    },
    origin: ordered.length === 0 ? 0 : time[ordered[0]!]!,
  };
}

/** A sample's weight where that is a time, in nanoseconds; else 0. */
function ownDurations(
  { valueTypes, samples, meta }: Profile,
  valueType: number | undefined,
): (row: number) => number {
  const type = valueType ?? meta.defaultValueType;
  const factor = { nanoseconds: 1, microseconds: 1e3, milliseconds: 1e6, seconds: 1e9 }[
    valueTypes[type]?.unit ?? ""
  ];
  const weights = samples.weights[type];
  if (factor === undefined || weights === undefined) return () => 0;
  return (row) => Math.max(0, weights[row]! * factor);
}

/** The median step between neighbours; the whole of two samples alone. */
function usualStep(time: Float64Array, ordered: Int32Array): number {
  const steps = new Float64Array(Math.max(0, ordered.length - 1));
  for (let i = 1; i < ordered.length; i++) steps[i - 1] = time[ordered[i]!]! - time[ordered[i - 1]!]!;
  const positive = steps.filter((step) => step > 0).sort();
  return positive[positive.length >> 1] ?? 1;
}
