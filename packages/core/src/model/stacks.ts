import { grown } from "../util/growable.ts";
import { hashPair } from "../util/hash.ts";

/** The columns of a prefix tree: `parent[i] < i`, -1 for a root. */
export interface StackColumns {
  readonly length: number;
  readonly parent: Int32Array;
  readonly frame: Int32Array;
}

/**
 * Interns stacks as a prefix tree over integers (frames, or any other key): the pair (parent, frame) gets the
 * same row every time. Rows are handed out in order, so a parent's row is always smaller than its children's.
 */
export class StackInterner {
  #length = 0;
  #parent: Int32Array = new Int32Array(1024);
  #frame: Int32Array = new Int32Array(1024);
  /** Open addressing; a slot holds row + 1. Rows before `#indexed` are in it; the rest wait for a look-up. */
  #slots = new Int32Array(2048);
  #indexed = 0;

  get length(): number {
    return this.#length;
  }

  /** Row of `frame` called from `parent` (-1: a root). */
  add(parent: number, frame: number): number {
    if (this.#indexed < this.#length) this.#index();
    const slots = this.#slots;
    const parents = this.#parent;
    const frames = this.#frame;
    const mask = slots.length - 1;
    let slot = hashPair(parent, frame) & mask;
    for (;;) {
      const row = slots[slot]! - 1;
      if (row < 0) break;
      if (frames[row] === frame && parents[row] === parent) return row;
      slot = (slot + 1) & mask;
    }
    const row = this.#append(parent, frame);
    slots[slot] = row + 1;
    this.#indexed = this.#length;
    if (this.#length * 2 > slots.length) this.#resize(this.#length);
    return row;
  }

  /**
   * Adds the rows of another tree and returns this tree's row for each. `distinct` promises that no two rows
   * of the batch agree; into an empty tree such a batch is copied without hashing.
   */
  addBatch(batch: StackColumns, distinct: boolean): Int32Array {
    const rows = new Int32Array(batch.length);
    if (distinct && this.#length === 0) {
      this.#parent = batch.parent.slice(0, batch.length);
      this.#frame = batch.frame.slice(0, batch.length);
      this.#length = batch.length;
      for (let i = 0; i < rows.length; i++) rows[i] = i;
      return rows;
    }
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
    if (row >= this.#parent.length) {
      this.#parent = grown(this.#parent, row + 1);
      this.#frame = grown(this.#frame, row + 1);
    }
    this.#parent[row] = parent;
    this.#frame[row] = frame;
    return row;
  }

  /** Brings rows that were added by copying into the hash table. */
  #index(): void {
    if (this.#length * 2 > this.#slots.length) this.#resize(this.#length);
    else for (let row = this.#indexed; row < this.#length; row++) this.#insert(row);
    this.#indexed = this.#length;
  }

  #resize(length: number): void {
    let size = this.#slots.length;
    while (length * 3 > size) size *= 2;
    this.#slots = new Int32Array(size);
    for (let row = 0; row < length; row++) this.#insert(row);
  }

  #insert(row: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hashPair(this.#parent[row]!, this.#frame[row]!) & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = row + 1;
  }
}
