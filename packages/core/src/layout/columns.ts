import { grown } from "../util/growable.ts";
import type { Layout } from "./layout.ts";

type Counts = Omit<Layout, Exclude<keyof RectangleColumns, "push">>;

/** Growing columns of rectangles: the finished ones, and the stack of those still to be placed. */
export class RectangleColumns {
  length = 0;
  node: Int32Array;
  kind: Uint8Array;
  depth: Int32Array;
  parent: Int32Array;
  x: Float64Array;
  w: Float64Array;
  weight: Float64Array;
  gathered: Int32Array;
  hiddenWeight: Float64Array;

  constructor(room: number) {
    this.node = new Int32Array(room);
    this.kind = new Uint8Array(room);
    this.depth = new Int32Array(room);
    this.parent = new Int32Array(room);
    this.x = new Float64Array(room);
    this.w = new Float64Array(room);
    this.weight = new Float64Array(room);
    this.gathered = new Int32Array(room);
    this.hiddenWeight = new Float64Array(room);
  }

  push(
    node: number,
    kind: number,
    depth: number,
    parent: number,
    x: number,
    w: number,
    weight: number,
    gathered: number,
  ): number {
    const at = this.length++;
    if (at === this.node.length) this.#grow(at + 1);
    this.node[at] = node;
    this.kind[at] = kind;
    this.depth[at] = depth;
    this.parent[at] = parent;
    this.x[at] = x;
    this.w[at] = w;
    this.weight[at] = weight;
    this.gathered[at] = gathered;
    return at;
  }

  /** Takes the last rectangle of `other` and appends it here; returns its place. */
  moveFrom(other: RectangleColumns): number {
    const last = --other.length;
    return this.push(
      other.node[last]!,
      other.kind[last]!,
      other.depth[last]!,
      other.parent[last]!,
      other.x[last]!,
      other.w[last]!,
      other.weight[last]!,
      other.gathered[last]!,
    );
  }

  /** Turns the rectangles from `mark` on around, so that the leftmost is the next to be taken. */
  reverseFrom(mark: number): void {
    if (this.length - mark < 2) return;
    for (const column of [this.node, this.kind, this.depth, this.parent, this.gathered]) {
      column.subarray(mark, this.length).reverse();
    }
    for (const column of [this.x, this.w, this.weight]) column.subarray(mark, this.length).reverse();
  }

  /** Frames in all blocks. */
  gatheredTotal(): number {
    let sum = 0;
    for (let at = 0; at < this.length; at++) sum += this.gathered[at]!;
    return sum;
  }

  finish(counts: Counts): Layout {
    const { length } = this;
    return {
      length,
      node: this.node.subarray(0, length),
      kind: this.kind.subarray(0, length),
      depth: this.depth.subarray(0, length),
      parent: this.parent.subarray(0, length),
      x: this.x.subarray(0, length),
      w: this.w.subarray(0, length),
      weight: this.weight.subarray(0, length),
      gathered: this.gathered.subarray(0, length),
      hiddenWeight: this.hiddenWeight.subarray(0, length),
      ...counts,
    };
  }

  #grow(needed: number): void {
    this.node = grown(this.node, needed);
    this.kind = grown(this.kind, needed);
    this.depth = grown(this.depth, needed);
    this.parent = grown(this.parent, needed);
    this.x = grown(this.x, needed);
    this.w = grown(this.w, needed);
    this.weight = grown(this.weight, needed);
    this.gathered = grown(this.gathered, needed);
    this.hiddenWeight = grown(this.hiddenWeight, needed);
  }
}
