import type { FlameTree } from "./flame-tree.ts";
import { walkTree } from "./tree-walk.ts";

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
  /** How often each name stands on the path from the root to the current node. */
  const onPath = new Int32Array(names.length);
  walkTree(
    tree,
    (node) => {
      const row = name[node]!;
      if (onPath[row] === 0) total[row] = total[row]! + tree.total[node]!;
      onPath[row] = onPath[row]! + 1;
    },
    (node) => {
      const row = name[node]!;
      onPath[row] = onPath[row]! - 1;
    },
  );
  return { self, total };
}
