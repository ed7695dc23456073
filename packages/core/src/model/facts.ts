import type { Notes } from "./notes.ts";
import type { ProfileMeta } from "./profile.ts";

/** Nanoseconds (and amounts) beyond 64 bits are no measurement: files that say so are wrong, and no format holds them. */
const LIMIT = 2 ** 63;

/** True for a length of time, in nanoseconds. */
export function isDuration(value: number): boolean {
  return value >= 0 && value < LIMIT;
}

/** True for an amount between two samples. */
export function isPeriod(value: number): boolean {
  return Math.abs(value) < LIMIT;
}

/** True for nanoseconds of a clock: since 1677 and until 2262 where it is the wall's. */
export function isTime(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value;
}

/** The facts of a recording without those that cannot be true, which become notes. */
export function soundFacts(meta: ProfileMeta, notes: Notes): ProfileMeta {
  const facts: { -readonly [Key in keyof ProfileMeta]: ProfileMeta[Key] } = { ...meta };
  const left = (what: string): void =>
    notes.add(
      "skipped",
      `impossible-${what}`,
      `The ${what} in the file does not fit into 64 bits: it was left out.`,
    );
  if (meta.duration !== undefined && !isDuration(meta.duration)) {
    delete facts.duration;
    left("duration");
  }
  if (meta.period !== undefined && !isPeriod(meta.period.value)) {
    delete facts.period;
    left("period");
  }
  if (meta.timeOrigin !== undefined && !isTime(meta.timeOrigin)) {
    delete facts.timeOrigin;
    delete facts.clock;
    left("date");
  }
  return facts;
}
