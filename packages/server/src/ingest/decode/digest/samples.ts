import { avalanche, firstLane, secondLane } from "../../../store/ids/hash64.ts";
import { type Cursor, UNUSUAL } from "./cursor.ts";
import type { Locations } from "./locations.ts";
import type { Ranges } from "./sections.ts";
import { roomy } from "./tables.ts";

/** Weights from here on are cut to 64 bits, which is counted elsewhere. */
const TOO_HEAVY = 2 ** 63 - 1024;

/** Frames that the stacks of a file may have together: as the core's reader has it. */
function mostFrames(bytes: number): number {
  return 1e6 + bytes * 16;
}

/** The samples: distinct stacks by id, in the order in which they come, with the sum of their weights. */
export class Samples {
  length = 0;
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

  load(
    cursor: Cursor,
    { at, length }: Ranges,
    types: number,
    locations: Locations,
    depthLimit: number,
  ): void {
    this.length = 0;
    this.#depthLimit = depthLimit;
    this.#framesLeft = mostFrames(cursor.bytes.length);
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
      this.#read(cursor, types, locations);
    }
  }

  #read(cursor: Cursor, types: number, locations: Locations): void {
    const start = this.length === 0 ? 0 : this.ends[this.length - 1]!;
    const { bytes, end } = cursor;
    this.#values.length = 0;
    let at = start;
    while (cursor.at < end) {
      const tag = bytes[cursor.at++]!;
      // Lists of numbers are packed or, seldom, a field each; labels are left to the general reader.
      if (tag === 0x0a) {
        const stop = cursor.field();
        at = this.#stackOf(cursor, stop, at, locations);
        if (cursor.at !== stop) throw UNUSUAL;
      } else if (tag === 0x12) this.#valuesOf(cursor, cursor.field());
      else if (tag === 0x08) at = this.#stackOf(cursor, cursor.at + 1, at, locations);
      else if (tag === 0x10) this.#values.push(cursor.varint());
      else throw UNUSUAL;
    }
    if (this.#values.length !== types) throw UNUSUAL;
    this.#add(this.#stack(start, at, locations));
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

  /** The stack whose locations were just read: one from before, or a new one that keeps them. */
  #stack(start: number, end: number, locations: Locations): number {
    const { first, ids: frames } = locations;
    let lo = 0x2f0b4c47;
    let hi = 0x1b873593;
    let depth = 0;
    for (let at = end - 1; at >= start; at--) {
      const row = this.lists[at]!;
      const innermost = first[row]!;
      let frame = first[row + 1]! - 1;
      if (frames[2 * frame] === 0 && frames[2 * frame + 1] === 0) locations.prepare(row);
      depth += frame + 1 - innermost;
      if (depth > this.#depthLimit) throw UNUSUAL;
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
    }
    this.#framesLeft -= depth;
    if (this.#framesLeft < 0) throw UNUSUAL;
    return end === start ? this.#find(0, 0, end) : this.#find(lo >>> 0, hi >>> 0, end);
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

  #add(stack: number): void {
    for (let type = 0; type < this.#values.length; type++) {
      const column = this.weights[type]!;
      column[stack]! += this.#values[type]!;
      if (column[stack]! >= TOO_HEAVY) throw UNUSUAL;
    }
  }
}
