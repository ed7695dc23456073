import { FlambeauError, type Profile } from "@flambeau/core";
import type { Reply } from "../rpc.ts";
import type { DataSpec } from "../spec.ts";
import { treeOptions } from "../tree-options.ts";

export interface TimelineRequest {
  readonly data: DataSpec;
  /** How many equal parts the time is cut into. */
  readonly columns: number;
}

/** Weight over time: of everything, and of the heaviest threads. */
export interface TimelineResult {
  /** Nanoseconds. */
  readonly from: number;
  readonly to: number;
  readonly all: Float64Array<ArrayBuffer>;
  /** Heaviest first. */
  readonly lanes: readonly {
    /** Row of the profile's threads, -1 for samples of none. */
    readonly thread: number;
    readonly values: Float64Array<ArrayBuffer>;
  }[];
  /** Threads with samples; more than there are lanes where there are many. */
  readonly threads: number;
}

/** Threads that get a lane of their own. */
const MAX_LANES = 12;

/** Samples over time. Those without a time are not in it. */
export function timelineView(
  profile: Profile,
  { data, columns }: TimelineRequest,
  span: { readonly from: number; readonly to: number },
): Reply<TimelineResult> {
  const { samples, threads } = profile;
  const weights = weightsOf(profile, data);
  const time = timesOf(profile);
  const { from } = span;
  const to = Math.max(span.to, from + 1);
  const scale = columns / (to - from);
  const all = new Float64Array(columns);
  const totals = new Float64Array(threads.length + 1);
  for (let row = 0; row < samples.length; row++) {
    const slot = (samples.thread?.[row] ?? -1) + 1;
    totals[slot] = totals[slot]! + Math.abs(weights[row]!);
  }
  const busy = [...totals.keys()].filter((slot) => totals[slot]! > 0);
  busy.sort((a, b) => totals[b]! - totals[a]! || a - b);
  const lanes = busy
    .slice(0, MAX_LANES)
    .map((slot) => ({ thread: slot - 1, values: new Float64Array(columns) }));
  const laneOf = new Map(lanes.map((lane) => [lane.thread, lane.values]));
  for (let row = 0; row < samples.length; row++) {
    const at = Math.min(columns - 1, Math.floor((time[row]! - from) * scale));
    if (!(at >= 0)) continue;
    const weight = weights[row]!;
    all[at] = all[at]! + weight;
    const lane = laneOf.get(samples.thread?.[row] ?? -1);
    if (lane !== undefined) lane[at] = lane[at]! + weight;
  }
  return {
    value: { from, to, all, lanes, threads: busy.length },
    transfer: [all.buffer, ...lanes.map((lane) => lane.values.buffer)],
  };
}

export interface HeatmapRequest {
  readonly data: DataSpec;
  /** Parts of a column. */
  readonly rows: number;
}

/**
 * Weight by the second and by the offset within it: cell (column, row) is `values[column * rows + row]`, and lasts
 * from `from + (column + row / rows) * step`.
 */
export interface HeatmapResult {
  readonly from: number;
  /** Nanoseconds of a column: a second, unless there would be far too few or too many. */
  readonly step: number;
  readonly columns: number;
  readonly rows: number;
  readonly values: Float64Array<ArrayBuffer>;
  readonly max: number;
}

const SECOND = 1e9;
const STEPS = [0.01, 0.1, 1, 10, 60, 600, 3600, 86_400].map((seconds) => seconds * SECOND);

/** Netflix's FlameScope: columns are seconds, rows are fractions of them. */
export function heatmapView(
  profile: Profile,
  { data, rows }: HeatmapRequest,
  span: { readonly from: number; readonly to: number },
): Reply<HeatmapResult> {
  const weights = weightsOf(profile, data);
  const time = timesOf(profile);
  const step = columnStep(span.to - span.from);
  const columns = Math.floor((span.to - span.from) / step) + 1;
  const values = new Float64Array(columns * rows);
  let max = 0;
  for (let sample = 0; sample < profile.samples.length; sample++) {
    const at = Math.floor(((time[sample]! - span.from) / step) * rows);
    if (!(at >= 0 && at < values.length)) continue;
    values[at] = values[at]! + weights[sample]!;
    if (values[at]! > max) max = values[at]!;
  }
  return { value: { from: span.from, step, columns, rows, values, max }, transfer: [values.buffer] };
}

/** A second where that makes 5 to 2,000 columns; else the round step that comes nearest. */
function columnStep(duration: number): number {
  if (duration >= 5 * SECOND && duration < 2_000 * SECOND) return SECOND;
  const fitting = STEPS.filter((step) => duration / step >= 5 && duration / step < 2_000);
  return (duration < SECOND ? fitting[0] : fitting.at(-1)) ?? Math.max(1, duration / 100);
}

function weightsOf(profile: Profile, data: DataSpec): Float64Array {
  const type = treeOptions(profile, data).valueType ?? profile.meta.defaultValueType;
  return profile.samples.weights[type] ?? new Float64Array(profile.samples.length);
}

function timesOf({ samples }: Profile): Float64Array {
  if (samples.time !== undefined) return samples.time;
  throw new FlambeauError("usage", "The samples of this profile have no time.", {
    hint: "Record with timestamps, or open the profiler's own output instead of folded stacks.",
  });
}
