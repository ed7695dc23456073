import { Hash64 } from "../../../store/ids/hash64.ts";
import { type Cursor, UNUSUAL } from "./cursor.ts";
import type { Ranges, Sections } from "./sections.ts";

/** The array, or a longer one with nothing in it. */
export function roomy<T extends Int32Array | Uint32Array | Float64Array | Uint8Array>(
  array: T,
  length: number,
): T {
  if (array.length >= length) return array;
  return new (array.constructor as new (length: number) => T)(length * 2);
}

/** The string table: hashes of strings, each worked out once. */
export class Strings {
  bytes: Uint8Array = new Uint8Array(0);
  length = 0;
  #ranges: Int32Array = new Int32Array(0);
  /** Low half, high half. */
  #hashes = new Uint32Array(1024);
  readonly #hash = new Hash64();

  load(bytes: Uint8Array, ranges: Ranges): void {
    this.bytes = bytes;
    this.length = ranges.length;
    this.#ranges = ranges.at;
    this.#hashes = roomy(this.#hashes, ranges.length * 2);
    this.#hashes.fill(0, 0, ranges.length * 2);
  }

  start(index: number): number {
    return this.#ranges[2 * index]!;
  }

  end(index: number): number {
    return this.#ranges[2 * index + 1]!;
  }

  /** Where the hash of a string is, in {@link hashes}. */
  hashed(index: number): number {
    const at = index * 2;
    if (this.#hashes[at] === 0 && this.#hashes[at + 1] === 0) {
      this.#hash.reset().bytes(this.bytes, this.start(index), this.end(index)).finish();
      this.#hashes[at] = this.#hash.lo;
      this.#hashes[at + 1] = this.#hash.hi;
    }
    return at;
  }

  get hashes(): Uint32Array {
    return this.#hashes;
  }

  /** A short text of ASCII. @throws UNUSUAL */
  text(index: number): string {
    let text = "";
    for (let at = this.start(this.#checked(index)); at < this.end(index); at++) {
      const byte = this.bytes[at]!;
      if (byte >= 128) throw UNUSUAL;
      text += String.fromCharCode(byte);
    }
    return text;
  }

  #checked(index: number): number {
    if (index >= this.length) throw UNUSUAL;
    return index;
  }
}

/** Rows of a table by its ids, which nearly all profilers count up from 1. */
export class Rows {
  #rows = new Int32Array(1024);
  #limit = 0;

  start(count: number): void {
    this.#limit = count * 2 + 64;
    this.#rows = roomy(this.#rows, this.#limit);
    this.#rows.fill(-1, 0, this.#limit);
  }

  add(id: number, row: number): void {
    if (id === 0 || id >= this.#limit || this.#rows[id] !== -1) throw UNUSUAL;
    this.#rows[id] = row;
  }

  /** @throws UNUSUAL where the table has no such id */
  row(id: number): number {
    const row = id < this.#limit ? this.#rows[id]! : -1;
    if (row < 0) throw UNUSUAL;
    return row;
  }
}

/** The function table: indices of strings. */
export class Functions {
  readonly rows: Rows = new Rows();
  name: Uint32Array = new Uint32Array(1024);
  file: Uint32Array = new Uint32Array(1024);
  /** 1: its mangled name differs; 2: the line on which it starts is given. Both are told and not kept. */
  untold: Uint8Array = new Uint8Array(1024);

  load(cursor: Cursor, { at, length }: Ranges, strings: number): void {
    this.rows.start(length);
    this.name = roomy(this.name, length);
    this.file = roomy(this.file, length);
    this.untold = roomy(this.untold, length);
    for (let row = 0; row < length; row++) {
      cursor.at = at[2 * row]!;
      cursor.end = at[2 * row + 1]!;
      this.#read(cursor, row, strings);
    }
  }

  #read(cursor: Cursor, row: number, strings: number): void {
    let [id, name, system, file, start] = [0, 0, 0, 0, 0];
    while (cursor.at < cursor.end) {
      const tag = cursor.bytes[cursor.at++]!;
      const value = cursor.varint();
      if (tag === 0x08) id = value;
      else if (tag === 0x10) name = value;
      else if (tag === 0x18) system = value;
      else if (tag === 0x20) file = value;
      else if (tag === 0x28) start = value;
      else throw UNUSUAL;
    }
    if (name >= strings || system >= strings || file >= strings) throw UNUSUAL;
    this.rows.add(id, row);
    this.name[row] = name === 0 ? system : name;
    this.file[row] = file;
    this.untold[row] = (system !== 0 && system !== this.name[row] ? 1 : 0) | (start === 0 ? 0 : 2);
  }
}

/** A mapping as frames refer to it. */
export interface DigestMapping {
  readonly start: bigint;
  readonly end: bigint;
  readonly fileOffset: bigint;
  /** Strings. */
  readonly path: number;
  readonly buildId: number;
  readonly lo: number;
  readonly hi: number;
}

/** The mapping table. */
export class Mappings {
  readonly rows: Rows = new Rows();
  readonly all: DigestMapping[] = [];
  readonly #hash = new Hash64();

  load(cursor: Cursor, { mappings: { at, length } }: Sections, strings: Strings): void {
    this.rows.start(length);
    this.all.length = 0;
    for (let row = 0; row < length; row++) {
      cursor.at = at[2 * row]!;
      cursor.end = at[2 * row + 1]!;
      this.#read(cursor, row, strings);
    }
  }

  #read(cursor: Cursor, row: number, strings: Strings): void {
    let [id, path, buildId] = [0, 0, 0];
    let [start, end, fileOffset] = [0n, 0n, 0n];
    while (cursor.at < cursor.end) {
      const tag = cursor.bytes[cursor.at++]!;
      cursor.wide();
      const { low, high } = cursor;
      if (tag === 0x10) start = wideOf(low, high);
      else if (tag === 0x18) end = wideOf(low, high);
      else if (tag === 0x20) fileOffset = wideOf(low, high);
      else if (high !== 0) throw UNUSUAL;
      else if (tag === 0x08) id = low;
      else if (tag === 0x28) path = low;
      else if (tag === 0x30) buildId = low;
      // From 7 to 10: whether it has functions, files, lines, inlined frames.
      else if (tag !== 0x38 && tag !== 0x40 && tag !== 0x48 && tag !== 0x50) throw UNUSUAL;
    }
    // Only where they are ASCII are the bytes certain to be those of the text.
    strings.text(path);
    strings.text(buildId);
    const { lo, hi } = this.#hash
      .reset()
      .bytes(strings.bytes, strings.start(path), strings.end(path))
      .bytes(strings.bytes, strings.start(buildId), strings.end(buildId))
      .finish();
    this.rows.add(id, row);
    this.all.push({ start, end, fileOffset, path, buildId, lo, hi });
  }
}

function wideOf(low: number, high: number): bigint {
  return high === 0 ? BigInt(low) : (BigInt(high) << 32n) | BigInt(low);
}
