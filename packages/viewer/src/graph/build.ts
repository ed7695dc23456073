import {
  type ChildLists,
  childLists,
  drawableTree,
  type FlameTree,
  type NameTable,
  rankNames,
  sortByRank,
} from "@flambeau/core";
import type { GraphNames, LevelGraph } from "./level-graph.ts";
import { packStrings, packTexts } from "./texts.ts";

/** What a graph holds besides the tree. */
export interface LevelGraphOptions {
  /** Where the function of a name is, as `file:line`; empty where not known. Asked once per name. */
  readonly placeOf?: (name: number) => string;
}

/**
 * Lays a tree out level by level. Siblings are sorted by the bytes of their names (a flame chart's keep their
 * order); a frame's own weight lies left of its children, as in flamegraph.pl. A tree with weights below zero is
 * drawn like a differential, see `drawableTree`. Throws where a weight is not a number.
 */
export function buildLevelGraph(tree: FlameTree, options: LevelGraphOptions = {}): LevelGraph {
  const drawn = drawableTree(tree).tree;
  const { length, name, names } = drawn;
  const order = levelOrder(drawn);
  const { node, parent, firstChild, levels } = order;
  const total = permuted(drawn.total, node);
  const places = options.placeOf;
  return {
    length,
    levels,
    x: drawn.ordered === true ? placeInOrder(drawn, order, total) : placeSorted(drawn, order, total),
    total,
    parent,
    firstChild,
    name: namesInOrder(name, node),
    names: packNames(names, places),
    ...(drawn.sides === undefined
      ? {}
      : { base: permuted(drawn.sides.base.total, node), head: permuted(drawn.sides.head.total, node) }),
    unit: drawn.unit,
    ...(drawn.measured === undefined ? {} : { measured: drawn.measured }),
    ordered: drawn.ordered === true,
  };
}

/** The nodes in drawing order, and the shape of the graph. */
interface Order {
  /** Node of the tree per rectangle. */
  readonly node: Int32Array;
  readonly parent: Int32Array<ArrayBuffer>;
  readonly firstChild: Int32Array<ArrayBuffer>;
  readonly levels: Int32Array<ArrayBuffer>;
}

/** Breadth first: each node's children are appended, sorted, to the one list that is also the queue. */
function levelOrder(tree: FlameTree): Order {
  const { length, name } = tree;
  const lists = childLists(tree);
  const rank = tree.ordered === true ? undefined : rankNames(tree.names, usedNames(tree));
  const node = new Int32Array(length);
  const parent = new Int32Array(length);
  const firstChild = new Int32Array(length + 1);
  const levels: number[] = [0];
  let next = 1;
  let levelEnd = 1;
  parent[0] = -1;
  for (let at = 0; at < next; at++) {
    if (at === levelEnd) {
      levels.push(at);
      levelEnd = next;
    }
    firstChild[at] = next;
    const from = next;
    next = appendChildren(lists, node, at, next, parent);
    if (rank !== undefined && next - from > 1) sortRun(node, from, next, name, rank);
  }
  firstChild[length] = length;
  levels.push(length);
  return { node, parent, firstChild, levels: Int32Array.from(levels) };
}

function appendChildren(
  lists: ChildLists,
  node: Int32Array,
  at: number,
  next: number,
  parent: Int32Array,
): number {
  for (let child = lists.first[node[at]!]!; child !== 0; child = lists.next[child]!) {
    parent[next] = at;
    node[next++] = child;
  }
  return next;
}

/** Most runs are short: sorted in place, without a view for each. */
function sortRun(node: Int32Array, from: number, to: number, name: Uint32Array, rank: Int32Array): void {
  if (to - from > 24) {
    sortByRank(node.subarray(from, to), to - from, name, rank);
    return;
  }
  for (let i = from + 1; i < to; i++) {
    const moved = node[i]!;
    const key = rank[name[moved]!]!;
    let at = i - 1;
    for (; at >= from && rank[name[node[at]!]!]! > key; at--) node[at + 1] = node[at]!;
    node[at + 1] = moved;
  }
}

function usedNames(tree: FlameTree): Uint8Array {
  const used = new Uint8Array(tree.names.length);
  for (let node = 0; node < tree.length; node++) used[tree.name[node]!] = 1;
  return used;
}

function placeSorted(tree: FlameTree, order: Order, total: Float64Array): Float64Array<ArrayBuffer> {
  const { node, firstChild } = order;
  const x = new Float64Array(node.length);
  for (let at = 0; at < node.length; at++) {
    const end = firstChild[at + 1]!;
    let edge = x[at]! + tree.self[node[at]!]!;
    for (let child = firstChild[at]!; child < end; child++) {
      x[child] = edge;
      edge += total[child]!;
    }
  }
  return x;
}

/**
 * A chart's rectangles stand where they begin, but never left of where their left neighbour in the row ends:
 * a row can then be searched by bisection, whatever the input says.
 */
function placeInOrder(tree: FlameTree, order: Order, total: Float64Array): Float64Array<ArrayBuffer> {
  const { start } = tree;
  if (start === undefined) return placeSorted(tree, order, total);
  const { node, levels } = order;
  const x = new Float64Array(node.length);
  const origin = start[0]!;
  for (let level = 1; level + 1 < levels.length; level++) {
    let edge = 0;
    for (let at = levels[level]!; at < levels[level + 1]!; at++) {
      const wanted = start[node[at]!]! - origin;
      x[at] = wanted > edge ? wanted : edge;
      edge = x[at]! + total[at]!;
    }
  }
  return x;
}

function permuted(column: Float64Array, node: Int32Array): Float64Array<ArrayBuffer> {
  const result = new Float64Array(node.length);
  for (let at = 0; at < node.length; at++) result[at] = column[node[at]!]!;
  return result;
}

function namesInOrder(name: Uint32Array, node: Int32Array): Uint32Array<ArrayBuffer> {
  const result = new Uint32Array(node.length);
  for (let at = 0; at < node.length; at++) result[at] = name[node[at]!]!;
  return result;
}

function packNames(names: NameTable, placeOf: ((name: number) => string) | undefined): GraphNames {
  const { length } = names;
  const kind = new Uint8Array(length);
  const inlined = new Uint8Array(length);
  for (let row = 0; row < length; row++) {
    kind[row] = names.kind(row);
    inlined[row] = names.inlined(row) ? 1 : 0;
  }
  const packed = packTexts(length, (row) => names.bytes(row));
  if (placeOf === undefined) return { length, ...packed, kind, inlined };
  const places = packStrings(Array.from({ length }, (_, row) => (row === 0 ? "" : placeOf(row))));
  return { length, ...packed, kind, inlined, places };
}
