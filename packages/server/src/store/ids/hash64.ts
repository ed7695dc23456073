/**
 * 64-bit hashes in two lanes of 32 bits, after MurmurHash3's x86 variants: its constants and its finish, each lane
 * mixed into the other with every word. Ids of frames, stacks and series are such hashes: **what goes in, and in
 * which order, is part of the stored data and must not change.**
 *
 * Results are left in `lo` and `hi`, so that hashing millions of rows makes no garbage.
 */
export class Hash64 {
  lo = 0;
  hi = 0;

  reset(): this {
    this.lo = 0x2f0b4c47;
    this.hi = 0x1b873593;
    return this;
  }

  /** Takes in 32 bits. */
  word(k: number): this {
    const lo = firstLane(this.lo, this.hi, k);
    this.hi = secondLane(lo, this.hi, k);
    this.lo = lo;
    return this;
  }

  /** Takes in bytes from `start` to `end`, preceded by their number: `ab`, `c` and `a`, `bc` differ. */
  bytes(bytes: Uint8Array, start = 0, end: number = bytes.length): this {
    const length = end - start;
    let lo = firstLane(this.lo, this.hi, length);
    let hi = secondLane(lo, this.hi, length);
    let i = start;
    for (; i + 4 <= end; i += 4) {
      const k = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
      lo = firstLane(lo, hi, k);
      hi = secondLane(lo, hi, k);
    }
    let rest = 0;
    for (let shift = 0; i < end; i++, shift += 8) rest |= bytes[i]! << shift;
    this.lo = firstLane(lo, hi, rest);
    this.hi = secondLane(this.lo, hi, rest);
    return this;
  }

  /** Ends: `lo` and `hi` hold the hash as unsigned numbers. Never 0, which stands for "none". */
  finish(): this {
    const lo = avalanche((this.lo + this.hi) | 0);
    const hi = avalanche((this.hi + lo) | 0);
    this.lo = (lo + hi) >>> 0;
    this.hi = (hi + this.lo) >>> 0;
    if (this.lo === 0 && this.hi === 0) this.lo = 1;
    return this;
  }
}

/** The lanes' new values when word `k` comes; the second one sees the first one's. */
export function firstLane(lo: number, hi: number, k: number): number {
  k = Math.imul(k, 0x239b961b);
  lo ^= Math.imul((k << 15) | (k >>> 17), 0xab0e9789);
  return (Math.imul(((lo << 19) | (lo >>> 13)) + hi, 5) + 0x561ccd1b) | 0;
}

export function secondLane(lo: number, hi: number, k: number): number {
  k = Math.imul(k, 0x38b34ae5);
  hi ^= Math.imul((k << 16) | (k >>> 16), 0xa1e38b93);
  return (Math.imul(((hi << 17) | (hi >>> 15)) + lo, 5) + 0x0bcaa747) | 0;
}

/** Every bit of the result depends on every bit of `h`; nothing is lost. */
export function avalanche(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
