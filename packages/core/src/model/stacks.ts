import { grown, roomFor } from "../util/growable.ts";
import { hashPair } from "../util/hash.ts";

/** The columns of a prefix tree: `parent[i] < i`, -1 for a root. */
export interface StackColumns {
  readonly length: number;
  readonly parent: Int32Array;
  readonly frame: Int32Array;
}

/** A node with more children than this also keeps them in the hash table. */
const WIDE_AFTER = 8;

/**
 * Interns stacks as a prefix tree over integers (frames, or any other key): the pair (parent, frame) gets the
 * same row every time. Rows are handed out in order, so a parent's row is always smaller than its children's.
 *
 * Most nodes have one or two children that were made shortly before they are asked for, so a linked list finds
 * them in memory that is still in the cache; only wide nodes pay for hashing.
 *
 * ```
 * first[parent + 1] → newest child → next[child] → … → 0        (values are row + 1; roots hang on parent -1)
 * ```
 *
 * A negative `first` marks a wide node.
 */
export class StackInterner {
  #length = 0;
  #expected = 0;
  #parent: Int32Array = new Int32Array(64);
  #frame: Int32Array = new Int32Array(64);
  #first = new Int32Array(65);
  #next = new Int32Array(64);
  /** Rows before this one are in the lists; the rest were copied in and wait for the first look-up. */
  #listed = 0;
  /** Children of wide nodes: open addressing, a slot holds row + 1. */
  #slots = new Int32Array(64);
  #hashed = 0;

  get length(): number {
    return this.#length;
  }

  /** Tells how many rows there may be in the end: when there must be more room, it is made for as many. */
  expect(rows: number): void {
    this.#expected = rows;
  }

  /** Makes room for this many rows in all, so that growing does not copy again and again. */
  reserve(rows: number): void {
    if (rows > this.#next.length) this.#grow(rows);
  }

  /** Row of `frame` called from `parent` (-1: a root). */
  add(parent: number, frame: number): number {
    if (this.#listed < this.#length) this.#listRest();
    if (parent >= this.#length)
      throw new RangeError(`stack ${parent} does not exist: there are ${this.#length}`);
    const head = this.#first[parent + 1]!;
    if (head < 0) return this.#addToWide(parent, frame, head);
    const frames = this.#frame;
    const next = this.#next;
    let steps = 0;
    for (let child = head; child !== 0; child = next[child - 1]!) {
      if (frames[child - 1] === frame) return child - 1;
      steps++;
    }
    const row = this.#append(parent, frame);
    this.#next[row] = head;
    if (steps < WIDE_AFTER) this.#first[parent + 1] = row + 1;
    else this.#widen(parent, row);
    return row;
  }

  /**
   * Adds the rows of another tree and returns this tree's row for each. `distinct` promises that no two rows
   * of the batch agree; into an empty tree such a batch is copied without any look-up.
   */
  addBatch(batch: StackColumns, distinct: boolean): Int32Array {
    const rows = new Int32Array(batch.length);
    if (distinct && this.#length === 0) {
      if (batch.length > this.#parent.length) {
        this.#parent = batch.parent.slice(0, batch.length);
        this.#frame = batch.frame.slice(0, batch.length);
      } else {
        this.#parent.set(batch.parent.subarray(0, batch.length));
        this.#frame.set(batch.frame.subarray(0, batch.length));
      }
      this.#length = batch.length;
      for (let i = 0; i < rows.length; i++) rows[i] = i;
      return rows;
    }
    this.reserve(this.#length + batch.length);
    for (let i = 0; i < batch.length; i++) {
      const parent = batch.parent[i]!;
      rows[i] = this.add(parent < 0 ? -1 : rows[parent]!, batch.frame[i]!);
    }
    return rows;
  }

  /** Makes a distinct tree the whole of this one, without a copy; false where there are rows already. */
  adopt(batch: StackColumns): boolean {
    if (this.#length > 0) return false;
    this.#parent = batch.parent;
    this.#frame = batch.frame;
    this.#length = batch.length;
    return true;
  }

  /** The columns so far: arrays may be longer than `length`. */
  columns(): StackColumns {
    return { length: this.#length, parent: this.#parent, frame: this.#frame };
  }

  #append(parent: number, frame: number): number {
    const row = this.#length++;
    this.#listed = this.#length;
    if (row >= this.#next.length || row >= this.#parent.length) this.#grow(row + 1);
    this.#parent[row] = parent;
    this.#frame[row] = frame;
    return row;
  }

  #grow(needed: number): void {
    const room = roomFor(needed, this.#length, this.#expected);
    this.#parent = grown(this.#parent, room);
    this.#frame = grown(this.#frame, room);
    this.#next = grown(this.#next, room);
    this.#first = grown(this.#first, this.#next.length + 1);
  }

  /** Lists rows that were copied in. */
  #listRest(): void {
    this.#grow(this.#length);
    for (let row = this.#listed; row < this.#length; row++) {
      const place = this.#parent[row]! + 1;
      this.#next[row] = Math.abs(this.#first[place]!);
      this.#first[place] = row + 1;
    }
    this.#listed = this.#length;
    for (let place = 0; place <= this.#length; place++) {
      let steps = 0;
      let child = this.#first[place]!;
      while (child > 0 && steps <= WIDE_AFTER) {
        child = this.#next[child - 1]!;
        steps++;
      }
      if (steps > WIDE_AFTER) this.#widen(place - 1, this.#first[place]! - 1);
    }
  }

  /** Makes a node wide: `newest` heads its list, and all children go into the hash table. */
  #widen(parent: number, newest: number): void {
    this.#first[parent + 1] = -(newest + 1);
    for (let child = newest + 1; child !== 0; child = this.#next[child - 1]!) this.#hash(child - 1);
  }

  #addToWide(parent: number, frame: number, head: number): number {
    const slot = this.#slotOf(parent, frame);
    if (this.#slots[slot] !== 0) return this.#slots[slot]! - 1;
    const row = this.#append(parent, frame);
    this.#next[row] = -head;
    this.#first[parent + 1] = -(row + 1);
    this.#hash(row);
    return row;
  }

  #hash(row: number): void {
    if (++this.#hashed * 2 > this.#slots.length) this.#rehash();
    this.#slots[this.#slotOf(this.#parent[row]!, this.#frame[row]!)] = row + 1;
  }

  /** The slot of a wide node's child, or the empty one where it would go. */
  #slotOf(parent: number, frame: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hashPair(parent, frame) & mask;
    for (;;) {
      const row = slots[slot]! - 1;
      if (row < 0 || (this.#frame[row] === frame && this.#parent[row] === parent)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #rehash(): void {
    const old = this.#slots;
    this.#slots = new Int32Array(old.length * 4);
    for (const entry of old) {
      if (entry !== 0) this.#slots[this.#slotOf(this.#parent[entry - 1]!, this.#frame[entry - 1]!)] = entry;
    }
  }
}
