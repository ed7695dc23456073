import { grown } from "../../util/growable.ts";

/**
 * Interns byte ranges of one buffer by content, without copying them: equal bytes get the same number. A stack
 * that was seen before costs a hash and a compare of its packed ids, not a decoding.
 */
export class ByteRangeInterner {
  length = 0;
  /** Per range, next to each other because they are needed together: hash, start, end, nothing. */
  #entries = new Int32Array(4096);
  /** Open addressing; a slot holds number + 1. */
  #slots = new Int32Array(4096);
  #bytes: Uint8Array;
  #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
  }

  /** Goes on in a longer buffer with the same beginning. */
  rebase(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
  }

  /** Where the first range with this content begins. */
  start(number: number): number {
    return this.#entries[number * 4 + 1]!;
  }

  /** Where it ends. */
  end(number: number): number {
    return this.#entries[number * 4 + 2]!;
  }

  /** Number of the range's content. */
  add(start: number, end: number): number {
    const entries = this.#entries;
    const slots = this.#slots;
    const hash = hashWords(this.#view, this.#bytes, start, end);
    const mask = slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const known = slots[slot]! - 1;
      if (known < 0) break;
      const from = entries[known * 4 + 1]!;
      if (
        entries[known * 4] === hash &&
        entries[known * 4 + 2]! - from === end - start &&
        equalBytes(this.#view, this.#bytes, start, end, from)
      ) {
        return known;
      }
      slot = (slot + 1) & mask;
    }
    const number = this.length++;
    slots[slot] = number + 1;
    this.#append(number, hash, start, end);
    return number;
  }

  /** Forgets the look-up table, which is of no more use once all ranges are known. */
  seal(): void {
    this.#slots = new Int32Array(0);
  }

  #append(number: number, hash: number, start: number, end: number): void {
    this.#entries = grown(this.#entries, number * 4 + 4);
    const entries = this.#entries;
    entries[number * 4] = hash;
    entries[number * 4 + 1] = start;
    entries[number * 4 + 2] = end;
    if (this.length * 2 > this.#slots.length) this.#rehash();
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 4);
    const mask = slots.length - 1;
    for (let number = 0; number < this.length; number++) {
      let slot = this.#entries[number * 4]! & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = number + 1;
    }
    this.#slots = slots;
  }
}

/** Whether the bytes from `other` on are those of `[start, end)`. */
function equalBytes(view: DataView, bytes: Uint8Array, start: number, end: number, other: number): boolean {
  let a = start;
  let b = other;
  for (; a + 16 <= end; a += 16, b += 16) {
    const difference =
      (view.getInt32(a, true) ^ view.getInt32(b, true)) |
      (view.getInt32(a + 4, true) ^ view.getInt32(b + 4, true)) |
      (view.getInt32(a + 8, true) ^ view.getInt32(b + 8, true)) |
      (view.getInt32(a + 12, true) ^ view.getInt32(b + 12, true));
    if (difference !== 0) return false;
  }
  for (; a + 4 <= end; a += 4, b += 4) {
    if (view.getInt32(a, true) !== view.getInt32(b, true)) return false;
  }
  for (; a < end; a++, b++) if (bytes[a] !== bytes[b]) return false;
  return true;
}

/** Two lanes of four bytes each, so that one multiplication does not wait for the other. */
function hashWords(view: DataView, bytes: Uint8Array, start: number, end: number): number {
  let a = 0x811c9dc5 ^ (end - start);
  let b = 0x9e3779b1;
  let at = start;
  for (; at + 8 <= end; at += 8) {
    a = Math.imul(a ^ view.getInt32(at, true), 0x9e3779b1);
    b = Math.imul(b ^ view.getInt32(at + 4, true), 0x85ebca6b);
    a ^= a >>> 15;
    b ^= b >>> 13;
  }
  for (; at < end; at++) a = Math.imul(a ^ bytes[at]!, 0x01000193);
  a ^= Math.imul(b ^ (b >>> 16), 0x2c1b3c6d);
  a = Math.imul(a ^ (a >>> 15), 0x297a2d39);
  return a ^ (a >>> 15);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
