// Finds the ends of JSON values. Buffers end with a NUL, behind which at least 128 bytes can be read.

export const QUOTE: u8 = 0x22;
export const COMMA: u8 = 0x2c;
export const COLON: u8 = 0x3a;
export const BACKSLASH: u8 = 0x5c;
export const OPEN_ARRAY: u8 = 0x5b;
export const CLOSE_ARRAY: u8 = 0x5d;
export const OPEN_OBJECT: u8 = 0x7b;
export const CLOSE_OBJECT: u8 = 0x7d;

/** State of a skip that goes on when there is more input: open brackets, and whether within a string. */
export let skipDepth: u32 = 0;
export let skipInString: bool = false;

/** Behind the blanks; there is always a NUL that ends them. */
// @ts-ignore: decorator
@inline
export function blanks(at: usize): usize {
  let c = load<u8>(at);
  while (c == 32 || c == 10 || c == 13 || c == 9) c = load<u8>(++at);
  return at;
}

/** The closing quote of a string whose inside begins at `at`; 0 where it does not end before `end`. */
export function stringEnd(at: usize, end: usize): usize {
  const quote = i8x16.splat(0x22);
  const backslash = i8x16.splat(0x5c);
  while (at < end) {
    const block = v128.load(at);
    const found = v128.bitmask<u8>(v128.or(v128.eq<u8>(block, quote), v128.eq<u8>(block, backslash)));
    if (found == 0) {
      at += 16;
      continue;
    }
    at += ctz(found);
    if (at >= end) return 0;
    if (load<u8>(at) == QUOTE) return at;
    at += 2;
  }
  return 0;
}

/** A block's bytes that are brackets or quotes. */
// @ts-ignore: decorator
@inline
function structure(at: usize): u32 {
  const block = v128.load(at);
  // Brackets of both kinds differ in one bit: 5b and 7b, 5d and 7d.
  const folded = v128.and(block, i8x16.splat(-33));
  const open = v128.eq<u8>(folded, i8x16.splat(0x5b));
  const close = v128.eq<u8>(folded, i8x16.splat(0x5d));
  return v128.bitmask<u8>(v128.or(v128.or(open, close), v128.eq<u8>(block, i8x16.splat(0x22))));
}

/**
 * Goes on behind the last closing bracket of `depth` open ones, or behind the closing quote, or to `end`; an escape that
 * the end cuts in two stays unread. Says in {@link skipDepth} and {@link skipInString} what is open then.
 */
export function skip(at: usize, end: usize, depth: u32, inString: bool): usize {
  skipInString = inString;
  skipDepth = depth;
  if (inString) {
    at = skipString(at, end);
    if (skipInString) return at;
  }
  while (skipDepth > 0 && at < end) {
    let found = structure(at);
    const block = at;
    at += 16;
    while (found != 0) {
      const place = block + ctz(found);
      if (place >= end) return end;
      found &= found - 1;
      const c = load<u8>(place);
      if (c == QUOTE) {
        at = skipString(place + 1, end);
        if (skipInString) return at;
        // The string may end within the block.
        if (at - block >= 16) break;
        found &= u32(0xffff) << u32(at - block);
        at = block + 16;
      } else if ((c & 2) != 0) skipDepth++;
      else if (--skipDepth == 0) return place + 1;
    }
  }
  return min(at, end);
}

function skipString(at: usize, end: usize): usize {
  const close = stringEnd(at, end);
  skipInString = close == 0;
  if (close != 0) return close + 1;
  // An odd number of backslashes at the end: the last one is half of an escape.
  let back = end;
  while (back > at && load<u8>(back - 1) == BACKSLASH) back--;
  return end - ((end - back) & 1);
}

/** Digits, letters, signs and points: what numbers and words are made of. */
// @ts-ignore: decorator
@inline
function isScalar(c: u8): bool {
  return u8(c - 48) < 10 || u8((c | 32) - 97) < 26 || c == 0x2d || c == 0x2b || c == 0x2e;
}

/** Behind the value at `at`; 0 where it does not end before `end`, or is none. */
export function valueEnd(at: usize, end: usize): usize {
  const c = load<u8>(at);
  if (c == QUOTE) {
    const close = stringEnd(at + 1, end);
    return close == 0 ? 0 : close + 1;
  }
  if (c == OPEN_OBJECT || c == OPEN_ARRAY) {
    const behind = skip(at + 1, end, 1, false);
    return skipDepth == 0 && !skipInString ? behind : 0;
  }
  const start = at;
  while (isScalar(load<u8>(at))) at++;
  return at == start || at >= end ? 0 : at;
}
