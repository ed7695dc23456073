import { childLists, type FlameTree } from "./flame-tree.ts";

/** Weights per name of a tree, one element per row of `names`. */
export interface FunctionTable {
  /** Weight of samples whose leaf has this name (pprof's "flat"). */
  readonly self: Float64Array;
  /** Weight of samples with this name anywhere in the stack, once per sample despite recursion ("cum"). */
  readonly total: Float64Array;
}

/** Adds up a tree by name, in one walk without recursion. */
export function functionTable(tree: FlameTree): FunctionTable {
  const { length, name, names } = tree;
  const self = new Float64Array(names.length);
  const total = new Float64Array(names.length);
  for (let node = 0; node < length; node++) self[name[node]!] = self[name[node]!]! + tree.self[node]!;
  const { first, next } = childLists(tree);
  /** How often each name stands on the path from the root to the current node. */
  const onPath = new Int32Array(names.length);
  let node = 0;
  enter(node);
  for (;;) {
    if (first[node] !== 0) {
      node = first[node]!;
      enter(node);
      continue;
    }
    while (next[node] === 0 && node !== 0) leave();
    if (node === 0) return { self, total };
    const sibling = next[node]!;
    leave();
    node = sibling;
    enter(node);
  }

  function enter(at: number): void {
    const row = name[at]!;
    if (onPath[row] === 0) total[row] = total[row]! + tree.total[at]!;
    onPath[row] = onPath[row]! + 1;
  }

  function leave(): void {
    const row = name[node]!;
    onPath[row] = onPath[row]! - 1;
    node = tree.parent[node]!;
  }
}
