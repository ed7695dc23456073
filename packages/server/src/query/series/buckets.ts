import type { ProfilePoints } from "../../store/reads/points.ts";
import type { Label } from "../../store/store.ts";
import { QueryError } from "../query-error.ts";

/** How the values of a bucket become one. */
export type Aggregation = "sum" | "average" | "gauge";

/** Points of one group, by time. */
export interface SeriesOfPoints {
  readonly labels: readonly Label[];
  /** Right edge of each bucket, milliseconds since the Unix epoch, ascending; buckets without a profile are missing. */
  readonly times: number[];
  readonly values: number[];
  /** Row of the points with the highest value of each bucket, as an example. */
  readonly examples: number[];
  /** Sum of the values: by which the heaviest series are chosen. */
  readonly weight: number;
}

/** More buckets than anyone draws: a step of a second over 30 days has 2.6 million. */
const MOST_BUCKETS = 100_000;

/** Steps of a range: bucket `i` is the time in (`start` + (i-1) `step`, `start` + i `step`]; the first holds `start` too. */
export interface Buckets {
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

/** @throws QueryError where the step is not a positive number, or too small for the range */
export function bucketsOf(from: number, to: number, stepSeconds: number): Buckets {
  const step = stepSeconds * 1000;
  if (!(step > 0) || !Number.isFinite(step)) {
    throw new QueryError("invalid", `step is ${stepSeconds}; it is a positive number of seconds`);
  }
  const count = Math.ceil((to - from) / step) + 1;
  if (count > MOST_BUCKETS) {
    throw new QueryError(
      "invalid",
      `a step of ${stepSeconds} s makes ${count} points; at most ${MOST_BUCKETS}: take a longer step`,
    );
  }
  return { start: from, step, count };
}

/** Bucket of a time. */
export function bucketOf({ start, step, count }: Buckets, time: number): number {
  return Math.min(Math.max(Math.ceil((time - start) / step), 0), count - 1);
}

/** Right edge of a bucket. */
export function edgeOf({ start, step }: Buckets, bucket: number): number {
  return Math.round(start + bucket * step);
}

/**
 * Adds profiles up by group and bucket. "gauge" takes the mean over the profiles of each series and adds up the
 * series: memory in use does not grow because it is measured more often.
 */
export function seriesOf(
  points: ProfilePoints,
  buckets: Buckets,
  aggregation: Aggregation,
): SeriesOfPoints[] {
  const cells = points.groups.map(() => new Map<number, Cell>());
  for (let row = 0; row < points.times.length; row++) {
    const bucket = bucketOf(buckets, points.times[row]!);
    const group = cells[points.group[row]!]!;
    let cell = group.get(bucket);
    if (cell === undefined) {
      cell = { sum: 0, count: 0, example: row, series: new Map() };
      group.set(bucket, cell);
    }
    cell.sum += points.values[row]!;
    cell.count += points.counts[row]!;
    if (points.values[row]! > points.values[cell.example]!) cell.example = row;
    if (aggregation !== "gauge") continue;
    const mean = cell.series.get(points.series[row]!) ?? { sum: 0, count: 0 };
    mean.sum += points.values[row]!;
    mean.count += points.counts[row]!;
    cell.series.set(points.series[row]!, mean);
  }
  return cells
    .map((group, i) => seriesFrom(group, points.groups[i]!, buckets, aggregation))
    .filter(({ times }) => times.length > 0);
}

interface Mean {
  sum: number;
  count: number;
}

interface Cell extends Mean {
  example: number;
  readonly series: Map<number, Mean>;
}

function seriesFrom(
  cells: ReadonlyMap<number, Cell>,
  labels: readonly Label[],
  buckets: Buckets,
  aggregation: Aggregation,
): SeriesOfPoints {
  const order = [...cells.keys()].sort((a, b) => a - b);
  const values = order.map((bucket) => cellValue(cells.get(bucket)!, aggregation));
  return {
    labels,
    times: order.map((bucket) => edgeOf(buckets, bucket)),
    values,
    examples: order.map((bucket) => cells.get(bucket)!.example),
    weight: values.reduce((sum, value) => sum + value, 0),
  };
}

function cellValue(cell: Cell, aggregation: Aggregation): number {
  if (aggregation === "sum") return cell.sum;
  if (aggregation === "average") return cell.sum / cell.count;
  let sum = 0;
  for (const mean of cell.series.values()) sum += mean.sum / mean.count;
  return sum;
}

/** The heaviest series first, at most `limit` of them where one is given; and how many were left out. */
export function heaviest<T extends { readonly weight: number }>(
  series: readonly T[],
  limit: bigint | undefined,
): { readonly kept: T[]; readonly left: number } {
  if (limit === undefined || limit === 0n) return { kept: [...series], left: 0 };
  if (limit < 0n) throw new QueryError("invalid", `limit is ${limit}; it is a number of series`);
  const sorted = [...series].sort((a, b) => b.weight - a.weight);
  const kept = sorted.slice(0, Number(limit < 1_000_000_000n ? limit : 1_000_000_000n));
  return { kept, left: sorted.length - kept.length };
}
