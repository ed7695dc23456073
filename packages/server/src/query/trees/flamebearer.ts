import { type NameTree, sortedChildren } from "./name-tree.ts";

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
  const names = new NameList();
  const levels: number[][] = [];
  const { start, children } = sortedChildren(tree);
  let row: Box[] = [
    { node: 0, x: 0, total: tree.total[0]!, self: tree.self[0]!, name: names.place("total") },
  ];
  let maxSelf = 0;
  while (row.length > 0) {
    const level: number[] = [];
    const below: Box[] = [];
    let right = 0;
    for (const box of row) {
      level.push(box.x - right, box.total, box.self, box.name);
      right = box.x + box.total;
      maxSelf = Math.max(maxSelf, box.self);
      if (box.node < 0) continue;
      let x = box.x + box.self;
      let other = box.total - box.self;
      for (let i = start[box.node]!; i < start[box.node + 1]!; i++) {
        const node = children[i]!;
        const total = tree.total[node]!;
        below.push({
          node,
          x,
          total,
          self: tree.self[node]!,
          name: names.place(tree.names.text(tree.name[node]!)),
        });
        x += total;
        other -= total;
      }
      if (other > 0) below.push({ node: -1, x, total: other, self: other, name: names.place(OTHER) });
    }
    levels.push(level);
    row = below;
  }
  return { names: names.texts, levels, total: tree.total[0]!, maxSelf };
}

interface Box {
  /** -1 for what is gathered. */
  readonly node: number;
  readonly x: number;
  readonly total: number;
  readonly self: number;
  readonly name: number;
}

/** Names in the order of their first use. The first is the root's, which no function may share. */
export class NameList {
  readonly texts: string[] = [];
  readonly #places = new Map<string, number>();

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
