import { Refusal } from "../refusal.ts";

/** Bytes that each pushed byte takes while it is in work: the body, the profile made of it, the rows to write. */
const WORK_FACTOR = 3;
/** Milliseconds that a request waits for room before it is turned away. */
const PATIENCE = 10_000;

interface Waiting {
  readonly bytes: number;
  resolve(): void;
}

/**
 * Bytes of requests in work, of all tenants together: what keeps memory bounded however many pushes come at once.
 * Requests are let in while there is room, in the order in which they came; later ones wait.
 */
export class MemoryBudget {
  readonly #limit: number;
  readonly #waiting = new Set<Waiting>();
  #used = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get used(): number {
    return this.#used;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Lets a request in that is expected to bring this many bytes. @throws Refusal 429 after waiting in vain */
  async enter(expected: number, bodyLimit: number): Promise<Ledger> {
    const bytes = Math.min(expected * WORK_FACTOR, this.#limit);
    if (this.#waiting.size > 0 || this.#used + bytes > this.#limit) await this.#wait(bytes);
    else this.#used += bytes;
    return new Ledger(
      bytes,
      bodyLimit,
      (more) => this.#grow(more),
      (less) => this.#free(less),
    );
  }

  #wait(bytes: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { bytes, resolve };
      this.#waiting.add(waiting);
      const timer = setTimeout(() => {
        if (this.#waiting.delete(waiting)) reject(overloaded());
      }, PATIENCE);
      waiting.resolve = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** What is in work may grow beyond the limit once, so that requests do not wait for each other for ever. */
  #grow(bytes: number): void {
    if (this.#used + bytes > this.#limit * 2) throw overloaded();
    this.#used += bytes;
  }

  #free(bytes: number): void {
    this.#used -= bytes;
    for (const waiting of this.#waiting) {
      if (this.#used + waiting.bytes > this.#limit) break;
      this.#waiting.delete(waiting);
      this.#used += waiting.bytes;
      waiting.resolve();
    }
  }
}

/** What one request has taken of the budget. */
export class Ledger {
  readonly #grow: (bytes: number) => void;
  readonly #free: (bytes: number) => void;
  readonly #bodyLimit: number;
  #reserved: number;
  #needed = 0;
  #taken = 0;

  constructor(
    reserved: number,
    bodyLimit: number,
    grow: (bytes: number) => void,
    free: (bytes: number) => void,
  ) {
    this.#reserved = reserved;
    this.#bodyLimit = bodyLimit;
    this.#grow = grow;
    this.#free = free;
  }

  /** Bytes that one body may bring in all. */
  get limit(): number {
    return this.#bodyLimit;
  }

  /** Bytes that it may still bring. */
  get left(): number {
    return this.#bodyLimit - this.#taken;
  }

  /** Counts bytes that came in, or out of compression. @throws Refusal 413, 429 */
  take(bytes: number): void {
    this.#taken += bytes;
    if (this.#taken > this.#bodyLimit) throw bodyTooLarge(this.#bodyLimit);
    this.#needed += bytes * WORK_FACTOR;
    if (this.#needed <= this.#reserved) return;
    const more = this.#needed - this.#reserved;
    this.#grow(more);
    this.#reserved += more;
  }

  /** Gives everything back; afterwards nothing may be counted. */
  release(): void {
    this.#free(this.#reserved);
    this.#reserved = 0;
  }
}

/** The body, or what is packed in it, is larger than the tenant may send. */
export function bodyTooLarge(limit: number): Refusal {
  return new Refusal(
    413,
    "too-large",
    `the body is larger than ${limit} bytes (unpacked), which is the limit here`,
  );
}

function overloaded(): Refusal {
  return new Refusal(
    429,
    "overloaded",
    "the server has as many requests in work as its memory allows; try again",
    2,
  );
}
