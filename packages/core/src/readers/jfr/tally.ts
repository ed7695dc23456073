import { grown } from "../../util/growable.ts";
import { hashPair } from "../../util/hash.ts";

/** Bytes of an event that {@link Tally.add} looks at, at most. */
const LONGEST = 24;

/**
 * Counts events that say nothing but where a thread was: two hundred thousand of them have a few thousand distinct
 * stacks, threads and states, so that they are looked up in the tables of the recording once each, not per event. Only
 * for profiles that add samples up.
 */
export class Tally {
  /** Thread, trace and state of each distinct event, side by side. */
  #keys: Int32Array = new Int32Array(3 * 64);
  #counts: Int32Array = new Int32Array(64);
  /** Open addressing; a slot holds the place + 1. */
  #slots = new Int32Array(256);
  #length = 0;

  /**
   * Counts the event between `from` and `end`, where its fields are
   *
   * ```
   * time   thread   trace   state         varints
   * ```
   *
   * and the last three small. False where they are not: then nothing happened.
   */
  add(bytes: Uint8Array, from: number, end: number): boolean {
    let at = from;
    if (bytes.length - at < LONGEST) return false;
    const afterTime = at + 9;
    while (bytes[at++]! > 127) if (at === afterTime) return false;
    let thread = bytes[at++]!;
    if (thread > 127) {
      thread = (thread & 127) | (bytes[at++]! << 7);
      if (thread > 0x3fff) {
        thread = (thread & 0x3fff) | (bytes[at++]! << 14);
        if (thread > 0x1fffff) return false;
      }
    }
    let trace = bytes[at++]!;
    if (trace > 127) {
      trace = (trace & 127) | (bytes[at++]! << 7);
      if (trace > 0x3fff) {
        trace = (trace & 0x3fff) | (bytes[at++]! << 14);
        if (trace > 0x1fffff) {
          trace = (trace & 0x1fffff) | (bytes[at++]! << 21);
          if (trace > 0xfffffff) return false;
        }
      }
    }
    const state = bytes[at++]!;
    if (state > 127 || at > end) return false;
    this.#count(thread, trace, state);
    return true;
  }

  /** Hands over what was counted. */
  each(visit: (thread: number, trace: number, state: number, count: number) => void): void {
    for (let place = 0; place < this.#length; place++) {
      const at = place * 3;
      visit(this.#keys[at]!, this.#keys[at + 1]!, this.#keys[at + 2]!, this.#counts[place]!);
    }
  }

  #count(thread: number, trace: number, state: number): void {
    const slot = this.#slotOf(thread, trace, state);
    const known = this.#slots[slot]!;
    if (known > 0) {
      this.#counts[known - 1]!++;
      return;
    }
    const place = this.#length++;
    this.#keys = grown(this.#keys, place * 3 + 3);
    this.#counts = grown(this.#counts, place + 1);
    this.#keys.set([thread, trace, state], place * 3);
    this.#counts[place] = 1;
    this.#slots[slot] = place + 1;
    if (this.#length * 2 > this.#slots.length) this.#rehash();
  }

  #slotOf(thread: number, trace: number, state: number): number {
    const slots = this.#slots;
    const keys = this.#keys;
    const mask = slots.length - 1;
    let slot = hashPair(trace, (thread << 7) ^ state) & mask;
    for (;;) {
      const at = (slots[slot]! - 1) * 3;
      if (at < 0 || (keys[at + 1] === trace && keys[at] === thread && keys[at + 2] === state)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #rehash(): void {
    this.#slots = new Int32Array(this.#slots.length * 4);
    for (let place = 0; place < this.#length; place++) {
      const at = place * 3;
      this.#slots[this.#slotOf(this.#keys[at]!, this.#keys[at + 1]!, this.#keys[at + 2]!)] = place + 1;
    }
  }
}
