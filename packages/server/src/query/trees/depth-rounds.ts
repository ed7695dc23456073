import type { Names } from "./name-tree.ts";
import { type LeftOut, leastTotal } from "./node-limit.ts";
import type { MergedPair, MergedTree } from "./path-sums.ts";
import { PathTrie } from "./path-trie.ts";
import type { WeightColumns } from "./segments.ts";

/** Bytes of weights beside a node of a round, for each side. */
const WEIGHT_BYTES = 16;

/** What ends at the nodes of a trie, and what goes on below them, by side. */
interface Side {
  self: Float64Array<ArrayBuffer>;
  /** In a round: weight of paths that were cut here. In the kept tree: the total. */
  more: Float64Array<ArrayBuffer>;
}

/** The nodes that one round goes through: first label the kept node that they hang on, then names. */
interface Round {
  readonly trie: PathTrie;
  readonly sides: readonly Side[];
}

/**
 * The heaviest nodes of a tree that does not fit into memory, exactly. All stacks are gone through again and again, each
 * time some names deeper:
 *
 * ```
 *   round 1   names 0 … 11 of every stack             the n-th largest total so far is the least that can stay
 *   round 2   names 12 … of the stacks below nodes    whose total is at least that: a node is never heavier than the
 *             that end round 1 heavy enough           one above it, so below the others there is nothing to find
 * ```
 * How deep a round goes is found out in it: when its nodes no longer fit, its lower half is folded into the upper one.
 */
export class DepthRounds {
  readonly #nodes: number;
  readonly #bytes: number;
  readonly #sides: 1 | 2;
  readonly #kept = new PathTrie();
  readonly #weights: Side[];
  /** Kept nodes below which the present round looks. */
  #open: ReadonlySet<number> = new Set([0]);
  #depth = 0;
  #step = Number.POSITIVE_INFINITY;
  /** Longest path of the round, in names. */
  #longest = 0;
  #least = 0;
  /** Nodes that were met and left out. */
  #light = 0;
  #round: Round;
  readonly #path: number[] = [];

  /**
   * @param nodes as many nodes, and those that weigh as much as the last of them
   * @param bytes memory of a round
   */
  constructor(nodes: number, bytes: number, sides: 1 | 2) {
    this.#nodes = nodes;
    this.#bytes = bytes;
    this.#sides = sides;
    this.#weights = noWeights(sides);
    this.#round = { trie: new PathTrie(), sides: noWeights(sides) };
  }

  /** Adds a stack, given by the names from the root on. Every round is to be given all of them. */
  add(names: ArrayLike<number>, side: 0 | 1, value: number): void {
    const depth = this.#depth;
    if (depth > 0 && names.length <= depth) return;
    let node = 0;
    for (let i = 0; i < depth; i++) {
      node = this.#kept.child(node, names[i]!);
      if (node < 0) return;
    }
    if (!this.#open.has(node)) return;
    const path = this.#path;
    path.length = 0;
    path.push(node);
    const end = Math.min(names.length, depth + this.#step);
    for (let i = depth; i < end; i++) path.push(names[i]!);
    this.#longest = Math.max(this.#longest, end - depth);
    this.#lay(side, path, end < names.length, value);
    while (this.#roundBytes() > this.#bytes && this.#longest > 1) this.#fold(this.#longest >> 1);
  }

  /** Ends a round; false where there is nothing left to look for. */
  endRound(): boolean {
    const totals = this.#roundTotals();
    const { trie, sides } = this.#round;
    this.#least = this.#leastWith(totals);
    const keptAs = new Int32Array(trie.length).fill(-1);
    const open = new Set<number>();
    for (let node = 1; node < trie.length; node++) {
      const above = trie.parent(node);
      const label = trie.labels[node]!;
      const total = this.#larger(totals, node);
      if (above > 0 && (keptAs[above]! < 0 || total < this.#least)) {
        this.#light++;
        continue;
      }
      const kept = above === 0 ? label : this.#kept.add([label], 0, 1, keptAs[above]!);
      keptAs[node] = kept;
      // What a node on which a round hangs weighs, the round before has found out.
      if (above > 0 || this.#depth === 0) this.#keep(kept, node, totals);
      if (sides.some(({ more }) => more[node]! !== 0)) open.add(kept);
    }
    this.#open = open;
    this.#depth += this.#step;
    this.#step = Number.POSITIVE_INFINITY;
    this.#longest = 0;
    this.#round = { trie: new PathTrie(), sides: noWeights(this.#sides) };
    return open.size > 0;
  }

  /** The tree that the rounds have found; one side. */
  tree(names: Names): MergedTree {
    const { places, ...skeleton } = this.#chosen(names);
    return { ...skeleton, ...this.#columns(0, places), leftOut: this.#leftOut(places) };
  }

  /** The same for two sides. */
  pair(names: Names): MergedPair {
    const { places, ...skeleton } = this.#chosen(names);
    const [left, right] = [this.#columns(0, places), this.#columns(1, places)];
    return { ...skeleton, left, right, leftOut: this.#leftOut(places) };
  }

  #roundBytes(): number {
    const { trie } = this.#round;
    return trie.bytes + trie.length * WEIGHT_BYTES * this.#sides;
  }

  #lay(side: number, path: readonly number[], cut: boolean, value: number): void {
    const { trie, sides } = this.#round;
    const node = trie.add(path, 0, path.length);
    for (const columns of sides) reserve(columns, trie.length);
    sides[side]![cut ? "more" : "self"][node]! += value;
  }

  /** Cuts the round's paths after `step` names. */
  #fold(step: number): void {
    const { trie, sides } = this.#round;
    this.#round = { trie: new PathTrie(), sides: noWeights(this.#sides) };
    const path: number[] = [];
    for (let node = 1; node < trie.length; node++) {
      if (sides.every(({ self, more }) => self[node] === 0 && more[node] === 0)) continue;
      path.length = 0;
      for (let up = node; up > 0; up = trie.parent(up)) path.push(trie.labels[up]!);
      path.reverse();
      const deeper = path.length > step + 1;
      if (deeper) path.length = step + 1;
      sides.forEach(({ self, more }, side) => {
        this.#lay(side, path, deeper, self[node]!);
        this.#lay(side, path, true, more[node]!);
      });
    }
    this.#step = step;
    this.#longest = step;
  }

  #roundTotals(): Float64Array[] {
    const { trie, sides } = this.#round;
    return sides.map((columns) => {
      reserve(columns, trie.length);
      const total = columns.self.slice(0, trie.length);
      for (let node = 0; node < total.length; node++) total[node]! += columns.more[node]!;
      for (let node = total.length - 1; node > 0; node--) total[trie.parent(node)]! += total[node]!;
      return total;
    });
  }

  #larger(totals: readonly Float64Array[], node: number): number {
    return totals.length === 1 ? totals[0]![node]! : Math.max(totals[0]![node]!, totals[1]![node]!);
  }

  #keptTotal(node: number): number {
    return this.#larger(
      this.#weights.map(({ more }) => more),
      node,
    );
  }

  /** The least total that can stay, of all nodes that are known by now. */
  #leastWith(totals: readonly Float64Array[]): number {
    const { trie } = this.#round;
    const known: number[] = [0];
    for (let node = 1; node < this.#kept.length; node++) known.push(this.#keptTotal(node));
    for (let node = 1; node < trie.length; node++) {
      if (trie.parent(node) > 0) known.push(this.#larger(totals, node));
    }
    return Math.max(leastTotal(Float64Array.from(known), this.#nodes), Number.MIN_VALUE);
  }

  #keep(kept: number, node: number, totals: readonly Float64Array[]): void {
    this.#weights.forEach((columns, side) => {
      reserve(columns, kept + 1);
      columns.self[kept] = this.#round.sides[side]!.self[node]!;
      columns.more[kept] = totals[side]![node]!;
    });
  }

  #chosen(names: Names): {
    places: Int32Array;
    length: number;
    parent: Int32Array;
    name: Int32Array;
    names: Names;
  } {
    for (const columns of this.#weights) reserve(columns, 1);
    const chosen: number[] = [0];
    for (let node = 1; node < this.#kept.length; node++) {
      if (this.#keptTotal(node) >= this.#least) chosen.push(node);
    }
    const places = Int32Array.from(chosen);
    const at = new Int32Array(this.#kept.length);
    const parent = new Int32Array(places.length);
    const name = new Int32Array(places.length);
    parent[0] = -1;
    for (let i = 1; i < places.length; i++) {
      at[places[i]!] = i;
      parent[i] = at[this.#kept.parent(places[i]!)]!;
      name[i] = this.#kept.labels[places[i]!]!;
    }
    return { places, length: places.length, parent, name, names };
  }

  #columns(side: 0 | 1, places: Int32Array): WeightColumns {
    const { self, more } = this.#weights[side]!;
    return {
      self: Float64Array.from(places, (node) => self[node]!),
      total: Float64Array.from(places, (node) => more[node]!),
    };
  }

  #leftOut(places: Int32Array): LeftOut {
    const hidden = this.#weights.map(({ self, more }) =>
      places.reduce((rest, node) => rest - self[node]!, more[0]!),
    );
    const weight = Math.max(...hidden);
    return { nodes: this.#light + this.#kept.length - places.length, atLeast: true, weight };
  }
}

function noWeights(sides: 1 | 2): Side[] {
  return Array.from({ length: sides }, () => ({ self: new Float64Array(256), more: new Float64Array(256) }));
}

function reserve(columns: Side, length: number): void {
  if (length <= columns.self.length) return;
  for (const key of ["self", "more"] as const) {
    const bigger = new Float64Array(Math.max(length, columns[key].length * 2));
    bigger.set(columns[key]);
    columns[key] = bigger;
  }
}
