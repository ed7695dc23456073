import type { ByteWindow } from "../util/window.ts";

/** The data cannot be what the format says. */
export class Damaged extends Error {}

/** The window has no more bytes. */
export class OutOfBits extends Error {}

/** Bits of the bytes in a window, the highest of each byte first. What was read stays in the window until `settle`. */
export class BitReader {
  readonly #window: ByteWindow;
  /** From the window's place. */
  #bit = 0;

  constructor(window: ByteWindow) {
    this.#window = window;
  }

  /** Up to 24 bits. */
  read(count: number): number {
    const { bytes, at, end } = this.#window;
    const bit = this.#bit;
    const first = at + (bit >> 3);
    if (first + (((bit & 7) + count + 7) >> 3) > end) throw new OutOfBits();
    const word =
      (bytes[first]! << 24) | (bytes[first + 1]! << 16) | (bytes[first + 2]! << 8) | bytes[first + 3]!;
    this.#bit = bit + count;
    return (word << (bit & 7)) >>> (32 - count);
  }

  /** Lets the window go on to the byte that the next bit is in. */
  settle(): void {
    this.#window.at += this.#bit >> 3;
    this.#bit &= 7;
  }

  /** Goes on to the next whole byte. */
  align(): void {
    this.#bit = (this.#bit + 7) & ~7;
    this.settle();
  }
}

/** A canonical code: codes of one length are consecutive, and shorter ones come first. */
export class HuffmanTable {
  /** Symbols in the order of their codes. */
  readonly #symbols: Uint16Array;
  /** How many codes of each length there are. */
  readonly #counts: Uint32Array;

  constructor(lengths: Uint8Array, longest: number) {
    this.#counts = new Uint32Array(longest + 1);
    for (const length of lengths) this.#counts[length]!++;
    const order = Array.from(lengths, (_, symbol) => symbol);
    this.#symbols = Uint16Array.from(order.sort((a, b) => lengths[a]! - lengths[b]! || a - b));
  }

  next(bits: BitReader): number {
    let [code, first, below] = [0, 0, 0];
    for (let length = 1; length < this.#counts.length; length++) {
      code = code * 2 + bits.read(1);
      first *= 2;
      const count = this.#counts[length]!;
      if (code < first + count) return this.#symbols[below + code - first]!;
      first += count;
      below += count;
    }
    throw new Damaged();
  }
}
