import { Refusal } from "../refusal.ts";
import type { SeriesProfile } from "../store/store.ts";
import { labelsKey } from "./labels.ts";

/** Series count as active for one to two of these, in milliseconds. */
const GENERATION = 3_600_000;

/**
 * Tenants and series that are counted, of all tenants together: where nobody is asked for a token, anybody can make up
 * more. (A million series take some 40 MB.)
 */
const MOST_TENANTS = 10_000;
const MOST_SERIES = 4_000_000;

interface Tenant {
  since: number;
  current: Set<number>;
  previous: Set<number>;
}

/**
 * Counts the active series of each tenant, by a hash of 52 bits each, so that labels with endless values do not
 * fill the index. Series that are known pass at any number. The tenants that were away for the longest are forgotten
 * where all of them together are too many.
 */
export class SeriesGate {
  readonly #tenants = new Map<string, Tenant>();
  readonly #now: () => number;
  readonly #most: { readonly tenants: number; readonly series: number };
  #series = 0;

  constructor(
    now: () => number = Date.now,
    most: { readonly tenants: number; readonly series: number } = {
      tenants: MOST_TENANTS,
      series: MOST_SERIES,
    },
  ) {
    this.#now = now;
    this.#most = most;
  }

  /** Tenants that are remembered. */
  get tenants(): number {
    return this.#tenants.size;
  }

  /** Active series of a tenant. */
  active(tenant: string): number {
    const known = this.#tenants.get(tenant);
    return known === undefined ? 0 : known.current.size + known.previous.size;
  }

  /** @throws Refusal 429 where the profiles would bring more series than the tenant may have */
  admit(tenant: string, profiles: readonly SeriesProfile[], limit: number): void {
    const known = this.#tenant(tenant);
    for (const { type, labels } of profiles) {
      const key = hash(`${type} ${labelsKey(labels)}`);
      if (known.current.has(key)) continue;
      if (known.previous.delete(key)) {
        known.current.add(key);
        continue;
      }
      if (known.current.size + known.previous.size >= limit) {
        throw new Refusal(
          429,
          "series-limit",
          `tenant ${JSON.stringify(tenant)} has ${limit} active series, which is its limit; new label values are refused`,
        );
      }
      known.current.add(key);
      this.#series++;
    }
    this.#makeRoom(known);
  }

  #makeRoom(keep: Tenant): void {
    for (const [tenant, known] of this.#tenants) {
      if (this.#tenants.size <= this.#most.tenants && this.#series <= this.#most.series) return;
      if (known === keep) continue;
      this.#tenants.delete(tenant);
      this.#series -= sizeOf(known);
    }
  }

  #tenant(tenant: string): Tenant {
    const now = this.#now();
    let known = this.#tenants.get(tenant);
    if (known === undefined) known = { since: now, current: new Set(), previous: new Set() };
    else if (now - known.since >= GENERATION) {
      const before = sizeOf(known);
      known.previous = now - known.since < 2 * GENERATION ? known.current : new Set();
      known.current = new Set();
      known.since = now;
      this.#series -= before - sizeOf(known);
    }
    // The last in line, as the one that came last.
    this.#tenants.delete(tenant);
    this.#tenants.set(tenant, known);
    return known;
  }
}

function sizeOf({ current, previous }: Tenant): number {
  return current.size + previous.size;
}

/** Two FNV-1a hashes of 26 bits, as one number. */
function hash(text: string): number {
  let [low, high] = [0x811c9dc5, 0x01000193];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ code, 0x85ebca6b);
  }
  return (low >>> 6) * 2 ** 26 + (high >>> 6);
}
