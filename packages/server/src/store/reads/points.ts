import type { Label } from "../store.ts";
import type { ReadEngine } from "./read-engine.ts";
import {
  type Condition,
  inWholeSeconds,
  labelValue,
  renamed,
  type TypedSelection,
  whereSamples,
  whereSeries,
} from "./where.ts";

const MINUTE = 60_000;

/** One pushed profile of a series, as a number. */
export interface ProfilePoints {
  /** Milliseconds since the Unix epoch. */
  readonly times: Float64Array;
  readonly values: Float64Array;
  /** How many profiles a row stands for: more than one where minutes were added up. */
  readonly counts: Float64Array;
  /** Row of `groups`. */
  readonly group: Int32Array;
  /** Number of the series, for averages: equal numbers, equal series. */
  readonly series: Int32Array;
  readonly groups: readonly (readonly Label[])[];
  /** Ids of the profiles, where they were asked for. */
  readonly ids: readonly string[];
}

/** What is wanted of points. */
export interface PointOptions {
  readonly groupBy: readonly string[];
  /** Profile ids too: then every profile is a row of its own. */
  readonly ids?: boolean;
  /** Minutes may be added up before they are sent: enough for steps of whole minutes. */
  readonly byMinute?: boolean;
}

/** A span's weight at a time. */
export interface SpanPoints extends Omit<ProfilePoints, "ids" | "counts"> {
  readonly spans: BigUint64Array;
}

/** Values over time. */
export class PointReads {
  readonly #engine: ReadEngine;

  constructor(engine: ReadEngine) {
    this.#engine = engine;
  }

  /** One row per profile of the selection, or per minute of a series where that is enough. */
  async profiles(selection: TypedSelection, options: PointOptions): Promise<ProfilePoints> {
    const minutes = options.byMinute === true && options.ids !== true;
    const asked = inWholeSeconds(selection);
    // A minute that the range cuts in two is known by its profiles alone.
    const cut = minutes ? Math.max(asked.from, Math.floor(asked.to / MINUTE) * MINUTE) : asked.from;
    const parts: Condition[] = [];
    if (asked.from < cut) parts.push(minutePoints({ ...asked, to: cut }));
    if (cut < asked.to || parts.length === 0) {
      parts.push(singlePoints({ ...asked, from: cut }, options.ids === true));
    }
    const [points, groups] = await Promise.all([
      this.#engine.columns(
        parts.map(({ sql }) => sql).join(" UNION ALL "),
        Object.assign({}, ...parts.map(({ params }) => params)),
      ),
      this.#groups(selection, options.groupBy),
    ]);
    const columns = points.columns;
    return {
      times: (columns[0]?.data as Float64Array | undefined) ?? new Float64Array(0),
      values: (columns[1]?.data as Float64Array | undefined) ?? new Float64Array(0),
      counts: (columns[2]?.data as Float64Array | undefined) ?? new Float64Array(0),
      ...grouped((columns[3]?.data as BigUint64Array | undefined) ?? new BigUint64Array(0), groups),
      ids: (columns[4]?.data as readonly string[] | undefined) ?? [],
    };
  }

  /** One row per span and second. */
  async spans(selection: TypedSelection, groupBy: readonly string[]): Promise<SpanPoints> {
    const where = whereSamples(selection, { column: "ts", unit: "seconds" });
    const [{ columns }, groups] = await Promise.all([
      this.#engine.columns(
        `SELECT toFloat64(toUnixTimestamp(ts)) * 1000 AS at, toFloat64(sum(value)) AS v, series, span
         FROM span_samples WHERE ${where.sql} GROUP BY ts, series, span`,
        where.params,
      ),
      this.#groups(selection, groupBy),
    ]);
    return {
      times: (columns[0]?.data as Float64Array | undefined) ?? new Float64Array(0),
      values: (columns[1]?.data as Float64Array | undefined) ?? new Float64Array(0),
      ...grouped((columns[2]?.data as BigUint64Array | undefined) ?? new BigUint64Array(0), groups),
      spans: (columns[3]?.data as BigUint64Array | undefined) ?? new BigUint64Array(0),
    };
  }

  /** Which group each series belongs to. */
  async #groups(selection: TypedSelection, groupBy: readonly string[]): Promise<SeriesGroups> {
    const of = new Map<bigint, number>();
    const groups: Label[][] = [];
    if (groupBy.length === 0) return { of, groups: [[]] };
    const where = whereSeries(selection, selection.type);
    const labels = groupBy.map((name, i) => labelValue(name, `group${i}`));
    const { rows, columns } = await this.#engine.columns(
      `SELECT DISTINCT series, ${labels.map(({ sql }) => sql).join(", ")} FROM series WHERE ${where.sql}`,
      Object.assign({}, where.params, ...labels.map(({ params }) => params)),
    );
    const places = new Map<string, number>();
    for (let row = 0; row < rows; row++) {
      const values = groupBy.map((_, i) => String(columns[i + 1]!.data[row]));
      const key = JSON.stringify(values);
      let place = places.get(key);
      if (place === undefined) {
        place = groups.length;
        places.set(key, place);
        groups.push(
          groupBy.map((name, i) => ({ name, value: values[i]! })).filter(({ value }) => value !== ""),
        );
      }
      of.set(columns[0]!.data[row] as bigint, place);
    }
    return { of, groups };
  }
}

/** Sums by minute; the range begins with a whole one. */
function minutePoints(selection: TypedSelection): Condition {
  const where = whereSamples(selection, { column: "t", unit: "seconds" });
  return renamed(
    `SELECT toFloat64(toUnixTimestamp(t)) * 1000 AS at, toFloat64(sum(value)) AS v, toFloat64(sum(n)) AS c, series
     FROM series_1m WHERE ${where.sql} GROUP BY t, series`,
    where.params,
    "m_",
  );
}

function singlePoints(selection: TypedSelection, ids: boolean): Condition {
  const where = whereSamples(selection, { column: "ts", unit: "milliseconds" });
  return {
    sql: `SELECT toFloat64(toUnixTimestamp64Milli(ts)) AS at, toFloat64(value) AS v, toFloat64(1) AS c, series
          ${ids ? ", toString(id) AS id" : ""} FROM profiles WHERE ${where.sql}`,
    params: where.params,
  };
}

interface SeriesGroups {
  readonly of: ReadonlyMap<bigint, number>;
  readonly groups: readonly (readonly Label[])[];
}

function grouped(
  ids: BigUint64Array,
  { of, groups }: SeriesGroups,
): Pick<ProfilePoints, "group" | "series" | "groups"> {
  const group = new Int32Array(ids.length);
  const series = new Int32Array(ids.length);
  const numbers = new Map<bigint, number>();
  const all = groups.slice();
  let unknown = -1;
  for (let row = 0; row < ids.length; row++) {
    const id = ids[row]!;
    let number = numbers.get(id);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(id, number);
    }
    series[row] = number;
    const place = groups.length === 1 && of.size === 0 ? 0 : of.get(id);
    // A series that came in between the two queries: it is shown without its labels rather than left out.
    if (place === undefined && unknown < 0) unknown = all.push([]) - 1;
    group[row] = place ?? unknown;
  }
  return { group, series, groups: all };
}
