// Arrays of numbers to typed arrays: `,12,-3.5,null` as many as there are, up to what needs a closer look.
import { blockLists, blockNumbers, doubleBlocks, integerBlocks, listBlocks } from "./json-blocks";
import { digitCount, digitsOf, number, numberEnd } from "./json-number";
import { blanks, CLOSE_ARRAY, COMMA, OPEN_ARRAY } from "./json-scan";
import { allocate } from "./memory";

/** Numbers, or lists of them, handed over at a time. */
export const NUMBERS: u32 = 1 << 16;
export const LISTS: u32 = 1 << 13;
/** Elements that are read one at a time before a block is tried again. */
const PATIENCE: u32 = 16;

let doubles: usize = 0;
let integers: usize = 0;
let starts: usize = 0;
let ends: usize = 0;
/** What the last call found. */
export let numberCount: u32 = 0;
export let listCount: u32 = 0;

export function initLists(): void {
  doubles = allocate(NUMBERS << 3);
  integers = doubles;
  starts = allocate(LISTS << 2);
  ends = allocate(LISTS << 2);
}

export function numberBuffer(): usize {
  return doubles;
}

/** Where each list begins in the input. */
export function listStarts(): usize {
  return starts;
}

/** The end of each list in {@link numberBuffer}, as a count of numbers. */
export function listEnds(): usize {
  return ends;
}

/** The lists were found elsewhere. */
export function setFound(lists: u32): void {
  listCount = lists;
}

let missing: f64 = 0;
let words: bool = false;

/** What `null` reads as; with `takeWords`, `true` and `false` are 1 and 0, else they stop the scan. */
export function setWords(whatNullIs: f64, takeWords: bool): void {
  missing = whatNullIs;
  words = takeWords;
}

/** The value at `at`; {@link numberEnd} or `wordEnd` says where it ended, 0 that it takes the long way. */
let elementEnd: usize = 0;

// @ts-ignore: decorator
@inline
function element(at: usize): f64 {
  const c = load<u8>(at);
  if (c <= 57) {
    const value = number(at);
    elementEnd = numberEnd;
    return value;
  }
  return word(at);
}

function word(at: usize): f64 {
  elementEnd = 0;
  const first = load<u32>(at);
  if (first == 0x6c6c756e) {
    elementEnd = at + 4;
    return missing;
  }
  if (!words) return 0;
  if (first == 0x65757274) {
    elementEnd = at + 4;
    return 1;
  }
  if (first == 0x736c6166 && load<u8>(at, 4) == 0x65) elementEnd = at + 5;
  return 0;
}

/** True where a value can end: what follows it is a blank, a comma or a bracket. */
// @ts-ignore: decorator
@inline
function isEnd(c: u8): bool {
  return c == COMMA || c == CLOSE_ARRAY || c == 32 || c == 10 || c == 13 || c == 9;
}

/** Elements with their commas in front, from `at` on. Returns where the rest begins. */
export function scanDoubles(at: usize, end: usize): usize {
  let count: u32 = 0;
  let next: u32 = 0;
  while (count < NUMBERS) {
    if (count >= next) {
      at = doubleBlocks(at, end, doubles, count, NUMBERS);
      count = blockNumbers;
      next = count + PATIENCE;
    }
    const comma = blanks(at);
    if (load<u8>(comma) != COMMA) break;
    const value = element(blanks(comma + 1));
    if (elementEnd == 0 || elementEnd >= end || !isEnd(load<u8>(elementEnd))) break;
    store<f64>(doubles + (count++ << 3), value);
    at = elementEnd;
  }
  numberCount = count;
  return at;
}

/** The same for integers of at most nine digits, at four bytes each; stops at any other value. */
export function scanIntegers(at: usize, end: usize): usize {
  let count: u32 = 0;
  let next: u32 = 0;
  while (count < NUMBERS) {
    if (count >= next) {
      at = integerBlocks(at, end, integers, count, NUMBERS);
      count = blockNumbers;
      next = count + PATIENCE;
    }
    const comma = blanks(at);
    if (load<u8>(comma) != COMMA) break;
    let p = blanks(comma + 1);
    const negative = load<u8>(p) == 0x2d;
    if (negative) p++;
    const eight = load<u64>(p);
    const digits = digitCount(eight);
    let value: i32 = 0;
    if (digits == 0) {
      if (negative) break;
      const said = word(p);
      p = elementEnd;
      if (p == 0 || !(said >= -2147483648 && said <= 2147483647)) break;
      value = i32(said);
      if (f64(value) != said) break;
    } else {
      value = i32(digitsOf(eight, digits));
      p += digits;
      if (digits == 8) {
        const ninth = u32(load<u8>(p)) - 48;
        if (ninth < 10) {
          value = value * 10 + ninth;
          p++;
        }
      }
    }
    if (p >= end || !isEnd(load<u8>(p))) break;
    store<i32>(integers + (count++ << 2), negative ? -value : value);
    at = p;
  }
  numberCount = count;
  return at;
}

/** Puts one list of numbers, whose inside begins at `at`, behind `used` doubles at `target`; 0: not to be had. */
export function listInto(at: usize, end: usize, target: usize, used: u32, most: u32): usize {
  numberCount = used;
  at = blanks(at);
  if (load<u8>(at) == CLOSE_ARRAY) return at < end ? at + 1 : 0;
  while (true) {
    if (used >= most) return 0;
    const value = element(blanks(at));
    if (elementEnd == 0) return 0;
    store<f64>(target + (used++ << 3), value);
    at = blanks(elementEnd);
    const c = load<u8>(at);
    if (at >= end) return 0;
    at++;
    if (c == COMMA) continue;
    if (c != CLOSE_ARRAY) return 0;
    numberCount = used;
    return at;
  }
}

/** Lists of numbers, each with its comma in front. Returns where the rest begins. */
export function scanLists(at: usize, end: usize): usize {
  let lists: u32 = 0;
  let used: u32 = 0;
  let next: u32 = 0;
  while (lists < LISTS) {
    if (lists >= next) {
      at = listBlocks(at, end, doubles, used, NUMBERS, starts, ends, lists, LISTS);
      used = blockNumbers;
      lists = blockLists;
      next = lists + PATIENCE;
      if (lists == LISTS) break;
    }
    const comma = blanks(at);
    if (load<u8>(comma) != COMMA) break;
    const open = blanks(comma + 1);
    if (load<u8>(open) != OPEN_ARRAY) break;
    const behind = listInto(open + 1, end, doubles, used, NUMBERS);
    if (behind == 0) break;
    used = numberCount;
    store<u32>(starts + (lists << 2), u32(open));
    store<u32>(ends + (lists++ << 2), used);
    at = behind;
  }
  listCount = lists;
  return at;
}
