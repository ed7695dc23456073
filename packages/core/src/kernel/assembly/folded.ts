// Folded stacks → prefix tree and weights. One line: frames joined by ";", a blank, and one count, or two for a
// comparison. A line shares its beginning with the line before (folded output is usually sorted), so only the
// frames behind the common part are looked up.
import { find, newline } from "./bytes";
import { fault } from "./faults";
import { allocate, regrow } from "./memory";
import { addSample } from "./samples";
import { symbol } from "./symbols";
import { addToCell, child } from "./trie";

// The same numbers stand in ../faults.ts.
const NO_COUNT: u32 = 4;
const NOT_FINITE: u32 = 5;
const COMMENT: u32 = 6;
const ONE_COUNT_OF_TWO: u32 = 7;

let each: bool = false;
let twoColumns: bool = false;
/** The previous line's stack part. */
let previous: usize = 0;
let previousLength: usize = 0;
let previousSize: usize = 0;
/** Its frames: pairs { end offset, node }. */
let frames: usize = 0;
let frameRoom: u32 = 0;
let frameCount: u32 = 0;
let lines: f64 = 0;

export let foldedSamples: f64 = 0;

export function initFolded(eachSample: bool, columns: i32): void {
  each = eachSample;
  twoColumns = columns == 2;
  previousSize = 1 << 16;
  previous = allocate(previousSize + 64);
  frameRoom = 1 << 12;
  frames = allocate(frameRoom << 3);
}

export function scanFolded(start: usize, end: usize, offset: f64): void {
  for (let at = start; at < end; ) {
    const lineEnd = newline(at);
    lines++;
    if (lineEnd > at) readLine(at, lineEnd, offset + f64(at - start));
    at = lineEnd + 1;
  }
}

// Result of readCount: where the number starts, and its value.
let numberStart: usize = 0;
let number: f64 = 0;

/** Reads the number that ends at `end`: digits, point, sign, exponent. False where there is none. */
function readCount(start: usize, end: usize): bool {
  let at = end;
  let value: f64 = 0;
  let scale: f64 = 1;
  while (at > start && load<u8>(at - 1) - 48 < 10) {
    value += f64(load<u8>(--at) - 48) * scale;
    scale *= 10;
  }
  const c: u8 = at > start ? load<u8>(at - 1) : 0;
  if (at == end && c != 46) return false;
  if (c > 32) return readLongCount(start, end);
  numberStart = at;
  number = value;
  return true;
}

/** The same for numbers with a point, a sign or an exponent, read from the left. */
function readLongCount(start: usize, end: usize): bool {
  let at = end;
  while (at > start && load<u8>(at - 1) > 32) at--;
  numberStart = at;
  let negative = false;
  if (load<u8>(at) == 45 || load<u8>(at) == 43) negative = load<u8>(at++) == 45;
  let value: f64 = 0;
  let digits = 0;
  let decimals = 0;
  let point = false;
  for (; at < end; at++) {
    const c = load<u8>(at);
    if (c - 48 < 10) {
      value = value * 10 + f64(c - 48);
      digits++;
      if (point) decimals++;
    } else if (c == 46 && !point) point = true;
    else break;
  }
  if (digits == 0) return false;
  let exponent = 0;
  if (at < end && (load<u8>(at) | 32) == 101) {
    at++;
    let down = false;
    if (at < end && (load<u8>(at) == 45 || load<u8>(at) == 43)) down = load<u8>(at++) == 45;
    if (at == end) return false;
    for (; at < end && load<u8>(at) - 48 < 10; at++) exponent = min(exponent * 10 + i32(load<u8>(at) - 48), 9999);
    if (down) exponent = -exponent;
  }
  if (at != end) return false;
  exponent -= decimals;
  // One division keeps short decimals exact: 15 / 10, never 15 * 0.1.
  if (exponent < 0) value = exponent < -300 ? 0 : value / Math.pow(10, f64(-exponent));
  else if (exponent > 0) value = value * Math.pow(10, f64(exponent));
  number = negative ? -value : value;
  return true;
}

function readLine(at: usize, end: usize, offset: f64): void {
  while (end > at && load<u8>(end - 1) <= 32) end--;
  if (end == at) return;
  if (load<u8>(at) == 35 && isComment(at, end)) {
    fault(COMMENT, offset, lines);
    return;
  }
  if (!readCount(at, end) || numberStart <= at || load<u8>(numberStart - 1) > 32) {
    fault(NO_COUNT, offset, lines);
    return;
  }
  let first = number;
  let second: f64 = 0;
  let stackEnd = trimEnd(at, numberStart);
  if (twoColumns) {
    if (readCount(at, stackEnd) && numberStart > at && load<u8>(numberStart - 1) <= 32) {
      second = first;
      first = number;
      stackEnd = trimEnd(at, numberStart);
    } else {
      fault(ONE_COUNT_OF_TWO, offset, lines);
      return;
    }
  }
  if (!isFinite(first) || !isFinite(second)) {
    fault(NOT_FINITE, offset, lines);
    return;
  }
  const node = readStack(at, stackEnd);
  if (each) addSample(node, 0, first, second);
  else addToCell(node, 0, first, second);
  foldedSamples++;
}

/** `# text`: a hash, a blank, and no semicolon. */
function isComment(at: usize, end: usize): bool {
  return end - at > 1 && load<u8>(at + 1) <= 32 && find(at, end, 59) == end;
}

function trimEnd(at: usize, end: usize): usize {
  while (end > at && load<u8>(end - 1) <= 32) end--;
  return end;
}

/** Length of what two byte strings have in common at their beginning, at most `limit`. */
function commonLength(a: usize, b: usize, limit: usize): usize {
  let length: usize = 0;
  while (length < limit) {
    const same = v128.bitmask<u8>(v128.eq<u8>(v128.load(a + length), v128.load(b + length)));
    if (same != 0xffff) return min(length + ctz(~same), limit);
    length += 16;
  }
  return limit;
}

/** The node of the stack [at, end). */
function readStack(at: usize, end: usize): u32 {
  const length = end - at;
  const common = commonLength(at, previous, min(length, previousLength));
  // Frames that end before the difference, with their semicolon, are the previous line's.
  let low: u32 = 0;
  let high = frameCount;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (load<u32>(frames + (middle << 3)) < u32(common)) low = middle + 1;
    else high = middle;
  }
  let count = low;
  let node: u32 = count > 0 ? load<u32>(frames + ((count - 1) << 3), 4) : 0;
  let from = count > 0 ? at + load<u32>(frames + ((count - 1) << 3)) + 1 : at;
  const firstNew = from;
  while (from <= end && (from < end || count > 0)) {
    const to = find(from, end, 59);
    node = child(node, symbol(from, to));
    if (count == frameRoom) {
      frames = regrow(frames, frameRoom << 3, frameRoom << 4);
      frameRoom *= 2;
    }
    store<u32>(frames + (count << 3), u32(to - at));
    store<u32>(frames + (count << 3), node, 4);
    count++;
    from = to + 1;
  }
  frameCount = count;
  if (length + 64 > previousSize) {
    const size = length * 2 + 64;
    previous = regrow(previous, min(previousLength, previousSize), size + 64);
    previousSize = size;
  }
  const kept = firstNew - at;
  if (kept < length) memory.copy(previous + kept, firstNew, length - kept);
  previousLength = length;
  return node;
}
