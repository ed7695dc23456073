import { grown } from "../util/growable.ts";
import { hashPair } from "../util/hash.ts";

/**
 * Interns pairs of any two 32-bit integers: the same pair gets the same row, rows count up from 0. Stacks have an
 * interner of their own, which is quicker because a stack's parent is a row that it gave out itself.
 */
export class PairInterner {
  #length = 0;
  #a: Int32Array = new Int32Array(64);
  #b: Int32Array = new Int32Array(64);
  /** Open addressing; a slot holds row + 1. */
  #slots = new Int32Array(128);

  get length(): number {
    return this.#length;
  }

  /** Both sides of every row so far; the arrays may be longer than `length`. */
  columns(): { readonly length: number; readonly a: Int32Array; readonly b: Int32Array } {
    return { length: this.#length, a: this.#a, b: this.#b };
  }

  /** Row of a pair. */
  add(a: number, b: number): number {
    const slot = this.#find(a, b);
    const known = this.#slots[slot]!;
    if (known !== 0) return known - 1;
    const row = this.#length++;
    this.#a = grown(this.#a, row + 1);
    this.#b = grown(this.#b, row + 1);
    this.#a[row] = a;
    this.#b[row] = b;
    this.#slots[slot] = row + 1;
    if (this.#length * 2 > this.#slots.length) this.#rehash();
    return row;
  }

  /** Row of a pair that was added, or -1. */
  find(a: number, b: number): number {
    return this.#slots[this.#find(a, b)]! - 1;
  }

  /** The slot that holds the pair, or the empty one where it belongs. */
  #find(a: number, b: number): number {
    const mask = this.#slots.length - 1;
    let slot = hashPair(a, b) & mask;
    for (;;) {
      const row = this.#slots[slot]! - 1;
      if (row < 0 || (this.#a[row] === a && this.#b[row] === b)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #rehash(): void {
    this.#slots = new Int32Array(this.#slots.length * 4);
    for (let row = 0; row < this.#length; row++) {
      this.#slots[this.#find(this.#a[row]!, this.#b[row]!)] = row + 1;
    }
  }
}
