import type { Profile } from "../model/profile.ts";
import { FlambeauError } from "../util/errors.ts";
import { grown } from "../util/growable.ts";
import type { TreeOptions } from "./build-tree.ts";
import type { FlameTree } from "./flame-tree.ts";
import { nameFrames } from "./names.ts";
import { threadRoots } from "./thread-roots.ts";
import { NodeList, shapeOfStacks, type TreeShape, withNodeZero } from "./tree-shape.ts";
import { weighTree, widthTypes } from "./tree-weights.ts";

/** More nodes than this are refused: a chart of them needs gigabytes, and no picture shows them. */
export const MAX_CHART_NODES: number = 1 << 26;

/**
 * The flame chart: x is time (file order where samples have no time). Consecutive samples share the nodes of the
 * names that their stacks begin with; after anything else the same call is a new node. With thread roots each
 * group of threads has its own stretch of x, in time order.
 *
 * ```
 *   samples  a;b  a;b  a  a;b        a ─────────
 *                                    b ────   b ──     two nodes b
 * ```
 */
export function buildFlameChart(profile: Profile, options: TreeOptions = {}): FlameTree {
  const naming = options.naming ?? nameFrames(profile);
  const merged = shapeOfStacks(profile, naming);
  const roots = threadRoots(profile, merged.names, options.threadRoots);
  const chart = new ChartBuilder(merged, options.keep);
  if (roots === undefined) {
    chart.addSamples(inTimeOrder(profile, undefined), 0);
  } else {
    for (let group = 0; group < roots.rootName.length; group++) {
      const rows = roots.samples.subarray(roots.start[group]!, roots.start[group + 1]!);
      if (rows.length > 0) chart.addSamples(inTimeOrder(profile, rows), roots.rootName[group]!);
    }
  }
  const names = roots?.names ?? merged.names;
  const tree = weighTree(profile, { ...chart.shape(), names }, options);
  const types = widthTypes(profile, options);
  const weightOf = (sample: number): number =>
    types.reduce((sum, type) => sum + (profile.samples.weights[type]?.[sample] ?? 0), 0);
  return { ...tree, ordered: true, start: chart.starts(weightOf) };
}

/** The rows (default: all samples) by time; file order where times agree, samples without a time last. */
function inTimeOrder({ samples }: Profile, rows: Int32Array | undefined): Int32Array {
  const order = rows?.slice() ?? Int32Array.from({ length: samples.length }, (_, row) => row);
  const { time } = samples;
  if (time === undefined) return order;
  const at = (row: number): number => {
    const value = time[row]!;
    return Number.isNaN(value) ? Number.POSITIVE_INFINITY : value;
  };
  let sorted = true;
  for (let i = 1; i < order.length && sorted; i++) sorted = at(order[i - 1]!) <= at(order[i]!);
  // Infinity - Infinity is NaN, which counts as equal; then the row decides.
  return sorted ? order : order.sort((a, b) => at(a) - at(b) || a - b);
}

/** Lays samples behind one another; `merged` is the tree in which equal prefixes are equal nodes. */
class ChartBuilder {
  readonly #merged: TreeShape;
  readonly #keep: Uint8Array | undefined;
  readonly #nodes = new NodeList();
  readonly #depth: Int32Array;
  readonly #nodeOfSample: Int32Array;
  /** Samples in the order in which they were laid, and how many rows there were after each. */
  readonly #laid: Int32Array;
  readonly #rowsAfter: Int32Array;
  #laidCount = 0;
  /** The current sample's path: node of `merged` per depth, and the chart's row for it. */
  #pathNode = new Int32Array(256);
  #pathRow = new Int32Array(256);
  #pathLength = 0;

  constructor(merged: TreeShape, keep: Uint8Array | undefined) {
    this.#merged = merged;
    this.#keep = keep;
    this.#nodeOfSample = new Int32Array(merged.nodeOfSample.length);
    this.#laid = new Int32Array(merged.nodeOfSample.length);
    this.#rowsAfter = new Int32Array(merged.nodeOfSample.length);
    this.#depth = new Int32Array(merged.length);
    for (let node = 1; node < merged.length; node++) {
      this.#depth[node] = this.#depth[merged.parent[node]!]! + 1;
    }
  }

  addSamples(order: Int32Array, rootName: number): void {
    const root = rootName === 0 ? -1 : this.#nodes.add(-1, rootName);
    this.#pathLength = 0;
    for (let i = 0; i < order.length; i++) {
      const sample = order[i]!;
      if (this.#keep !== undefined && this.#keep[sample] === 0) continue;
      this.#nodeOfSample[sample] = this.#lay(this.#merged.nodeOfSample[sample]!, root) + 1;
      this.#laid[this.#laidCount] = sample;
      this.#rowsAfter[this.#laidCount++] = this.#nodes.length;
      if (this.#nodes.length > MAX_CHART_NODES) throw tooLarge();
    }
  }

  shape(): Omit<TreeShape, "names"> {
    return { ...withNodeZero(this.#nodes.columns()), nodeOfSample: this.#nodeOfSample };
  }

  /** Weight to the left of each node: that of the samples laid before the one that opened it. */
  starts(weightOf: (sample: number) => number): Float64Array {
    const start = new Float64Array(this.#nodes.length + 1);
    let node = 1;
    let x = 0;
    for (let i = 0; i < this.#laidCount; i++) {
      while (node <= this.#rowsAfter[i]!) start[node++] = x;
      x += weightOf(this.#laid[i]!);
    }
    return start.fill(x, node);
  }

  /** Chart row of a node of `merged`: keeps what the path shares with it, opens the rest. */
  #lay(node: number, root: number): number {
    let shared = node;
    while (shared !== 0 && !this.#onPath(shared)) shared = this.#merged.parent[shared]!;
    const depth = this.#depth[node]!;
    const from = this.#depth[shared]!;
    if (depth > this.#pathNode.length) {
      this.#pathNode = grown(this.#pathNode, depth);
      this.#pathRow = grown(this.#pathRow, depth);
    }
    for (let at = node; at !== shared; at = this.#merged.parent[at]!)
      this.#pathNode[this.#depth[at]! - 1] = at;
    let row = from === 0 ? root : this.#pathRow[from - 1]!;
    for (let level = from; level < depth; level++) {
      row = this.#nodes.add(row, this.#merged.name[this.#pathNode[level]!]!);
      this.#pathRow[level] = row;
    }
    this.#pathLength = depth;
    return row;
  }

  #onPath(node: number): boolean {
    const level = this.#depth[node]! - 1;
    return level < this.#pathLength && this.#pathNode[level] === node;
  }
}

function tooLarge(): FlambeauError {
  return new FlambeauError("too-large", `The flame chart has more than ${MAX_CHART_NODES} boxes.`, {
    hint: "Choose a time range or a thread, or draw a flame graph, which merges equal stacks.",
  });
}
