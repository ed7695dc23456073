import { PairInterner } from "@flambeau/core";
import { NameList, OTHER } from "./flamebearer.ts";
import { addUp, type NameTree, sortedChildren } from "./name-tree.ts";
import { leastTotalOfPair } from "./node-limit.ts";

/** Two trees on one set of boxes, seven numbers each: gap, total, self on the left; the same on the right; name. */
export interface FlamebearerDiff {
  readonly names: string[];
  readonly levels: number[][];
  readonly leftTotal: number;
  readonly rightTotal: number;
  readonly maxSelf: number;
}

/** The union of two trees: node by node, what each side weighs; 0 where a side lacks the node. */
interface Pair {
  readonly tree: NameTree;
  readonly left: Side;
  readonly right: Side;
}

interface Side {
  readonly self: Float64Array;
  readonly total: Float64Array;
}

/** Boxes for nodes that are among the `nodes` heaviest on either side. */
export function flamebearerDiff(left: NameTree, right: NameTree, nodes: number): FlamebearerDiff {
  const pair = uniteTrees(left, right);
  const least = leastTotalOfPair(pair.left.total, pair.right.total, nodes);
  const larger = (node: number) => Math.max(pair.left.total[node]!, pair.right.total[node]!);
  const { start, children } = sortedChildren(pair.tree, (node) => larger(node) >= least && larger(node) > 0);
  const names = new NameList();
  const levels: number[][] = [];
  let maxSelf = 0;
  let row: PairBox[] = [box(pair, 0, 0, 0, names.place("total"))];
  while (row.length > 0) {
    const level: number[] = [];
    const below: PairBox[] = [];
    let leftEnd = 0;
    let rightEnd = 0;
    for (const at of row) {
      level.push(
        at.leftX - leftEnd,
        at.leftTotal,
        at.leftSelf,
        at.rightX - rightEnd,
        at.rightTotal,
        at.rightSelf,
      );
      level.push(at.name);
      leftEnd = at.leftX + at.leftTotal;
      rightEnd = at.rightX + at.rightTotal;
      maxSelf = Math.max(maxSelf, at.leftSelf, at.rightSelf);
      if (at.node < 0) continue;
      let leftX = at.leftX + at.leftSelf;
      let rightX = at.rightX + at.rightSelf;
      let leftOther = at.leftTotal - at.leftSelf;
      let rightOther = at.rightTotal - at.rightSelf;
      for (let i = start[at.node]!; i < start[at.node + 1]!; i++) {
        const node = children[i]!;
        const child = box(
          pair,
          node,
          leftX,
          rightX,
          names.place(pair.tree.names.text(pair.tree.name[node]!)),
        );
        below.push(child);
        leftX += child.leftTotal;
        rightX += child.rightTotal;
        leftOther -= child.leftTotal;
        rightOther -= child.rightTotal;
      }
      if (leftOther > 0 || rightOther > 0) {
        below.push({
          node: -1,
          leftX,
          leftTotal: leftOther,
          leftSelf: leftOther,
          rightX,
          rightTotal: rightOther,
          rightSelf: rightOther,
          name: names.place(OTHER),
        });
      }
    }
    levels.push(level);
    row = below;
  }
  return {
    names: names.texts,
    levels,
    leftTotal: pair.left.total[0]!,
    rightTotal: pair.right.total[0]!,
    maxSelf,
  };
}

interface PairBox {
  readonly node: number;
  readonly leftX: number;
  readonly leftTotal: number;
  readonly leftSelf: number;
  readonly rightX: number;
  readonly rightTotal: number;
  readonly rightSelf: number;
  readonly name: number;
}

function box({ left, right }: Pair, node: number, leftX: number, rightX: number, name: number): PairBox {
  return {
    node,
    leftX,
    leftTotal: left.total[node]!,
    leftSelf: left.self[node]!,
    rightX,
    rightTotal: right.total[node]!,
    rightSelf: right.self[node]!,
    name,
  };
}

function uniteTrees(left: NameTree, right: NameTree): Pair {
  const names = new NameUnion();
  /** (parent, name) → node - 1. */
  const nodes = new PairInterner();
  const leftNodes = unite(left, nodes, names);
  const rightNodes = unite(right, nodes, names);
  const length = nodes.length + 1;
  const { a, b } = nodes.columns();
  const parent = new Int32Array(length);
  const name = new Int32Array(length);
  parent[0] = -1;
  parent.set(a.subarray(0, length - 1), 1);
  name.set(b.subarray(0, length - 1), 1);
  const sides = {
    left: sideOf(left, leftNodes, parent, length),
    right: sideOf(right, rightNodes, parent, length),
  };
  const tree: NameTree = {
    length,
    parent,
    name,
    names: { text: (row) => names.texts[row]! },
    self: sides.left.self,
    total: sides.left.total,
  };
  return { tree, ...sides };
}

/** Node of the union for each node of a tree. */
function unite(tree: NameTree, nodes: PairInterner, names: NameUnion): Int32Array {
  const united = new Int32Array(tree.length);
  for (let node = 1; node < tree.length; node++) {
    const name = names.row(tree.names.text(tree.name[node]!));
    united[node] = nodes.add(united[tree.parent[node]!]!, name) + 1;
  }
  return united;
}

function sideOf(tree: NameTree, united: Int32Array, parent: Int32Array, length: number): Side {
  const self = new Float64Array(length);
  for (let node = 0; node < tree.length; node++) self[united[node]!]! += tree.self[node]!;
  return { self, total: addUp(parent, self, length) };
}

class NameUnion {
  readonly texts: string[] = [""];
  readonly #rows = new Map<string, number>([["", 0]]);

  row(text: string): number {
    let row = this.#rows.get(text);
    if (row === undefined) {
      row = this.texts.length;
      this.#rows.set(text, row);
      this.texts.push(text);
    }
    return row;
  }
}
