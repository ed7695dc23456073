const UNITS: readonly (readonly [RegExp, number])[] = [
  [/^s/, 1_000],
  [/^(?:mon|M)/, 30 * 86_400_000],
  [/^m/, 60_000],
  [/^h/, 3_600_000],
  [/^d/, 86_400_000],
  [/^w/, 7 * 86_400_000],
  [/^y/, 365 * 86_400_000],
];

/**
 * A time as Pyroscope's URLs write it, in milliseconds since the Unix epoch: seconds, milliseconds, microseconds or
 * nanoseconds by their number of digits, `YYYYMMDD`, `now`, `now-1h`, `now-1d12h`. Undefined where it is none of them.
 */
export function atTime(text: string, now: number): number | undefined {
  const plain = text.trim().replace(/[_, ]/g, "");
  if (/^\d+$/.test(plain)) return ofDigits(plain);
  const relative = /^(?:now)?((?:[+-](?:\d+[a-zA-Z]+)+)?)$/.exec(plain);
  if (relative === null || plain === "") return undefined;
  const offset = relative[1]!;
  const sign = offset.startsWith("-") ? -1 : 1;
  let sum = 0;
  for (const [, number, unit] of offset.matchAll(/(\d+)([a-zA-Z]+)/g)) {
    const scale = UNITS.find(([pattern]) => pattern.test(unit!))?.[1];
    if (scale === undefined) return undefined;
    sum += Number(number) * scale;
  }
  return now + sign * sum;
}

function ofDigits(digits: string): number {
  const day = /^((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$/.exec(digits);
  if (day !== null) return Date.UTC(Number(day[1]), Number(day[2]) - 1, Number(day[3]));
  if (digits.length === 13) return Number(digits);
  if (digits.length === 16) return Number(digits) / 1e3;
  if (digits.length === 19) return Number(digits) / 1e6;
  return Number(digits) * 1e3;
}
