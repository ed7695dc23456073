import type { Profile, Label as SampleLabel } from "@flambeau/core";
import { Refusal } from "../refusal.ts";
import type { StackDigest } from "../store/digest.ts";
import type { DigestedSeries, Label, WholeSeries } from "../store/store.ts";
import type { Digested } from "./decode/digest/digester.ts";
import { type LabelLimits, LabelSet, labelsKey } from "./labels.ts";

/** Bounds on one pushed profile. */
export interface SplitLimits extends LabelLimits {
  readonly seriesPerProfile: number;
  /** Frames in one stack. */
  readonly stackDepth: number;
}

/** One pushed profile, and how it is to be taken apart. */
export interface Splitting {
  readonly tenant: string;
  readonly id: string;
  readonly start: bigint;
  readonly duration: bigint;
  /** Labels of the push itself: they win over those of the samples. `service_name` among them. */
  readonly series: LabelSet;
  /** Id of a value type, undefined where it is not kept. */
  readonly typeOf: (valueType: number) => string | undefined;
  /** Labels of a sample from its label set and thread (row or -1); default: the set's texts. */
  readonly labelsOf?: (set: readonly SampleLabel[], thread: number) => Iterable<readonly [string, string]>;
  /** True where a sample's thread is part of its series. */
  readonly threads?: boolean;
}

/** What became of a profile. */
export interface Split {
  readonly profiles: WholeSeries[];
  /** Samples with a negative weight, which nothing can show: left out. */
  readonly negative: number;
}

/** Labels that say which request a sample belongs to: of no use as a series. */
const SPAN_LABELS: ReadonlySet<string> = new Set(["span_id", "profile_id"]);
const REQUEST_LABELS: ReadonlySet<string> = new Set([...SPAN_LABELS, "trace_id"]);

/**
 * Takes a profile apart into series: one per value type and per distinct set of labels that its samples bear.
 * Rows that are zero in a value type are not part of it, and a row with a negative weight is part of none.
 * @throws Refusal 422 where a bound is exceeded
 */
export function splitProfile(profile: Profile, splitting: Splitting, limits: SplitLimits): Split {
  checkDepth(profile, limits.stackDepth);
  const groups = groupRows(profile, splitting, limits);
  const kept = keptRows(profile);
  const spans = spansOf(profile, splitting);
  const profiles: WholeSeries[] = [];
  profile.valueTypes.forEach((_, valueType) => {
    const type = splitting.typeOf(valueType);
    if (type === undefined) return;
    const byGroup = rowsWithWeight(profile.samples.weights[valueType]!, kept.rows, groups);
    byGroup.forEach((rows, group) => {
      if (rows === undefined) return;
      profiles.push({
        tenant: splitting.tenant,
        type,
        labels: groups.labels[group]!,
        start: splitting.start,
        duration: splitting.duration,
        id: splitting.id,
        profile,
        valueType,
        ...(rows.length === profile.samples.length ? {} : { rows }),
        ...(spans === undefined ? {} : { spans }),
      });
    });
  });
  return { profiles, negative: kept.negative };
}

/** What became of a digest. */
interface SplitDigest {
  readonly profiles: DigestedSeries[];
  /** Rows, per profile type. */
  readonly samples: number;
}

/**
 * The same for a profile of which there is only a digest; `whole` asks for the one with all frames.
 * @throws Refusal 422 where a bound is exceeded
 */
export function splitDigest(
  { head, digest, labels }: Digested,
  splitting: Splitting,
  limits: SplitLimits,
  whole: () => Promise<StackDigest>,
): SplitDigest {
  const rowCount = digest.weights[0]!.length;
  const labelled = {
    samples: { length: rowCount, labels: labels?.of },
    labelSets: labels?.sets ?? [[]],
    threads: [],
  };
  const groups = groupRows(labelled, splitting, limits);
  const spans = spansOf(labelled, splitting);
  const profiles: DigestedSeries[] = [];
  let samples = 0;
  head.valueTypes.forEach((_, valueType) => {
    const type = splitting.typeOf(valueType);
    if (type === undefined) return;
    const weights = digest.weights[valueType]!;
    const all = { length: countOf(weights), rows: undefined };
    const parts =
      groups.of === undefined
        ? [all]
        : rowsWithWeight(weights, undefined, groups).map((rows) => ({ length: rows?.length ?? 0, rows }));
    parts.forEach(({ length, rows }, group) => {
      if (length === 0) return;
      samples += length;
      const complete = async (): Promise<DigestedSeries> => ({ ...series, digest: await whole() });
      const series: DigestedSeries = {
        tenant: splitting.tenant,
        type,
        labels: groups.labels[group]!,
        start: splitting.start,
        duration: splitting.duration,
        id: splitting.id,
        valueType,
        digest,
        ...(rows === undefined ? {} : { rows }),
        ...(spans === undefined ? {} : { spans }),
        complete,
      };
      profiles.push(series);
    });
  });
  return { profiles, samples };
}

/** Rows with a weight. */
function countOf(weights: Float64Array): number {
  let count = 0;
  for (const weight of weights) if (weight > 0) count++;
  return count;
}

/** Samples with their labels, of a whole profile or of a digest. */
interface Labelled extends Pick<Profile, "labelSets" | "threads"> {
  readonly samples: Pick<Profile["samples"], "length" | "labels"> &
    Partial<Pick<Profile["samples"], "thread">>;
}

interface Groups {
  /** Group of each row; undefined: there is only group 0. */
  readonly of: Int32Array | undefined;
  readonly labels: readonly Label[][];
}

function groupRows(
  { samples, labelSets, threads: allThreads }: Labelled,
  splitting: Splitting,
  limits: SplitLimits,
): Groups {
  const labels: Label[][] = [];
  const byKey = new Map<string, number>();
  const byOwn = new Map<string, number>();
  const find = (set: number, thread: number): number => {
    const own = [...(splitting.labelsOf?.(labelSets[set]!, thread) ?? textLabels(labelSets[set]!))].filter(
      ([name]) => !REQUEST_LABELS.has(name),
    );
    // Many sets differ in nothing but the request that they belong to.
    const ownKey = JSON.stringify(own);
    let group = byOwn.get(ownKey);
    if (group !== undefined) return group;
    const all = new LabelSet(splitting.series);
    for (const [name, value] of own) all.add(name, value);
    const finished = all.finish(limits);
    const key = labelsKey(finished);
    group = byKey.get(key);
    if (group === undefined) {
      if (labels.length === limits.seriesPerProfile) throw tooManySeries(limits.seriesPerProfile);
      group = labels.push(finished) - 1;
      byKey.set(key, group);
    }
    byOwn.set(ownKey, group);
    return group;
  };
  const threads = splitting.threads === true ? samples.thread : undefined;
  if (samples.labels === undefined && threads === undefined) {
    find(0, -1);
    return { of: undefined, labels };
  }
  const of = new Int32Array(samples.length);
  const known = new Map<number, number>();
  const threadCount = allThreads.length + 1;
  for (let row = 0; row < samples.length; row++) {
    const set = samples.labels?.[row] ?? 0;
    const thread = threads?.[row] ?? -1;
    const pair = set * threadCount + thread + 1;
    let group = known.get(pair);
    if (group === undefined) {
      group = find(set, thread);
      known.set(pair, group);
    }
    of[row] = group;
  }
  return { of: labels.length === 1 ? undefined : of, labels: labels.length === 0 ? [[]] : labels };
}

/** The labels of a sample that can be labels of a series: texts. A number measures, it does not name. */
export function* textLabels(set: readonly SampleLabel[]): Iterable<readonly [string, string]> {
  for (const { key, value } of set) if (typeof value === "string") yield [key, value];
}

/** Rows that nothing speaks against: undefined where that is all of them. */
function keptRows({ samples }: Profile): { rows: Uint8Array | undefined; negative: number } {
  let rows: Uint8Array | undefined;
  let negative = 0;
  for (const column of samples.weights) {
    for (let row = 0; row < samples.length; row++) {
      if (column[row]! >= 0 || rows?.[row] === 0) continue;
      rows ??= new Uint8Array(samples.length).fill(1);
      rows[row] = 0;
      negative++;
    }
  }
  return { rows, negative };
}

/** Per group its rows with a weight; undefined where there are none. */
function rowsWithWeight(
  weights: Float64Array,
  kept: Uint8Array | undefined,
  groups: Groups,
): (Int32Array | undefined)[] {
  const counts = new Int32Array(groups.labels.length);
  for (let row = 0; row < weights.length; row++) {
    if (weights[row]! > 0 && kept?.[row] !== 0) counts[groups.of?.[row] ?? 0]!++;
  }
  const rows = Array.from(counts, (count) => (count === 0 ? undefined : new Int32Array(count)));
  counts.fill(0);
  for (let row = 0; row < weights.length; row++) {
    if (!(weights[row]! > 0) || kept?.[row] === 0) continue;
    const group = groups.of?.[row] ?? 0;
    rows[group]![counts[group]!++] = row;
  }
  return rows;
}

/** The span of each sample: 16 hexadecimal digits in one of its labels. */
function spansOf({ labelSets, samples }: Labelled, { labelsOf }: Splitting): BigUint64Array | undefined {
  const bySet = new Map<number, bigint>();
  labelSets.forEach((set, id) => {
    for (const [name, value] of labelsOf?.(set, -1) ?? textLabels(set)) {
      if (SPAN_LABELS.has(name) && /^[0-9a-fA-F]{1,16}$/.test(value)) bySet.set(id, BigInt(`0x${value}`));
    }
  });
  if (bySet.size === 0 || samples.labels === undefined) return undefined;
  const spans = new BigUint64Array(samples.length);
  for (let row = 0; row < samples.length; row++) spans[row] = bySet.get(samples.labels[row]!) ?? 0n;
  return spans;
}

function checkDepth({ stacks }: Profile, limit: number): void {
  if (stacks.length <= limit) return;
  const depth = new Int32Array(stacks.length);
  for (let row = 0; row < stacks.length; row++) {
    const parent = stacks.parent[row]!;
    depth[row] = parent < 0 ? 1 : depth[parent]! + 1;
    if (depth[row]! > limit) {
      throw new Refusal(422, "too-deep", `a stack has more than ${limit} frames, which is the limit here`);
    }
  }
}

function tooManySeries(limit: number): Refusal {
  return new Refusal(
    422,
    "series-limit",
    `the samples' labels make more than ${limit} series of one profile; leave out labels with many values (ids, paths)`,
  );
}
