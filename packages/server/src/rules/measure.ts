import type { Queries } from "../query/queries.ts";
import { parseSelector } from "../query/selectors/parse.ts";
import { parseProfileType } from "../query/selectors/profile-type.ts";
import type { NameTree } from "../query/trees/name-tree.ts";
import { functionTest, type Rule } from "./rule.ts";

/** What a rule found; undefined where the selection weighs nothing, which is neither above nor below anything. */
export type Measured = number | undefined;

const PER_SECOND = 1e9;

/** Measures a rule at a time, in milliseconds since the Unix epoch. */
export async function measure(queries: Queries, rule: Rule, now: number): Promise<Measured> {
  const present = await weigh(queries, rule, now);
  if (present.everything === 0) return undefined;
  if (rule.measure === "total") {
    const { sampleUnit } = parseProfileType(parseSelector(rule.query).name!);
    return sampleUnit === "nanoseconds" ? present.matching / PER_SECOND : present.matching;
  }
  const share = present.matching / present.everything;
  if (rule.measure === "share") return share;
  const before = await weigh(queries, rule, now - rule.against);
  return before.everything === 0 ? undefined : share - before.matching / before.everything;
}

interface Weighed {
  readonly matching: number;
  readonly everything: number;
}

async function weigh(queries: Queries, rule: Rule, end: number): Promise<Weighed> {
  const { name } = parseSelector(rule.query);
  const braces = rule.query.indexOf("{");
  const { tree } = await queries.tree({
    tenant: rule.tenant,
    type: name!,
    selector: braces < 0 ? "{}" : rule.query.slice(braces),
    start: end - rule.window,
    end: end - 1,
  });
  const everything = tree.total[0]!;
  const matching =
    rule.function === undefined ? everything : weightOf(tree, functionTest(rule.function), rule.weight);
  return { matching, everything };
}

/** Weight of the stacks that a function is on, once however often it recurs; or of those that end in it. */
export function weightOf(
  tree: NameTree,
  wanted: (name: string) => boolean,
  weight: "total" | "self",
): number {
  const known = new Map<number, boolean>();
  /** 1 where the node or one above it matched. */
  const inside = new Uint8Array(tree.length);
  let sum = 0;
  for (let node = 1; node < tree.length; node++) {
    const name = tree.name[node]!;
    let matches = known.get(name);
    if (matches === undefined) {
      matches = wanted(tree.names.text(name));
      known.set(name, matches);
    }
    if (weight === "self") {
      if (matches) sum += tree.self[node]!;
      continue;
    }
    const above = inside[tree.parent[node]!]!;
    if (matches && above === 0) sum += tree.total[node]!;
    inside[node] = matches || above === 1 ? 1 : 0;
  }
  return sum;
}
