import { type StackColumns, StackInterner } from "../model/stacks.ts";
import { grown } from "../util/growable.ts";
import { type FlameTree, totalsFromSelf } from "./flame-tree.ts";
import { withNodeZero } from "./tree-shape.ts";
import { walkTree } from "./tree-walk.ts";

/** All calls of one function: what led to them, and what they led to. Both trees have the function as only root. */
export interface Sandwich {
  /** Inverted: the function, its callers, their callers. */
  readonly callers: FlameTree;
  /** The function and what it calls. */
  readonly callees: FlameTree;
}

/**
 * Merges every call of a function (a row of `tree.names`). Of a function that calls itself the outermost call
 * counts, with the inner ones below it, so that both trees weigh what the function weighs in total.
 *
 * ```
 *   tree   a ── f ── x        callers of f   f ── a      callees of f   f ── x
 *          b ── f ── y                         └─ b                       └─ y
 * ```
 */
export function sandwich(tree: FlameTree, name: number): Sandwich {
  const callees = new Merged(tree);
  const callers = new Merged(tree);
  const { length, parent, name: nameOf } = tree;
  /** Row of `callees` where the node lies at or below a call, else -1. */
  const rowOf = new Int32Array(length).fill(-1);
  for (let node = 1; node < length; node++) {
    const up = rowOf[parent[node]!]!;
    if (up < 0 && nameOf[node] !== name) continue;
    const row = callees.rows.add(up, nameOf[node]!);
    rowOf[node] = row;
    callees.addWeights(row, node, "self");
    if (up >= 0) continue;
    let caller = -1;
    for (let at = node; at > 0; at = parent[at]!) caller = callers.rows.add(caller, nameOf[at]!);
    callers.addWeights(caller, node, "total");
  }
  return { callers: callers.finish(), callees: callees.finish() };
}

/** A tree in the making from nodes of another, with every column of weights. */
class Merged {
  readonly rows: StackInterner = new StackInterner();
  readonly #tree: FlameTree;
  /** Self per row: the width's, then both sides' of a differential. */
  #self: Float64Array[];

  constructor(tree: FlameTree) {
    this.#tree = tree;
    this.#self = Array.from({ length: tree.sides === undefined ? 1 : 3 }, () => new Float64Array(256));
  }

  /** Adds what a node weighs to a row's own weight. */
  addWeights(row: number, node: number, weight: "self" | "total"): void {
    const { sides } = this.#tree;
    const columns = [this.#tree[weight], sides?.base[weight], sides?.head[weight]];
    for (let i = 0; i < this.#self.length; i++) {
      if (row >= this.#self[i]!.length) this.#self[i] = grown(this.#self[i]!, row + 1);
      const self = this.#self[i]!;
      self[row] = self[row]! + columns[i]![node]!;
    }
  }

  finish(): FlameTree {
    const columns: StackColumns = this.rows.columns();
    const shape = withNodeZero(columns);
    const sideOf = (rows: Float64Array): { self: Float64Array; total: Float64Array } => {
      const self = new Float64Array(shape.length);
      self.set(rows.subarray(0, Math.min(columns.length, rows.length)), 1);
      return { self, total: totalsFromSelf(shape.parent, self) };
    };
    const { names, unit, measured } = this.#tree;
    const [width, base, head] = this.#self.map(sideOf);
    return {
      ...shape,
      names,
      unit,
      ...(measured === undefined ? {} : { measured }),
      ...width!,
      ...(base === undefined || head === undefined ? {} : { sides: { base, head } }),
    };
  }
}

/** Weight of the calls between one function and each other, one element per row of `tree.names`. */
export interface Neighbours {
  /** Of calls into the function, by who calls; row 0: the function is outermost. */
  readonly callers: Float64Array;
  /** Of calls out of the function, by what is called. */
  readonly callees: Float64Array;
}

/** Who calls a function and what it calls directly; a call weighs once per sample despite recursion. */
export function neighbours(tree: FlameTree, name: number): Neighbours {
  const { parent, name: nameOf, total, names } = tree;
  const callers = new Float64Array(names.length);
  const callees = new Float64Array(names.length);
  /** How often each call is on the path from the root to the current node. */
  const callersOnPath = new Int32Array(names.length);
  const calleesOnPath = new Int32Array(names.length);
  walkTree(
    tree,
    (node) => {
      if (node === 0) return;
      const own = nameOf[node]!;
      const up = nameOf[parent[node]!]!;
      if (own === name) enter(callersOnPath, callers, up, total[node]!);
      if (up === name) enter(calleesOnPath, callees, own, total[node]!);
    },
    (node) => {
      if (node === 0) return;
      const own = nameOf[node]!;
      const up = nameOf[parent[node]!]!;
      if (own === name) callersOnPath[up] = callersOnPath[up]! - 1;
      if (up === name) calleesOnPath[own] = calleesOnPath[own]! - 1;
    },
  );
  return { callers, callees };
}

function enter(onPath: Int32Array, weights: Float64Array, row: number, weight: number): void {
  if (onPath[row] === 0) weights[row] = weights[row]! + weight;
  onPath[row] = onPath[row]! + 1;
}
