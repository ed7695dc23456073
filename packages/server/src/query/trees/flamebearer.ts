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
  // The boxes in the order of drawing. Each node has one, and one more where something is gathered below it.
  const nodes = new Int32Array(tree.length * 2);
  const lefts = new Float64Array(nodes.length);
  const totals = new Float64Array(nodes.length);
  totals[0] = tree.total[0]!;
  let maxSelf = 0;
  names.place("total");
  let box = 0;
  for (let end = 1; box < end; ) {
    const level = new Array<number>((end - box) * 4);
    let right = 0;
    let below = end;
    for (let at = 0; box < end; box++, at += 4) {
      const node = nodes[box]!;
      const total = totals[box]!;
      const self = node === GATHERED ? total : tree.self[node]!;
      let x = lefts[box]!;
      level[at] = x - right;
      level[at + 1] = total;
      level[at + 2] = self;
      level[at + 3] = node === GATHERED ? names.place(OTHER) : names.placeOf(tree.name[node]!);
      right = x + total;
      if (self > maxSelf) maxSelf = self;
      if (node === GATHERED) continue;
      x += self;
      for (let i = start[node]!; i < start[node + 1]!; i++, below++) {
        const child = children[i]!;
        nodes[below] = child;
        lefts[below] = x;
        totals[below] = tree.total[child]!;
        x += tree.total[child]!;
      }
      if (right > x) {
        nodes[below] = GATHERED;
        lefts[below] = x;
        totals[below++] = right - x;
      }
    }
    levels.push(level);
    end = below;
  }
  return { names: names.texts, levels, total: tree.total[0]!, maxSelf };
}

/** In place of a node: the box of all that weighs too little. */
const GATHERED = -1;

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
