const WAYS = 8;

/**
 * The 64-bit keys seen lately, in bounded memory: buckets of eight, where the oldest makes room. Forgetting a key is
 * harmless: what it stands for is written once more. Other threads may look keys up in `shared` (see
 * {@link hasKey}) while one adds to them.
 */
export class RecentKeys {
  /** The keys' halves, low ones at even places. */
  readonly shared: Uint32Array;
  readonly #next: Uint8Array;
  readonly #mask: number;

  /** @param capacity keys to remember, rounded up to a power of two */
  constructor(capacity: number) {
    let buckets = 1;
    while (buckets * WAYS < capacity) buckets *= 2;
    this.shared = new Uint32Array(new SharedArrayBuffer(buckets * WAYS * 8));
    this.#next = new Uint8Array(buckets);
    this.#mask = buckets - 1;
  }

  has(lo: number, hi: number): boolean {
    return hasKey(this.shared, lo, hi);
  }

  /** True where the key was not there; it is from now on. Keys are hashes, never 0. */
  add(lo: number, hi: number): boolean {
    if (hasKey(this.shared, lo, hi)) return false;
    const bucket = (hi & this.#mask) >>> 0;
    const at = (bucket * WAYS + this.#next[bucket]!) * 2;
    this.#next[bucket] = (this.#next[bucket]! + 1) % WAYS;
    this.shared[at] = lo;
    this.shared[at + 1] = hi;
    return true;
  }

  clear(): void {
    this.shared.fill(0);
  }
}

/** Whether a key is among the shared ones. While another thread writes, the answer may be wrong. */
export function hasKey(shared: Uint32Array, lo: number, hi: number): boolean {
  // Buckets are a power of two.
  const bucket = (hi & (shared.length / (2 * WAYS) - 1)) >>> 0;
  const base = bucket * WAYS * 2;
  for (let at = base; at < base + 2 * WAYS; at += 2) {
    if (shared[at] === lo && shared[at + 1] === hi) return true;
  }
  return false;
}
