import { Refusal } from "../refusal.ts";

const UNITS: ReadonlyMap<string, bigint> = new Map([
  ["s", 1_000_000_000n],
  ["m", 60_000_000_000n],
  ["h", 3_600_000_000_000n],
  ["d", 86_400_000_000_000n],
  ["w", 604_800_000_000_000n],
]);

/**
 * Nanoseconds since the Unix epoch of what `from` and `until` hold: seconds, milli-, micro- or nanoseconds told by
 * the number of digits, a day as `YYYYMMDD`, `now`, or `now-1h`. `now` in nanoseconds.
 * @throws Refusal 400
 */
export function parseTime(text: string, now: bigint): bigint {
  const relative = /^now(?:-(\d{1,9})([smhdw]))?$/.exec(text);
  if (relative !== null) {
    return relative[1] === undefined ? now : now - BigInt(relative[1]) * UNITS.get(relative[2]!)!;
  }
  if (!/^\d{1,19}(?:\.\d+)?$/.test(text)) throw bad(text);
  const [whole = "", fraction = ""] = text.split(".");
  if (whole.length === 8 && fraction === "") return day(whole);
  const decimals = BigInt(fraction.slice(0, 9).padEnd(9, "0"));
  if (whole.length <= 11) return BigInt(whole) * 1_000_000_000n + decimals;
  if (whole.length <= 14) return BigInt(whole) * 1_000_000n;
  if (whole.length <= 17) return BigInt(whole) * 1000n;
  return BigInt(whole);
}

function day(digits: string): bigint {
  const iso = `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6)}T00:00:00Z`;
  const time = Date.parse(iso);
  if (Number.isNaN(time)) throw bad(digits);
  return BigInt(time) * 1_000_000n;
}

function bad(text: string): Refusal {
  return new Refusal(
    400,
    "bad-time",
    `${JSON.stringify(text.slice(0, 80))} is no time: use seconds (or ms, µs, ns) since 1970, YYYYMMDD, or now-1h`,
  );
}
