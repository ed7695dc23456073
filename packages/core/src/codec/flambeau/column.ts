import { BLOCK_ROWS } from "./format.ts";

/**
 * How the values of a block are packed: the lower half of the first byte; the upper half is the number of decimal
 * places `k` of packings 0 to 2, whose varints then hold `value × 10^k`.
 *
 * ```
 * 0 plain    varints of values that are not negative
 * 1 signed   varints of zigzag (0, -1, 1, -2 … → 0, 1, 2, 3 …)
 * 2 delta    zigzag varints of the difference to the row before (the first: to 0)
 * 3 raw      doubles as eight planes: every lowest byte, then every next one …
 * ```
 */
const Packing = { plain: 0, signed: 1, delta: 2, raw: 3 } as const;

/** Integers up to here and their differences stay exact as zigzag numbers. */
const LARGEST = 2 ** 51;
const MAX_PLACES = 9;
const POWERS: readonly number[] = Array.from({ length: MAX_PLACES + 1 }, (_, k) => 10 ** k);

const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/** Bytes that a block of this many rows needs at most, its packing byte included. */
export function packedBound(rows: number): number {
  return 1 + rows * 8;
}

/** Packs the first `rows` values into `out` from `at`; returns the end. `values` is used up. */
export function packColumn(values: Float64Array, rows: number, out: Uint8Array, at: number): number {
  const places = decimalPlaces(values, rows);
  if (places === undefined) return packRaw(values, rows, out, at);
  if (places > 0) {
    const power = POWERS[places]!;
    for (let row = 0; row < rows; row++) values[row] = Math.round(values[row]! * power);
  }
  const packing = choosePacking(values, rows);
  if (packing === undefined) {
    const power = POWERS[places]!;
    for (let row = 0; row < rows; row++) values[row] = values[row]! / power;
    return packRaw(values, rows, out, at);
  }
  out[at++] = packing | (places << 4);
  let before = 0;
  for (let row = 0; row < rows; row++) {
    const value = values[row]!;
    let rest = packing === Packing.delta ? value - before : value;
    before = value;
    if (packing !== Packing.plain) rest = rest < 0 ? -2 * rest - 1 : 2 * rest;
    for (; rest >= 0x80000000; rest = Math.floor(rest / 128)) out[at++] = (rest % 128) | 128;
    for (; rest >= 128; rest >>>= 7) out[at++] = (rest & 127) | 128;
    out[at++] = rest;
  }
  return at;
}

/** The fewest decimal places with which every value is an exact integer, or undefined. */
function decimalPlaces(values: Float64Array, rows: number): number | undefined {
  let places = 0;
  for (let row = 0; row < rows; row++) {
    const value = values[row]!;
    // Written in decimals, -0 would come back as 0.
    if (!(Math.abs(value) <= LARGEST) || (value === 0 && 1 / value < 0)) return undefined;
    while (!isDecimal(value, POWERS[places]!)) if (++places > MAX_PLACES) return undefined;
  }
  if (places === 0) return 0;
  const power = POWERS[places]!;
  for (let row = 0; row < rows; row++) if (!isDecimal(values[row]!, power)) return undefined;
  return places;
}

function isDecimal(value: number, power: number): boolean {
  const scaled = Math.round(value * power);
  return scaled / power === value && Math.abs(scaled) <= LARGEST;
}

/** The packing with the fewest bytes; undefined where raw doubles have fewer. */
function choosePacking(values: Float64Array, rows: number): number | undefined {
  let plain = 0;
  let delta = 0;
  let least = 0;
  let before = 0;
  for (let row = 0; row < rows; row++) {
    const value = values[row]!;
    if (value < least) least = value;
    plain += varintLength(value < 0 ? -2 * value - 1 : value);
    const step = value - before;
    delta += varintLength(step < 0 ? -2 * step - 1 : 2 * step);
    before = value;
  }
  if (least < 0) plain += rows >> 3;
  if (Math.min(plain, delta) >= rows * 8) return undefined;
  if (delta < plain) return Packing.delta;
  return least < 0 ? Packing.signed : Packing.plain;
}

function varintLength(value: number): number {
  if (value < 128) return 1;
  if (value < 16384) return 2;
  if (value < 2097152) return 3;
  let length = 4;
  for (let rest = value / 2097152; rest >= 128; rest /= 128) length++;
  return length;
}

function packRaw(values: Float64Array, rows: number, out: Uint8Array, at: number): number {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, rows * 8);
  out[at++] = Packing.raw;
  for (let plane = 0; plane < 8; plane++) {
    let from = LITTLE_ENDIAN ? plane : 7 - plane;
    for (let row = 0; row < rows; row++, from += 8) out[at++] = bytes[from]!;
  }
  return at;
}

/**
 * Unpacks `rows` values of a block that lies in `[at, end)` into `values`. Returns false where the bytes do not hold
 * exactly so many.
 */
export function unpackColumn(
  bytes: Uint8Array,
  at: number,
  end: number,
  rows: number,
  values: Float64Array,
): boolean {
  // Every row has a byte at least: memory cannot grow beyond what is there.
  if (rows > BLOCK_ROWS || end - at < rows + 1) return false;
  const packing = bytes[at]! & 15;
  const places = bytes[at]! >> 4;
  if (packing === Packing.raw) return unpackRaw(bytes, at + 1, end, rows, values);
  if (packing > Packing.raw || places > MAX_PLACES) return false;
  if (!unpackVarints(bytes, at + 1, end, rows, values)) return false;
  if (packing !== Packing.plain) unzigzag(values, rows, packing === Packing.delta);
  if (places > 0) {
    const power = POWERS[places]!;
    for (let row = 0; row < rows; row++) values[row] = values[row]! / power;
  }
  return true;
}

function unpackVarints(
  bytes: Uint8Array,
  at: number,
  end: number,
  rows: number,
  values: Float64Array,
): boolean {
  for (let row = 0; row < rows; row++) {
    // Beyond the end, undefined ends the number; the position tells afterwards.
    let byte = bytes[at++]!;
    if (byte < 128) {
      values[row] = byte;
      continue;
    }
    let value = byte & 127;
    byte = bytes[at++]!;
    value |= (byte & 127) << 7;
    if (byte >= 128) {
      byte = bytes[at++]!;
      value |= (byte & 127) << 14;
      for (let unit = 2097152; byte >= 128; unit *= 128) {
        if (unit > LARGEST * 8) return false;
        byte = bytes[at++]!;
        value += (byte & 127) * unit;
      }
    }
    values[row] = value;
  }
  return at === end;
}

function unzigzag(values: Float64Array, rows: number, delta: boolean): void {
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    const value = values[row]!;
    const half = Math.floor(value / 2);
    const signed = half * 2 === value ? half : -half - 1;
    sum = delta ? sum + signed : signed;
    values[row] = sum;
  }
}

function unpackRaw(bytes: Uint8Array, at: number, end: number, rows: number, values: Float64Array): boolean {
  if (end - at !== rows * 8) return false;
  const target = new Uint8Array(values.buffer, values.byteOffset, rows * 8);
  for (let plane = 0; plane < 8; plane++) {
    let to = LITTLE_ENDIAN ? plane : 7 - plane;
    for (let row = 0; row < rows; row++, to += 8) target[to] = bytes[at++]!;
  }
  return true;
}
