// Arrays of objects to rows: the values of the keys that a reader asked for, in fixed places. Objects of one list
// have their keys in the same order nearly always, so each key is compared with the one that stood there last time.
// An object that holds anything unexpected ends the scan: the caller reads it the general way.
import { equal, find, isHex } from "./bytes";
import { listInto, numberCount } from "./json-lists";
import { integer, integerFound, number, numberEnd } from "./json-number";
import {
  BACKSLASH,
  blanks,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  stringEnd,
  valueEnd,
} from "./json-scan";
import { allocate } from "./memory";
import { keep, symbol, symbolLength, symbolStart } from "./symbols";

const ROWS: u32 = 512;
const COLUMNS: u32 = 16;
const LIST_NUMBERS: u32 = 1 << 15;
/** Keys known by their bytes, those that nobody asked for included. */
const KEYS: u32 = 64;
const LONGEST_KEY: usize = 48;
/** Keys of one object, nested ones included, whose order is remembered. */
const PLACES: u32 = 64;
/**
 * What stood in front of a value, from behind the one before it to its first byte, as `,"name":`: 32 bytes, their number, 1
 * where a bracket opened right before, and the key. Objects of one list mostly agree in it, place by place.
 */
const LEAD: u32 = 32;
const LEAD_STRIDE: u32 = 44;

/** What is wanted of a key's value; ../json-kernel.ts has the same numbers. */
const SKIP: u32 = 0;
const NUMBER: u32 = 1;
const TEXT: u32 = 2;
const LETTER: u32 = 3;
const PLACE: u32 = 4;
const LIST: u32 = 5;
const OBJECT: u32 = 6;
const GENERAL: u32 = 7;
const NESTED: u32 = 8;

/** Where a key counts: anywhere, in the outer object only, in an inner one only. */
const INNER_ONLY: u32 = 2;

/** A key: bytes with the closing quote, their length, what is wanted, column, where it counts. */
const KEY_STRIDE: u32 = 20;
let keys: usize = 0;
let keyCount: u32 = 0;
/** By place in the object, what stood there last. */
let leads: usize = 0;
/** By column, the text that stood there last. */
let lastText: usize = 0;

let slots: usize = 0;
let kinds: usize = 0;
let starts: usize = 0;
let lists: usize = 0;
let listUsed: u32 = 0;
export let rowCount: u32 = 0;
/** By row, how many objects it is nested in. */
let depths: usize = 0;
/** The row in hand ended where the list of those nested in it begins. */
let hasOpened: bool = false;
/** After {@link scanNested}: how many objects are open, and whether nothing of the innermost list was read yet. */
export let nestedDepth: u32 = 0;
export let nestedFresh: bool = false;

export function initRows(): void {
  keys = allocate((KEYS + 1) * KEY_STRIDE);
  leads = allocate(PLACES * LEAD_STRIDE);
  lastText = allocate(COLUMNS << 2);
  slots = allocate((ROWS * COLUMNS) << 3);
  kinds = allocate(ROWS * COLUMNS);
  starts = allocate(ROWS << 2);
  depths = allocate(ROWS << 2);
  lists = allocate(LIST_NUMBERS << 3);
}

/** 16 slots of 8 bytes per row: a double; a symbol; a place; or first and count of a list's numbers. */
export function rowSlots(): usize {
  return slots;
}

/** 16 bytes per row: 0 where the object has no such key, else 1, or a PLACE's first byte. */
export function rowKinds(): usize {
  return kinds;
}

/** Where each row's object begins. */
export function rowStarts(): usize {
  return starts;
}

export function rowDepths(): usize {
  return depths;
}

export function rowLists(): usize {
  return lists;
}

/** Forgets the keys of another list. */
export function clearKeys(): void {
  keyCount = 0;
  memory.fill(leads, 0, PLACES * LEAD_STRIDE);
  memory.fill(lastText, 0, COLUMNS << 2);
}

/** A key that is wanted; [at, end) is its text with the closing quote. */
export function addKey(at: usize, end: usize, wanted: u32, column: u32, where: u32): void {
  const key = keys + keyCount++ * KEY_STRIDE;
  store<u32>(key, u32(keep(at, end - at)));
  store<u32>(key, u32(end - at), 4);
  store<u32>(key, wanted, 8);
  store<u32>(key, column, 12);
  store<u32>(key, where, 16);
}

/** The key whose text begins at `at`; 0 where it does not end. */
function findKey(at: usize, end: usize): usize {
  const close = stringEnd(at, end);
  if (close == 0) return 0;
  const length = close + 1 - at;
  for (let i: u32 = 0; i < keyCount; i++) {
    const key = keys + i * KEY_STRIDE;
    if (load<u32>(key, 4) == u32(length) && equal(load<u32>(key), at, length)) return key;
  }
  // An escape may hide a key that is wanted.
  if (find(at, close, BACKSLASH) != close) return 0;
  if (keyCount < KEYS && length <= LONGEST_KEY) {
    addKey(at, close + 1, SKIP, 0, 0);
    return keys + (keyCount - 1) * KEY_STRIDE;
  }
  const spare = keys + KEYS * KEY_STRIDE;
  store<u32>(spare, u32(at));
  store<u32>(spare, u32(length), 4);
  return spare;
}

/** Objects with their commas in front, from `at` on. Returns where the rest begins. */
export function scanRows(at: usize, end: usize): usize {
  listUsed = 0;
  rowCount = 0;
  while (rowCount < ROWS) {
    const comma = blanks(at);
    if (load<u8>(comma) != COMMA) break;
    const open = blanks(comma + 1);
    if (load<u8>(open) != OPEN_OBJECT) break;
    const behind = row(open, end);
    if (behind == 0 || behind > end) break;
    store<u32>(starts + (rowCount++ << 2), u32(open));
    at = behind;
  }
  return at;
}

/**
 * Objects that list others of their kind in a last member, from within such a list: `depth` objects are open around it.
 * An end of a list that more members follow is left to the caller, as is that of the outermost one.
 */
export function scanNested(at: usize, end: usize, depth: u32, fresh: bool): usize {
  listUsed = 0;
  rowCount = 0;
  while (rowCount < ROWS) {
    let place = blanks(at);
    if (load<u8>(place) == CLOSE_ARRAY) {
      place = blanks(place + 1);
      if (depth <= 1 || place >= end || load<u8>(place) != CLOSE_OBJECT) break;
      depth--;
      fresh = false;
      at = place + 1;
      continue;
    }
    if (!fresh) {
      if (load<u8>(place) != COMMA) break;
      place = blanks(place + 1);
    }
    if (load<u8>(place) != OPEN_OBJECT) break;
    hasOpened = false;
    const behind = row(place, end);
    if (behind == 0 || behind > end) break;
    store<u32>(depths + (rowCount << 2), depth);
    store<u32>(starts + (rowCount++ << 2), u32(place));
    fresh = hasOpened;
    if (fresh) depth++;
    at = behind;
  }
  nestedDepth = depth;
  nestedFresh = fresh;
  return at;
}

/** True where what stands at `at`, right behind a bracket or not, is what stood at this place last. */
// @ts-ignore: decorator
@inline
function isLead(lead: usize, at: usize, fresh: u32): bool {
  const length = load<u32>(lead, 32);
  if (length == 0 || load<u32>(lead, 36) != fresh) return false;
  let differs = ~v128.bitmask<u8>(v128.eq<u8>(v128.load(lead), v128.load(at)));
  if (length <= 16) return (differs & ((1 << length) - 1)) == 0;
  if ((differs & 0xffff) != 0) return false;
  differs = ~v128.bitmask<u8>(v128.eq<u8>(v128.load(lead, 16), v128.load(at, 16)));
  return (differs & ((1 << (length - 16)) - 1)) == 0;
}

/** The key of the member that begins at `at`; 0: there is none. {@link memberValue} is where its value begins. */
function member(at: usize, end: usize, lead: usize, fresh: u32): usize {
  const start = at;
  at = blanks(at);
  if (fresh == 0) {
    if (load<u8>(at) != COMMA) return 0;
    at = blanks(at + 1);
  }
  if (load<u8>(at) != QUOTE) return 0;
  const key = findKey(at + 1, end);
  if (key == 0) return 0;
  at = blanks(at + 1 + load<u32>(key, 4));
  if (load<u8>(at) != COLON) return 0;
  at = blanks(at + 1);
  memberValue = at;
  const length = at - start;
  if (length <= LEAD && key != keys + KEYS * KEY_STRIDE) {
    v128.store(lead, v128.load(start));
    v128.store(lead, v128.load(start, 16), 16);
    store<u32>(lead, u32(length), 32);
    store<u32>(lead, fresh, 36);
    store<u32>(lead, u32(key), 40);
  }
  return key;
}

let memberValue: usize = 0;

function row(at: usize, end: usize): usize {
  v128.store(kinds + rowCount * COLUMNS, i8x16.splat(0));
  let inner = false;
  let fresh: u32 = 1;
  let lead = leads;
  const last = leads + PLACES * LEAD_STRIDE;
  at++;
  while (true) {
    if (lead == last) return 0;
    let key: usize = 0;
    if (isLead(lead, at, fresh)) {
      key = load<u32>(lead, 40);
      at += load<u32>(lead, 32);
    } else {
      at = blanks(at);
      if (load<u8>(at) == CLOSE_OBJECT) {
        at++;
        if (!inner) return at;
        inner = false;
        fresh = 0;
        continue;
      }
      key = member(at, end, lead, fresh);
      if (key == 0) return 0;
      at = memberValue;
    }
    lead += LEAD_STRIDE;
    fresh = 0;
    const wanted = load<u32>(key, 8);
    if (wanted == NESTED) {
      if (inner || load<u8>(at) != OPEN_ARRAY) return 0;
      hasOpened = true;
      return at + 1;
    }
    if (wanted == OBJECT) {
      if (inner || load<u8>(at) != OPEN_OBJECT) return 0;
      at++;
      inner = true;
      fresh = 1;
      continue;
    }
    at = value(at, end, key, wanted, inner);
    if (at == 0) return 0;
  }
}

/** Reads a value into its slot; returns what is behind it, 0 where it is not as expected. */
function value(at: usize, end: usize, key: usize, wanted: u32, inner: bool): usize {
  if (wanted == SKIP) return valueEnd(at, end);
  const index = rowCount * COLUMNS + load<u32>(key, 12);
  // A key that comes twice, or where it means another thing.
  const where = load<u32>(key, 16);
  if (load<u8>(kinds + index) != 0 || (where != 0 && inner != (where == INNER_ONLY))) return 0;
  store<u8>(kinds + index, 1);
  const slot = slots + (index << 3);
  if (wanted == NUMBER) {
    const behind = integer(at);
    if (behind != 0) {
      store<f64>(slot, f64(integerFound));
      return behind >= end ? 0 : behind;
    }
    store<f64>(slot, number(at));
    return numberEnd >= end ? 0 : numberEnd;
  }
  if (wanted == TEXT) return text(at, end, slot, lastText + (load<u32>(key, 12) << 2));
  if (wanted == LETTER) {
    if (load<u8>(at) != QUOTE || load<u8>(at, 2) != QUOTE || load<u8>(at, 1) == 0x5c) return 0;
    store<u32>(slot, load<u8>(at, 1));
    return at + 3;
  }
  if (wanted == PLACE) {
    store<u8>(kinds + index, load<u8>(at));
    store<u32>(slot, u32(at));
    return valueEnd(at, end);
  }
  if (wanted == GENERAL || load<u8>(at) != OPEN_ARRAY) return 0;
  const behind = listInto(at + 1, end, lists, listUsed, LIST_NUMBERS);
  if (behind == 0) return 0;
  store<u32>(slot, listUsed);
  store<u32>(slot, numberCount - listUsed, 4);
  listUsed = numberCount;
  return behind;
}

/** A string as a symbol: its bytes as written, escapes and all. */
function text(at: usize, end: usize, slot: usize, last: usize): usize {
  if (load<u8>(at) != QUOTE) return 0;
  at++;
  const guess = load<u32>(last);
  if (guess != 0) {
    const length = symbolLength(guess);
    if (at + length < end && load<u8>(at + length) == QUOTE && equal(at, symbolStart(guess), length)) {
      store<u32>(slot, guess);
      return at + length + 1;
    }
  }
  const close = stringEnd(at, end);
  if (close == 0 || !hasGoodEscapes(at, close)) return 0;
  const id = symbol(at, close);
  store<u32>(last, id);
  store<u32>(slot, id);
  return close + 1;
}

function hasGoodEscapes(at: usize, close: usize): bool {
  while (true) {
    at = find(at, close, BACKSLASH);
    if (at == close) return true;
    const letter = load<u8>(at, 1);
    at += 2;
    if (letter == 0x75) {
      if (at + 4 > close) return false;
      for (let i = 0; i < 4; i++) if (!isHex(load<u8>(at++))) return false;
    } else if (!isSimpleEscape(letter)) return false;
  }
}

/** `"`, `\\`, `/`, b, f, n, r, t. */
function isSimpleEscape(c: u8): bool {
  return (
    c == 0x22 || c == 0x5c || c == 0x2f || c == 0x62 || c == 0x66 || c == 0x6e || c == 0x72 || c == 0x74
  );
}
