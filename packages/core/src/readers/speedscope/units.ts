import type { ValueType } from "../../model/profile.ts";

/** What a profile's unit means for us. */
export interface UnitMeaning {
  readonly valueType: ValueType;
  /** Our unit per unit of the file. */
  readonly factor: number;
  /** True where values on the profile's axis are times. */
  readonly isTime: boolean;
}

const NANOSECONDS: Readonly<Record<string, number>> = {
  nanoseconds: 1,
  microseconds: 1e3,
  milliseconds: 1e6,
  seconds: 1e9,
};

/**
 * Times of any unit become nanoseconds. "none" is what exporters write for a number of samples. A unit that the
 * format does not have keeps its own name.
 */
export function meaningOf(unit: string): UnitMeaning {
  const factor = Object.hasOwn(NANOSECONDS, unit) ? NANOSECONDS[unit] : undefined;
  if (factor !== undefined) return { valueType: { name: "time", unit: "nanoseconds" }, factor, isTime: true };
  if (unit === "none" || unit === "") return plain({ name: "samples", unit: "count" });
  if (unit === "bytes") return plain({ name: "space", unit: "bytes" });
  return plain({ name: "weight", unit });
}

function plain(valueType: ValueType): UnitMeaning {
  return { valueType, factor: 1, isTime: false };
}

/** `value` in our unit: 1.1 s are 1,100,000,000 ns, not 1,100,000,000.0000001. */
export function scaled(value: number, factor: number): number {
  if (factor === 1) return value;
  const exact = value * factor;
  const whole = Math.round(exact);
  return Math.abs(exact - whole) <= Math.abs(exact) * 2 ** -50 ? whole : exact;
}
