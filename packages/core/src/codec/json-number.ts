/** Powers of ten that a double holds exactly. */
const POWERS: readonly number[] = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/** Digits, signs, points and the letters of exponents and words. */
export function isScalarByte(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    (byte >= 0x41 && byte <= 0x5a) ||
    byte === 0x2d ||
    byte === 0x2b ||
    byte === 0x2e
  );
}

/**
 * `-12.375` exactly, where digits and exponent are few: an integer and a power of ten that doubles hold exactly
 * give a correctly rounded quotient (Clinger, 1990). Undefined where they are not few.
 */
export function decimal(bytes: Uint8Array, start: number, end: number): number | undefined {
  if (end - start > 17) return undefined;
  const negative = bytes[start] === 0x2d;
  let digits = 0;
  let fraction = -1;
  let value = 0;
  for (let at = negative ? start + 1 : start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === 0x2e && fraction < 0) fraction = digits;
    else if (byte >= 0x30 && byte <= 0x39) {
      value = value * 10 + (byte - 0x30);
      digits++;
    } else return undefined;
  }
  if (digits === 0 || digits > 15) return undefined;
  if (fraction === digits || fraction === 0) return undefined;
  if (fraction > 0) value /= POWERS[digits - fraction]!;
  return negative ? -value : value;
}
