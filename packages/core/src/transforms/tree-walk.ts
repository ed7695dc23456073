import { childLists, type FlameTree } from "./flame-tree.ts";

/** Walks a tree depth first, the root first, siblings in row order, without recursion. */
export function walkTree(
  tree: Pick<FlameTree, "length" | "parent">,
  enter: (node: number) => void,
  leave: (node: number) => void,
): void {
  const { first, next } = childLists(tree);
  let node = 0;
  enter(node);
  for (;;) {
    if (first[node] !== 0) {
      node = first[node]!;
      enter(node);
      continue;
    }
    while (next[node] === 0 && node !== 0) {
      leave(node);
      node = tree.parent[node]!;
    }
    if (node === 0) {
      leave(0);
      return;
    }
    const sibling = next[node]!;
    leave(node);
    node = sibling;
    enter(node);
  }
}
