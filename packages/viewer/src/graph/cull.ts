import { type LevelGraph, levelCount } from "./level-graph.ts";

/** The part of a graph that is seen. */
export interface CullWindow {
  /** Left and right edge, in weight units. */
  readonly from: number;
  readonly to: number;
  /** Pixels between them. */
  readonly width: number;
  /** What is narrower than so many pixels is gathered with its neighbours. */
  readonly minWidth: number;
  /** Levels seen, the last one included. */
  readonly firstLevel: number;
  readonly lastLevel: number;
}

/**
 * What is to be drawn, row by row from left to right. An entry is one rectangle, or a block of neighbouring
 * siblings that are each too narrow, with everything below them:
 *
 * ```
 *   row  0   |all                   |
 *   row  1   |a            |e       |
 *   row  2     |b      |▒▒▒▒|          ▒ = c, d and what they call
 * ```
 *
 * The arrays are reused from picture to picture and may be longer than `length`.
 */
export class VisibleFrames {
  length = 0;
  /** Level of the first row. */
  firstLevel = 0;
  /** Row `r` holds the entries `rows[r]` … `rows[r + 1] - 1`. */
  rows: number[] = [0];
  /** The rectangle; of a block: its first. */
  first: Int32Array = new Int32Array(1024);
  /** How many neighbouring siblings the entry stands for: 1 for a frame. */
  count: Int32Array = new Int32Array(1024);
  /** Edges in pixels, rounded; cut to one pixel beyond the window. */
  left: Int32Array = new Int32Array(1024);
  right: Int32Array = new Int32Array(1024);

  clear(firstLevel: number): void {
    this.length = 0;
    this.firstLevel = firstLevel;
    this.rows = [0];
  }

  add(first: number, count: number, left: number, right: number): void {
    const at = this.length++;
    if (at === this.first.length) this.#grow();
    this.first[at] = first;
    this.count[at] = count;
    this.left[at] = left;
    this.right[at] = right;
  }

  /** The entry at a pixel of a level, or -1. */
  at(level: number, pixel: number): number {
    const row = level - this.firstLevel;
    if (row < 0 || row + 1 >= this.rows.length) return -1;
    let low = this.rows[row]!;
    let high = this.rows[row + 1]!;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.right[middle]! > pixel) high = middle;
      else low = middle + 1;
    }
    return low < this.rows[row + 1]! && this.left[low]! <= pixel ? low : -1;
  }

  #grow(): void {
    const larger = (column: Int32Array): Int32Array => {
      const grown = new Int32Array(column.length * 2);
      grown.set(column);
      return grown;
    };
    this.first = larger(this.first);
    this.count = larger(this.count);
    this.left = larger(this.left);
    this.right = larger(this.right);
  }
}

/**
 * Finds what is to be drawn. Only children of what is drawn are looked at, and of neighbours that share a pixel only
 * a few, by galloping over them: the time depends on the pixels, not on the size of the graph.
 */
export function cull(graph: LevelGraph, window: CullWindow, into: VisibleFrames): void {
  const last = Math.min(window.lastLevel, levelCount(graph) - 1);
  const firstLevel = Math.max(0, window.firstLevel);
  into.clear(firstLevel);
  if (last < firstLevel || !(window.to > window.from)) return;
  const scan = new RowScan(graph, window, into);
  let parents = firstLevel === 0 ? new Int32Array(0) : scan.wideOf(firstLevel - 1);
  let parentCount = parents.length;
  for (let level = firstLevel; level <= last; level++) {
    if (level === 0) scan.siblings(0, 1);
    for (let i = 0; i < parentCount; i++) {
      const parent = parents[i]!;
      scan.siblings(graph.firstChild[parent]!, graph.firstChild[parent + 1]!);
    }
    into.rows.push(into.length);
    if (scan.wideCount === 0) break;
    parents = scan.wide.subarray(0, scan.wideCount);
    parentCount = scan.wideCount;
    scan.nextRow();
  }
}

class RowScan {
  /** The frames of this row that are wide enough for their children to be looked at. */
  wide: Int32Array<ArrayBuffer> = new Int32Array(256);
  wideCount = 0;
  #spare: Int32Array<ArrayBuffer> = new Int32Array(256);
  readonly #graph: LevelGraph;
  readonly #from: number;
  readonly #to: number;
  readonly #scale: number;
  readonly #least: number;
  readonly #width: number;
  readonly #into: VisibleFrames;

  constructor(graph: LevelGraph, window: CullWindow, into: VisibleFrames) {
    this.#graph = graph;
    this.#from = window.from;
    this.#to = window.to;
    this.#width = window.width;
    this.#scale = window.width / (window.to - window.from);
    this.#least = Math.max(window.minWidth / this.#scale, Number.MIN_VALUE);
    this.#into = into;
  }

  nextRow(): void {
    [this.wide, this.#spare] = [this.#spare, this.wide];
    this.wideCount = 0;
  }

  /** The wide rectangles of a level that is not drawn itself. */
  wideOf(level: number): Int32Array<ArrayBuffer> {
    const { levels, x, total } = this.#graph;
    const end = levels[level + 1]!;
    let at = this.#firstSeen(levels[level]!, end);
    while (at < end && x[at]! < this.#to) {
      if (total[at]! >= this.#least) this.#addWide(at++);
      else at = this.#endOfRun(at, end);
    }
    const found = this.wide.subarray(0, this.wideCount);
    this.nextRow();
    return found;
  }

  /** Draws siblings `[start, end)`: wide ones as frames, runs of narrow ones as blocks. */
  siblings(start: number, end: number): void {
    const { x, total } = this.#graph;
    const least = this.#least;
    let at = this.#firstSeen(start, end);
    while (at < end && x[at]! < this.#to) {
      if (total[at]! >= least) {
        this.#addWide(at);
        this.#draw(at, 1, x[at]!, x[at]! + total[at]!);
        at++;
        continue;
      }
      const first = at;
      let edge: number;
      do {
        at = this.#endOfRun(at, end);
        edge = x[at - 1]! + total[at - 1]!;
      } while (at < end && total[at]! < least && x[at]! < this.#to && x[at]! - edge <= least);
      this.#draw(first, at - first, x[first]!, edge);
    }
  }

  /** First of `[start, end)` that reaches into the window. */
  #firstSeen(start: number, end: number): number {
    const { x, total } = this.#graph;
    const from = this.#from;
    if (start < end && x[start]! + total[start]! > from) return start;
    while (start < end) {
      const middle = (start + end) >> 1;
      if (x[middle]! + total[middle]! > from) end = middle;
      else start = middle + 1;
    }
    return start;
  }

  /** First after `at` that does not end within the least width from where `at` begins: all before it are narrow. */
  #endOfRun(at: number, end: number): number {
    const { x, total } = this.#graph;
    const limit = x[at]! + this.#least;
    let step = 1;
    let low = at + 1;
    let high = at + 1;
    while (high < end && x[high]! + total[high]! < limit) {
      low = high + 1;
      high += step;
      step *= 2;
    }
    if (high > end) high = end;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (x[middle]! + total[middle]! < limit) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #addWide(rect: number): void {
    if (this.wideCount === this.wide.length) {
      const grown = new Int32Array(this.wide.length * 2);
      grown.set(this.wide);
      this.wide = grown;
    }
    this.wide[this.wideCount++] = rect;
  }

  #draw(first: number, count: number, from: number, to: number): void {
    const left = Math.max(-1, Math.round((from - this.#from) * this.#scale));
    const right = Math.min(this.#width + 1, Math.round((to - this.#from) * this.#scale));
    if (right > left) this.#into.add(first, count, left, right);
  }
}
