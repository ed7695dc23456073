/** What became of numbers that an int64 cannot hold. */
export interface Int64Rounding {
  /** Numbers that are no whole numbers. */
  rounded: number;
  /** Sum of what rounding added or took away. */
  change: number;
  /** Numbers beyond ±2^63. */
  clamped: number;
}

const MAX = 2n ** 63n - 1n;

/** The nearest int64, counted where it differs from `value`. */
export function toInt64(value: number, rounding: Int64Rounding): number | bigint {
  if (Number.isSafeInteger(value)) return value;
  const whole = Math.round(value);
  if (whole !== value) {
    rounding.rounded++;
    rounding.change += whole - value;
  }
  if (Number.isSafeInteger(whole)) return whole;
  const big = BigInt(whole);
  if (big <= MAX && big >= -MAX - 1n) return big;
  rounding.clamped++;
  return big > 0n ? MAX : -MAX - 1n;
}
