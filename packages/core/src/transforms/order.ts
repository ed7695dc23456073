import { grown } from "../util/growable.ts";
import type { ChildLists, FlameTree } from "./flame-tree.ts";

/** The bytes of every name, looked up once. */
export function nameBytes(tree: Pick<FlameTree, "names">): Uint8Array[] {
  return Array.from({ length: tree.names.length }, (_, row) => tree.names.bytes(row));
}

/** The order in which siblings are drawn and written: by the bytes of their names, as Perl's sort has it. */
export function rankNames(bytes: readonly Uint8Array[]): Int32Array {
  const order = bytes.map((_, row) => row);
  order.sort((a, b) => compareBytes(bytes[a]!, bytes[b]!));
  const rank = new Int32Array(bytes.length);
  order.forEach((row, place) => {
    rank[row] = place;
  });
  return rank;
}

/** Less than, equal to or greater than 0 as `a` sorts before, with or after `b`. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

/** A node's children: the first `length` elements of `rows`, valid until the next call. */
export interface Children {
  readonly length: number;
  readonly rows: Int32Array;
}

/**
 * Gives any node's children in drawing order. Most nodes have one child and need no sorting; nothing is
 * allocated per node.
 */
export function sortedChildren(
  tree: FlameTree,
  lists: ChildLists,
  rank: Int32Array,
): (node: number) => Children {
  const { name } = tree;
  let rows = new Int32Array(64);
  return (node) => {
    let length = 0;
    for (let child = lists.first[node]!; child !== 0; child = lists.next[child]!) {
      if (length === rows.length) rows = grown(rows, length + 1);
      rows[length++] = child;
    }
    if (length > 1) sortByRank(rows, length, rank, name);
    return { length, rows };
  };
}

function sortByRank(rows: Int32Array, length: number, rank: Int32Array, name: Uint32Array): void {
  if (length > 24) {
    rows.subarray(0, length).sort((a, b) => rank[name[a]!]! - rank[name[b]!]! || a - b);
    return;
  }
  for (let i = 1; i < length; i++) {
    const row = rows[i]!;
    const own = rank[name[row]!]!;
    let at = i;
    while (at > 0 && rank[name[rows[at - 1]!]!]! > own) {
      rows[at] = rows[at - 1]!;
      at--;
    }
    rows[at] = row;
  }
}
