import type { ProfileBuilder } from "../model/builder.ts";
import { grown } from "../util/growable.ts";
import { type RowsByKey, rowsByKey } from "./rows-by-key.ts";

/** How a sum of children may exceed its parent by rounding before it is worth a word. */
const SLACK = 1e-6;

/**
 * The rectangles of a drawn flame graph, turned back into stacks: a rectangle's parent is the one a level below that
 * holds its middle, and its self weight is what its children leave.
 *
 * ```
 * level 2      ┌ c 2 ┐
 * level 1   ┌──── b 5 ───┐ ┌ d 1 ┐        all;b;c 2   all;b 3   all;d 1   all 4
 * level 0   ┌───────── all 10 ──────────┐
 * ```
 */
export class Rectangles {
  #length = 0;
  #frame = new Int32Array(1024);
  #level = new Float64Array(1024);
  #left = new Float64Array(1024);
  #right = new Float64Array(1024);
  #weight = new Float64Array(1024);

  get length(): number {
    return this.#length;
  }

  /** Adds a rectangle; `frame` -1 is one that is no frame (`all`). Levels grow from the root. */
  add(frame: number, level: number, left: number, right: number, weight: number): void {
    const row = this.#length++;
    this.#frame = grown(this.#frame, row + 1);
    this.#level = grown(this.#level, row + 1);
    this.#left = grown(this.#left, row + 1);
    this.#right = grown(this.#right, row + 1);
    this.#weight = grown(this.#weight, row + 1);
    this.#frame[row] = frame;
    this.#level[row] = level;
    this.#left[row] = left;
    this.#right[row] = right;
    this.#weight[row] = weight;
  }

  /** Whether the outermost level that is wider, and so the root's, is the one of the lowest number. */
  rootIsLowest(): boolean {
    let low = 0;
    let high = 0;
    for (let row = 1; row < this.#length; row++) {
      if (this.#level[row]! < this.#level[low]!) low = row;
      if (this.#level[row]! > this.#level[high]!) high = row;
    }
    return this.#levelWidth(this.#level[low]!) >= this.#levelWidth(this.#level[high]!);
  }

  /** The same rectangles with levels counted the other way round. */
  upsideDown(): this {
    for (let row = 0; row < this.#length; row++) this.#level[row] = -this.#level[row]!;
    return this;
  }

  #levelWidth(level: number): number {
    let width = 0;
    for (let row = 0; row < this.#length; row++) {
      if (this.#level[row] === level) width += this.#right[row]! - this.#left[row]!;
    }
    return width;
  }

  /**
   * Adds the stacks as samples of value type `type`.
   *
   * @returns how many rectangles had no parent, and how many had children heavier than themselves
   */
  addSamples(into: ProfileBuilder, type: number): { readonly orphans: number; readonly overfull: number } {
    const levels = this.#byLevel();
    const order = levels.rows;
    const stacks = new Int32Array(this.#length).fill(-1);
    const self = this.#weight.slice(0, this.#length);
    let orphans = 0;
    for (let level = 0; level + 1 < levels.start.length; level++)
      orphans += this.#addLevel(levels, level, into, stacks, self);
    let overfull = 0;
    for (const row of order) {
      if (self[row]! < -SLACK * this.#weight[row]!) overfull++;
      if (self[row]! > SLACK * this.#weight[row]!) into.sampleOf(stacks[row]!, type, self[row]!);
    }
    return { orphans, overfull };
  }

  /** Finds the stacks of a level's rectangles and takes their weight from their parents; answers how many have none. */
  #addLevel(
    { rows, start }: RowsByKey,
    level: number,
    into: ProfileBuilder,
    stacks: Int32Array,
    self: Float64Array,
  ): number {
    let orphans = 0;
    // The level under this one.
    let at = level === 0 ? 0 : start[level - 1]!;
    const end = start[level]!;
    for (let i = end; i < start[level + 1]!; i++) {
      const row = rows[i]!;
      const middle = (this.#left[row]! + this.#right[row]!) / 2;
      while (at < end && this.#right[rows[at]!]! < middle) at++;
      const parent = at < end && this.#left[rows[at]!]! <= middle ? rows[at]! : -1;
      if (parent >= 0) self[parent]! -= this.#weight[row]!;
      else if (level > 0) orphans++;
      const base = parent < 0 ? -1 : stacks[parent]!;
      stacks[row] = this.#frame[row]! < 0 ? base : into.stack(base, this.#frame[row]!);
    }
    return orphans;
  }

  /** Rows by level and from left to right: nearly always they come in that order within a level. */
  #byLevel(): RowsByKey {
    const length = this.#length;
    const levels = Float64Array.from(new Set(this.#level.subarray(0, length))).sort();
    const places = new Map(Array.from(levels, (level, place) => [level, place]));
    const key = Int32Array.from({ length }, (_, row) => places.get(this.#level[row]!)!);
    const found = rowsByKey(key, length, levels.length);
    const left = this.#left;
    for (let level = 0; level < levels.length; level++) {
      const rows = found.rows.subarray(found.start[level]!, found.start[level + 1]!);
      let sorted = true;
      for (let i = 1; i < rows.length && sorted; i++) sorted = left[rows[i - 1]!]! <= left[rows[i]!]!;
      if (!sorted) rows.sort((a, b) => left[a]! - left[b]! || a - b);
    }
    return found;
  }
}
