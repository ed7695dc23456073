import { grown } from "../../util/growable.ts";

/** Ranges after which a thrifty interner asks itself whether looking them up is worth it. */
const WINDOW = 1 << 12;
/** Windows it lets pass without looking where seven of eight ranges were new. */
const PASSED_WINDOWS = 15;
/** In the place of a copy: the range is not in the table. */
const PASSED = -1;

/**
 * Interns byte ranges of one buffer by content, without copying them: equal bytes get the same number. A stack
 * that was seen before costs a hash and a compare of its packed ids, not a decoding.
 *
 * A *thrifty* interner may give equal bytes several numbers: where nearly all ranges are new, it mostly does not
 * look whether they are. That is for callers who find what is equal later on anyway.
 */
export class ByteRangeInterner {
  length = 0;
  /**
   * Per range, next to each other because they are needed together: hash, start, end, and 1 + place in `#copies`
   * (or 0, or PASSED).
   */
  #entries = new Int32Array(4096);
  /** Open addressing; a slot holds number + 1. */
  #slots = new Int32Array(4096);
  #bytes: Uint8Array;
  #view: DataView;
  /**
   * What came more than once, packed together. Every further occurrence is compared with it: the first ones lie
   * far apart in a large input, and fetching them from memory costs more than all else.
   */
  #copies = new Uint8Array(1024);
  #copiesView: DataView = viewOf(this.#copies);
  #copied = 0;
  /** Ranges in the table. */
  #hashed = 0;
  readonly #thrifty: boolean;
  /** Ranges left in this window, and how many were in the table when it began. */
  #left = WINDOW;
  #hashedBefore = 0;
  /** Ranges that are still to pass unlooked. */
  #passing = 0;

  constructor(bytes: Uint8Array, thrifty: boolean = false) {
    this.#bytes = bytes;
    this.#thrifty = thrifty;
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
    if (this.#thrifty && this.#passes()) {
      const number = this.length++;
      this.#append(number, 0, start, end, PASSED);
      return number;
    }
    const entries = this.#entries;
    const slots = this.#slots;
    const hash = hashWords(this.#view, this.#bytes, start, end);
    const mask = slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const number = slots[slot]! - 1;
      if (number < 0) break;
      const entry = number * 4;
      if (entries[entry] === hash && entries[entry + 2]! - entries[entry + 1]! === end - start) {
        const copy = entries[entry + 3]! - 1;
        if (copy >= 0) {
          if (equalBytes(this.#view, start, end, this.#copiesView, copy)) return number;
        } else if (equalBytes(this.#view, start, end, this.#view, entries[entry + 1]!)) {
          entries[entry + 3] = this.#copy(start, end) + 1;
          return number;
        }
      }
      slot = (slot + 1) & mask;
    }
    const number = this.length++;
    slots[slot] = number + 1;
    this.#append(number, hash, start, end, 0);
    if (++this.#hashed * 2 > slots.length) this.#rehash();
    return number;
  }

  /** Whether the next range passes without a look; counts it. */
  #passes(): boolean {
    if (this.#passing > 0) {
      this.#passing--;
      return true;
    }
    if (this.#left-- === 0) {
      if (this.#hashed - this.#hashedBefore > (WINDOW / 8) * 7) this.#passing = PASSED_WINDOWS * WINDOW;
      this.#left = WINDOW;
      this.#hashedBefore = this.#hashed;
    }
    return false;
  }

  /** Forgets what only look-ups need, once all ranges are known. */
  seal(): void {
    this.#slots = new Int32Array(0);
    this.#copies = new Uint8Array(0);
    this.#copiesView = viewOf(this.#copies);
  }

  #copy(start: number, end: number): number {
    const place = this.#copied;
    this.#copied = place + (end - start);
    if (this.#copied > this.#copies.length) {
      this.#copies = grown(this.#copies, this.#copied);
      this.#copiesView = viewOf(this.#copies);
    }
    this.#copies.set(this.#bytes.subarray(start, end), place);
    return place;
  }

  #append(number: number, hash: number, start: number, end: number, copy: number): void {
    this.#entries = grown(this.#entries, number * 4 + 4);
    const entries = this.#entries;
    entries[number * 4] = hash;
    entries[number * 4 + 1] = start;
    entries[number * 4 + 2] = end;
    entries[number * 4 + 3] = copy;
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 4);
    const mask = slots.length - 1;
    for (let number = 0; number < this.length; number++) {
      if (this.#entries[number * 4 + 3] === PASSED) continue;
      let slot = this.#entries[number * 4]! & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = number + 1;
    }
    this.#slots = slots;
  }
}

/**
 * Whether the bytes of `other` from `b` on are those of `view` in `[a, end)`. The last words overlap the ones
 * before, instead of a loop over what is left.
 */
function equalBytes(view: DataView, a: number, end: number, other: DataView, b: number): boolean {
  const behind = b + (end - a);
  if (end - a < 8) return equalFew(view, a, end, other, b);
  for (; a + 16 <= end; a += 16, b += 16) {
    const difference =
      (view.getInt32(a, true) ^ other.getInt32(b, true)) |
      (view.getInt32(a + 4, true) ^ other.getInt32(b + 4, true)) |
      (view.getInt32(a + 8, true) ^ other.getInt32(b + 8, true)) |
      (view.getInt32(a + 12, true) ^ other.getInt32(b + 12, true));
    if (difference !== 0) return false;
  }
  if (a + 8 <= end) {
    const difference =
      (view.getInt32(a, true) ^ other.getInt32(b, true)) |
      (view.getInt32(a + 4, true) ^ other.getInt32(b + 4, true));
    if (difference !== 0) return false;
  }
  const last =
    (view.getInt32(end - 8, true) ^ other.getInt32(behind - 8, true)) |
    (view.getInt32(end - 4, true) ^ other.getInt32(behind - 4, true));
  return last === 0;
}

function equalFew(view: DataView, a: number, end: number, other: DataView, b: number): boolean {
  for (; a < end; a++, b++) if (view.getUint8(a) !== other.getUint8(b)) return false;
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
  if (end - start >= 8) {
    a = Math.imul(a ^ view.getInt32(end - 8, true), 0x9e3779b1);
    b = Math.imul(b ^ view.getInt32(end - 4, true), 0x85ebca6b);
  } else for (; at < end; at++) a = Math.imul(a ^ bytes[at]!, 0x01000193);
  a ^= Math.imul(b ^ (b >>> 16), 0x2c1b3c6d);
  a = Math.imul(a ^ (a >>> 15), 0x297a2d39);
  return a ^ (a >>> 15);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
