import { type Note, type Profile, type Thread, totalsOf } from "@flambeau/core";

/** A thread with what it weighs: what the page's list of threads shows. */
export interface ThreadInfo extends Thread {
  readonly samples: number;
  /** Per value type. */
  readonly totals: readonly number[];
}

/** A label key with its most frequent values. */
export interface LabelInfo {
  readonly key: string;
  /** Values as texts, most samples first. */
  readonly values: readonly { readonly value: string; readonly samples: number }[];
  /** How many values there are in all; more than are listed where there are very many. */
  readonly distinct: number;
}

/** What the page knows of a profile without its tables. */
export interface ProfileInfo {
  /** The worker's handle. */
  readonly id: number;
  readonly name: string;
  readonly format: string;
  readonly producer: string | undefined;
  readonly title: string | undefined;
  readonly comments: readonly string[];
  readonly samples: number;
  /** Observations behind the samples. */
  readonly observations: number;
  readonly frames: number;
  readonly stacks: number;
  readonly valueTypes: readonly { readonly name: string; readonly unit: string; readonly total: number }[];
  readonly defaultValueType: number;
  /** True for a comparison that was read from a file: two value types hold its sides. */
  readonly differential: boolean;
  readonly threads: readonly ThreadInfo[];
  /** Samples and totals of no thread. */
  readonly noThread: ThreadInfo | undefined;
  readonly threadsAreRoots: boolean;
  readonly labels: readonly LabelInfo[];
  /** Nanoseconds from the first to the last sample's time; undefined where no sample has one. */
  readonly time: { readonly from: number; readonly to: number } | undefined;
  /** Seconds since the epoch of time 0, where it is wall-clock time. */
  readonly epoch: number | undefined;
  /** True where a flame chart can be drawn: by time, or in the order of the samples. */
  readonly ordered: boolean;
  /** True where frames name their source file. */
  readonly hasFiles: boolean;
  readonly notes: readonly Note[];
}

/** Values listed per label key. */
const MAX_VALUES = 200;

/** Reads off a profile what the page shows around the views. */
export function profileInfo(id: number, name: string, profile: Profile): ProfileInfo {
  const { meta, samples, frames, stacks } = profile;
  const totals = totalsOf(profile);
  return {
    id,
    name,
    format: meta.format,
    producer: meta.producer,
    title: meta.title,
    comments: meta.comments ?? [],
    samples: samples.length,
    observations: meta.observations ?? samples.length,
    frames: frames.length,
    stacks: stacks.length,
    valueTypes: profile.valueTypes.map((type, row) => ({ ...type, total: totals[row]! })),
    defaultValueType: meta.defaultValueType,
    differential: meta.differential !== undefined,
    ...threadInfos(profile),
    threadsAreRoots: meta.threadsAreRoots === true,
    labels: labelInfos(profile),
    time: timeSpan(samples.time),
    epoch: meta.clock === "unix" && meta.timeOrigin !== undefined ? Number(meta.timeOrigin) / 1e9 : undefined,
    ordered: samples.time !== undefined || meta.samplesInOrder === true,
    hasFiles: frames.file.some((file) => file !== 0),
    notes: profile.notes,
  };
}

function threadInfos({ samples, threads }: Profile): Pick<ProfileInfo, "threads" | "noThread"> {
  const count = new Uint32Array(threads.length + 1);
  const totals = samples.weights.map(() => new Float64Array(threads.length + 1));
  for (let row = 0; row < samples.length; row++) {
    const thread = (samples.thread?.[row] ?? -1) + 1;
    count[thread] = count[thread]! + 1;
    for (let type = 0; type < totals.length; type++) {
      const column = totals[type]!;
      column[thread] = column[thread]! + samples.weights[type]![row]!;
    }
  }
  const infoOf = (thread: Thread, slot: number): ThreadInfo => ({
    ...thread,
    samples: count[slot]!,
    totals: totals.map((column) => column[slot]!),
  });
  return {
    threads: threads.map((thread, row) => infoOf(thread, row + 1)),
    noThread: count[0]! > 0 && threads.length > 0 ? infoOf({ name: "" }, 0) : undefined,
  };
}

function labelInfos({ samples, labelSets }: Profile): LabelInfo[] {
  if (samples.labels === undefined) return [];
  const perSet = new Uint32Array(labelSets.length);
  for (const set of samples.labels) perSet[set] = perSet[set]! + 1;
  const keys = new Map<string, Map<string, number>>();
  labelSets.forEach((set, row) => {
    if (perSet[row] === 0) return;
    for (const { key, value } of set) {
      let values = keys.get(key);
      if (values === undefined) {
        values = new Map();
        keys.set(key, values);
      }
      const text = String(value);
      values.set(text, (values.get(text) ?? 0) + perSet[row]!);
    }
  });
  return [...keys].map(([key, values]) => ({
    key,
    values: [...values]
      .map(([value, count]) => ({ value, samples: count }))
      .sort((a, b) => b.samples - a.samples)
      .slice(0, MAX_VALUES),
    distinct: values.size,
  }));
}

/** First and last time of samples; undefined where none has a time. */
export function timeSpan(time: Float64Array | undefined): ProfileInfo["time"] {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < (time?.length ?? 0); row++) {
    const at = time![row]!;
    if (at < from) from = at;
    if (at > to) to = at;
  }
  return to >= from ? { from, to } : undefined;
}
