import { Refusal } from "../refusal.ts";
import type { SeriesProfile } from "../store/store.ts";
import { labelsKey } from "./labels.ts";

/** Series count as active for one to two of these, in milliseconds. */
const GENERATION = 3_600_000;

interface Tenant {
  since: number;
  current: Set<number>;
  previous: Set<number>;
}

/**
 * Counts the active series of each tenant, by a hash of 52 bits each, so that labels with endless values do not
 * fill the index. Series that are known pass at any number.
 */
export class SeriesGate {
  readonly #tenants = new Map<string, Tenant>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
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
    }
  }

  #tenant(tenant: string): Tenant {
    const now = this.#now();
    let known = this.#tenants.get(tenant);
    if (known === undefined) {
      known = { since: now, current: new Set(), previous: new Set() };
      this.#tenants.set(tenant, known);
    } else if (now - known.since >= GENERATION) {
      known.previous = now - known.since < 2 * GENERATION ? known.current : new Set();
      known.current = new Set();
      known.since = now;
    }
    return known;
  }
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
