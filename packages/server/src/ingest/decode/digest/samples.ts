import { avalanche, firstLane, secondLane } from "../../../store/ids/hash64.ts";
import { type Cursor, UNUSUAL } from "./cursor.ts";
import type { Locations } from "./locations.ts";
import { LABEL_TAG, SampleLabels } from "./sample-labels.ts";
import type { Ranges } from "./sections.ts";
import { roomy, type Strings } from "./tables.ts";

/** Weights from here on are cut to 64 bits, which is counted elsewhere. */
const TOO_HEAVY = 2 ** 63 - 1024;

/** Frames that the stacks of a file may have together: as the core's reader has it. */
function mostFrames(bytes: number): number {
  return 1e6 + bytes * 16;
}

/** What samples refer to. */
interface SampleTables {
  readonly locations: Locations;
  readonly strings: Strings;
}

/** What samples may hold. */
interface SampleBounds {
  /** Labels of all samples together. */
  readonly sampleLabels: number;
  /** Frames in one stack. */
  readonly stackDepth: number;
}

/**
 * The samples: distinct stacks by id, in the order in which they come, with the sum of their weights. Where samples
 * have labels, weights belong to rows, each a stack with a set of labels; else row and stack are the same.
 */
export class Samples {
  /** Stacks. */
  length = 0;
  /** Rows. */
  rows = 0;
  readonly labels: SampleLabels = new SampleLabels();
  /** True where some sample has a label with a text. */
  labelled = false;
  /** Of each row, where there are labels. */
  rowStack: Int32Array = new Int32Array(0);
  rowSet: Int32Array = new Int32Array(0);
  /** Row by set and stack, where there are labels. */
  readonly #rowOf = new Map<number, number>();
  readonly #steps = new Steps();
  /** Low half, high half. */
  ids: Uint32Array = new Uint32Array(2048);
  weights: Float64Array[] = [];
  /** Where the locations of each stack end in `lists`, innermost first. */
  ends: Int32Array = new Int32Array(1024);
  lists: Int32Array = new Int32Array(1 << 14);
  /** Open addressing: stack + 1. */
  #slots = new Int32Array(2048);
  #values: number[] = [];
  #depthLimit = 0;
  #framesLeft = 0;
  /** Samples in the file. */
  #count = 0;

  load(
    cursor: Cursor,
    { at, length }: Ranges,
    types: number,
    tables: SampleTables,
    { sampleLabels, stackDepth }: SampleBounds,
  ): void {
    this.length = 0;
    this.rows = 0;
    this.labelled = false;
    this.labels.start(cursor.bytes, sampleLabels);
    this.#count = length;
    this.#depthLimit = stackDepth;
    this.#framesLeft = mostFrames(cursor.bytes.length);
    this.#steps.length = 0;
    this.ids = roomy(this.ids, length * 2);
    this.ends = roomy(this.ends, length);
    while (this.weights.length < types) this.weights.push(new Float64Array(0));
    this.weights = this.weights.map((column) => roomy(column, length));
    for (const column of this.weights) column.fill(0, 0, length);
    let size = 2048;
    while (size < length * 2) size *= 2;
    this.#slots = roomy(this.#slots, size);
    this.#slots.fill(0);
    for (let row = 0; row < length; row++) {
      cursor.at = at[2 * row]!;
      cursor.end = at[2 * row + 1]!;
      this.#read(cursor, types, tables);
    }
  }

  #read(cursor: Cursor, types: number, { locations, strings }: SampleTables): void {
    const start = this.length === 0 ? 0 : this.ends[this.length - 1]!;
    const { bytes, end } = cursor;
    this.#values.length = 0;
    let at = start;
    let [labels, labelsEnd] = [0, 0];
    while (cursor.at < end) {
      const tagAt = cursor.at;
      const tag = bytes[cursor.at++]!;
      // Lists of numbers are packed or, seldom, a field each.
      if (tag === 0x0a) {
        const stop = cursor.field();
        at = this.#stackOf(cursor, stop, at, locations);
        if (cursor.at !== stop) throw UNUSUAL;
      } else if (tag === 0x12) this.#valuesOf(cursor, cursor.field());
      else if (tag === 0x08) at = this.#stackOf(cursor, cursor.at + 1, at, locations);
      else if (tag === 0x10) this.#values.push(cursor.varint());
      else if (tag === LABEL_TAG && (labelsEnd === 0 || labelsEnd === tagAt)) {
        if (labelsEnd === 0) labels = tagAt;
        cursor.at = cursor.field();
        labelsEnd = cursor.at;
      } else throw UNUSUAL;
    }
    if (this.#values.length !== types) throw UNUSUAL;
    const set = labelsEnd === 0 ? 0 : this.labels.row(cursor, labels, labelsEnd, strings);
    this.#add(this.#row(this.#stack(start, at, locations), set));
  }

  /** The row of a stack with a set of labels. */
  #row(stack: number, set: number): number {
    if (!this.labelled) {
      if (set === 0) {
        this.rows = this.length;
        return stack;
      }
      this.#startRows();
    }
    // At most 2²⁶ samples fit into a file, and no more sets.
    const key = set * this.#count + stack;
    let row = this.#rowOf.get(key);
    if (row === undefined) {
      row = this.rows++;
      this.#rowOf.set(key, row);
      this.rowStack[row] = stack;
      this.rowSet[row] = set;
    }
    return row;
  }

  /** The first label with a text: all rows before are the stacks so far, without labels. */
  #startRows(): void {
    this.labelled = true;
    this.#rowOf.clear();
    this.rowStack = roomy(this.rowStack, this.#count);
    this.rowSet = roomy(this.rowSet, this.#count);
    for (let row = 0; row < this.rows; row++) {
      this.#rowOf.set(row, row);
      this.rowStack[row] = row;
      this.rowSet[row] = 0;
    }
  }

  /** Location ids up to `stop`; returns where their rows end in `lists`. */
  #stackOf(cursor: Cursor, stop: number, place: number, { rows }: Locations): number {
    this.#reserve(place + stop - cursor.at);
    const { lists } = this;
    let at = place;
    while (cursor.at < stop) lists[at++] = rows.row(cursor.varint());
    return at;
  }

  #valuesOf(cursor: Cursor, stop: number): void {
    while (cursor.at < stop) this.#values.push(cursor.varint());
    if (cursor.at !== stop) throw UNUSUAL;
  }

  #reserve(length: number): void {
    if (length <= this.lists.length) return;
    const bigger = new Int32Array(length * 2);
    bigger.set(this.lists);
    this.lists = bigger;
  }

  /**
   * The stack whose locations were just read: one from before, or a new one that keeps them. Where its outer locations
   * are those of the sample before, as they mostly are, hashing goes on from there.
   */
  #stack(start: number, end: number, locations: Locations): number {
    const steps = this.#steps;
    steps.reserve(end - start);
    let shared = Math.min(end - start, steps.length);
    for (let i = 0; i < shared; i++) if (steps.row[i] !== this.lists[end - 1 - i]) shared = i;
    for (let i = shared; i < end - start; i++) steps.add(i, this.lists[end - 1 - i]!, locations);
    steps.length = end - start;
    if (end === start) return this.#find(0, 0, end);
    const last = end - start - 1;
    const depth = steps.depth[last]!;
    this.#framesLeft -= depth;
    if (depth > this.#depthLimit || this.#framesLeft < 0) throw UNUSUAL;
    return this.#find(steps.lo[last]! >>> 0, steps.hi[last]! >>> 0, end);
  }

  #find(lo: number, hi: number, end: number): number {
    const mask = this.#slots.length - 1;
    let slot = (lo ^ hi) & mask;
    for (;;) {
      const stack = this.#slots[slot]! - 1;
      if (stack < 0) break;
      if (this.ids[2 * stack] === lo && this.ids[2 * stack + 1] === hi) return stack;
      slot = (slot + 1) & mask;
    }
    const stack = this.length++;
    this.#slots[slot] = stack + 1;
    this.ids[2 * stack] = lo;
    this.ids[2 * stack + 1] = hi;
    this.ends[stack] = end;
    return stack;
  }

  #add(row: number): void {
    for (let type = 0; type < this.#values.length; type++) {
      const column = this.weights[type]!;
      column[row]! += this.#values[type]!;
      if (column[row]! >= TOO_HEAVY) throw UNUSUAL;
    }
  }
}

/** The locations of the last sample, outermost first, and the hash of the stack up to each of them. */
class Steps {
  length = 0;
  row: Int32Array = new Int32Array(256);
  /** Frames so far. */
  depth: Int32Array = new Int32Array(256);
  lo: Int32Array = new Int32Array(256);
  hi: Int32Array = new Int32Array(256);

  reserve(length: number): void {
    if (length <= this.row.length) return;
    // What was known is worked out again.
    this.length = 0;
    this.row = roomy(this.row, length);
    this.depth = roomy(this.depth, length);
    this.lo = roomy(this.lo, length);
    this.hi = roomy(this.hi, length);
  }

  /** Goes one location further. */
  add(i: number, row: number, locations: Locations): void {
    const { first, ids: frames } = locations;
    let lo = i === 0 ? 0x2f0b4c47 : this.lo[i - 1]!;
    let hi = i === 0 ? 0x1b873593 : this.hi[i - 1]!;
    const innermost = first[row]!;
    let frame = first[row + 1]! - 1;
    if (frames[2 * frame] === 0 && frames[2 * frame + 1] === 0) locations.prepare(row);
    this.row[i] = row;
    this.depth[i] = (i === 0 ? 0 : this.depth[i - 1]!) + frame + 1 - innermost;
    // The same steps as the ids of a whole profile's stacks take (store/ids/profile-ids.ts).
    for (; frame >= innermost; frame--) {
      lo = firstLane(lo, hi, frames[2 * frame]! | 0);
      hi = secondLane(lo, hi, frames[2 * frame]! | 0);
      lo = firstLane(lo, hi, frames[2 * frame + 1]! | 0);
      hi = secondLane(lo, hi, frames[2 * frame + 1]! | 0);
      lo = avalanche((lo + hi) | 0);
      hi = avalanche((hi + lo) | 0);
      if (lo === 0 && hi === 0) lo = 1;
    }
    this.lo[i] = lo;
    this.hi[i] = hi;
  }
}
