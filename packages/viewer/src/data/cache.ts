/** Bytes that a cache holds on to, beyond the value used last. */
const BUDGET = 256 << 20;

/** Keeps the values used last: at most `limit` of them, and not more than fit the budget. */
export class RecentCache<T> {
  readonly #limit: number;
  readonly #sizeOf: (value: T) => number;
  readonly #values = new Map<string, T>();

  /** `sizeOf`: about how many bytes a value takes. */
  constructor(limit: number, sizeOf: (value: T) => number) {
    this.#limit = limit;
    this.#sizeOf = sizeOf;
  }

  get(key: string): T | undefined {
    const value = this.#values.get(key);
    if (value !== undefined) {
      this.#values.delete(key);
      this.#values.set(key, value);
    }
    return value;
  }

  set(key: string, value: T): T {
    this.#values.delete(key);
    this.#values.set(key, value);
    let size = 0;
    for (const kept of this.#values.values()) size += this.#sizeOf(kept);
    for (const [oldest, kept] of this.#values) {
      if (oldest === key || (this.#values.size <= this.#limit && size <= BUDGET)) break;
      size -= this.#sizeOf(kept);
      this.#values.delete(oldest);
    }
    return value;
  }

  clear(): void {
    this.#values.clear();
  }
}
