/**
 * A 64-bit hash of 32-bit words in two lanes, after MurmurHash3's x86 variants: the lanes use its constants and are
 * mixed into each other with every word. Ids of frames, stacks and series are such hashes: **what goes in, and in
 * which order, is part of the stored data and must not change.**
 *
 * Results are left in `lo` and `hi`, so that hashing millions of rows makes no garbage.
 */
export class Hash64 {
  lo = 0;
  hi = 0;
  #words = 0;

  reset(): this {
    this.lo = 0x2f0b4c47;
    this.hi = 0x1b873593;
    this.#words = 0;
    return this;
  }

  /** Takes in 32 bits. */
  word(k: number): this {
    let a = Math.imul(k, 0x239b961b);
    a = Math.imul((a << 15) | (a >>> 17), 0xab0e9789);
    let b = Math.imul(k, 0x38b34ae5);
    b = Math.imul((b << 16) | (b >>> 16), 0xa1e38b93);
    let lo = this.lo ^ a;
    lo = ((lo << 19) | (lo >>> 13)) + this.hi;
    lo = (Math.imul(lo, 5) + 0x561ccd1b) | 0;
    let hi = this.hi ^ b;
    hi = ((hi << 17) | (hi >>> 15)) + lo;
    this.hi = (Math.imul(hi, 5) + 0x0bcaa747) | 0;
    this.lo = lo;
    this.#words++;
    return this;
  }

  /** Takes in bytes, preceded by their number: `ab`, `c` and `a`, `bc` differ. */
  bytes(bytes: Uint8Array): this {
    const length = bytes.length;
    this.word(length);
    let i = 0;
    for (; i + 4 <= length; i += 4) {
      this.word(bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24));
    }
    let rest = 0;
    for (let shift = 0; i < length; i++, shift += 8) rest |= bytes[i]! << shift;
    return this.word(rest);
  }

  /** Ends: `lo` and `hi` hold the hash as unsigned numbers. Never 0, which stands for "none". */
  finish(): this {
    let lo = this.lo ^ this.#words;
    let hi = this.hi ^ this.#words;
    lo = (lo + hi) | 0;
    hi = (hi + lo) | 0;
    lo = avalanche(lo);
    hi = avalanche(hi);
    lo = (lo + hi) | 0;
    hi = (hi + lo) | 0;
    this.lo = lo === 0 && hi === 0 ? 1 : lo >>> 0;
    this.hi = hi >>> 0;
    return this;
  }
}

function avalanche(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
