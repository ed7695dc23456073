import { OTHER } from "./flamebearer.ts";
import { type NameTree, sortedChildren } from "./name-tree.ts";
import { VarintBytes } from "./varint-bytes.ts";

/**
 * Pyroscope's TREE bytes: depth first from an unnamed root, per node the length of its name, the name in UTF-8, its
 * self and its number of children, numbers as unsigned varints. What a node weighs beyond its children in the tree
 * becomes one node "other".
 */
export function treeBytes(tree: NameTree): Uint8Array {
  const { start, children } = sortedChildren(tree);
  const out = new VarintBytes();
  // A node's children are taken from the end of the list, so they are put there from right to left.
  const pending: number[] = [0];
  const others: number[] = [0];
  while (pending.length > 0) {
    const node = pending.pop()!;
    const gathered = others.pop()!;
    if (node < 0) {
      out.text(OTHER);
      out.varint(gathered);
      out.varint(0);
      continue;
    }
    out.text(node === 0 ? "" : tree.names.text(tree.name[node]!));
    out.varint(Math.max(0, tree.self[node]!));
    const from = start[node]!;
    const to = start[node + 1]!;
    let rest = tree.total[node]! - tree.self[node]!;
    for (let i = from; i < to; i++) rest -= tree.total[children[i]!]!;
    out.varint(to - from + (rest > 0 ? 1 : 0));
    if (rest > 0) {
      pending.push(-1);
      others.push(rest);
    }
    for (let i = to - 1; i >= from; i--) {
      pending.push(children[i]!);
      others.push(0);
    }
  }
  return out.finish();
}
