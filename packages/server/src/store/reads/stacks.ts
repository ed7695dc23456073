import type { Columns } from "../engine/native.ts";
import type { ReadEngine } from "./read-engine.ts";
import {
  fitsRollups,
  inWholeSeconds,
  renamed,
  type TimeColumn,
  type TypedSelection,
  whereSamples,
  whereStacks,
} from "./where.ts";

const SAMPLE_TIME: TimeColumn = { column: "ts", unit: "seconds" };
const ROLLUP_TIME: TimeColumn = { column: "t", unit: "seconds" };
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Stack ids and what each weighs; an id may occur more than once. */
export interface StackSums {
  readonly stacks: BigUint64Array;
  readonly values: Float64Array;
}

/** Single samples, for sums that are made outside the engine. */
export interface SampleRows extends StackSums {
  /** Seconds since the Unix epoch. */
  readonly times: Uint32Array;
}

/** Narrows samples to spans or to single profiles. */
export interface SampleFilter {
  readonly spans?: readonly bigint[];
  readonly profiles?: readonly string[];
}

/** Sums of samples by stack. */
export class StackReads {
  readonly #engine: ReadEngine;

  constructor(engine: ReadEngine) {
    this.#engine = engine;
  }

  /**
   * Every stack of a selection with its weights. Whole days and hours come from the rollups where the selection asks for
   * no label that they lack, the edges from the samples. Sums are doubles in the engine too: they do not wrap.
   */
  async sums(selection: TypedSelection): Promise<StackSums> {
    const cut = stretches(selection);
    const parts = cut.map(({ table, from, to }, i) => {
      const time = table === "samples" ? SAMPLE_TIME : ROLLUP_TIME;
      const where = whereStacks({ ...selection, from, to }, time, table === "samples");
      return { table, ...renamed(`FROM ${table} WHERE ${where.sql}`, where.params, `p${i}_`) };
    });
    const params = Object.assign({}, ...parts.map((part) => part.params));
    // An hour's rollup has each stack once or twice: to add them up costs the engine three times as much as to send them.
    const short = cut.every(
      ({ table, from, to }) => table === "samples" || (table === "roll_h" && to - from <= 2 * HOUR),
    );
    const sql = short
      ? parts
          .map(({ table, sql }) =>
            table === "samples"
              ? `SELECT stack, sum(toFloat64(value)) AS value ${sql} GROUP BY stack`
              : `SELECT stack, toFloat64(value) AS value ${sql}`,
          )
          .join(" UNION ALL ")
      : `SELECT stack, sum(toFloat64(value)) AS value
         FROM (${parts.map(({ sql }) => `SELECT stack, value ${sql}`).join(" UNION ALL ")}) GROUP BY stack`;
    return sumsOf(await this.#engine.columns(sql, params));
  }

  /**
   * The average of what exists (memory in use, goroutines): for every series the mean over its profiles, added up
   * over the series, in whole numbers.
   */
  async averages(selection: TypedSelection): Promise<StackSums> {
    const samples = whereStacks(selection, SAMPLE_TIME);
    const profiles = whereSamples(inWholeSeconds(selection), { column: "ts", unit: "milliseconds" });
    const counted = renamed(
      `SELECT series, count() AS n FROM profiles WHERE ${profiles.sql} GROUP BY series`,
      profiles.params,
      "n_",
    );
    return sumsOf(
      await this.#engine.columns(
        `SELECT stack, round(sum(value / n)) AS value
         FROM (SELECT series, stack, value FROM samples WHERE ${samples.sql}) AS s
         INNER JOIN (${counted.sql}) AS c ON s.series = c.series GROUP BY stack`,
        { ...samples.params, ...counted.params },
      ),
    );
  }

  /** Sums of the samples that belong to spans, or to profiles by their id. */
  async filtered(selection: TypedSelection, { spans, profiles }: SampleFilter): Promise<StackSums> {
    const where = whereStacks(selection, SAMPLE_TIME);
    if (spans !== undefined) {
      return sumsOf(
        await this.#engine.columns(
          `SELECT stack, sum(toFloat64(value)) AS value FROM span_samples
           WHERE ${where.sql} AND span IN {spans:Array(UInt64)} GROUP BY stack`,
          { ...where.params, spans },
        ),
      );
    }
    // Samples do not carry a profile's id: its series and start find them.
    const inner = whereSamples(selection, { column: "ts", unit: "milliseconds" });
    const chosen = renamed(
      `SELECT series, toDateTime(ts, 'UTC') FROM profiles WHERE ${inner.sql} AND toString(id) IN {ids:Array(String)}`,
      { ...inner.params, ids: profiles ?? [] },
      "i_",
    );
    return sumsOf(
      await this.#engine.columns(
        `SELECT stack, sum(toFloat64(value)) AS value FROM samples
         WHERE ${where.sql} AND (series, ts) IN (${chosen.sql}) GROUP BY stack`,
        { ...where.params, ...chosen.params },
      ),
    );
  }

  /** The samples themselves, in no order. */
  async rows(selection: TypedSelection): Promise<SampleRows> {
    const where = whereSamples(selection, SAMPLE_TIME);
    const { columns } = await this.#engine.columns(
      `SELECT stack, toFloat64(value) AS value, ts FROM samples WHERE ${where.sql}`,
      where.params,
    );
    return {
      stacks: (columns[0]?.data as BigUint64Array | undefined) ?? new BigUint64Array(0),
      values: (columns[1]?.data as Float64Array | undefined) ?? new Float64Array(0),
      times: (columns[2]?.data as Uint32Array | undefined) ?? new Uint32Array(0),
    };
  }
}

function sumsOf({ rows, columns }: Columns): StackSums {
  if (rows === 0) return { stacks: new BigUint64Array(0), values: new Float64Array(0) };
  return { stacks: columns[0]!.data as BigUint64Array, values: columns[1]!.data as Float64Array };
}

/** A part of a time range, and the table that answers for it at the least cost. */
export interface Stretch {
  readonly table: "samples" | "roll_h" | "roll_d";
  readonly from: number;
  readonly to: number;
}

/**
 * Cuts a range into whole days, whole hours and edges.
 *
 * ```
 *   from ──┬───────┬───────────────┬─────┬── to
 *   samples│ roll_h│     roll_d    │roll_h│samples
 * ```
 */
export function stretches(selection: TypedSelection): Stretch[] {
  const { from, to } = selection;
  const firstHour = Math.ceil(from / HOUR) * HOUR;
  const lastHour = Math.floor(to / HOUR) * HOUR;
  if (!fitsRollups(selection) || firstHour >= lastHour) return [{ table: "samples", from, to }];
  const firstDay = Math.ceil(firstHour / DAY) * DAY;
  const lastDay = Math.floor(lastHour / DAY) * DAY;
  const found: Stretch[] = [{ table: "samples", from, to: firstHour }];
  if (firstDay < lastDay) {
    found.push({ table: "roll_h", from: firstHour, to: firstDay });
    found.push({ table: "roll_d", from: firstDay, to: lastDay });
    found.push({ table: "roll_h", from: lastDay, to: lastHour });
  } else {
    found.push({ table: "roll_h", from: firstHour, to: lastHour });
  }
  found.push({ table: "samples", from: lastHour, to });
  return found.filter((stretch) => stretch.from < stretch.to);
}
