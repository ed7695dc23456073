import { type ChildLists, childLists, type FlameTree } from "../transforms/flame-tree.ts";
import { rankNames, sortByRank } from "../transforms/order.ts";
import { RectangleColumns } from "./columns.ts";

/** What a rectangle stands for. */
export const RectangleKind = {
  /** One node of the tree. */
  frame: 0,
  /** Neighbouring children, with all below them, each too narrow to draw. */
  small: 1,
  /** Everything below the deepest row that is drawn. */
  deeper: 2,
} as const;

/** What limits the picture. */
export interface LayoutOptions {
  /** Nodes narrower than this, in weight units, are gathered. 0 draws everything. */
  readonly minWidth: number;
  /** Rows to draw at most, the root's included; default: no limit. */
  readonly maxDepth?: number;
  /** Keep siblings in row order even where the tree is not `ordered`. */
  readonly unsorted?: boolean;
  /** The child lists, where the caller has them already. */
  readonly children?: ChildLists;
}

/**
 * Rectangles in depth-first order, a parent before its children, siblings from left to right.
 *
 * ```
 *   tree    all 10 ── a 7 ── b 4        minWidth 2     c and d are gathered
 *                  │      ├─ c 1
 *                  │      └─ d 1        row 2   |.|b   |cd|
 *                  └─ e 3               row 1   |a      |e  |
 *                                       row 0   |all        |
 * ```
 *
 * A frame's own weight lies left of its children, as in flamegraph.pl, where the line of the shorter stack
 * sorts first. Positions are in weight units from the left edge.
 */
export interface Layout {
  readonly length: number;
  /** The node; of a block: the node whose children it gathers. */
  readonly node: Int32Array;
  /** {@link RectangleKind}. */
  readonly kind: Uint8Array;
  readonly depth: Int32Array;
  /** Rectangle of the parent, -1 for the root's. */
  readonly parent: Int32Array;
  readonly x: Float64Array;
  readonly w: Float64Array;
  /** Of a block: the weight of what it gathers (less than `w` where it spans a pause). Of a frame: `w`. */
  readonly weight: Float64Array;
  /** Of a block: how many frames (nodes) it gathers. */
  readonly gathered: Int32Array;
  /** Per rectangle: weight of the children that were gathered, in blocks wide enough to draw or not. */
  readonly hiddenWeight: Float64Array;
  /** Rows in use. */
  readonly rows: number;
  /** Nodes drawn as themselves; all others are in `hiddenFrames`. */
  readonly frames: number;
  readonly hiddenFrames: number;
  /** Of `hiddenFrames`: those in no block that is wide enough to draw. */
  readonly invisibleFrames: number;
  /** Rows the whole tree would need, with all that is too narrow to draw. */
  readonly treeRows: number;
  /** The limit of rows, and whether frames lie beyond it. */
  readonly maxDepth: number;
  readonly limited: boolean;
}

/**
 * The least total of nodes that get a rectangle of their own, apart from depth: `minWidth`, but never 0, so that what
 * weighs nothing has none.
 */
export function leastWidth(minWidth: number): number {
  return Math.max(minWidth, Number.MIN_VALUE);
}

/** Lays a tree out as rectangles. Visits only the children of what it draws. */
export function layoutTree(tree: FlameTree, options: LayoutOptions): Layout {
  const lists = options.children ?? childLists(tree);
  const maxDepth = Math.max(1, options.maxDepth ?? Number.POSITIVE_INFINITY);
  const ordered = tree.ordered === true || options.unsorted === true;
  const survey = surveyVisible(tree, lists, options.minWidth, maxDepth);
  const rank = ordered ? new Int32Array(0) : rankNames(tree.names, survey.neededNames);
  const { sizes, treeRows } = measureSubtrees(tree);
  const out = new RectangleColumns(survey.nodes + 16);
  const pending = new RectangleColumns(256);
  const placer = new ChildPlacer(tree, lists, sizes, options.minWidth, pending);
  let frames = 0;
  let rows = 0;
  let limited = false;

  pending.push(0, RectangleKind.frame, 0, -1, 0, tree.total[0]!, tree.total[0]!, 0);
  while (pending.length > 0) {
    const at = out.moveFrom(pending);
    const depth = out.depth[at]!;
    rows = Math.max(rows, depth + 1);
    if (out.kind[at] !== RectangleKind.frame) continue;
    frames++;
    const node = out.node[at]!;
    const mark = pending.length;
    if (depth + 2 >= maxDepth) {
      out.hiddenWeight[at] = placer.placeDeepest(node, depth, at, out.x[at]!, maxDepth);
      limited ||= lists.first[node] !== 0;
    } else if (ordered) {
      out.hiddenWeight[at] = placer.placeInOrder(node, depth, at, out.x[at]!);
    } else {
      out.hiddenWeight[at] = placer.placeSorted(node, depth, at, out.x[at]!, rank);
    }
    pending.reverseFrom(mark);
  }
  return out.finish({
    rows,
    frames,
    hiddenFrames: tree.length - frames,
    invisibleFrames: tree.length - frames - out.gatheredTotal(),
    treeRows,
    maxDepth,
    limited,
  });
}

/** Which names siblings are sorted by, and how many nodes are wide enough. */
function surveyVisible(
  tree: FlameTree,
  lists: ChildLists,
  minWidth: number,
  maxDepth: number,
): { nodes: number; neededNames: Uint8Array } {
  const neededNames = new Uint8Array(tree.names.length);
  let queue = new Int32Array(1024);
  let depths = new Int32Array(1024);
  const { total, name } = tree;
  const { first, next } = lists;
  const least = leastWidth(minWidth);
  let length = 1;
  for (let at = 0; at < length; at++) {
    if (depths[at]! + 1 >= maxDepth) continue;
    for (let child = first[queue[at]!]!; child !== 0; child = next[child]!) {
      // Not `<`: a total may be NaN.
      if (!(total[child]! >= least)) continue;
      neededNames[name[child]!] = 1;
      if (length === queue.length) {
        queue = doubled(queue);
        depths = doubled(depths);
      }
      queue[length] = child;
      depths[length++] = depths[at]! + 1;
    }
  }
  return { nodes: length, neededNames };
}

function doubled(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const bigger = new Int32Array(array.length * 2);
  bigger.set(array);
  return bigger;
}

/** Nodes per subtree, its root included, and the rows of the whole tree: one loop backward, one forward. */
function measureSubtrees(tree: FlameTree): { sizes: Int32Array; treeRows: number } {
  const { parent, length } = tree;
  const depth = new Int32Array(length);
  let deepest = 0;
  for (let node = 1; node < length; node++) {
    const own = depth[parent[node]!]! + 1;
    depth[node] = own;
    if (own > deepest) deepest = own;
  }
  const sizes = depth.fill(1);
  for (let node = length - 1; node > 0; node--) {
    const up = parent[node]!;
    sizes[up] = sizes[up]! + sizes[node]!;
  }
  return { sizes, treeRows: deepest + 1 };
}

/** Puts the rectangles of one node's children on the list of what is to be placed, from left to right. */
class ChildPlacer {
  readonly #tree: FlameTree;
  readonly #lists: ChildLists;
  readonly #sizes: Int32Array;
  readonly #minWidth: number;
  readonly #least: number;
  readonly #pending: RectangleColumns;
  #wide: Int32Array<ArrayBuffer> = new Int32Array(256);

  constructor(
    tree: FlameTree,
    lists: ChildLists,
    sizes: Int32Array,
    minWidth: number,
    pending: RectangleColumns,
  ) {
    this.#tree = tree;
    this.#lists = lists;
    this.#sizes = sizes;
    this.#minWidth = minWidth;
    this.#least = leastWidth(minWidth);
    this.#pending = pending;
  }

  /** Wide children sorted by name, then one block of all others. Returns the weight gathered. */
  placeSorted(node: number, depth: number, rect: number, left: number, rank: Int32Array): number {
    const { total, self, name } = this.#tree;
    const { first, next } = this.#lists;
    const sizes = this.#sizes;
    const least = this.#least;
    let count = 0;
    let weight = 0;
    let gathered = 0;
    for (let child = first[node]!; child !== 0; child = next[child]!) {
      if (total[child]! >= least) {
        if (count === this.#wide.length) this.#wide = doubled(this.#wide);
        this.#wide[count++] = child;
      } else {
        weight += total[child]!;
        gathered += sizes[child]!;
      }
    }
    sortByRank(this.#wide, count, name, rank);
    let x = left + self[node]!;
    for (let i = 0; i < count; i++) {
      const child = this.#wide[i]!;
      const w = total[child]!;
      this.#pending.push(child, RectangleKind.frame, depth + 1, rect, x, w, w, 0);
      x += w;
    }
    this.#block(node, RectangleKind.small, depth + 1, rect, x, x + weight, weight, gathered);
    return weight;
  }

  /** Children in row order; neighbours that are too narrow make a block in their place. */
  placeInOrder(node: number, depth: number, rect: number, left: number): number {
    const { total, self, start } = this.#tree;
    const root = start?.[0] ?? 0;
    let x = left + self[node]!;
    let hidden = 0;
    let blockStart = 0;
    let blockEnd = 0;
    let weight = 0;
    let gathered = 0;
    for (let child = this.#lists.first[node]!; child !== 0; child = this.#lists.next[child]!) {
      if (start !== undefined) x = start[child]! - root;
      const w = total[child]!;
      const wide = w >= this.#least;
      if (gathered > 0 && (wide || x - blockEnd > this.#minWidth)) {
        this.#block(node, RectangleKind.small, depth + 1, rect, blockStart, blockEnd, weight, gathered);
        weight = 0;
        gathered = 0;
      }
      if (wide) {
        this.#pending.push(child, RectangleKind.frame, depth + 1, rect, x, w, w, 0);
      } else {
        if (gathered === 0) blockStart = x;
        weight += w;
        hidden += w;
        gathered += this.#sizes[child]!;
        blockEnd = x + w;
      }
      x += w;
    }
    this.#block(node, RectangleKind.small, depth + 1, rect, blockStart, blockEnd, weight, gathered);
    return hidden;
  }

  /** Everything below the last row but one is one block in the last row. */
  placeDeepest(node: number, depth: number, rect: number, left: number, maxDepth: number): number {
    const { total, self } = this.#tree;
    if (depth + 1 >= maxDepth) return total[node]! - self[node]!;
    let weight = 0;
    for (let child = this.#lists.first[node]!; child !== 0; child = this.#lists.next[child]!) {
      weight += total[child]!;
    }
    const x = left + self[node]!;
    this.#block(node, RectangleKind.deeper, depth + 1, rect, x, x + weight, weight, this.#sizes[node]! - 1);
    return weight;
  }

  /** A block that is itself too narrow is not drawn; its weight stays in the parent's `hiddenWeight`. */
  #block(
    node: number,
    kind: number,
    depth: number,
    rect: number,
    x: number,
    end: number,
    weight: number,
    gathered: number,
  ): void {
    if (gathered === 0 || weight <= 0 || end - x < this.#minWidth) return;
    this.#pending.push(node, kind, depth, rect, x, end - x, weight, gathered);
  }
}
