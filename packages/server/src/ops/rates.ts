import { Refusal } from "../refusal.ts";

interface Bucket {
  tokens: number;
  at: number;
}

/** Tenants whose buckets are kept: where nobody is asked for a token, anybody can make up more. */
const MOST_TENANTS = 10_000;

/**
 * Bytes per second of each tenant: a bucket that fills at the rate and holds the burst. The tenant that was away for the
 * longest is forgotten where they are too many: its bucket is the likeliest to be full again, as a new one is.
 */
export class ByteRates {
  readonly #buckets = new Map<string, Bucket>();
  readonly #now: () => number;

  /** `now`: milliseconds of any clock. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Tenants that are remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  /** Counts bytes of a tenant. @throws Refusal 429 with the seconds after which there is room again */
  take(
    tenant: string,
    bytes: number,
    limits: { readonly bytesPerSecond: number; readonly burst: number },
  ): void {
    const { bytesPerSecond: rate } = limits;
    if (rate === 0) return;
    const now = this.#now();
    const size = Math.max(limits.burst, rate);
    const bucket = this.#buckets.get(tenant) ?? { tokens: size, at: now };
    bucket.tokens = Math.min(size, bucket.tokens + ((now - bucket.at) / 1000) * rate);
    bucket.at = now;
    // The last in line, as the one that came last.
    this.#buckets.delete(tenant);
    this.#buckets.set(tenant, bucket);
    if (this.#buckets.size > MOST_TENANTS) this.#buckets.delete(this.#buckets.keys().next().value!);
    // A body larger than the bucket passes when the bucket is full, and is paid for afterwards.
    if (bucket.tokens < Math.min(bytes, size)) {
      const seconds = Math.ceil((Math.min(bytes, size) - bucket.tokens) / rate);
      throw new Refusal(
        429,
        "rate-limit",
        `tenant ${JSON.stringify(tenant)} sends more than ${rate} bytes per second`,
        seconds,
      );
    }
    bucket.tokens -= bytes;
  }
}
