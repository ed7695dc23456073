import { grown } from "../util/growable.ts";
import { encodeUtf8 } from "../util/platform.ts";
import { annotation } from "./annotation.ts";
import type { ChildLists, FlameTree, NameTable } from "./flame-tree.ts";

/**
 * Place of each name, with its annotation, in the order of its bytes (Perl's and `LC_ALL=C sort`'s), so that siblings
 * are ordered by comparing two integers. Names that differ in nothing but their kind come in the order of the kinds:
 * the order never depends on how names are numbered. With `needed` (one element per name) only names with 1 are
 * looked at; the others keep rank 0.
 */
export function rankNames(names: NameTable, needed?: Uint8Array): Int32Array {
  const bytes: Uint8Array[] = [];
  const rows: number[] = [];
  for (let row = 0; row < names.length; row++) {
    if (needed !== undefined && needed[row] !== 1) continue;
    rows.push(row);
    bytes.push(annotatedBytes(names, row));
  }
  const keys = Float64Array.from(bytes, firstBytes);
  const order = Int32Array.from(keys, (_, at) => at);
  order.sort(
    (a, b) =>
      keys[a]! - keys[b]! ||
      compareBytes(bytes[a]!, bytes[b]!, KEY_BYTES) ||
      names.kind(rows[a]!) - names.kind(rows[b]!) ||
      Number(names.inlined(rows[a]!)) - Number(names.inlined(rows[b]!)) ||
      a - b,
  );
  const rank = new Int32Array(names.length);
  for (let place = 0; place < order.length; place++) rank[rows[order[place]!]!] = place + 1;
  return rank;
}

function annotatedBytes(names: NameTable, row: number): Uint8Array {
  const label = names.bytes(row);
  const suffix = annotation(names.kind(row), names.inlined(row));
  if (suffix === "") return label;
  const bytes = new Uint8Array(label.length + suffix.length);
  bytes.set(label);
  bytes.set(encodeUtf8(suffix), label.length);
  return bytes;
}

/** So many bytes fit a double exactly: most names are told apart by comparing two numbers. */
const KEY_BYTES = 6;

function firstBytes(bytes: Uint8Array): number {
  let key = 0;
  for (let i = 0; i < KEY_BYTES; i++) key = key * 256 + (bytes[i] ?? 0);
  return key;
}

/** Less than, equal to or greater than 0 as `a` sorts before, with or after `b`; equal in the first `from` bytes. */
function compareBytes(a: Uint8Array, b: Uint8Array, from: number): number {
  const length = Math.min(a.length, b.length);
  for (let i = from; i < length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
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
    if (length > 1) sortByRank(rows, length, name, rank);
    return { length, rows };
  };
}

/** Sorts `nodes[0, count)` by the rank of their names. */
export function sortByRank(nodes: Int32Array, count: number, name: Uint32Array, rank: Int32Array): void {
  if (count <= 24) {
    for (let i = 1; i < count; i++) {
      const node = nodes[i]!;
      const key = rank[name[node]!]!;
      let at = i - 1;
      for (; at >= 0 && rank[name[nodes[at]!]!]! > key; at--) nodes[at + 1] = nodes[at]!;
      nodes[at + 1] = node;
    }
    return;
  }
  // Rank and node in one double each (31 + 31 bits do not fit 53): ranks are dense, so sort by rank and position.
  const keys = new Float64Array(count);
  const room = 2 ** Math.ceil(Math.log2(count + 1));
  for (let i = 0; i < count; i++) keys[i] = rank[name[nodes[i]!]!]! * room + i;
  keys.sort();
  const before = nodes.slice(0, count);
  for (let i = 0; i < count; i++) nodes[i] = before[keys[i]! % room]!;
}
