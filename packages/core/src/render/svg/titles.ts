import type { Layout } from "../../layout/layout.ts";
import { RectangleKind } from "../../layout/layout.ts";
import type { FlameTree } from "../../transforms/flame-tree.ts";
import type { Amounts } from "./amounts.ts";
import type { DiffView } from "./differential.ts";
import { fixed, percent, withCommas } from "./numbers.ts";

/** What the titles of one picture have in common. */
export interface TitleContext {
  readonly tree: FlameTree;
  readonly layout: Layout;
  readonly diff: DiffView | undefined;
  readonly amounts: Amounts;
  /** Weight of the whole width. */
  readonly total: number;
}

/** Label of a rectangle: what is written on it and what its title begins with. */
export function labelOf({ tree, layout }: TitleContext, rect: number): string {
  const count = layout.gathered[rect]!;
  switch (layout.kind[rect]) {
    case RectangleKind.small:
      return count === 1 ? "1 small frame" : `${withCommas(count)} small frames`;
    case RectangleKind.deeper:
      return count === 1 ? "1 deeper frame" : `${withCommas(count)} deeper frames`;
    default:
      return layout.node[rect] === 0 ? "all" : tree.names.text(tree.name[layout.node[rect]!]!);
  }
}

/**
 * `name (1,234 samples, 5.60%)`, as flamegraph.pl has it, but with the percentage of the exact weight; of times and bytes
 * `name (12.3 ms, 5.60%)`. In a
 * differential the change follows as `; +1.23%` of the whole, and then what each side has.
 */
export function titleOf(context: TitleContext, rect: number, label: string): string {
  const { layout, amounts, total, diff } = context;
  const node = layout.node[rect]!;
  const weight = node === 0 && layout.kind[rect] === RectangleKind.frame ? total : layout.weight[rect]!;
  const amount = `${label} (${amounts.withUnit(weight)}`;
  if (layout.kind[rect] !== RectangleKind.frame) return `${amount}, ${percent(weight, total)}%)`;
  if (node === 0)
    return `${amount}, 100%${diff === undefined || diff.classic ? "" : sides(context, diff, 0)})`;
  const share = `${amount}, ${percent(weight, total)}%`;
  if (diff === undefined) return `${share})`;
  if (diff.classic) return `${share}; ${change(diff.delta(node), total)})`;
  return `${share}${sides(context, diff, node)})`;
}

function sides({ total, amounts }: TitleContext, diff: DiffView, node: number): string {
  const base = amounts.short(diff.base(node));
  const head = amounts.short(diff.head(node));
  const amount = diff.relative ? ofBase(diff, node) : change(diff.delta(node), total);
  const only = diff.only(node);
  const mark = only === undefined ? "" : `, only in ${only}`;
  return `; ${amount}${diff.ofSelf ? " self" : ""}; base ${base}, head ${head}${mark}`;
}

function ofBase(diff: DiffView, node: number): string {
  const base = diff.base(node);
  if (base === 0) return "new";
  return `${change(diff.head(node) - base, base)} of base`;
}

function change(delta: number, whole: number): string {
  const text = whole === 0 ? "0.00" : fixed((100 * delta) / whole, 2);
  return `${delta > 0 ? "+" : ""}${text}%`;
}
