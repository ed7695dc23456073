import type { Profile } from "@flambeau/core";
import type { Selection } from "./spec.ts";

/** 1 for every sample that a selection holds; undefined where it holds all. */
export function selectedSamples(profile: Profile, selection: Selection): Uint8Array | undefined {
  const { threads, labels, ranges } = selection;
  if (threads === undefined && (labels?.length ?? 0) === 0 && (ranges?.length ?? 0) === 0) return undefined;
  const keep = new Uint8Array(profile.samples.length).fill(1);
  if (threads !== undefined) keepThreads(keep, profile, threads);
  if (labels !== undefined) keepLabels(keep, profile, labels);
  if (ranges !== undefined && ranges.length > 0) keepTimes(keep, profile, ranges);
  return keep;
}

function keepThreads(keep: Uint8Array, { samples, threads }: Profile, chosen: readonly number[]): void {
  // Slot 0 is "no thread".
  const wanted = new Uint8Array(threads.length + 1);
  for (const thread of chosen) if (thread >= -1 && thread < threads.length) wanted[thread + 1] = 1;
  for (let row = 0; row < keep.length; row++) {
    if (wanted[(samples.thread?.[row] ?? -1) + 1] === 0) keep[row] = 0;
  }
}

/** Of one key any of the values will do; of every key that is asked for one must be there. */
function keepLabels(
  keep: Uint8Array,
  { samples, labelSets }: Profile,
  chosen: NonNullable<Selection["labels"]>,
): void {
  const byKey = new Map<string, Set<string>>();
  for (const { key, value } of chosen) {
    const values = byKey.get(key) ?? new Set();
    byKey.set(key, values.add(value));
  }
  const wanted = labelSets.map((set) =>
    [...byKey].every(([key, values]) =>
      set.some((label) => label.key === key && values.has(String(label.value))),
    ),
  );
  for (let row = 0; row < keep.length; row++) {
    if (wanted[samples.labels?.[row] ?? 0] !== true) keep[row] = 0;
  }
}

function keepTimes(
  keep: Uint8Array,
  { samples }: Profile,
  ranges: readonly (readonly [from: number, to: number])[],
): void {
  const { time } = samples;
  for (let row = 0; row < keep.length; row++) {
    const at = time?.[row] ?? Number.NaN;
    if (!ranges.some(([from, to]) => at >= from && at < to)) keep[row] = 0;
  }
}
