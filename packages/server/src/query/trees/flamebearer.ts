import { type Names, type NameTree, sortedChildren } from "./name-tree.ts";

/**
 * Pyroscope's picture of a tree. Each level is a row of boxes from left to right, four numbers a box: how far its
 * left edge is from the right edge of the box before it, its total, its self, and its name's place in `names`.
 *
 * ```
 *   total 10 ── a 7 (self 2) ── b 5        levels  [0,10,0,0]
 *            └─ c 3                                [0,7,2,1, 0,3,3,2]
 *                                                  [2,5,5,3]          a's own 2 lie left of b
 * ```
 */
export interface Flamebearer {
  readonly names: string[];
  readonly levels: number[][];
  readonly total: number;
  readonly maxSelf: number;
}

/** Name of the box in which siblings are gathered that weigh too little. */
export const OTHER = "other";

/** Boxes are drawn for the nodes of the tree; what a node weighs beyond them becomes one box {@link OTHER}. */
export function flamebearer(tree: NameTree): Flamebearer {
  const names = new NameList(tree.names);
  const { start, children } = sortedChildren(tree);
  const levels: number[][] = [];
  /** Of the boxes of a level: node, -1 for what is gathered; left edge; total, which tells it of what is gathered. */
  let row: BoxRow = { nodes: [0], lefts: [0], totals: [tree.total[0]!] };
  let maxSelf = 0;
  names.place("total");
  while (row.nodes.length > 0) {
    const level: number[] = [];
    const below: BoxRow = { nodes: [], lefts: [], totals: [] };
    let right = 0;
    for (let box = 0; box < row.nodes.length; box++) {
      const node = row.nodes[box]!;
      const total = row.totals[box]!;
      const self = node < 0 ? total : tree.self[node]!;
      let x = row.lefts[box]!;
      level.push(x - right, total, self, node < 0 ? names.place(OTHER) : names.placeOf(tree.name[node]!));
      right = x + total;
      if (self > maxSelf) maxSelf = self;
      if (node < 0) continue;
      x += self;
      for (let i = start[node]!; i < start[node + 1]!; i++) {
        const child = children[i]!;
        below.nodes.push(child);
        below.lefts.push(x);
        below.totals.push(tree.total[child]!);
        x += tree.total[child]!;
      }
      if (right > x) {
        below.nodes.push(-1);
        below.lefts.push(x);
        below.totals.push(right - x);
      }
    }
    levels.push(level);
    row = below;
  }
  return { names: names.texts, levels, total: tree.total[0]!, maxSelf };
}

interface BoxRow {
  readonly nodes: number[];
  readonly lefts: number[];
  readonly totals: number[];
}

/** Names in the order of their first use. The first is the root's, which no function may share. */
export class NameList {
  readonly texts: string[] = [];
  readonly #places = new Map<string, number>();
  readonly #names: Names;
  /** Places by row of the names; the root's row is the first. */
  readonly #rows = new Map<number, number>([[0, 0]]);

  constructor(names: Names) {
    this.#names = names;
  }

  /** The place of a name by its row. */
  placeOf(row: number): number {
    let place = this.#rows.get(row);
    if (place === undefined) {
      place = this.place(this.#names.text(row));
      this.#rows.set(row, place);
    }
    return place;
  }

  place(text: string): number {
    let place = this.#places.get(text);
    if (place === undefined) {
      place = this.texts.length;
      // A function may be called "total" too: the root's place stays its own.
      if (place > 0) this.#places.set(text, place);
      this.texts.push(text);
    }
    return place;
  }
}
