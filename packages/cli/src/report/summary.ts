import { type FunctionWeight, type Profile, profileSummary, type Thread } from "@flambeau/core";

/** What `info` says about a profile; with `--json` this object, as it is. */
export interface Summary {
  readonly file: string;
  readonly format: string;
  readonly formatTitle: string;
  /** What was taken off around the profile: `gzip`. */
  readonly wrappers: readonly string[];
  readonly producer?: string;
  readonly title?: string;
  readonly valueTypes: readonly ValueTypeSummary[];
  /** Observations in the recording. */
  readonly samples: number;
  readonly distinctStacks: number;
  /** Frames of the deepest stack, and of a stack on average over the samples. */
  readonly depth: { readonly deepest: number; readonly mean: number };
  readonly functions: number;
  /** Nanoseconds. */
  readonly duration?: number;
  /** ISO 8601, where the recording's clock is the wall clock. */
  readonly start?: string;
  readonly period?: { readonly type: string; readonly unit: string; readonly value: number };
  readonly threads: readonly ThreadSummary[];
  /** Functions with the most weight of their own, in the default value type. */
  readonly top: readonly FunctionWeight[];
  readonly mappings: number;
  readonly labels: readonly string[];
  readonly comments: readonly string[];
  readonly notes: Profile["notes"];
}

/** One value type with the sum of its weights. */
export interface ValueTypeSummary {
  readonly name: string;
  readonly unit: string;
  readonly total: number;
  readonly default: boolean;
}

/** One thread with its share of the default value type. */
export interface ThreadSummary extends Thread {
  readonly weight: number;
}

export function summarise(
  profile: Profile,
  file: string,
  formatTitle: string,
  wrappers: readonly string[],
): Summary {
  const { meta } = profile;
  const counted = profileSummary(profile);
  const period = meta.period;
  return {
    file,
    format: meta.format,
    formatTitle,
    wrappers,
    ...(meta.producer === undefined ? {} : { producer: meta.producer }),
    ...(meta.title === undefined ? {} : { title: meta.title }),
    valueTypes: counted.valueTypes.map((type, row) => ({ ...type, default: row === meta.defaultValueType })),
    samples: counted.observations,
    distinctStacks: counted.distinctStacks,
    depth: { deepest: counted.maxDepth, mean: counted.meanDepth },
    functions: counted.functions,
    ...(counted.duration === undefined ? {} : { duration: counted.duration }),
    ...startOf(profile),
    ...(period === undefined
      ? {}
      : { period: { type: period.type.name, unit: period.type.unit, value: period.value } }),
    threads: threadsOf(profile),
    top: counted.top,
    mappings: profile.mappings.length,
    labels: [...new Set(profile.labelSets.flatMap((set) => set.map((label) => label.key)))],
    comments: meta.comments ?? [],
    notes: profile.notes,
  };
}

/** Times beyond what a Date holds are no times of a recording. */
const LAST_DATE = 8_640_000_000_000_000n;

function startOf({ meta }: Profile): { start?: string } {
  if (meta.clock !== "unix" || meta.timeOrigin === undefined) return {};
  const milliseconds = meta.timeOrigin / 1_000_000n;
  if (milliseconds <= 0n || milliseconds > LAST_DATE) return {};
  return { start: new Date(Number(milliseconds)).toISOString() };
}

/** Heaviest first. */
function threadsOf({ samples, threads, meta }: Profile): ThreadSummary[] {
  const weight = new Float64Array(threads.length);
  const column = samples.weights[meta.defaultValueType];
  if (samples.thread !== undefined && column !== undefined) {
    for (let row = 0; row < samples.length; row++) {
      const thread = samples.thread[row]!;
      if (thread >= 0) weight[thread] = weight[thread]! + column[row]!;
    }
  }
  return threads
    .map((thread, row) => ({ ...thread, weight: weight[row]! }))
    .sort((a, b) => b.weight - a.weight);
}
