import type { Label, Selection } from "../store.ts";
import type { ReadEngine } from "./read-engine.ts";
import { DERIVED_LABELS, labelValue, type TypedSelection, whereSamples, whereSeries } from "./where.ts";

/** How much there is of one tenant. */
export interface ProfileStats {
  /** Milliseconds since the Unix epoch; undefined where nothing was ever taken in. */
  readonly oldest: number | undefined;
  readonly newest: number | undefined;
}

/** What a query would have to read. */
export interface QueryCost {
  readonly series: number;
  readonly profiles: number;
  readonly samples: number;
}

/** Which types, labels and series there are. */
export class Catalog {
  readonly #engine: ReadEngine;

  constructor(engine: ReadEngine) {
    this.#engine = engine;
  }

  /** Profile types, sorted. */
  profileTypes(selection: Selection): Promise<string[]> {
    return this.#texts(selection, "SELECT DISTINCT type AS value FROM series WHERE {where} ORDER BY value");
  }

  /** Names of labels, stored and derived ones, sorted. */
  async labelNames(selection: Selection): Promise<string[]> {
    const stored = await this.#texts(
      selection,
      "SELECT DISTINCT arrayJoin(mapKeys(labels)) AS value FROM series WHERE {where} ORDER BY value",
    );
    return stored.length === 0 ? [] : [...new Set([...DERIVED_LABELS, ...stored])].sort();
  }

  /** Values of one label, sorted; series without it do not count. */
  labelValues(selection: Selection, name: string): Promise<string[]> {
    const label = labelValue(name, "wanted");
    return this.#texts(
      selection,
      `SELECT DISTINCT ${label.sql} AS value FROM series WHERE {where} AND value != '' ORDER BY value`,
      label.params,
    );
  }

  /** Distinct label sets, of the given labels only, or of all labels where none is given. */
  async series(selection: Selection, names: readonly string[]): Promise<Label[][]> {
    const where = whereSeries(selection);
    if (names.length > 0) {
      const labels = names.map((name, i) => labelValue(name, `name${i}`));
      const { rows, columns } = await this.#engine.columns(
        `SELECT DISTINCT ${labels.map(({ sql }, i) => `${sql} AS v${i}`).join(", ")} FROM series WHERE ${where.sql}
         ORDER BY ${labels.map((_, i) => `v${i}`).join(", ")}`,
        Object.assign({}, where.params, ...labels.map(({ params }) => params)),
      );
      return Array.from({ length: rows }, (_, row) =>
        names
          .map((name, i) => ({ name, value: String(columns[i]!.data[row]) }))
          .filter(({ value }) => value !== ""),
      ).filter((set) => set.length > 0);
    }
    const { rows, columns } = await this.#engine.columns(
      `SELECT type, mapKeys(any(labels)) AS names, mapValues(any(labels)) AS vals FROM series WHERE ${where.sql}
       GROUP BY type, service, series ORDER BY type, service, series`,
      where.params,
    );
    return Array.from({ length: rows }, (_, row) => {
      const stored = columns[1]!.data[row] as readonly string[];
      const values = columns[2]!.data[row] as readonly string[];
      return withDerived(
        String(columns[0]!.data[row]),
        stored.map((name, i) => ({ name, value: values[i]! })),
      );
    });
  }

  /** Tenants with frames that only an address tells apart. */
  async tenantsWithNamelessFrames(): Promise<string[]> {
    const { columns } = await this.#engine.columns(
      "SELECT DISTINCT tenant FROM frames WHERE name = '' AND build_id != '' ORDER BY tenant",
    );
    return (columns[0]?.data as readonly string[] | undefined)?.slice() ?? [];
  }

  async stats(tenant: string): Promise<ProfileStats> {
    const { columns } = await this.#engine.columns(
      "SELECT count() AS n, toFloat64(toUnixTimestamp64Milli(min(ts))) AS oldest, " +
        "toFloat64(toUnixTimestamp64Milli(max(ts))) AS newest FROM profiles WHERE tenant = {tenant:String}",
      { tenant },
    );
    if (Number(columns[0]!.data[0]) === 0) return { oldest: undefined, newest: undefined };
    return { oldest: Number(columns[1]!.data[0]), newest: Number(columns[2]!.data[0]) };
  }

  async cost(selection: TypedSelection): Promise<QueryCost> {
    const ofProfiles = whereSamples(selection, { column: "ts", unit: "milliseconds" });
    const ofSamples = whereSamples(selection, { column: "ts", unit: "seconds" });
    const [profiles, samples] = await Promise.all([
      this.#engine.columns(
        // The condition may speak of the column series: nothing else may bear its name.
        `SELECT toFloat64(uniqExact(series)), toFloat64(count()) FROM profiles WHERE ${ofProfiles.sql}`,
        ofProfiles.params,
      ),
      this.#engine.columns(`SELECT toFloat64(count()) FROM samples WHERE ${ofSamples.sql}`, ofSamples.params),
    ]);
    return {
      series: Number(profiles.columns[0]!.data[0]),
      profiles: Number(profiles.columns[1]!.data[0]),
      samples: Number(samples.columns[0]!.data[0]),
    };
  }

  async #texts(
    selection: Selection,
    sql: string,
    more: Record<string, string> | object = {},
  ): Promise<string[]> {
    const where = whereSeries(selection);
    const { columns } = await this.#engine.columns(
      sql.replace("{where}", () => where.sql),
      {
        ...where.params,
        ...more,
      },
    );
    return (columns[0]?.data as readonly string[] | undefined)?.slice() ?? [];
  }
}

/** A series' labels with those that are made from its type, sorted by name. */
function withDerived(type: string, stored: readonly Label[]): Label[] {
  const [name = "", sample = "", unit = "", periodType = "", periodUnit = ""] = type.split(":");
  const service = stored.find((label) => label.name === "service_name")?.value ?? "";
  const derived: Label[] = [
    { name: "__name__", value: name },
    { name: "__period_type__", value: periodType },
    { name: "__period_unit__", value: periodUnit },
    { name: "__profile_type__", value: type },
    { name: "__service_name__", value: service },
    { name: "__type__", value: sample },
    { name: "__unit__", value: unit },
  ];
  return [...derived, ...stored].sort((a, b) => (a.name < b.name ? -1 : 1));
}
