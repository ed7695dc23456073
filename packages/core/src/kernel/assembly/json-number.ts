// Decimal numbers to doubles, to the last bit what JSON.parse gives: an exact product or quotient where digits and
// exponent are few (Clinger, 1990), else one 128-bit product (Lemire, "Number parsing at a gigabyte per second",
// 2021). What is longer or larger than that is left to the caller.
import { allocate } from "./memory";

/** Powers of ten that a double holds exactly. */
const EXACT: i32 = 22;
/** Powers of five for which the table has a 128-bit value. */
const WIDEST: i32 = 27;

let powers: usize = 0;
/** 10^0 to 10^8 as integers. */
let tens: usize = 0;
let fives: usize = 0;

export function initNumbers(): void {
  powers = allocate((EXACT + 1) << 3);
  let power: f64 = 1;
  for (let i = 0; i <= EXACT; i++) {
    store<f64>(powers + (i << 3), power);
    power *= 10;
  }
  tens = allocate(9 << 3);
  let ten: u64 = 1;
  for (let i = 0; i < 9; i++) {
    store<u64>(tens + (i << 3), ten);
    ten *= 10;
  }
  fives = allocate((2 * WIDEST + 1) << 4);
  let five: u64 = 1;
  for (let i = 0; i <= WIDEST; i++) {
    store<u64>(fives + ((WIDEST + i) << 4), five << clz(five));
    if (i > 0) storeReciprocal(i, five);
    five *= 5;
  }
}

/** 2^b / five + 1 in 128 bits, with b so that the first bit is set; by long division. */
function storeReciprocal(i: i32, five: u64): void {
  const bits = 64 - i32(clz(five - 1)) + 127;
  let rest: u64 = 1;
  let high: u64 = 0;
  let low: u64 = 0;
  for (let bit = 0; bit < bits; bit++) {
    rest <<= 1;
    high = (high << 1) | (low >>> 63);
    low <<= 1;
    if (rest >= five) {
      rest -= five;
      low |= 1;
    }
  }
  low++;
  const row = fives + ((WIDEST - i) << 4);
  store<u64>(row, low == 0 ? high + 1 : high);
  store<u64>(row, low, 8);
}

/** 10^n as an integer, n up to 8. */
// @ts-ignore: decorator
@inline
export function tenTo(n: u32): u64 {
  return load<u64>(tens + (n << 3));
}

/** The same as a double, n up to 22. */
// @ts-ignore: decorator
@inline
export function powerOfTen(n: u32): f64 {
  return load<f64>(powers + (n << 3));
}

/** Where the number ended that was read last; 0: it takes the long way. */
export let numberEnd: usize = 0;

/** How many of the eight bytes, from the lowest on, are digits in front of the first that is none. */
// @ts-ignore: decorator
@inline
export function digitCount(eight: u64): i32 {
  const values = eight ^ 0x3030303030303030;
  const others = (((values & 0x7f7f7f7f7f7f7f7f) + 0x7676767676767676) | values) & 0x8080808080808080;
  return others == 0 ? 8 : i32(ctz(others) >> 3);
}

/** The first `count` (1 to 8) of the eight bytes, all digits, as a number: pairs, then fours, then all at once. */
// @ts-ignore: decorator
@inline
export function digitsOf(eight: u64, count: i32): u32 {
  let v = (eight ^ 0x3030303030303030) << ((8 - count) << 3);
  v = v * 10 + (v >>> 8);
  const low = (v & 0x000000ff000000ff) * 0x000f424000000064;
  const high = ((v >>> 16) & 0x000000ff000000ff) * 0x0000271000000001;
  return u32((low + high) >>> 32);
}

/** Digits read so far, and how many; goes on at `at`. Returns what is behind them. */
let digits: u64 = 0;

// @ts-ignore: decorator
@inline
function readDigits(at: usize): usize {
  while (true) {
    const eight = load<u64>(at);
    const count = digitCount(eight);
    if (count == 0) return at;
    digits = digits * load<u64>(tens + (count << 3)) + digitsOf(eight, count);
    at += count;
    if (count < 8) return at;
  }
}

/** After {@link integer}. */
export let integerFound: u64 = 0;

/** A number of up to 15 digits without sign, fraction or exponent. Returns what is behind it; 0: it is another kind. */
// @ts-ignore: decorator
@inline
export function integer(at: usize): usize {
  const eight = load<u64>(at);
  let count = digitCount(eight);
  if (count == 0) return 0;
  let value = u64(digitsOf(eight, count));
  if (count == 8) {
    const more = load<u64>(at, 8);
    const rest = digitCount(more);
    if (rest == 8) return 0;
    if (rest > 0) value = value * load<u64>(tens + (rest << 3)) + digitsOf(more, rest);
    count += rest;
  }
  at += count;
  const c = load<u8>(at);
  if (c == 0x2e || (c | 32) == 0x65) return 0;
  integerFound = value;
  return at;
}

/** The number that begins at `at`. What stands behind the buffer's end must be no digit. */
export function number(at: usize): f64 {
  numberEnd = 0;
  const negative = load<u8>(at) == 0x2d;
  if (negative) at++;
  const first = at;
  digits = 0;
  at = readDigits(at);
  let count = i32(at - first);
  if (count == 0) return 0;
  let exponent = 0;
  if (load<u8>(at) == 0x2e) {
    const point = ++at;
    at = readDigits(at);
    exponent = -i32(at - point);
    if (exponent == 0) return 0;
    count -= exponent;
  }
  if ((load<u8>(at) | 32) == 0x65) {
    at++;
    const sign = load<u8>(at);
    if (sign == 0x2d || sign == 0x2b) at++;
    const start = at;
    let written = 0;
    let c = u32(load<u8>(at)) - 48;
    while (c < 10 && at - start < 4) {
      written = written * 10 + c;
      c = u32(load<u8>(++at)) - 48;
    }
    if (at == start || c < 10) return 0;
    exponent += sign == 0x2d ? -written : written;
  }
  // Nineteen digits fit 64 bits.
  if (count > 19) return 0;
  const value = scaled(digits, exponent, at);
  return negative ? -value : value;
}

function scaled(digits: u64, exponent: i32, end: usize): f64 {
  numberEnd = end;
  if (exponent == 0 || digits == 0) return f64(digits);
  if (digits <= 0x20000000000000 && exponent >= -EXACT && exponent <= EXACT) {
    return exponent < 0
      ? f64(digits) / load<f64>(powers + (-exponent << 3))
      : f64(digits) * load<f64>(powers + (exponent << 3));
  }
  if (exponent >= -WIDEST && exponent <= WIDEST) return rounded(digits, exponent);
  numberEnd = 0;
  return 0;
}

let productLow: u64 = 0;

/** High half of a 64 by 64 bit product; the low half goes to `productLow`. */
function product(a: u64, b: u64): u64 {
  const aLow = a & 0xffffffff;
  const aHigh = a >>> 32;
  const bLow = b & 0xffffffff;
  const bHigh = b >>> 32;
  const low = aLow * bLow;
  const middle = aHigh * bLow + (low >>> 32);
  const cross = aLow * bHigh + (middle & 0xffffffff);
  productLow = (cross << 32) | (low & 0xffffffff);
  return aHigh * bHigh + (middle >>> 32) + (cross >>> 32);
}

/** The double nearest to `digits` · 10^`exponent`. */
function rounded(digits: u64, exponent: i32): f64 {
  const zeros = clz(digits);
  const shifted = digits << zeros;
  const five = fives + ((exponent + WIDEST) << 4);
  let high = product(shifted, load<u64>(five));
  let low = productLow;
  if ((high & 0x1ff) == 0x1ff) {
    const more = product(shifted, load<u64>(five, 8));
    low += more;
    if (more > low) high++;
  }
  const upper = high >>> 63;
  const shift = upper + 9;
  let mantissa = high >>> shift;
  let power = u64((((152170 + 65536) * exponent) >> 16) + 63 + 1023) + upper - zeros;
  // Right in the middle between two doubles: to the even one.
  if (low <= 1 && exponent >= -4 && exponent <= 23 && (mantissa & 3) == 1 && mantissa << shift == high) {
    mantissa &= ~(<u64>1);
  }
  mantissa = (mantissa + (mantissa & 1)) >>> 1;
  if (mantissa >= 0x20000000000000) {
    mantissa = 0x10000000000000;
    power++;
  }
  return reinterpret<f64>((mantissa & 0xfffffffffffff) | (power << 52));
}
