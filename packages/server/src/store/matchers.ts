import type { Params } from "./engine/engine.ts";
import type { LabelMatcher } from "./store.ts";

/** A condition over the columns of table `series`, with its parameters. */
export interface SeriesCondition {
  readonly sql: string;
  readonly params: Params;
}

/** Labels that have a column of their own. */
const COLUMNS: ReadonlyMap<string, string> = new Map([
  ["service_name", "service"],
  ["__service_name__", "service"],
  ["__profile_type__", "type"],
]);

/**
 * The condition that a Prometheus selector puts on rows of table `series`. A label that a series lacks is empty, as
 * in Prometheus; regular expressions are anchored and checked by the engine.
 * @param prefix begins the names of the parameters
 */
export function seriesCondition(matchers: readonly LabelMatcher[], prefix = "m"): SeriesCondition {
  const params: Record<string, string> = {};
  const parts = matchers.map(({ name, operator, value }, i) => {
    const column = COLUMNS.get(name);
    params[`${prefix}${i}`] = operator === "=~" || operator === "!~" ? `^(?:${value})$` : value;
    if (column === undefined) params[`${prefix}${i}k`] = name;
    const left = column ?? `labels[{${prefix}${i}k:String}]`;
    return compared(left, operator, `{${prefix}${i}:String}`);
  });
  return { sql: parts.length === 0 ? "1" : parts.join(" AND "), params };
}

function compared(left: string, operator: LabelMatcher["operator"], right: string): string {
  switch (operator) {
    case "=":
    case "!=":
      return `${left} ${operator} ${right}`;
    case "=~":
      return `match(${left}, ${right})`;
    case "!~":
      return `NOT match(${left}, ${right})`;
  }
}
