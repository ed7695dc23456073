import { emptied } from "../../util/growable.ts";
import { hashPair } from "../../util/hash.ts";
import type { JfrBytes } from "./bytes.ts";

/** The bits of four bytes that say that a number goes on. */
const HIGH_BITS = 0x80808080 | 0;

/** Numbers of a frame. */
const FIELDS = 4;

/** Numbers of a slot: three words of bytes and the frame's row in the profile + 1, 0: empty. */
const SLOT = 4;
const FIRST_SLOTS = 1024;

/**
 * Rows of the profile's frames by the bytes of a recording that say what a frame is: nearly every frame was seen before,
 * and then none of its numbers need be decoded.
 *
 * ```
 * method   line   bytecode index   type         varints, of twelve bytes together at most
 * ```
 */
export class SeenFrames {
  /** Open addressing; a frame lies in its slot as a whole, so that a look-up touches one place of memory. */
  #slots: Int32Array = new Int32Array(FIRST_SLOTS * SLOT);
  #length = 0;
  /** Where the frame of the last {@link next} ends, and its bytes; `#end` is 0 where it has too many. */
  #end = 0;
  #first = 0;
  #second = 0;
  #third = 0;

  /** Forgets all frames. */
  clear(): void {
    this.#slots = emptied(this.#slots, this.#length * 2 * SLOT, FIRST_SLOTS * SLOT);
    this.#length = 0;
  }

  /** Row of the frame at which `input` stands, and passes it; -1 where it was not seen: then `input` stays. */
  next(input: JfrBytes): number {
    this.#look(input);
    if (this.#end === 0) return -1;
    const row = this.#slots[this.#slotOf(this.#first, this.#second, this.#third) + 3]! - 1;
    if (row >= 0) input.at = this.#end;
    return row;
  }

  /** Keeps the row of the frame that {@link next} was asked for last and did not know; `end`: where it turned out to end. */
  add(row: number, end: number): void {
    if (this.#end !== end) return;
    this.#set(this.#first, this.#second, this.#third, row + 1);
    this.#length++;
    if (this.#length * 2 * SLOT > this.#slots.length) this.#rehash();
  }

  #set(first: number, second: number, third: number, value: number): void {
    const slot = this.#slotOf(first, second, third);
    this.#slots[slot] = first;
    this.#slots[slot + 1] = second;
    this.#slots[slot + 2] = third;
    this.#slots[slot + 3] = value;
  }

  /** Finds the end of four numbers, four bytes at a time: each number ends with a byte below 128. */
  #look({ view, at, end }: JfrBytes): void {
    this.#end = 0;
    if (end - at < 12) return;
    const first = view.getInt32(at, true);
    const second = view.getInt32(at + 4, true);
    this.#first = first;
    this.#second = second;
    this.#third = 0;
    let ends = ~first & HIGH_BITS;
    let missing = FIELDS - countOf(ends);
    if (missing === 0) {
      this.#second = 0;
      this.#end = at + 4;
      return;
    }
    ends = ~second & HIGH_BITS;
    const inSecond = countOf(ends);
    if (inSecond >= missing) {
      const last = bitOf(ends, missing);
      this.#second = second & (-1 >>> (31 - last));
      this.#end = at + 5 + (last >> 3);
      return;
    }
    missing -= inSecond;
    const third = view.getInt32(at + 8, true);
    ends = ~third & HIGH_BITS;
    if (countOf(ends) < missing) return;
    const last = bitOf(ends, missing);
    this.#third = third & (-1 >>> (31 - last));
    this.#end = at + 9 + (last >> 3);
  }

  /** Where the frame's slot begins, or the empty one where it belongs. */
  #slotOf(first: number, second: number, third: number): number {
    const slots = this.#slots;
    const mask = slots.length - SLOT;
    let slot = (hashPair(first, second ^ Math.imul(third, 0x9e3779b1)) << 2) & mask;
    for (;;) {
      if (
        slots[slot + 3] === 0 ||
        (slots[slot] === first && slots[slot + 1] === second && slots[slot + 2] === third)
      )
        return slot;
      slot = (slot + SLOT) & mask;
    }
  }

  #rehash(): void {
    const before = this.#slots;
    this.#slots = new Int32Array(before.length * 4);
    for (let slot = 0; slot < before.length; slot += SLOT) {
      const value = before[slot + 3]!;
      if (value > 0) this.#set(before[slot]!, before[slot + 1]!, before[slot + 2]!, value);
    }
  }
}

/** How many of the four high bits are set. */
function countOf(high: number): number {
  return Math.imul(high >>> 7, 0x01010101) >>> 24;
}

/** Which bit the `nth` set one is, from 1; there are as many. */
function bitOf(high: number, nth: number): number {
  let left = high;
  for (let i = 1; i < nth; i++) left &= left - 1;
  return 31 - Math.clz32(left & -left);
}
