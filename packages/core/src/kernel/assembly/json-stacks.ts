// Lists of indices where each is mostly what the one before was, as stacks in the order of time are: what both begin with is
// compared by bytes and not read again.
import { listEnds, listStarts, NUMBERS, LISTS, numberBuffer, setFound } from "./json-lists";
import { digitCount, digitsOf } from "./json-number";
import { blanks, CLOSE_ARRAY, COMMA, OPEN_ARRAY } from "./json-scan";
import { allocate } from "./memory";

let shared: usize = 0;

export function initStacks(): void {
  shared = allocate(LISTS << 2);
}

/** By list, how many of the numbers of the list before come before its own. */
export function listShared(): usize {
  return shared;
}

/** Behind the last comma up to which both lists agree; and how many numbers that is. */
let sameCount: u32 = 0;

/** The insides of two lists of numbers begin at `before`, which ends with its bracket, and at `at`. */
function behindSame(before: usize, at: usize): usize {
  let behind = at;
  let count: u32 = 0;
  while (true) {
    const block = v128.load(before);
    const differs = ~v128.bitmask<u8>(v128.eq<u8>(block, v128.load(at))) & 0xffff;
    const stops = differs | v128.bitmask<u8>(v128.eq<u8>(block, i8x16.splat(CLOSE_ARRAY)));
    let commas = v128.bitmask<u8>(v128.eq<u8>(block, i8x16.splat(COMMA)));
    // Only those in front of the first stop.
    if (stops != 0) commas &= (stops & -stops) - 1;
    if (commas != 0) {
      count += u32(popcnt(commas));
      behind = at + usize(32 - clz(commas));
    }
    if (stops != 0) break;
    before += 16;
    at += 16;
  }
  sameCount = count;
  return behind;
}

/** `,[1,2,3],[1,2,4]`: each list's numbers behind those that it has in common with the one before. Returns where the rest begins. */
export function scanStacks(at: usize, end: usize): usize {
  const numbers = numberBuffer();
  const starts = listStarts();
  const ends = listEnds();
  let lists: u32 = 0;
  let used: u32 = 0;
  let before: usize = 0;
  while (lists < LISTS) {
    const comma = blanks(at);
    if (load<u8>(comma) != COMMA) break;
    const open = blanks(comma + 1);
    if (load<u8>(open) != OPEN_ARRAY) break;
    const inside = open + 1;
    let place = inside;
    sameCount = 0;
    if (before != 0) place = behindSame(before, inside);
    const behind = indices(place, numbers, used);
    if (behind == 0 || behind > end) break;
    store<u32>(shared + (lists << 2), sameCount);
    store<u32>(starts + (lists << 2), u32(open));
    used = indexCount;
    store<u32>(ends + (lists++ << 2), used);
    before = inside;
    at = behind;
  }
  setFound(lists);
  return at;
}

/** Numbers so far, after {@link indices}. */
let indexCount: u32 = 0;

/** Numbers of up to nine digits up to the bracket. Returns what is behind that; 0: there is something else, or no room. */
function indices(at: usize, target: usize, used: u32): usize {
  at = blanks(at);
  if (sameCount == 0 && load<u8>(at) == CLOSE_ARRAY) {
    indexCount = used;
    return at + 1;
  }
  while (used < NUMBERS) {
    const eight = load<u64>(at);
    const digits = digitCount(eight);
    if (digits == 0) return 0;
    let value = u32(digitsOf(eight, digits));
    at += digits;
    if (digits == 8) {
      const ninth = u32(load<u8>(at)) - 48;
      if (ninth < 10) {
        value = value * 10 + ninth;
        at++;
      }
    }
    store<u32>(target + (used++ << 2), value);
    at = blanks(at);
    const c = load<u8>(at++);
    if (c == COMMA) at = blanks(at);
    else {
      indexCount = used;
      return c == CLOSE_ARRAY ? at : 0;
    }
  }
  return 0;
}
