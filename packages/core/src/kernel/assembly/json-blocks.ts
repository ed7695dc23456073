// Lists of plain numbers, 64 bytes at a time: what separates them is found for the whole block at once, so that no number
// waits until the one before it has been read. Blanks, signs, exponents, words and more than eight digits in a row end
// the scan: the caller goes on from there one element at a time.
import { digitsOf, powerOfTen, tenTo } from "./json-number";
import { CLOSE_ARRAY, COMMA, OPEN_ARRAY } from "./json-scan";

/** Bytes looked at together: as many as a mask has bits. */
const BLOCK: usize = 64;
const POINT: u8 = 0x2e;
/** The largest integer up to which all are doubles. */
const EXACT: u64 = 0x20000000000000;

// @ts-ignore: decorator
@inline
function isDigit(at: usize, offset: usize): u64 {
  const values = v128.sub<u8>(v128.load(at + offset), i8x16.splat(0x30));
  return u64(u32(v128.bitmask<u8>(v128.lt<u8>(values, i8x16.splat(10))))) << u64(offset);
}

/** A bit for each of the block's bytes that is no digit, but for the first byte. */
// @ts-ignore: decorator
@inline
function separators(at: usize): u64 {
  const digits = isDigit(at, 0) | isDigit(at, 16) | isDigit(at, 32) | isDigit(at, 48);
  return ~digits & ~(<u64>1);
}

/** The number of one to eight digits in front of `place`. */
// @ts-ignore: decorator
@inline
function numberBefore(place: usize, length: usize): u32 {
  const unused = u64(8 - length) << 3;
  return digitsOf(load<u64>(place - 8) >> unused, i32(length));
}

/** Numbers found by the last call, and in {@link listBlocks} the lists. */
export let blockNumbers: u32 = 0;
export let blockLists: u32 = 0;

/** `,12,345,6` as 32-bit integers behind `count` others at `target`. Returns where the rest begins. */
export function integerBlocks(at: usize, end: usize, target: usize, count: u32, most: u32): usize {
  if (load<u8>(at) == COMMA) {
    while (at + BLOCK <= end && count + u32(BLOCK) <= most) {
      let found = separators(at);
      let before = at;
      while (found != 0) {
        const place = at + usize(ctz(found));
        const length = place - before - 1;
        if (load<u8>(place) != COMMA || length - 1 > 7) break;
        store<u32>(target + (count++ << 2), numberBefore(place, length));
        before = place;
        found &= found - 1;
      }
      if (before == at) break;
      at = before;
    }
  }
  blockNumbers = count;
  return at;
}

let whole: u64 = 0;

/** The number in front of `place`: its fraction where `isFraction`, then {@link whole} stands before the point. NaN: not exact. */
// @ts-ignore: decorator
@inline
function doubleBefore(place: usize, length: usize, isFraction: bool): f64 {
  const digits = numberBefore(place, length);
  if (!isFraction) return f64(digits);
  const all = whole * tenTo(u32(length)) + digits;
  return all > EXACT ? NaN : f64(all) / powerOfTen(u32(length));
}

/** `,12,3.5,6` as doubles behind `count` others at `target`. Returns where the rest begins. */
export function doubleBlocks(at: usize, end: usize, target: usize, count: u32, most: u32): usize {
  if (load<u8>(at) == COMMA) {
    while (at + BLOCK <= end && count + u32(BLOCK) <= most) {
      let found = separators(at);
      let before = at;
      let rest = at;
      let isFraction = false;
      while (found != 0) {
        const place = at + usize(ctz(found));
        const length = place - before - 1;
        const c = load<u8>(place);
        if (length - 1 > 7) break;
        if (c == COMMA) {
          const value = doubleBefore(place, length, isFraction);
          if (value != value) break;
          store<f64>(target + (count++ << 3), value);
          isFraction = false;
          rest = place;
        } else if (c == POINT && !isFraction) {
          whole = numberBefore(place, length);
          isFraction = true;
        } else break;
        before = place;
        found &= found - 1;
      }
      if (rest == at) break;
      at = rest;
    }
  }
  blockNumbers = count;
  return at;
}

/** What stood before: a comma between two numbers, one between two lists, or a bracket. */
const BETWEEN_NUMBERS: u32 = 0;
const BETWEEN_LISTS: u32 = 1;
const OPENED: u32 = 2;
const CLOSED: u32 = 3;
const FRACTION: u32 = 4;

/**
 * `,[12,3.5],[],[6]` behind `lists` lists with `count` numbers: the numbers at `target`, where each list begins at
 * `starts`, the count of numbers at its end at `ends`. Returns where the rest begins.
 */
export function listBlocks(
  at: usize,
  end: usize,
  target: usize,
  count: u32,
  most: u32,
  starts: usize,
  ends: usize,
  lists: u32,
  mostLists: u32,
): usize {
  // What is complete, and how many numbers that is.
  let done = at;
  let used = count;
  let opened: usize = 0;
  let state = BETWEEN_LISTS;
  let good = load<u8>(at) == COMMA;
  while (good && at + BLOCK <= end && count + u32(BLOCK) <= most && lists + u32(BLOCK) <= mostLists) {
    let found = separators(at);
    let before = at;
    while (found != 0) {
      const place = at + usize(ctz(found));
      const length = place - before - 1;
      const c = load<u8>(place);
      found &= found - 1;
      good = false;
      if (length == 0) {
        if (c == COMMA) {
          if (state != CLOSED) break;
          state = BETWEEN_LISTS;
        } else if (c == OPEN_ARRAY) {
          if (state != BETWEEN_LISTS) break;
          opened = place;
          state = OPENED;
        } else {
          if (c != CLOSE_ARRAY || state != OPENED) break;
          state = CLOSED;
        }
      } else {
        if (length > 8 || state == CLOSED || state == BETWEEN_LISTS) break;
        if (c == POINT) {
          if (state == FRACTION) break;
          whole = numberBefore(place, length);
          state = FRACTION;
        } else {
          if (c != COMMA && c != CLOSE_ARRAY) break;
          const value = doubleBefore(place, length, state == FRACTION);
          if (value != value) break;
          store<f64>(target + (count++ << 3), value);
          state = c == COMMA ? BETWEEN_NUMBERS : CLOSED;
        }
      }
      good = true;
      before = place;
      if (state == CLOSED) {
        store<u32>(starts + (lists << 2), u32(opened));
        store<u32>(ends + (lists++ << 2), count);
        used = count;
        done = place + 1;
      }
    }
    if (before == at) good = false;
    at = before;
  }
  blockNumbers = used;
  blockLists = lists;
  return done;
}
