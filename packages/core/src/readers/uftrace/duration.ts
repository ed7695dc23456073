const NANOSECONDS: ReadonlyMap<string, number> = new Map([
  ["ns", 1],
  ["us", 1e3],
  ["ms", 1e6],
  ["s", 1e9],
  ["m", 60e9],
  ["h", 3600e9],
]);

/** Nanoseconds of `12.345` and `us`; undefined for a unit that uftrace does not have. */
export function durationOf(number: string, unit: string): number | undefined {
  const scale = NANOSECONDS.get(unit);
  return scale === undefined ? undefined : Math.round(Number(number) * scale);
}
