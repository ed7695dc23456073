// The lines below an event line, each kept once: `address symbol+0xoffset (module)`, or a source line. A known
// line remembers which line followed it last time; that guess is right for four lines out of five, and then one
// comparison does for finding, measuring and interning it.
import { equal, hash20, isBlank, isHex, newline } from "./bytes";
import { allocate, regrow, release } from "./memory";
import { keep, symbol } from "./symbols";

/** What a line is: a frame's symbol (> 0), a source line's symbol (negated), or one of these. */
export const UNUSABLE: i32 = 0;

const STRIDE: u32 = 24; // pointer, length with newline, meaning, follower, hash, hash's next
let table: usize = 0;
let capacity: u32 = 0;
let count: u32 = 1;
let slots: usize = 0;
let mask: u32 = 0;
let scratch: usize = 0;
let scratchSize: usize = 0;
/** Keep the address of frames that have no symbol. */
let keepAddresses: bool = false;

export function initLines(addresses: bool): void {
  capacity = 1 << 13;
  table = allocate(capacity * STRIDE);
  mask = (1 << 14) - 1;
  slots = allocate((mask + 1) << 2);
  scratchSize = 4096;
  scratch = allocate(scratchSize);
  keepAddresses = addresses;
}

export function lineLength(line: u32): usize {
  return load<u32>(table + line * STRIDE, 4);
}

export function lineMeaning(line: u32): i32 {
  return load<i32>(table + line * STRIDE, 8);
}

/** The line that starts at `at`, where it is the one expected after `previous`; else 0. */
export function expectedLine(at: usize, end: usize, previous: u32): u32 {
  const line = load<u32>(table + previous * STRIDE, 12);
  if (line == 0) return 0;
  const row = table + line * STRIDE;
  const length: usize = load<u32>(row, 4);
  return at + length <= end && equal(at, load<u32>(row), length) ? line : 0;
}

/** The known line that starts at `at`, else 0; remembers it as the follower of `previous`. */
export function knownLine(at: usize, end: usize, previous: u32): u32 {
  const h = hash20(at);
  let slot = h & mask;
  while (true) {
    const line = load<u32>(slots + (slot << 2));
    if (line == 0) return 0;
    const row = table + line * STRIDE;
    if (load<u32>(row, 16) == h) {
      const length: usize = load<u32>(row, 4);
      if (at + length <= end && equal(at, load<u32>(row), length)) {
        store<u32>(table + previous * STRIDE, line, 12);
        return line;
      }
    }
    slot = (slot + 1) & mask;
  }
}

/** Adds the line that starts at `at`, whose meaning is known, after `previous`. */
export function addLine(at: usize, meaning: i32, previous: u32): u32 {
  const h = hash20(at);
  const length = newline(at) + 1 - at;
  const line = count++;
  if (line >= capacity) {
    table = regrow(table, capacity * STRIDE, capacity * 2 * STRIDE);
    capacity *= 2;
  }
  const row = table + line * STRIDE;
  store<u32>(row, u32(keep(at, length)));
  store<u32>(row, u32(length), 4);
  store<i32>(row, meaning, 8);
  store<u32>(row, 0, 12);
  store<u32>(row, h, 16);
  insert(line);
  if (count * 2 > mask) {
    release(slots, (mask + 1) << 2);
    mask = mask * 4 + 3;
    slots = allocate((mask + 1) << 2);
    for (let each: u32 = 1; each < count; each++) insert(each);
  }
  store<u32>(table + previous * STRIDE, line, 12);
  return line;
}

function insert(line: u32): void {
  let slot = load<u32>(table + line * STRIDE, 16) & mask;
  while (load<u32>(slots + (slot << 2)) != 0) slot = (slot + 1) & mask;
  store<u32>(slots + (slot << 2), line);
}

/** Appends a part and a zero byte to the scratch; parts may not hold a zero byte themselves. */
function put(used: usize, at: usize, end: usize): usize {
  const length = end - at;
  if (used + length + 1 > scratchSize) {
    const bigger = (used + length + 1) * 2;
    scratch = regrow(scratch, scratchSize, bigger);
    scratchSize = bigger;
  }
  memory.copy(scratch + used, at, length);
  store<u8>(scratch + used + length, 0);
  return used + length + 1;
}

/**
 * The symbol of the frame line [at, end): `name 0 module 0 address`; 0 where it is none. The module is what the
 * last closing parenthesis closes, if a blank stands before it: names have parentheses, paths have blanks.
 */
export function frameSymbol(at: usize, end: usize): i32 {
  while (at < end && isBlank(load<u8>(at))) at++;
  while (end > at && isBlank(load<u8>(end - 1))) end--;
  const address = at;
  while (at < end && isHex(load<u8>(at))) at++;
  const addressEnd = at;
  if (address == addressEnd || at >= end || !isBlank(load<u8>(at))) return UNUSABLE;
  while (at < end && isBlank(load<u8>(at))) at++;
  for (let i = at; i < end; i++) if (load<u8>(i) == 0) return UNUSABLE;
  const open = moduleStart(at, end);
  let nameEnd = open == 0 ? end : open;
  while (nameEnd > at && isBlank(load<u8>(nameEnd - 1))) nameEnd--;
  nameEnd = withoutOffset(at, nameEnd);
  let used = put(0, at, nameEnd);
  used = open == 0 ? put(used, end, end) : put(used, open + 1, end - 1);
  if (keepAddresses && isUnknown(at, nameEnd)) used = put(used, address, addressEnd);
  return i32(symbol(scratch, scratch + used));
}

/** Position of the parenthesis that opens the module, or 0. */
function moduleStart(at: usize, end: usize): usize {
  if (load<u8>(end - 1) != 41) return 0;
  let depth = 0;
  let nearest: usize = 0; // the last " (", for paths whose own parentheses do not match
  for (let i = end; i > at; ) {
    i--;
    const c = load<u8>(i);
    if (c == 41) depth++;
    else if (c == 40) {
      const afterBlank = i == at || isBlank(load<u8>(i - 1));
      if (afterBlank && nearest == 0) nearest = i;
      if (--depth == 0) return afterBlank ? i : 0;
    }
  }
  return nearest;
}

/** Cuts `+0x1f` off the end. */
function withoutOffset(at: usize, end: usize): usize {
  let i = end;
  while (i > at && isHex(load<u8>(i - 1))) i--;
  return i < end && i >= at + 3 && load<u8>(i - 1) == 120 && load<u8>(i - 2) == 48 && load<u8>(i - 3) == 43
    ? i - 3
    : end;
}

/** True for `[unknown]` and for no name at all. */
function isUnknown(at: usize, end: usize): bool {
  return end == at || (end - at == 9 && load<u64>(at) == 0x6e776f6e6b6e755b && load<u8>(at + 8) == 93);
}

/** The symbol of the source line [at, end), negated: two blanks, then `file:line`; UNUSABLE where it is none. */
export function sourceSymbol(at: usize, end: usize): i32 {
  while (end > at && isBlank(load<u8>(end - 1))) end--;
  if (end - at < 3 || load<u8>(at) != 32 || load<u8>(at + 1) != 32 || isBlank(load<u8>(at + 2))) return UNUSABLE;
  for (let i = at; i < end; i++) if (load<u8>(i) == 0) return UNUSABLE;
  return -i32(symbol(scratch, scratch + put(0, at + 2, end)));
}

/** The symbol of a frame together with its source line: `name 0 module 0 [address] 0 source`. */
export function withSource(frame: usize, frameEnd: usize, source: usize, sourceEnd: usize): u32 {
  let used = put(0, frame, frameEnd);
  used = put(used, source, sourceEnd);
  return symbol(scratch, scratch + used);
}

