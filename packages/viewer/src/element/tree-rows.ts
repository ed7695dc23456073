import { type LevelGraph, levelOf, pathOf } from "../graph/index.ts";

/** More callees than this stay in the order of the picture: to sort a million takes longer than to draw them. */
const MOST_SORTED = 20_000;

/**
 * The rows of a tree table: which frames are shown, one below the other, given which ones are unfolded. Callees are
 * ordered by weight, heaviest first.
 */
export class TreeRows {
  readonly graph: LevelGraph;
  #rows: Int32Array = Int32Array.of(0);
  readonly #expanded = new Set<number>();
  /** Callees of unfolded frames in the table's order, and the place of each among them. */
  readonly #order = new Map<number, Int32Array>();

  constructor(graph: LevelGraph) {
    this.graph = graph;
    this.expand(0);
  }

  get length(): number {
    return this.#rows.length;
  }

  rectAt(row: number): number {
    return this.#rows[row] ?? -1;
  }

  /** Row of a frame, or -1 where a caller is folded. */
  rowOf(rect: number): number {
    return this.#rows.indexOf(rect);
  }

  isExpanded(rect: number): boolean {
    return this.#expanded.has(rect);
  }

  hasChildren(rect: number): boolean {
    return this.graph.firstChild[rect]! < this.graph.firstChild[rect + 1]!;
  }

  /** How many siblings a frame has, itself included, and which of them it is in the table, from 1. */
  placeOf(rect: number): { size: number; position: number } {
    if (rect === 0) return { size: 1, position: 1 };
    const siblings = this.childrenOf(this.graph.parent[rect]!);
    const position = siblings.length > MOST_SORTED ? rect - siblings[0]! : siblings.indexOf(rect);
    return { size: siblings.length, position: position + 1 };
  }

  childrenOf(rect: number): Int32Array {
    let order = this.#order.get(rect);
    if (order === undefined) {
      const { firstChild, total } = this.graph;
      const first = firstChild[rect]!;
      order = Int32Array.from({ length: firstChild[rect + 1]! - first }, (_, i) => first + i);
      if (order.length <= MOST_SORTED) order.sort((a, b) => total[b]! - total[a]! || a - b);
      this.#order.set(rect, order);
    }
    return order;
  }

  expand(rect: number): void {
    if (this.#expanded.has(rect) || !this.hasChildren(rect)) return;
    const at = this.rowOf(rect);
    this.#expanded.add(rect);
    if (at < 0) return;
    const added = this.#below(rect);
    const rows = new Int32Array(this.#rows.length + added.length);
    rows.set(this.#rows.subarray(0, at + 1));
    rows.set(added, at + 1);
    rows.set(this.#rows.subarray(at + 1), at + 1 + added.length);
    this.#rows = rows;
  }

  collapse(rect: number): void {
    if (!this.#expanded.delete(rect)) return;
    const at = this.rowOf(rect);
    if (at < 0) return;
    const level = levelOf(this.graph, rect);
    let end = at + 1;
    while (end < this.#rows.length && levelOf(this.graph, this.#rows[end]!) > level) end++;
    const rows = new Int32Array(this.#rows.length - (end - at - 1));
    rows.set(this.#rows.subarray(0, at + 1));
    rows.set(this.#rows.subarray(end), at + 1);
    this.#rows = rows;
  }

  /** Unfolds all callers of a frame; returns its row. */
  reveal(rect: number): number {
    const row = this.rowOf(rect);
    if (row >= 0) return row;
    const path = pathOf(this.graph, rect);
    let known = path.length - 1;
    while (known > 0 && this.rowOf(path[known]!) < 0) known--;
    for (let level = known + 1; level < path.length - 1; level++) this.#expanded.add(path[level]!);
    // One insertion for the whole path: a path may be a hundred thousand frames long.
    this.#expanded.delete(path[known]!);
    this.expand(path[known]!);
    return this.rowOf(rect);
  }

  /** What is shown below a frame: its callees, and theirs where they are unfolded. */
  #below(rect: number): Int32Array {
    const rows: number[] = [];
    const pending: number[] = [];
    const push = (parent: number): void => {
      const children = this.childrenOf(parent);
      for (let i = children.length - 1; i >= 0; i--) pending.push(children[i]!);
    };
    push(rect);
    while (pending.length > 0) {
      const next = pending.pop()!;
      rows.push(next);
      if (this.#expanded.has(next)) push(next);
    }
    return Int32Array.from(rows);
  }
}
