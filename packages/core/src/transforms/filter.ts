import type { Label, Profile, Thread } from "../model/profile.ts";
import { FlambeauError } from "../util/errors.ts";
import { type Pattern, testOf } from "./matcher.ts";
import { keepSamples } from "./rebuild.ts";

/** Which samples to keep: every part that is given must hold. */
export interface SampleFilter {
  /** Threads whose name, process name, tid or pid matches any of the patterns. */
  readonly threads?: readonly Pattern[] | undefined;
  /** Labels that a sample must have; without `value` any value will do. Numbers are compared as texts. */
  readonly labels?: readonly { readonly key: string; readonly value?: Pattern | undefined }[] | undefined;
  /** Nanoseconds since `meta.timeOrigin`, inclusive. */
  readonly from?: number | undefined;
  /** Nanoseconds since `meta.timeOrigin`, exclusive. */
  readonly to?: number | undefined;
}

/** Keeps the samples of the given threads, labels and time range; a sample that lacks what is asked for goes. */
export function filterSamples(profile: Profile, filter: SampleFilter): Profile {
  return keepSamples(
    profile,
    samplesPassing(profile, filter),
    "filter",
    "samples of other threads, labels or times were left out (filter)",
  );
}

/** 1 for every sample that passes: for trees of a selection without a new profile. */
export function samplesPassing(profile: Profile, filter: SampleFilter): Uint8Array {
  const { samples, threads, labelSets } = profile;
  const keep = new Uint8Array(samples.length).fill(1);
  if (filter.threads !== undefined) {
    const tests = filter.threads.map(testOf);
    const wanted = threads.map((thread) =>
      threadTexts(thread).some((text) => tests.some((test) => test(text))),
    );
    keepWhere(keep, (row) => wanted[samples.thread?.[row] ?? -1] === true);
  }
  for (const { key, value } of filter.labels ?? []) {
    const test = value === undefined ? () => true : testOf(value);
    const wanted = labelSets.map((set) => set.some((label) => label.key === key && test(textOf(label))));
    keepWhere(keep, (row) => wanted[samples.labels?.[row] ?? 0] === true);
  }
  const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = filter;
  if (filter.from !== undefined || filter.to !== undefined) {
    const { time } = samples;
    if (time === undefined) {
      throw new FlambeauError(
        "usage",
        "The profile's samples have no time, so no time range can be chosen.",
        {
          hint: "Merging samples drops their time: read the input with every sample kept.",
        },
      );
    }
    keepWhere(keep, (row) => time[row]! >= from && time[row]! < to);
  }
  return keep;
}

function keepWhere(keep: Uint8Array, passes: (row: number) => boolean): void {
  for (let row = 0; row < keep.length; row++) if (!passes(row)) keep[row] = 0;
}

function threadTexts({ name, process, tid, pid }: Thread): string[] {
  return [name, process, tid, pid].filter((part) => part !== undefined).map(String);
}

function textOf(label: Label): string {
  return String(label.value);
}
