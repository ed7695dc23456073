const WAYS = 8;

/**
 * The 64-bit keys seen lately, in bounded memory: buckets of eight, where the oldest makes room. Forgetting a key is
 * harmless: what it stands for is written once more.
 */
export class RecentKeys {
  readonly #keys: Uint32Array;
  readonly #next: Uint8Array;
  readonly #mask: number;

  /** @param capacity keys to remember, rounded up to a power of two */
  constructor(capacity: number) {
    let buckets = 1;
    while (buckets * WAYS < capacity) buckets *= 2;
    this.#keys = new Uint32Array(buckets * WAYS * 2);
    this.#next = new Uint8Array(buckets);
    this.#mask = buckets - 1;
  }

  /** True where the key was not there; it is from now on. Keys are hashes, never 0. */
  add(lo: number, hi: number): boolean {
    const bucket = (hi & this.#mask) >>> 0;
    const base = bucket * WAYS * 2;
    for (let way = 0; way < WAYS; way++) {
      if (this.#keys[base + 2 * way] === lo && this.#keys[base + 2 * way + 1] === hi) return false;
    }
    const way = this.#next[bucket]!;
    this.#next[bucket] = (way + 1) % WAYS;
    this.#keys[base + 2 * way] = lo;
    this.#keys[base + 2 * way + 1] = hi;
    return true;
  }

  clear(): void {
    this.#keys.fill(0);
  }
}
