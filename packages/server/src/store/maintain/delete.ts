import type { Engine, Params } from "../engine/engine.ts";
import { rowsOf } from "../engine/native.ts";
import { seriesCondition } from "../matchers.ts";
import { VIEWS } from "../schema/tables.ts";
import { localTable, onCluster, type Topology } from "../schema/template.ts";
import type { Selection } from "../store.ts";

/** What is to be deleted: a selection, or what of it was to be kept for longer than `keepAbove` days. */
export interface Deletion extends Selection {
  readonly keepAbove?: number;
}

/** What a deletion met. */
export interface Deleted {
  readonly series: number;
}

/** Unlike an insert from the journal, a rollup made anew must not be taken for one that was there before. */
const REBUILD = "SETTINGS insert_deduplicate = 0, deduplicate_insert_select = 'disable'";
const WAIT = "SETTINGS mutations_sync = 2, allow_nondeterministic_mutations = 1";
const DAY = 86_400;

/**
 * Deletes samples by selector and time, whole seconds at a time, and what was derived from them: rollups of the
 * hours, days and minutes that were touched are made anew from the samples that are left; series and labels go with
 * their last sample of a day, a service's stacks with its last profile. Running it again changes nothing, so a
 * deletion that was cut short is simply repeated. Nothing may be inserted meanwhile.
 */
export async function deleteSelection(
  engine: Engine,
  topology: Topology,
  deletion: Deletion,
): Promise<Deleted> {
  const { tenant, matchers, keepAbove = 0 } = deletion;
  const from = Math.floor(Math.max(deletion.from, 0) / 1000);
  const to = Math.ceil(Math.min(deletion.to, 0xffff_ffff * 1000) / 1000);
  if (to <= from) return { series: 0 };
  const condition = seriesCondition(matchers);
  const range: Params = { tenant, from, to, keepAbove };
  const found = rowsOf(
    await engine.columns(
      `SELECT DISTINCT type, service, series FROM series WHERE tenant = {tenant:String}
       AND day >= toDate({from:DateTime}) AND day <= toDate({to:DateTime}) AND keep > {keepAbove:UInt16}
       AND ${condition.sql}`,
      { ...range, ...condition.params },
    ),
  );
  if (found.length === 0) return { series: 0 };
  const distinct = <T>(column: string): T[] => [...new Set(found.map((row) => row[column] as T))];
  const params: Params = {
    ...range,
    types: distinct<string>("type"),
    services: distinct<string>("service"),
    series: distinct<bigint>("series"),
  };
  const mutate = (table: string, where: string): Promise<void> =>
    engine.command(
      `ALTER TABLE ${localTable(table, topology)}${onCluster(topology)} DELETE WHERE ${where} ${WAIT}`,
      params,
    );
  const services =
    "tenant = {tenant:String} AND type IN {types:Array(String)} AND service IN {services:Array(String)}";
  // A matcher is about labels or about the type, so types and series can be listed apart. No matcher: all of them.
  const series = matchers.length === 0 ? services : `${services} AND series IN {series:Array(UInt64)}`;
  const own = `${series} AND keep > {keepAbove:UInt16}`;

  await mutate("samples", `${own} AND ts >= {from:DateTime} AND ts < {to:DateTime}`);
  await mutate("span_samples", `${own} AND ts >= {from:DateTime} AND ts < {to:DateTime}`);
  await mutate("profiles", `${own} AND ts >= {from:DateTime} AND ts < {to:DateTime}`);
  for (const [view, seconds] of [
    ["roll_h_view", 3600],
    ["roll_d_view", DAY],
    ["series_1m_view", 60],
  ] as const) {
    await rebuild(view, seconds, services);
  }
  const days = "day >= toDate({from:DateTime}) AND day <= toDate({to:DateTime})";
  const gone = `(day, type, series) NOT IN (
    SELECT toDate(ts), type, series FROM ${localTable("profiles", topology)} WHERE ${services})`;
  for (const table of ["series", "series_labels"]) await mutate(table, `${own} AND ${days} AND ${gone}`);
  await mutate(
    "stacks",
    `tenant = {tenant:String} AND service IN {services:Array(String)} AND service NOT IN (
      SELECT service FROM ${localTable("profiles", topology)} WHERE tenant = {tenant:String})`,
  );
  return { series: found.length };

  /** Makes a rollup anew, for the services and for the whole units of time that were touched. */
  async function rebuild(name: string, seconds: number, where: string): Promise<void> {
    const { to: target, from: source, select, tail } = VIEWS.find((view) => view.name === name)!;
    const whole = {
      ...params,
      first: Math.floor(from / seconds) * seconds,
      end: Math.ceil(to / seconds) * seconds,
    };
    const between = (column: string): string =>
      `${where} AND ${column} >= {first:DateTime} AND ${column} < {end:DateTime}`;
    await engine.command(
      `ALTER TABLE ${localTable(target, topology)}${onCluster(topology)} DELETE WHERE ${between("t")} ${WAIT}`,
      whole,
    );
    await engine.command(
      `INSERT INTO ${target} (${columnsOf(select)}) SELECT ${select} FROM ${source} WHERE ${between("ts")} ${tail} ${REBUILD}`,
      whole,
    );
  }
}

/** `a, f(x, y) AS b` → `a, b`: the names of a SELECT list. */
function columnsOf(select: string): string {
  const names: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i <= select.length; i++) {
    if (select[i] === "(") depth++;
    if (select[i] === ")") depth--;
    if (i < select.length && (select[i] !== "," || depth > 0)) continue;
    names.push(select.slice(start, i).trim().split(" AS ").at(-1)!);
    start = i + 1;
  }
  return names.join(", ");
}
