import type { NameTable } from "../transforms/flame-tree.ts";
import { encodeUtf8 } from "../util/platform.ts";
import { annotation } from "./annotation.ts";

/**
 * Position of each needed name, with its annotation, in the order of its bytes (Perl's and `LC_ALL=C sort`'s). Siblings are then
 * ordered by comparing two integers. Names that nobody needs are not decoded and keep rank 0.
 */
export function rankNames(names: NameTable, needed: Uint8Array): Int32Array {
  const rows: number[] = [];
  for (let row = 0; row < needed.length; row++) if (needed[row] === 1) rows.push(row);
  const bytes = new Map<number, Uint8Array>();
  for (const row of rows) bytes.set(row, annotatedBytes(names, row));
  rows.sort((a, b) => compareBytes(bytes.get(a)!, bytes.get(b)!) || a - b);
  const rank = new Int32Array(needed.length);
  rows.forEach((row, index) => {
    rank[row] = index + 1;
  });
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

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = a[i]! - b[i]!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
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
