/** The factor between neighbours and the names of a unit's multiples, smallest first. */
interface Scale {
  readonly steps: readonly (readonly [factor: number, name: string])[];
}

const time: Scale = {
  steps: [
    [1, "ns"],
    [1e3, "µs"],
    [1e6, "ms"],
    [1e9, "s"],
    [60e9, "min"],
    [3600e9, "h"],
  ],
};

const bytes: Scale = {
  steps: [
    [1, "B"],
    [2 ** 10, "KiB"],
    [2 ** 20, "MiB"],
    [2 ** 30, "GiB"],
    [2 ** 40, "TiB"],
  ],
};

const timeFactors = new Map([
  ["nanoseconds", 1],
  ["microseconds", 1e3],
  ["milliseconds", 1e6],
  ["seconds", 1e9],
  ["minutes", 60e9],
  ["hours", 3600e9],
]);

/** True where a weight reads better in a multiple of its unit: times and bytes. */
export function isScalable(unit: string): boolean {
  return timeFactors.has(unit) || unit === "bytes";
}

/** A weight as people say it: `1.82 s`, `3.4 MiB`, `12,345`. */
export function humanWeight(value: number, unit: string): string {
  const factor = timeFactors.get(unit);
  if (factor !== undefined) return scaled(value * factor, time);
  if (unit === "bytes") return scaled(value, bytes);
  const number = grouped(value);
  return unit === "count" || unit === "" ? number : `${number} ${unit}`;
}

/** Nanoseconds as people say them. */
export function humanTime(nanoseconds: number): string {
  return scaled(nanoseconds, time);
}

/** Bytes as people say them. */
export function humanBytes(count: number): string {
  return scaled(count, bytes);
}

/** Digits in groups of three, at most three decimals. Intl would cost 10 ms at its first use. */
export function grouped(value: number): string {
  if (!Number.isFinite(value) || Math.abs(value) >= 1e21) return String(value);
  const [whole = "", fraction = ""] = Math.abs(value).toFixed(3).split(".");
  const digits = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  const decimals = fraction.replace(/0+$/, "");
  const text = decimals === "" ? digits : `${digits}.${decimals}`;
  return value < 0 && text !== "0" ? `-${text}` : text;
}

/** Three significant digits; more where the whole part has more. */
function scaled(value: number, scale: Scale): string {
  const size = Math.abs(value);
  let [factor, name] = scale.steps[0]!;
  for (const step of scale.steps) if (size >= step[0]) [factor, name] = step;
  const amount = value / factor;
  const digits = Math.abs(amount) >= 100 ? 0 : Math.abs(amount) >= 10 ? 1 : 2;
  return `${grouped(Number(amount.toFixed(digits)))} ${name}`;
}
