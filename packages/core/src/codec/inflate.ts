import { grown } from "../util/growable.ts";

/** What came out of a deflate stream. */
export interface Inflated {
  readonly bytes: Uint8Array;
  /** Where the stream ended: the position behind its last byte (the checksum included, where there is one). */
  readonly end: number;
  /** False where the stream breaks off or is damaged: then `bytes` is what came before. */
  readonly complete: boolean;
}

const LENGTH_BASE: readonly number[] = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
  227, 258,
];
const LENGTH_EXTRA: readonly number[] = [
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
];
const DISTANCE_BASE: readonly number[] = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
  6145, 8193, 12289, 16385, 24577,
];
const DISTANCE_EXTRA: readonly number[] = [
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
];
/** The order in which the lengths of the code for code lengths are written. */
const ORDER: readonly number[] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const LONGEST_CODE = 15;
const END_OF_BLOCK = 256;

/** The stream cannot go on: damage, or its end. */
class Broken extends Error {}

/** A canonical Huffman code: how many codes each length has, and the symbols in the order of their codes. */
interface Code {
  readonly counts: Uint16Array;
  readonly symbols: Uint16Array;
}

/**
 * Decompresses a zlib stream (RFC 1950) that stands within other bytes: sections of binary profiles, where the host's
 * streaming decompressors (which know of whole files only) do not help. The checksum is not looked at. Output beyond
 * `limit` bytes counts as damage, so that a small input cannot fill the memory.
 */
export function inflateZlib(input: Uint8Array, start: number, limit: number): Inflated {
  const header = ((input[start] ?? 0) << 8) | (input[start + 1] ?? 0);
  const known = (header & 0x0f00) === 0x0800 && header % 31 === 0 && (header & 0x20) === 0;
  if (!known) return { bytes: new Uint8Array(0), end: start, complete: false };
  const inflater = new Inflater(input, start + 2, limit);
  const complete = inflater.run();
  return { bytes: inflater.output(), end: Math.min(input.length, inflater.position + 4), complete };
}

class Inflater {
  readonly #input: Uint8Array;
  readonly #limit: number;
  #at: number;
  #held = 0;
  #bits = 0;
  #out = new Uint8Array(1 << 14);
  #length = 0;

  constructor(input: Uint8Array, start: number, limit: number) {
    this.#input = input;
    this.#at = start;
    this.#limit = limit;
  }

  /** Behind the last byte that was begun. */
  get position(): number {
    return this.#at - (this.#bits >> 3);
  }

  output(): Uint8Array {
    return this.#out.subarray(0, this.#length);
  }

  /** True where the stream came to its end. */
  run(): boolean {
    try {
      for (;;) {
        const last = this.#take(1) === 1;
        const kind = this.#take(2);
        if (kind === 0) this.#stored();
        else if (kind === 1) this.#block(fixedLengths, fixedDistances);
        else if (kind === 2) this.#dynamic();
        else throw new Broken();
        if (last) return true;
      }
    } catch (error) {
      if (error instanceof Broken) return false;
      throw error;
    }
  }

  #take(count: number): number {
    while (this.#bits < count) {
      if (this.#at >= this.#input.length) throw new Broken();
      this.#held |= this.#input[this.#at++]! << this.#bits;
      this.#bits += 8;
    }
    const value = this.#held & ((1 << count) - 1);
    this.#held >>>= count;
    this.#bits -= count;
    return value;
  }

  #stored(): void {
    this.#at = this.position;
    this.#held = 0;
    this.#bits = 0;
    const input = this.#input;
    if (this.#at + 4 > input.length) throw new Broken();
    const length = input[this.#at]! | (input[this.#at + 1]! << 8);
    const check = input[this.#at + 2]! | (input[this.#at + 3]! << 8);
    if ((length ^ check) !== 0xffff) throw new Broken();
    this.#at += 4;
    const there = Math.min(length, input.length - this.#at);
    this.#reserve(there);
    this.#out.set(input.subarray(this.#at, this.#at + there), this.#length);
    this.#length += there;
    this.#at += there;
    if (there < length) throw new Broken();
  }

  #dynamic(): void {
    const literals = this.#take(5) + 257;
    const distances = this.#take(5) + 1;
    const own = new Uint8Array(19);
    for (let i = this.#take(4) + 4, place = 0; place < i; place++) own[ORDER[place]!] = this.#take(3);
    const code = codeOf(own);
    const lengths = new Uint8Array(literals + distances);
    for (let i = 0; i < lengths.length; ) {
      const symbol = this.#symbol(code);
      if (symbol < 16) lengths[i++] = symbol;
      else {
        if (symbol === 16 && i === 0) throw new Broken();
        const value = symbol === 16 ? lengths[i - 1]! : 0;
        const times =
          symbol === 16 ? 3 + this.#take(2) : symbol === 17 ? 3 + this.#take(3) : 11 + this.#take(7);
        if (i + times > lengths.length) throw new Broken();
        lengths.fill(value, i, i + times);
        i += times;
      }
    }
    this.#block(codeOf(lengths.subarray(0, literals)), codeOf(lengths.subarray(literals)));
  }

  #block(lengths: Code, distances: Code): void {
    for (;;) {
      const symbol = this.#symbol(lengths);
      if (symbol === END_OF_BLOCK) return;
      if (symbol < END_OF_BLOCK) {
        this.#reserve(1);
        this.#out[this.#length++] = symbol;
      } else this.#copy(symbol - 257, distances);
    }
  }

  #copy(kind: number, distances: Code): void {
    if (kind >= LENGTH_BASE.length) throw new Broken();
    const length = LENGTH_BASE[kind]! + this.#take(LENGTH_EXTRA[kind]!);
    const place = this.#symbol(distances);
    if (place >= DISTANCE_BASE.length) throw new Broken();
    const distance = DISTANCE_BASE[place]! + this.#take(DISTANCE_EXTRA[place]!);
    if (distance > this.#length) throw new Broken();
    this.#reserve(length);
    const out = this.#out;
    let to = this.#length;
    // Byte by byte: what is copied may reach into what it makes.
    for (let i = 0; i < length; i++, to++) out[to] = out[to - distance]!;
    this.#length = to;
  }

  #symbol({ counts, symbols }: Code): number {
    let code = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length <= LONGEST_CODE; length++) {
      code |= this.#take(1);
      const count = counts[length]!;
      if (code - count < first) return symbols[index + (code - first)]!;
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    throw new Broken();
  }

  #reserve(count: number): void {
    if (this.#length + count > this.#limit) throw new Broken();
    this.#out = grown(this.#out, this.#length + count);
  }
}

/** The code whose symbols have these lengths; 0: the symbol does not occur. */
function codeOf(lengths: Uint8Array): Code {
  const counts = new Uint16Array(LONGEST_CODE + 1);
  for (const length of lengths) counts[length]!++;
  counts[0] = 0;
  let left = 1;
  for (let length = 1; length <= LONGEST_CODE; length++) {
    left = left * 2 - counts[length]!;
    if (left < 0) throw new Broken();
  }
  const offsets = new Uint16Array(LONGEST_CODE + 2);
  for (let length = 1; length <= LONGEST_CODE; length++)
    offsets[length + 1] = offsets[length]! + counts[length]!;
  const symbols = new Uint16Array(lengths.length);
  lengths.forEach((length, symbol) => {
    if (length > 0) symbols[offsets[length]!++] = symbol;
  });
  return { counts, symbols };
}

const fixedLengths: Code = codeOf(
  Uint8Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8)),
);
const fixedDistances: Code = codeOf(new Uint8Array(30).fill(5));
