/**
 * `sprintf "%.Nf"` as C does it: the exact value, ties to even. `toFixed` takes the larger one of a tie, so that
 * 0.125 would show as 0.13 where flamegraph.pl shows 0.12.
 */
export function fixed(value: number, digits: number): string {
  const scaled = value * 2 ** (digits + 1);
  if (Number.isInteger(scaled) && scaled % 2 !== 0) {
    const down = Math.floor(value * 10 ** digits);
    const even = down % 2 === 0 ? down : down + 1;
    return (even / 10 ** digits).toFixed(digits);
  }
  return value.toFixed(digits);
}

/** A count with thousands separators, rounded to a whole number: `1,234`. */
export function withCommas(value: number): string {
  const digits = Math.abs(value) < 1e21 ? fixed(value, 0) : BigInt(Math.round(value)).toString();
  return digits.replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A coordinate: one decimal as flamegraph.pl rounds it, without a needless `.0`. */
export function coordinate(value: number): string {
  const text = fixed(value, 1);
  return text.endsWith(".0") ? text.slice(0, -2) : text;
}

/** `12.3`, `0.04`, `100`: digits enough to tell small shares from nothing. */
export function percent(part: number, whole: number): string {
  return whole === 0 ? "0.00" : fixed((100 * part) / whole, 2);
}
