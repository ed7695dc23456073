import type { Names, NameTree } from "./name-tree.ts";
import { type LeftOut, leastTotal } from "./node-limit.ts";

/** The heavy part of a tree. */
export interface MergedTree extends NameTree {
  readonly leftOut: LeftOut;
}

/** The heavy part of two trees with the same nodes: what each side weighs, 0 where it lacks the node. */
export interface MergedPair {
  readonly length: number;
  readonly parent: Int32Array;
  readonly name: Int32Array;
  readonly names: Names;
  readonly left: WeightColumns;
  readonly right: WeightColumns;
  readonly leftOut: LeftOut;
}

/** Weights by node. */
export interface WeightColumns {
  readonly self: Float64Array;
  readonly total: Float64Array;
}

/** Nodes that are in a tree, without their weights. */
interface Skeleton {
  readonly length: number;
  readonly parent: Int32Array;
  readonly name: Int32Array;
  readonly names: Names;
  readonly leftOut: LeftOut;
}

/** Columns over all nodes of a space, kept from query to query. */
interface Scratch {
  self: Float64Array<ArrayBuffer>;
  total: Float64Array<ArrayBuffer>;
}

/**
 * Adds up weights on the nodes of a tree that is far larger than what one query touches. The columns are kept from
 * query to query and only the touched nodes are cleared, so that a query costs what it touches.
 */
export class NameWeights {
  #parents: Int32Array = new Int32Array(0);
  readonly #sides: Scratch[] = [];
  #renumbered: Int32Array<ArrayBuffer> = new Int32Array(0);
  /** A bit per node: touched. */
  #touched: Int32Array<ArrayBuffer> = new Int32Array(0);
  #count = 0;

  /** Begins a query over `length` nodes; node 0 is the root, the parent of node i is `parents[i - 1]`. */
  begin(parents: Int32Array, length: number, sides: 1 | 2): void {
    this.#parents = parents;
    if (length > this.#renumbered.length) {
      const room = Math.ceil(length * 1.25);
      this.#sides.length = 0;
      this.#renumbered = new Int32Array(room);
      this.#touched = new Int32Array((room + 31) >>> 5);
    }
    const room = this.#renumbered.length;
    while (this.#sides.length < sides) {
      this.#sides.push({ self: new Float64Array(room), total: new Float64Array(room) });
    }
    this.#count = 0;
    this.#touch(0);
  }

  /** Adds to a node's own weight. */
  add(side: 0 | 1, node: number, weight: number): void {
    this.#sides[side]!.self[node]! += weight;
    const parents = this.#parents;
    for (let up = node; up > 0 && this.#touch(up); up = parents[up - 1]!);
  }

  /** The tree of what was touched, without the nodes that are too light; ready for the next query. */
  finish(names: Int32Array, texts: Names, nodes: number): MergedTree {
    const touched = this.#sorted();
    const total = this.#addUp(0, touched);
    const { kept, ...skeleton } = this.#compact(touched, total, names, texts, nodes);
    const columns = this.#columns(0, touched, kept, total);
    this.#clear(touched, 1);
    return { ...skeleton, ...columns };
  }

  /** The same for two sides; the larger of them decides whether a node is too light. */
  finishPair(names: Int32Array, texts: Names, nodes: number): MergedPair {
    const touched = this.#sorted();
    const left = this.#addUp(0, touched);
    const right = this.#addUp(1, touched);
    const larger = left.map((total, i) => Math.max(total, right[i]!));
    const { kept, ...skeleton } = this.#compact(touched, larger, names, texts, nodes);
    const sides = {
      left: this.#columns(0, touched, kept, left),
      right: this.#columns(1, touched, kept, right),
    };
    this.#clear(touched, 2);
    return { ...skeleton, ...sides };
  }

  /** False where the node was touched before. */
  #touch(node: number): boolean {
    const bit = 1 << (node & 31);
    const word = this.#touched[node >>> 5]!;
    if ((word & bit) !== 0) return false;
    this.#touched[node >>> 5] = word | bit;
    this.#count++;
    return true;
  }

  /** The touched nodes, ascending: parents before their children. */
  #sorted(): Int32Array {
    const members = new Int32Array(this.#count);
    let count = 0;
    for (let i = 0; count < members.length; i++) {
      for (let word = this.#touched[i]!; word !== 0; word &= word - 1) {
        members[count++] = i * 32 + 31 - Math.clz32(word & -word);
      }
    }
    return members;
  }

  /** Totals of the touched nodes, in their order: one backward loop. */
  #addUp(side: 0 | 1, touched: Int32Array): Float64Array {
    const { self, total } = this.#sides[side]!;
    const parents = this.#parents;
    const found = new Float64Array(touched.length);
    for (let i = 0; i < touched.length; i++) total[touched[i]!] = self[touched[i]!]!;
    for (let i = touched.length - 1; i > 0; i--) {
      const node = touched[i]!;
      found[i] = total[node]!;
      total[parents[node - 1]!]! += total[node]!;
    }
    found[0] = total[0]!;
    return found;
  }

  /** Chooses the nodes that stay; `kept` holds their places in `touched`. */
  #compact(
    touched: Int32Array,
    totals: Float64Array,
    names: Int32Array,
    texts: Names,
    nodes: number,
  ): Skeleton & { readonly kept: Int32Array } {
    // Weight can cancel out or be zero: such nodes have nothing to show.
    const least = Math.max(leastTotal(totals, nodes), Number.MIN_VALUE);
    let length = 1;
    for (let i = 1; i < totals.length; i++) if (totals[i]! >= least) length++;
    const kept = new Int32Array(length);
    const parent = new Int32Array(length);
    const name = new Int32Array(length);
    parent[0] = -1;
    this.#renumbered[0] = 0;
    let weight = 0;
    let at = 1;
    for (let i = 1; i < touched.length; i++) {
      const node = touched[i]!;
      const above = this.#renumbered[this.#parents[node - 1]!]!;
      if (totals[i]! >= least) {
        this.#renumbered[node] = at;
        parent[at] = above;
        name[at] = names[node - 1]!;
        kept[at++] = i;
      } else {
        this.#renumbered[node] = -1;
        // Below a node that was cut off already, its weight is counted there.
        if (above >= 0) weight += totals[i]!;
      }
    }
    return { length, parent, name, names: texts, leftOut: { nodes: touched.length - length, weight }, kept };
  }

  #columns(side: 0 | 1, touched: Int32Array, kept: Int32Array, totals: Float64Array): WeightColumns {
    const scratch = this.#sides[side]!.self;
    const self = new Float64Array(kept.length);
    const total = new Float64Array(kept.length);
    for (let i = 0; i < kept.length; i++) {
      self[i] = scratch[touched[kept[i]!]!]!;
      total[i] = totals[kept[i]!]!;
    }
    return { self, total };
  }

  #clear(touched: Int32Array, sides: number): void {
    for (const node of touched) this.#touched[node >>> 5] = 0;
    for (let side = 0; side < sides; side++) {
      const { self } = this.#sides[side]!;
      for (const node of touched) self[node] = 0;
    }
  }
}
