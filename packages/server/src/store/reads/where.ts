import type { Bindable } from "../engine/bind.ts";
import { cleanName } from "../label-name.ts";
import type { LabelMatcher, Selection } from "../store.ts";

/** A selection of one profile type. */
export interface TypedSelection extends Selection {
  /** `name:type:unit:periodType:periodUnit`. */
  readonly type: string;
  /** Only these services. */
  readonly services?: readonly string[];
  /** Only the stacks whose id leaves `index` when it is divided by `of`: sums by stack alone heed it. */
  readonly slice?: { readonly index: number; readonly of: number };
}

/** A condition of SQL with values for its placeholders. */
export interface Condition {
  readonly sql: string;
  readonly params: Readonly<Record<string, Bindable>>;
}

/** Joins conditions by AND; placeholders of one are told from those of another by the names their makers gave them. */
export function all(...conditions: readonly Condition[]): Condition {
  return {
    sql: conditions.map(({ sql }) => sql).join(" AND "),
    params: Object.assign({}, ...conditions.map(({ params }) => params)) as Condition["params"],
  };
}

/** Labels that are made from a series' type and service rather than stored: name → expression. */
const DERIVED: ReadonlyMap<string, string> = new Map([
  ["__profile_type__", "type"],
  ["__name__", "splitByChar(':', type)[1]"],
  ["__type__", "splitByChar(':', type)[2]"],
  ["__unit__", "splitByChar(':', type)[3]"],
  ["__period_type__", "splitByChar(':', type)[4]"],
  ["__period_unit__", "splitByChar(':', type)[5]"],
  ["__service_name__", "service"],
  ["service_name", "service"],
]);

/** Names of the labels that every series has without storing them. */
export const DERIVED_LABELS: readonly string[] = [...DERIVED.keys()].filter((name) => name.startsWith("__"));

/** Expression of a label's value in the table `series`; a label that a series lacks is the empty text. */
export function labelValue(asked: string, placeholder: string): Condition {
  const name = cleanName(asked);
  const derived = DERIVED.get(name);
  if (derived !== undefined) return { sql: derived, params: {} };
  return { sql: `labels[{${placeholder}:String}]`, params: { [placeholder]: name } };
}

/** True where a matcher can be tested on every table, by type and service alone. */
function isPlain({ name }: LabelMatcher): boolean {
  return DERIVED.has(name);
}

/** True where a selection asks for nothing that a rollup by type and service has lost. */
export function fitsRollups({ matchers }: Selection): boolean {
  return matchers.every(isPlain);
}

/** Condition of one matcher. Prometheus anchors its expressions. */
function matching(matcher: LabelMatcher, index: number): Condition {
  const label = labelValue(matcher.name, `label${index}`);
  const value = `{value${index}:String}`;
  const expression = matcher.operator === "=~" || matcher.operator === "!~";
  const params = {
    ...label.params,
    [`value${index}`]: expression ? `^(?:${matcher.value})$` : matcher.value,
  };
  switch (matcher.operator) {
    case "=":
      return { sql: `${label.sql} = ${value}`, params };
    case "!=":
      return { sql: `${label.sql} != ${value}`, params };
    case "=~":
      return { sql: `match(${label.sql}, ${value})`, params };
    case "!~":
      return { sql: `NOT match(${label.sql}, ${value})`, params };
  }
}

const tenantIs = (tenant: string): Condition => ({
  sql: "tenant = {tenant:String}",
  params: { tenant },
});

/** Rows of the table `series` that a selection means: by day. */
export function whereSeries(selection: Selection, type?: string): Condition {
  const conditions = [tenantIs(selection.tenant), dayRange(selection)];
  if (type !== undefined) conditions.push({ sql: "type = {type:String}", params: { type } });
  conditions.push(...selection.matchers.map(matching));
  return all(...conditions);
}

function dayRange({ from, to }: Selection): Condition {
  return {
    sql: "day >= {fromDay:Date} AND day <= {toDay:Date}",
    params: { fromDay: dayOf(from), toDay: dayOf(to - 1) },
  };
}

/** UTC day of a time in milliseconds, within what the engine's `Date` can hold. */
export function dayOf(milliseconds: number): string {
  const clamped = Math.min(Math.max(milliseconds, 0), Date.UTC(2149, 5, 6));
  return new Date(clamped).toISOString().slice(0, 10);
}

/** How a table keeps its time. */
export interface TimeColumn {
  readonly column: string;
  readonly unit: "seconds" | "milliseconds";
}

/**
 * Rows of a table of samples that a typed selection means. Bare columns are compared, so that the sort key prunes.
 * Labels that the table lacks are looked up in `series`.
 */
export function whereSamples(selection: TypedSelection, time: TimeColumn, hasSeries = true): Condition {
  const conditions = [
    tenantIs(selection.tenant),
    { sql: "type = {type:String}", params: { type: selection.type } },
    ...selection.matchers.map((matcher, i) => (isPlain(matcher) ? matching(matcher, i) : undefined)),
    selection.services === undefined
      ? undefined
      : { sql: "service IN {services:Array(String)}", params: { services: selection.services } },
    timeRange(selection, time),
  ].filter((condition) => condition !== undefined);
  if (fitsRollups(selection)) return all(...conditions);
  if (!hasSeries) throw new RangeError("a rollup cannot tell series apart");
  const inner = whereSeries(selection, selection.type);
  return all(...conditions, {
    sql: `series IN (SELECT series FROM series WHERE ${inner.sql})`,
    params: inner.params,
  });
}

/** The same for tables with stacks, in the slice that is asked for. */
export function whereStacks(selection: TypedSelection, time: TimeColumn, hasSeries = true): Condition {
  const where = whereSamples(selection, time, hasSeries);
  return selection.slice === undefined ? where : all(where, sliceOf(selection.slice));
}

/** Condition of a slice of stacks. */
export function sliceOf(slice: { readonly index: number; readonly of: number }): Condition {
  return {
    sql: "stack % {sliceOf:UInt64} = {slice:UInt64}",
    params: { slice: slice.index, sliceOf: slice.of },
  };
}

/** `from` ≤ t < `to`; in seconds, a window that begins within the first or last second counts. */
function timeRange({ from, to }: Selection, { column, unit }: TimeColumn): Condition {
  if (unit === "milliseconds") {
    return {
      sql: `${column} >= {from:DateTime64} AND ${column} < {to:DateTime64}`,
      params: { from: Math.max(0, from), to: Math.max(0, to) },
    };
  }
  return {
    sql: `${column} >= {from:DateTime} AND ${column} < {to:DateTime}`,
    params: { from: seconds(Math.floor(from / 1000)), to: seconds(Math.ceil(to / 1000)) },
  };
}

/** Within what the engine's `DateTime` can hold. */
function seconds(value: number): number {
  return Math.min(Math.max(value, 0), 4_294_967_295);
}

/** The same selection in whole seconds, as samples keep their time: what is counted by profile agrees with them. */
export function inWholeSeconds<S extends Selection>(selection: S): S {
  const { from, to } = selection;
  return { ...selection, from: Math.floor(from / 1000) * 1000, to: Math.ceil(to / 1000) * 1000 };
}

/** Gives the placeholders of a statement names of their own, so that it can stand inside another. */
export function renamed<P extends Readonly<Record<string, unknown>>>(
  sql: string,
  params: P,
  prefix: string,
): { sql: string; params: P } {
  const names = new Set(Object.keys(params));
  return {
    sql: sql.replace(/\{(\w+):/g, (whole, name: string) => (names.has(name) ? `{${prefix}${name}:` : whole)),
    params: Object.fromEntries(Object.entries(params).map(([name, value]) => [prefix + name, value])) as P,
  };
}
