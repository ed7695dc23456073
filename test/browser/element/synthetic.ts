import type { FlameTree } from "../../../packages/core/src/index.ts";
import type { LevelGraph } from "../../../packages/viewer/src/graph/index.ts";
import { packStrings, selfColumn } from "../../../packages/viewer/src/graph/index.ts";

/** What a made-up graph looks like. */
export interface SyntheticShape {
  /** Rectangles, at least. */
  readonly length: number;
  /** Rows; a row is as wide as its parents have children. */
  readonly levels: number;
  readonly names?: number;
  readonly differential?: boolean;
}

/**
 * A graph without a profile, level by level: rows widen from the root on as those of real recordings do, every frame
 * has a few children whose weights vary, and no row is wider than needed for `length` rectangles in all.
 */
export function syntheticGraph(shape: SyntheticShape): LevelGraph {
  const names = shape.names ?? 5000;
  const sizes = rowSizes(shape.length, shape.levels);
  const depth = sizes.length;
  const count = sizes.reduce((sum, size) => sum + size, 0);
  const levels = new Int32Array(depth + 1);
  const parent = new Int32Array(count).fill(-1);
  const firstChild = new Int32Array(count + 1).fill(count);
  const x = new Float64Array(count);
  const total = new Float64Array(count);
  const name = new Uint32Array(count);
  const random = generator(7);
  levels[1] = 1;
  let at = 1;
  for (let level = 1; level < depth; level++) {
    const [first, end] = [levels[level - 1]!, levels[level]!];
    const size = sizes[level]!;
    for (let child = 0; child < size; child++, at++) {
      const up = first + Math.floor((child * (end - first)) / size);
      if (parent[at - 1] !== up) firstChild.fill(at, Math.max(parent[at - 1]!, first - 1) + 1, up + 1);
      parent[at] = up;
      name[at] = 1 + Math.floor(names * random() ** 2);
    }
    levels[level + 1] = at;
  }
  // Most weight in the leaves, little of it in most of them; then every caller weighs more than its callees.
  for (let rect = count - 1; rect >= 0; rect--) {
    total[rect]! += Math.round((firstChild[rect] === firstChild[rect + 1] ? 500 : 8) * random() ** 4) + 1;
    if (rect > 0) total[parent[rect]!]! += total[rect]!;
  }
  for (let rect = 0; rect < count; rect++) {
    let edge = x[rect]! + total[rect]!;
    for (let child = firstChild[rect + 1]! - 1; child >= firstChild[rect]!; child--) {
      edge -= total[child]!;
      x[child] = edge;
    }
  }
  const texts = Array.from({ length: names + 1 }, (_, row) => (row === 0 ? "" : nameText(row)));
  return {
    length: count,
    levels,
    x,
    total,
    parent,
    firstChild,
    name,
    names: {
      length: names + 1,
      ...packStrings(texts),
      kind: new Uint8Array(names + 1),
      inlined: new Uint8Array(names + 1),
    },
    unit: "samples",
    ordered: false,
    ...(shape.differential === true
      ? { base: total.map((weight) => weight * 2 * random()), head: total.slice() }
      : {}),
  };
}

/** The tree that a graph was laid out from: what a profile's stacks merge to, callers before callees. */
export function treeOf(graph: LevelGraph): FlameTree {
  const { length, parent, name, names, total, unit } = graph;
  const bytesOf = (row: number): Uint8Array =>
    names.bytes.subarray(names.offsets[row]!, names.offsets[row + 1]!);
  return {
    length,
    parent,
    name,
    names: {
      length: names.length,
      text: (row) => new TextDecoder().decode(bytesOf(row)),
      kind: (row) => names.kind[row]!,
      inlined: (row) => names.inlined[row] === 1,
      bytes: bytesOf,
    },
    self: selfColumn(graph, total),
    total,
    unit,
  };
}

/** Rows that grow by a half each until they are so wide that all rows together hold `length`. */
function rowSizes(length: number, levels: number): number[] {
  let widest = Math.ceil(length / levels);
  for (;;) {
    const sizes = Array.from({ length: levels }, (_, level) => Math.min(widest, Math.ceil(1.5 ** level)));
    if (sizes.reduce((sum, size) => sum + size, 0) >= length || 1.5 ** levels < widest) return sizes;
    widest = Math.ceil(widest * 1.05);
  }
}

const WORDS = [
  "parse",
  "read",
  "write",
  "hash",
  "insert",
  "lookup",
  "poll",
  "drop",
  "clone",
  "visit",
  "encode",
];
const PLACES = ["std::io", "app::model", "tokio::runtime", "serde_json::de", "libc", "app::http::server"];

function nameText(row: number): string {
  return `${PLACES[row % PLACES.length]}::${WORDS[row % WORDS.length]}_${row}`;
}

/** Numbers from 0 to 1, the same every time. */
function generator(seed: number): () => number {
  return () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
}

/** One stack, so many frames deep. */
export function deepGraph(depth: number): LevelGraph {
  const length = depth + 1;
  const count = Int32Array.from({ length: length + 1 }, (_, i) => i);
  return {
    length,
    levels: count,
    x: new Float64Array(length),
    total: new Float64Array(length).fill(100),
    parent: Int32Array.from({ length }, (_, i) => i - 1),
    firstChild: Int32Array.from({ length: length + 1 }, (_, i) => Math.min(length, i + 1)),
    name: Uint32Array.from({ length }, (_, i) => (i === 0 ? 0 : 1 + (i % 10))),
    names: {
      length: 11,
      ...packStrings(["", ...Array.from({ length: 10 }, (_, i) => `recurse_${i}`)]),
      kind: new Uint8Array(11),
      inlined: new Uint8Array(11),
    },
    unit: "samples",
    ordered: false,
  };
}
