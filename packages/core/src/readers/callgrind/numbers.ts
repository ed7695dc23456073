const ZERO = 0x30;
/** Digits that a double holds exactly, whatever they are. */
const EXACT_DIGITS = 15;

/** The first byte from `at` on that is no blank, or `end`. */
export function passBlanks(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && (bytes[at] === 0x20 || (bytes[at]! >= 0x09 && bytes[at]! <= 0x0d))) at++;
  return at;
}

/** The first blank from `at` on, or `end`. */
export function wordEnd(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && bytes[at] !== 0x20 && (bytes[at]! < 0x09 || bytes[at]! > 0x0d)) at++;
  return at;
}

/** The first byte from `at` on that is no digit, or `end`. */
export function numberEnd(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && bytes[at]! >= ZERO && bytes[at]! <= ZERO + 9) at++;
  return at;
}

/** The number that digits make: the nearest double, where they are very many. */
export function numberAt(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let i = start; i < end; i++) value = value * 10 + (bytes[i]! - ZERO);
  return value;
}

/** A word as JavaScript reads a number: decimal, `0x…`, with a point or an exponent. NaN for anything else. */
export function wordNumber(bytes: Uint8Array, start: number, end: number): number {
  if (end > start && end - start <= EXACT_DIGITS && numberEnd(bytes, start, end) === end)
    return numberAt(bytes, start, end);
  if (end === start || end - start > 400) return Number.NaN;
  let text = "";
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]!);
  return Number(text);
}
