import { type KeyAction, keyAction } from "./keys.ts";
import { type Direction, neighbour } from "./navigation.ts";
import type { Drawing, UnitOwner } from "./owner.ts";

/** A drawing that keys move. */
export interface KeyTarget extends Drawing {
  zoomTo(rect: number): void;
  zoomBy(factor: number, rect: number): void;
  select(rect: number): void;
  back(): void;
  reset(): void;
  moveFocus(rect: number): void;
}

type Act = (target: KeyTarget, owner: UnitOwner, rect: number) => void;

const ACTS: Readonly<Record<KeyAction, Act>> = {
  zoom: (target, _, rect) => target.zoomTo(rect),
  select: (target, _, rect) => target.select(target.pane.selected === rect ? -1 : rect),
  back: (target, owner) => {
    if (!owner.dismiss()) target.back();
  },
  reset: (target) => {
    target.reset();
    target.moveFocus(0);
  },
  closer: (target, _, rect) => target.zoomBy(0.5, rect),
  farther: (target, _, rect) => target.zoomBy(2, rect),
  "next-hit": (_, owner) => owner.stepHit(1),
  "previous-hit": (_, owner) => owner.stepHit(-1),
  range: ({ pane }, owner, rect) => {
    const { x, total } = pane.graph!;
    if (owner.canChooseRange()) owner.chooseRange(x[rect]!, x[rect]! + total[rect]!, true);
  },
  "page-up": (target) => scrollPage(target, -1),
  "page-down": (target) => scrollPage(target, 1),
  "row-up": (target) => moveRow(target, -1),
  "row-down": (target) => moveRow(target, 1),
  "row-first": (target) => moveRow(target, Number.NEGATIVE_INFINITY),
  "row-last": (target) => moveRow(target, Number.POSITIVE_INFINITY),
  unfold,
  fold,
  caller: step("caller"),
  callee: step("callee"),
  previous: step("previous"),
  next: step("next"),
};

/** Does what a key asks for; false where the key is not ours. */
export function handleKey(target: KeyTarget, owner: UnitOwner, event: KeyboardEvent): boolean {
  const { pane, table } = target;
  const action = keyAction(event, { upward: pane.look.upward, table: table.seen });
  if (pane.graph === null || action === undefined) return false;
  // Where there is nothing to go back to, Escape is the page's.
  const { canGoBack, isWhole } = pane.camera;
  if (action === "back" && !canGoBack && isWhole && pane.range === undefined) return false;
  ACTS[action](target, owner, table.active);
  return true;
}

function step(direction: Direction): Act {
  return (target, _, rect) => {
    const next = neighbour(target.pane.graph!, rect, direction);
    if (next >= 0) target.moveFocus(next);
  };
}

function scrollPage({ pane }: KeyTarget, by: 1 | -1): void {
  pane.area.offset += by * 0.9 * pane.area.node.clientHeight;
}

function moveRow(target: KeyTarget, by: number): void {
  const { rows, active } = target.table;
  if (rows === undefined) return;
  target.moveFocus(rows.rectAt(Math.max(0, Math.min(rows.length - 1, rows.rowOf(active) + by))));
}

/** Right: unfolds a frame, or goes to the first callee of one that is unfolded. */
function unfold(target: KeyTarget, _: UnitOwner, rect: number): void {
  const { rows } = target.table;
  if (rows === undefined || !rows.hasChildren(rect)) return;
  if (rows.isExpanded(rect)) moveRow(target, 1);
  else target.table.expand(rect, true);
}

/** Left: folds a frame, or goes to the caller of one that is folded. */
function fold(target: KeyTarget, _: UnitOwner, rect: number): void {
  if (target.table.rows?.isExpanded(rect) === true) target.table.expand(rect, false);
  else if (rect > 0) target.moveFocus(target.pane.graph!.parent[rect]!);
}
