import { expect } from "vitest";
import type { FlameTree } from "../../packages/core/src/transforms/flame-tree.ts";

/** Names from the root down to a node, joined by `;`; empty for node 0. */
export function pathOf(tree: FlameTree, node: number): string {
  const names: string[] = [];
  for (let at = node; at > 0; at = tree.parent[at]!) names.push(tree.names.text(tree.name[at]!));
  return names.reverse().join(";");
}

/** Every node with its weights, sorted: `a;b self/total`. Node 0 is the empty path. */
export function nodesOf(tree: FlameTree): string[] {
  const lines: string[] = [];
  for (let node = 0; node < tree.length; node++) {
    lines.push(`${pathOf(tree, node)} ${tree.self[node]}/${tree.total[node]}`);
  }
  return lines.sort();
}

/** The tree as folded lines, sorted: nodes with a weight of their own. */
export function treeFolded(tree: FlameTree): string[] {
  const lines: string[] = [];
  for (let node = 0; node < tree.length; node++) {
    if (tree.self[node] !== 0) lines.push(`${pathOf(tree, node)} ${tree.self[node]}`);
  }
  return lines.sort();
}

/** Fails the test where the tree breaks what {@link FlameTree} promises; returns it otherwise. */
export function soundTree(tree: FlameTree): FlameTree {
  const { length, parent, name, self, total, names } = tree;
  expect([parent.length, name.length, self.length, total.length]).toEqual([length, length, length, length]);
  expect([parent[0], names.text(name[0]!)]).toEqual([-1, ""]);
  const siblings = new Set<string>();
  const sums = Float64Array.from(self);
  for (let node = length - 1; node > 0; node--) {
    expect(parent[node]! >= 0 && parent[node]! < node).toBe(true);
    expect(name[node]! > 0 && name[node]! < names.length).toBe(true);
    sums[parent[node]!]! += sums[node]!;
    siblings.add(`${parent[node]} ${name[node]}`);
  }
  if (tree.ordered === undefined) expect(siblings.size).toBe(length - 1);
  for (let node = 0; node < length; node++) expect(total[node]).toBeCloseTo(sums[node]!, 6);
  return tree;
}
