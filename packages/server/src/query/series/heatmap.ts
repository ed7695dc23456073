import type { Label } from "../../store/store.ts";
import { type Buckets, bucketOf, edgeOf } from "./buckets.ts";

const ROWS = 20;

/** Things with a time and a value: profiles or spans. */
export interface HeatPoints {
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly group: Int32Array;
  readonly groups: readonly (readonly Label[])[];
}

/** A column of a heatmap. */
export interface HeatSlot {
  /** Right edge, milliseconds since the Unix epoch. */
  readonly time: number;
  /** Lower edge of each row that holds something, and how many points lie in it. */
  readonly least: number[];
  readonly counts: number[];
  /** Row of `points` with the highest value of each kept row, as an example. */
  readonly examples: number[];
}

/** One group of a heatmap. */
export interface HeatSeries {
  readonly labels: readonly Label[];
  readonly slots: HeatSlot[];
  /** Points in it. */
  readonly weight: number;
}

/** Twenty equal rows between the least and the highest value of all groups; columns by time. */
export function heatmapOf(points: HeatPoints, buckets: Buckets): HeatSeries[] {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const value of points.values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  const height = most > least ? (most - least) / ROWS : 1;
  const cells = points.groups.map(() => new Map<number, { count: number; example: number }>());
  for (let row = 0; row < points.times.length; row++) {
    const column = bucketOf(buckets, points.times[row]!);
    const place = Math.min(ROWS - 1, Math.floor((points.values[row]! - least) / height));
    const group = cells[points.group[row]!]!;
    const cell = group.get(column * ROWS + place);
    if (cell === undefined) {
      group.set(column * ROWS + place, { count: 1, example: row });
    } else {
      cell.count++;
      if (points.values[row]! > points.values[cell.example]!) cell.example = row;
    }
  }
  return cells
    .map((group, i) => {
      const slots = new Map<number, HeatSlot>();
      let weight = 0;
      for (const [key, { count, example }] of [...group].sort(([a], [b]) => a - b)) {
        const column = Math.floor(key / ROWS);
        const slot = slots.get(column) ?? {
          time: edgeOf(buckets, column),
          least: [],
          counts: [],
          examples: [],
        };
        slots.set(column, slot);
        slot.least.push(least + (key % ROWS) * height);
        slot.counts.push(count);
        slot.examples.push(example);
        weight += count;
      }
      return { labels: points.groups[i]!, slots: [...slots.values()], weight };
    })
    .filter(({ slots }) => slots.length > 0);
}
