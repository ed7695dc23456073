import { type ChildLists, childLists, type FlameTree } from "../transforms/flame-tree.ts";
import { grown } from "../util/growable.ts";
import { isWide, type Layout, RectangleKind } from "./layout.ts";

/**
 * What is inside the gathered children of each drawn frame, by name: so that a search finds what was too narrow
 * to draw. One row per (frame, name), in the order of the frames' rectangles.
 *
 * `weight` is the weight of the *union* of that name: what lies below another node of the same name is not
 * counted twice. Two names of one block may overlap: an exact answer for both needs the tree itself.
 */
export interface GatheredNames {
  readonly length: number;
  /** Rectangle of the drawn frame whose children were gathered. */
  readonly rect: Int32Array;
  /** Row of the tree's names. */
  readonly name: Int32Array;
  readonly weight: Float64Array;
  /** Rows lighter than this were left out. */
  readonly threshold: number;
  /** Rows left out. */
  readonly unlistedNames: number;
  /** Per rectangle: at most this much of the gathered weight is in no listed name, or undefined for none. */
  readonly unlistedWeight: Float64Array;
}

export interface GatherOptions {
  readonly minWidth: number;
  /** Rows lighter than this are left out, in weight units; above 0. */
  readonly threshold: number;
  /** Rows to keep at most: the lightest go first. */
  readonly maxRows: number;
  readonly children?: ChildLists;
}

/** Lists the names in all blocks of a layout. Visits every gathered node once, without recursion. */
export function gatherNames(tree: FlameTree, layout: Layout, options: GatherOptions): GatheredNames {
  const lists = options.children ?? childLists(tree);
  const table = new NameTotals(layout.length, options.threshold, options.maxRows);
  const walker = new BlockWalker(tree, lists);
  for (let rect = 0; rect < layout.length; rect++) {
    if (layout.kind[rect] !== RectangleKind.frame || layout.hiddenWeight[rect] === 0) continue;
    const drawsChildren = layout.depth[rect]! + 2 < layout.maxDepth;
    const node = layout.node[rect]!;
    for (let child = lists.first[node]!; child !== 0; child = lists.next[child]!) {
      if (!drawsChildren || !isWide(tree, child, options.minWidth)) walker.add(child);
    }
    walker.drain((name, weight) => table.add(rect, name, weight));
  }
  return table.finish();
}

/** Sums weights by name over subtrees; nested nodes of one name count once. */
class BlockWalker {
  readonly #tree: FlameTree;
  readonly #lists: ChildLists;
  /** Per name: its weight so far (0: not met yet), and how many nodes of that name are above the current one. */
  readonly #sum: Float64Array;
  readonly #above: Int32Array;
  #touched: Int32Array<ArrayBuffer> = new Int32Array(1024);
  #count = 0;

  constructor(tree: FlameTree, lists: ChildLists) {
    this.#tree = tree;
    this.#lists = lists;
    this.#sum = new Float64Array(tree.names.length);
    this.#above = new Int32Array(tree.names.length);
  }

  add(top: number): void {
    const { parent, name } = this.#tree;
    const { first, next } = this.#lists;
    let node = top;
    for (;;) {
      this.#enter(node);
      if (first[node] !== 0) {
        node = first[node]!;
        continue;
      }
      // Up until there is a sibling to go to.
      for (;;) {
        const own = name[node]!;
        this.#above[own] = this.#above[own]! - 1;
        if (node === top) return;
        if (next[node] !== 0) break;
        node = parent[node]!;
      }
      node = next[node]!;
    }
  }

  #enter(node: number): void {
    const own = this.#tree.name[node]!;
    const above = this.#above[own]!;
    this.#above[own] = above + 1;
    const weight = this.#tree.total[node]!;
    if (above !== 0 || weight <= 0) return;
    const before = this.#sum[own]!;
    if (before === 0) {
      if (this.#count === this.#touched.length) this.#touched = grown(this.#touched, this.#count + 1);
      this.#touched[this.#count++] = own;
    }
    this.#sum[own] = before + weight;
  }

  drain(take: (name: number, weight: number) => void): void {
    for (let i = 0; i < this.#count; i++) {
      const name = this.#touched[i]!;
      take(name, this.#sum[name]!);
      this.#sum[name] = 0;
    }
    this.#count = 0;
  }
}

/** The rows, kept within bounds by raising the threshold. */
class NameTotals {
  #length = 0;
  #rect = new Int32Array(1024);
  #name = new Int32Array(1024);
  #weight = new Float64Array(1024);
  readonly #unlisted: Float64Array;
  #unlistedNames = 0;
  #threshold: number;
  readonly #maxRows: number;

  constructor(rectangles: number, threshold: number, maxRows: number) {
    this.#unlisted = new Float64Array(rectangles);
    this.#threshold = threshold;
    this.#maxRows = maxRows;
  }

  add(rect: number, name: number, weight: number): void {
    if (this.#length >= this.#maxRows * 2) this.#shrink();
    if (weight < this.#threshold) {
      this.#leaveOut(rect, weight);
      return;
    }
    const at = this.#length++;
    this.#rect = grown(this.#rect, at + 1);
    this.#name = grown(this.#name, at + 1);
    this.#weight = grown(this.#weight, at + 1);
    this.#rect[at] = rect;
    this.#name[at] = name;
    this.#weight[at] = weight;
  }

  finish(): GatheredNames {
    if (this.#length > this.#maxRows) this.#shrink();
    return {
      length: this.#length,
      rect: this.#rect.subarray(0, this.#length),
      name: this.#name.subarray(0, this.#length),
      weight: this.#weight.subarray(0, this.#length),
      threshold: this.#threshold,
      unlistedNames: this.#unlistedNames,
      unlistedWeight: this.#unlisted,
    };
  }

  #leaveOut(rect: number, weight: number): void {
    this.#unlisted[rect] = this.#unlisted[rect]! + weight;
    this.#unlistedNames++;
  }

  /** Doubles the threshold until half of the room is free: cheaper than sorting, and the tail is long anyway. */
  #shrink(): void {
    while (this.#length > this.#maxRows) {
      this.#threshold *= 2;
      let kept = 0;
      for (let at = 0; at < this.#length; at++) {
        if (this.#weight[at]! < this.#threshold) {
          this.#leaveOut(this.#rect[at]!, this.#weight[at]!);
          continue;
        }
        this.#rect[kept] = this.#rect[at]!;
        this.#name[kept] = this.#name[at]!;
        this.#weight[kept++] = this.#weight[at]!;
      }
      this.#length = kept;
    }
  }
}
