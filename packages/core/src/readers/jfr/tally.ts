import { grown } from "../../util/growable.ts";
import { hashPair } from "../../util/hash.ts";
import type { JfrBytes } from "./bytes.ts";

/** Bytes behind the beginning of an event that {@link Tally.add} looks at, at most. */
const LONGEST = 24;

/** The bits of four bytes that say that a number goes on. */
const HIGH_BITS = 0x80808080 | 0;

/** Numbers of a distinct event: the two words of its bytes, then what they mean. */
const ROW = 5;

/**
 * Counts events that say nothing but where a thread was: two hundred thousand of them have a few thousand distinct
 * stacks, threads and states, so that they are looked up in the tables of the recording once each, not per event. Only
 * for profiles that add samples up.
 *
 * Events are told apart by their bytes behind the time, of which there are at most eight: what those say is
 * decoded when they come for the first time.
 */
export class Tally {
  /** Of each distinct event: its bytes as two words, thread, trace and state. */
  #rows: Int32Array = new Int32Array(ROW * 64);
  #counts: Int32Array = new Int32Array(64);
  /** Open addressing; a slot holds the place + 1. */
  #slots = new Int32Array(256);
  #length = 0;

  /**
   * Counts the event of a chunk whose fields, between `from` and `end`, are
   *
   * ```
   * time   thread   trace   state         varints
   * ```
   *
   * and the last three small. False where they are not: then nothing happened.
   */
  add({ bytes, view }: JfrBytes, from: number, end: number): boolean {
    let at = from;
    if (bytes.length - at < LONGEST) return false;
    // The time ends with its first byte below 128.
    let ends = ~view.getInt32(at, true) & HIGH_BITS;
    if (ends === 0) {
      at += 4;
      ends = ~view.getInt32(at, true) & HIGH_BITS;
      if (ends === 0) return false;
    }
    at += (39 - Math.clz32(ends & -ends)) >> 3;
    const length = end - at;
    if (length < 3 || length > 8) return false;
    const low = view.getInt32(at, true) & (length < 4 ? 0xffffff : -1);
    const high = length > 4 ? view.getInt32(at + 4, true) & (-1 >>> (64 - length * 8)) : 0;
    const slot = this.#slotOf(low, high);
    const known = this.#slots[slot]!;
    if (known === 0) return this.#addNew(slot, low, high, bytes.subarray(at, end));
    this.#counts[known - 1]!++;
    return true;
  }

  /** Hands over what was counted. */
  each(visit: (thread: number, trace: number, state: number, count: number) => void): void {
    for (let place = 0; place < this.#length; place++) {
      const at = place * ROW;
      visit(this.#rows[at + 2]!, this.#rows[at + 3]!, this.#rows[at + 4]!, this.#counts[place]!);
    }
  }

  #addNew(slot: number, low: number, high: number, fields: Uint8Array): boolean {
    const values = smallNumbers(fields);
    if (values.length < 3) return false;
    const place = this.#length++;
    this.#rows = grown(this.#rows, (place + 1) * ROW);
    this.#counts = grown(this.#counts, place + 1);
    this.#rows.set([low, high, ...values], place * ROW);
    this.#counts[place] = 1;
    this.#slots[slot] = place + 1;
    if (this.#length * 2 > this.#slots.length) this.#rehash();
    return true;
  }

  #slotOf(low: number, high: number): number {
    const slots = this.#slots;
    const rows = this.#rows;
    const mask = slots.length - 1;
    let slot = hashPair(low, high) & mask;
    for (;;) {
      const at = (slots[slot]! - 1) * ROW;
      if (at < 0 || (rows[at] === low && rows[at + 1] === high)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #rehash(): void {
    this.#slots = new Int32Array(this.#slots.length * 4);
    for (let place = 0; place < this.#length; place++) {
      const at = place * ROW;
      this.#slots[this.#slotOf(this.#rows[at]!, this.#rows[at + 1]!)] = place + 1;
    }
  }
}

/** The first three numbers of a few bytes; fewer where they are not there or have more than four bytes each. */
function smallNumbers(bytes: Uint8Array): number[] {
  const numbers: number[] = [];
  let value = 0;
  let shift = 0;
  for (const byte of bytes) {
    if (numbers.length === 3 || shift > 21) break;
    value |= (byte & 127) << shift;
    shift += 7;
    if (byte < 128) {
      numbers.push(value);
      value = 0;
      shift = 0;
    }
  }
  return numbers;
}
