import { grown } from "../../util/growable.ts";

/**
 * Interns byte ranges of one buffer by content, without copying them: equal bytes get the same number. A stack
 * that was seen before costs a hash and a compare of its packed ids, not a decoding.
 */
export class ByteRangeInterner {
  length = 0;
  start: Int32Array = new Int32Array(1024);
  end: Int32Array = new Int32Array(1024);
  #hashes = new Int32Array(1024);
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

  /** Number of the range's content. */
  add(start: number, end: number): number {
    const hash = hashWords(this.#view, this.#bytes, start, end);
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const known = this.#slots[slot]! - 1;
      if (known < 0) break;
      if (this.#hashes[known] === hash && this.#equals(known, start, end)) return known;
      slot = (slot + 1) & mask;
    }
    const number = this.length++;
    if (number >= this.start.length) {
      this.start = grown(this.start, number + 1);
      this.end = grown(this.end, number + 1);
      this.#hashes = grown(this.#hashes, number + 1);
    }
    this.start[number] = start;
    this.end[number] = end;
    this.#hashes[number] = hash;
    this.#slots[slot] = number + 1;
    if (this.length * 2 > this.#slots.length) this.#rehash();
    return number;
  }

  /** Forgets the look-up tables, which are of no more use once all ranges are known. */
  seal(): void {
    this.#slots = new Int32Array(0);
    this.#hashes = new Int32Array(0);
  }

  #equals(known: number, start: number, end: number): boolean {
    const from = this.start[known]!;
    const length = end - start;
    if (this.end[known]! - from !== length) return false;
    const view = this.#view;
    const bytes = this.#bytes;
    let i = 0;
    for (; i + 4 <= length; i += 4) {
      if (view.getInt32(start + i, true) !== view.getInt32(from + i, true)) return false;
    }
    for (; i < length; i++) if (bytes[start + i] !== bytes[from + i]) return false;
    return true;
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 4);
    const mask = slots.length - 1;
    for (let number = 0; number < this.length; number++) {
      let slot = this.#hashes[number]! & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = number + 1;
    }
    this.#slots = slots;
  }
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
