import type { StackTable } from "../model/profile.ts";
import { grown, trimmed } from "../util/growable.ts";

/** Stacks merged by name, with node 0 in front of them. */
export interface MergedStacks {
  readonly length: number;
  readonly parent: Int32Array;
  readonly name: Uint32Array;
  /** Node of stack row `i` at `[i + 1]`; node 0 at `[0]`. */
  readonly nodeOf: Int32Array;
}

/**
 * Merges stacks whose paths of names agree, without hashing: a node's sources are the rows that became it, and its
 * children are the sources' children, grouped by name while they pass by.
 *
 * ```
 *   rows   main:1 ── a        nodes   main ── a      sources of main: both rows
 *          main:2 ── b                     └─ b      so its children come from both
 * ```
 *
 * Nodes are taken from a stack of open ones, first child on top, so rows that lie together are visited together.
 */
export function mergeByName(stacks: StackTable, nameOf: Int32Array, nameCount: number): MergedStacks {
  const rows = stacks.length + 1;
  // Rows move up by one, so that row 0 is above everything and 0 means "none" in the lists.
  const first = new Int32Array(rows);
  const next = new Int32Array(rows);
  for (let row = stacks.length; row > 0; row--) {
    const up = stacks.parent[row - 1]! + 1;
    next[row] = first[up]!;
    first[up] = row;
  }
  const nodeOf = new Int32Array(rows);
  const parent = new Int32Array(rows);
  const name = new Uint32Array(rows);
  /** Per node its latest source row, and per row the source before it. */
  const source = new Int32Array(rows);
  const sourceBefore = new Int32Array(rows);
  /** The latest node of each name: a child of the node at hand where its parent is that node. */
  const latest = new Int32Array(nameCount);
  let open = new Int32Array(1024);
  let opened = 1;
  let length = 1;
  parent[0] = -1;
  while (opened > 0) {
    const node = open[--opened]!;
    const firstChild = length;
    for (let from = source[node]!; ; from = sourceBefore[from]!) {
      for (let row = first[from]!; row !== 0; row = next[row]!) {
        const label = nameOf[stacks.frame[row - 1]!]!;
        let child = latest[label]!;
        if (child === 0 || parent[child] !== node) {
          child = length++;
          parent[child] = node;
          name[child] = label;
          latest[label] = child;
        }
        nodeOf[row] = child;
        sourceBefore[row] = source[child]!;
        source[child] = row;
      }
      if (sourceBefore[from] === 0) break;
    }
    if (opened + length - firstChild > open.length) open = grown(open, opened + length - firstChild);
    for (let child = length - 1; child >= firstChild; child--) open[opened++] = child;
  }
  return { length, parent: trimmed(parent, length), name: trimmed(name, length), nodeOf };
}
