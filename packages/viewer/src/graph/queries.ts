import { type LevelGraph, levelCount } from "./level-graph.ts";
import { textAt } from "./texts.ts";

/** Level (row) of a rectangle: 0 for the root. */
export function levelOf(graph: LevelGraph, rect: number): number {
  const { levels } = graph;
  let low = 0;
  let high = levels.length - 1;
  while (low + 1 < high) {
    const middle = (low + high) >> 1;
    if (levels[middle]! <= rect) low = middle;
    else high = middle;
  }
  return low;
}

/** The rectangle at `x` (weight units) of a level, or -1. */
export function rectAt(graph: LevelGraph, level: number, x: number): number {
  if (level < 0 || level >= levelCount(graph)) return -1;
  const { levels, total } = graph;
  const end = levels[level + 1]!;
  let low = levels[level]!;
  let high = end;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (graph.x[middle]! + total[middle]! > x) high = middle;
    else low = middle + 1;
  }
  return low < end && graph.x[low]! <= x ? low : -1;
}

/** Rectangles from the root down to `rect`, both included. */
export function pathOf(graph: LevelGraph, rect: number): Int32Array<ArrayBuffer> {
  const path = new Int32Array(levelOf(graph, rect) + 1);
  for (let at = rect, level = path.length - 1; level >= 0; at = graph.parent[at]!, level--) path[level] = at;
  return path;
}

/** True where `ancestor` is `rect` or above it. */
export function isWithin(graph: LevelGraph, rect: number, ancestor: number): boolean {
  while (rect > ancestor) rect = graph.parent[rect]!;
  return rect === ancestor;
}

/** Label of a rectangle; "all" for the root where it has no name of its own. */
export function nameOf(graph: LevelGraph, rect: number): string {
  const text = textAt(graph.names, graph.name[rect]!);
  return rect === 0 && text === "" ? "all" : text;
}

/** Labels from below the root down to `rect`. */
export function pathNames(graph: LevelGraph, rect: number): string[] {
  return Array.from(pathOf(graph, rect).subarray(1), (at) => textAt(graph.names, graph.name[at]!));
}

/** Weight of a rectangle without its children. Rounding errors of the subtraction count as none. */
export function selfOf(graph: LevelGraph, rect: number, column: Float64Array = graph.total): number {
  const end = graph.firstChild[rect + 1]!;
  let children = 0;
  for (let child = graph.firstChild[rect]!; child < end; child++) children += column[child]!;
  const self = column[rect]! - children;
  return Math.abs(self) <= Math.abs(column[rect]!) * 1e-9 ? 0 : self;
}

/** Of every rectangle what a column holds without its children. */
export function selfColumn(graph: LevelGraph, column: Float64Array): Float64Array {
  const self = column.slice();
  for (let rect = 1; rect < graph.length; rect++) self[graph.parent[rect]!]! -= column[rect]!;
  for (let rect = 0; rect < graph.length; rect++) {
    if (Math.abs(self[rect]!) <= Math.abs(column[rect]!) * 1e-9) self[rect] = 0;
  }
  return self;
}

/** How many levels there are below a rectangle, but at most so many. */
export function levelsBelow(graph: LevelGraph, rect: number, most: number): number {
  let levels = -1;
  for (const _ of runsBelow(graph, rect, rect + 1)) if (++levels >= most) break;
  return levels;
}

/** A run of neighbours in one level. */
export interface Run {
  readonly level: number;
  readonly start: number;
  readonly end: number;
}

/** The neighbours `[start, end)` of one level and everything below them: one run per level, none empty. */
export function* runsBelow(graph: LevelGraph, start: number, end: number): Generator<Run, void> {
  for (let level = levelOf(graph, start); start < end; level++) {
    yield { level, start, end };
    [start, end] = [graph.firstChild[start]!, graph.firstChild[end]!];
  }
}

/** How many rectangles there are in the neighbours `[start, end)` and below them. */
export function countBelow(graph: LevelGraph, start: number, end: number): number {
  let count = 0;
  for (const run of runsBelow(graph, start, end)) count += run.end - run.start;
  return count;
}

/**
 * The rectangle of `graph` that the path of `rect` in `from` leads to, or the deepest ancestor of it that is there:
 * names are compared with their kind. With several equal siblings (a chart) the one that begins nearest.
 */
export function samePath(
  from: LevelGraph,
  rect: number,
  graph: LevelGraph,
): { rect: number; complete: boolean } {
  let at = 0;
  for (const step of pathOf(from, rect).subarray(1)) {
    const next = childLike(from, step, graph, at);
    if (next < 0) return { rect: at, complete: false };
    at = next;
  }
  return { rect: at, complete: true };
}

function childLike(from: LevelGraph, wanted: number, graph: LevelGraph, parent: number): number {
  const name = from.name[wanted]!;
  const kind = from.names.kind[name]!;
  const bytes = bytesOf(from, name);
  let best = -1;
  let distance = Number.POSITIVE_INFINITY;
  for (let child = graph.firstChild[parent]!; child < graph.firstChild[parent + 1]!; child++) {
    const row = graph.name[child]!;
    if (graph.names.kind[row] !== kind || lengthOf(graph, row) !== bytes.length) continue;
    if (!equal(bytesOf(graph, row), bytes)) continue;
    if (!graph.ordered) return child;
    const away = Math.abs(graph.x[child]! - from.x[wanted]!);
    if (away < distance) [best, distance] = [child, away];
  }
  return best;
}

/** Row of a name, or -1; where several differ only in kind, the first. */
export function nameRow(graph: LevelGraph, text: string): number {
  const wanted = new TextEncoder().encode(text);
  for (let row = 1; row < graph.names.length; row++) {
    if (lengthOf(graph, row) === wanted.length && equal(bytesOf(graph, row), wanted)) return row;
  }
  return -1;
}

function lengthOf(graph: LevelGraph, name: number): number {
  return graph.names.offsets[name + 1]! - graph.names.offsets[name]!;
}

function bytesOf(graph: LevelGraph, name: number): Uint8Array {
  const { bytes, offsets } = graph.names;
  return bytes.subarray(offsets[name]!, offsets[name + 1]!);
}

/** Compares texts of one length. */
function equal(one: Uint8Array, other: Uint8Array): boolean {
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}
