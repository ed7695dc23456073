/** Units of the values as the profile has them. */
export type Unit = "count" | "nanoseconds" | "bytes";

/** pprof's units (internal/measurement): multiples of bytes are powers of 1,024. */
const FACTORS: ReadonlyMap<string, readonly [Unit, number]> = new Map([
  ["ns", ["nanoseconds", 1]],
  ["us", ["nanoseconds", 1e3]],
  ["µs", ["nanoseconds", 1e3]],
  ["ms", ["nanoseconds", 1e6]],
  ["s", ["nanoseconds", 1e9]],
  ["mins", ["nanoseconds", 60e9]],
  ["hrs", ["nanoseconds", 3600e9]],
  ["days", ["nanoseconds", 86400e9]],
  ["weeks", ["nanoseconds", 604800e9]],
  ["B", ["bytes", 1]],
  ["kB", ["bytes", 2 ** 10]],
  ["MB", ["bytes", 2 ** 20]],
  ["GB", ["bytes", 2 ** 30]],
  ["TB", ["bytes", 2 ** 40]],
  ["PB", ["bytes", 2 ** 50]],
  ["", ["count", 1]],
]);

/** A value with its unit: `10ms` is 10,000,000 nanoseconds. Undefined where the text is none. */
export function parseAmount(text: string): { amount: number; unit: Unit } | undefined {
  const parts = /^(-?(?:\d{1,19}(?:\.\d{1,9})?))([^\d.]*)$/.exec(text);
  const known = parts === null ? undefined : FACTORS.get(parts[2]!);
  if (parts === null || known === undefined) return undefined;
  const [unit, factor] = known;
  return { amount: Math.round(Number(parts[1]) * factor), unit };
}
