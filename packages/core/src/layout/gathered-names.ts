import { type ChildLists, childLists, type FlameTree } from "../transforms/flame-tree.ts";
import { grown } from "../util/growable.ts";
import { type Layout, leastWidth, RectangleKind } from "./layout.ts";

/**
 * What is inside the gathered children of each drawn frame, by name: so that a search finds what was too narrow
 * to draw. One row per (frame, name), in the order of the frames' rectangles; the names of one frame in no order.
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
  const { total } = tree;
  const { first, next } = lists;
  const least = leastWidth(options.minWidth);
  for (let rect = 0; rect < layout.length; rect++) {
    if (layout.kind[rect] !== RectangleKind.frame || layout.hiddenWeight[rect] === 0) continue;
    const drawsChildren = layout.depth[rect]! + 2 < layout.maxDepth;
    const node = layout.node[rect]!;
    for (let child = first[node]!; child !== 0; child = next[child]!) {
      if (!drawsChildren || !(total[child]! >= least)) walker.add(child);
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
  #length = 0;

  constructor(tree: FlameTree, lists: ChildLists) {
    this.#tree = tree;
    this.#lists = lists;
    this.#sum = new Float64Array(tree.names.length);
    this.#above = new Int32Array(tree.names.length);
  }

  add(top: number): void {
    const { parent, name, total } = this.#tree;
    const { first, next } = this.#lists;
    const aboveOf = this.#above;
    let node = top;
    for (;;) {
      const own = name[node]!;
      const above = aboveOf[own]!;
      if (above === 0 && total[node]! > 0) this.#count(own, total[node]!);
      const child = first[node]!;
      if (child !== 0) {
        aboveOf[own] = above + 1;
        node = child;
        continue;
      }
      // Up until there is a sibling to go to.
      for (;;) {
        if (node === top) return;
        const sibling = next[node]!;
        if (sibling !== 0) {
          node = sibling;
          break;
        }
        node = parent[node]!;
        aboveOf[name[node]!] = aboveOf[name[node]!]! - 1;
      }
    }
  }

  #count(name: number, weight: number): void {
    const before = this.#sum[name]!;
    if (before === 0) {
      if (this.#length === this.#touched.length) this.#touched = grown(this.#touched, this.#length + 1);
      this.#touched[this.#length++] = name;
    }
    this.#sum[name] = before + weight;
  }

  drain(take: (name: number, weight: number) => void): void {
    for (let i = 0; i < this.#length; i++) {
      const name = this.#touched[i]!;
      take(name, this.#sum[name]!);
      this.#sum[name] = 0;
    }
    this.#length = 0;
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
    if (at === this.#rect.length) {
      this.#rect = grown(this.#rect, at + 1);
      this.#name = grown(this.#name, at + 1);
      this.#weight = grown(this.#weight, at + 1);
    }
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
