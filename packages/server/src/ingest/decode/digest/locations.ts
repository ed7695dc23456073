import { Hash64 } from "../../../store/ids/hash64.ts";
import type { RowBuffer } from "../../../store/write/row-buffer.ts";
import { type Cursor, UNUSUAL } from "./cursor.ts";
import type { Ranges } from "./sections.ts";
import { type Functions, type Mappings, Rows, roomy, type Strings } from "./tables.ts";

const MAX_LINE = 0xffff_ffff;

/** The tables that locations refer to. */
export interface Tables {
  readonly strings: Strings;
  readonly functions: Functions;
  readonly mappings: Mappings;
}

/**
 * The location table. Each line of a location is a frame, whose id is worked out when a stack first passes through
 * its location.
 */
export class Locations {
  readonly rows: Rows = new Rows();
  /** Location `row` has the frames `[first[row], first[row + 1])`, innermost first, which is how the file has them. */
  first: Int32Array = new Int32Array(1024);
  /** Ids of the frames: low half, high half; both 0: not worked out yet. */
  ids: Uint32Array = new Uint32Array(2048);
  #mapping = new Int32Array(1024);
  #addressLow = new Uint32Array(1024);
  #addressHigh = new Uint32Array(1024);
  /** Per frame: row of the function or -1, line, column, location. */
  #lines = new Int32Array(4096);
  #lineCount = 0;
  readonly #tables: Tables;
  readonly #hash = new Hash64();
  /** Functions of which something is not kept, once each. */
  systemNames = 0;
  startLines = 0;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  load(cursor: Cursor, { at, length }: Ranges): void {
    this.rows.start(length);
    this.first = roomy(this.first, length + 1);
    this.#mapping = roomy(this.#mapping, length);
    this.#addressLow = roomy(this.#addressLow, length);
    this.#addressHigh = roomy(this.#addressHigh, length);
    this.#lineCount = 0;
    this.systemNames = 0;
    this.startLines = 0;
    for (let row = 0; row < length; row++) {
      this.first[row] = this.#lineCount;
      cursor.at = at[2 * row]!;
      cursor.end = at[2 * row + 1]!;
      this.#read(cursor, row);
    }
    this.first[length] = this.#lineCount;
    this.ids = roomy(this.ids, this.#lineCount * 2);
    this.ids.fill(0, 0, this.#lineCount * 2);
  }

  #read(cursor: Cursor, row: number): void {
    const { bytes, end } = cursor;
    let id = 0;
    let mapping = -1;
    this.#addressLow[row] = 0;
    this.#addressHigh[row] = 0;
    while (cursor.at < end) {
      const tag = bytes[cursor.at++]!;
      if (tag === 0x22) {
        cursor.end = cursor.field();
        this.#readLine(cursor, row);
        cursor.end = end;
      } else if (tag === 0x18) {
        cursor.wide();
        this.#addressLow[row] = cursor.low;
        this.#addressHigh[row] = cursor.high;
      } else {
        const value = cursor.varint();
        if (tag === 0x08) id = value;
        else if (tag === 0x10) mapping = value === 0 ? -1 : this.#tables.mappings.rows.row(value);
        // 5: one of several functions that the linker folded into one.
        else if (tag !== 0x28 || value !== 0) throw UNUSUAL;
      }
    }
    this.#mapping[row] = mapping;
    if (this.first[row] === this.#lineCount) this.#addLine(-1, 0, 0, row);
    this.rows.add(id, row);
  }

  #readLine(cursor: Cursor, row: number): void {
    let [fn, line, column] = [-1, 0, 0];
    while (cursor.at < cursor.end) {
      const tag = cursor.bytes[cursor.at++]!;
      const value = cursor.varint();
      if (tag === 0x08) fn = value === 0 ? -1 : this.#tables.functions.rows.row(value);
      else if (tag === 0x10) line = value;
      else if (tag === 0x18) column = value;
      else throw UNUSUAL;
    }
    if (line > MAX_LINE || column > MAX_LINE) throw UNUSUAL;
    this.#addLine(fn, line, column, row);
  }

  #addLine(fn: number, line: number, column: number, location: number): void {
    const at = this.#lineCount++ * 4;
    if (at === this.#lines.length) {
      const bigger = new Int32Array(at * 2);
      bigger.set(this.#lines);
      this.#lines = bigger;
    }
    this.#lines[at] = fn;
    this.#lines[at + 1] = line;
    this.#lines[at + 2] = column;
    this.#lines[at + 3] = location;
  }

  /** Works out the ids of a location's frames. */
  prepare(row: number): void {
    const end = this.first[row + 1]!;
    for (let frame = this.first[row]!; frame < end; frame++) this.#identify(frame, row, end);
  }

  /** The same steps as the ids of a whole profile's frames take (store/ids/profile-ids.ts). */
  #identify(frame: number, row: number, end: number): void {
    const { strings, mappings } = this.#tables;
    const fn = this.#functionOf(frame);
    const name = this.#nameOf(fn);
    const file = this.#fileOf(fn);
    const mapping = mappings.all[this.#mapping[row]!];
    const named = strings.start(name) < strings.end(name);
    const alone = end - this.first[row]! === 1;
    const nowhere = this.#addressLow[row] === 0 && this.#addressHigh[row] === 0 && mapping === undefined;
    // It would be called unknown, with a note.
    if (!named && (!alone || nowhere)) throw UNUSUAL;
    this.#count(fn);
    const address = named ? 0n : this.#storedAddress(row);
    const nameAt = strings.hashed(name);
    const fileAt = strings.hashed(file);
    const { hashes } = strings;
    const { lo, hi } = this.#hash
      .reset()
      .word(hashes[nameAt]!)
      .word(hashes[nameAt + 1]!)
      .word(hashes[fileAt]!)
      .word(hashes[fileAt + 1]!)
      .word(this.#lines[4 * frame + 1]!)
      .word(this.#lines[4 * frame + 2]!)
      .word(mapping?.lo ?? 0)
      .word(mapping?.hi ?? 0)
      .word(address === 0n ? 0 : Number(address & 0xffff_ffffn))
      .word(address === 0n ? 0 : Number(address >> 32n))
      .word(this.#inlined(frame, end) << 8)
      .finish();
    this.ids[2 * frame] = lo;
    this.ids[2 * frame + 1] = hi;
  }

  /** The frame's columns as journal rows have them, from `name` to `inlined`. */
  write(frame: number, buffer: RowBuffer): void {
    const { strings, mappings } = this.#tables;
    const row = this.#lines[4 * frame + 3]!;
    const fn = this.#functionOf(frame);
    const name = this.#nameOf(fn);
    const file = this.#fileOf(fn);
    const mapping = mappings.all[this.#mapping[row]!];
    const text = (index: number): void =>
      buffer.bytes(strings.bytes.subarray(strings.start(index), strings.end(index)));
    text(name);
    text(file);
    buffer.u32(this.#lines[4 * frame + 1]! >>> 0);
    buffer.u32(this.#lines[4 * frame + 2]! >>> 0);
    text(mapping?.path ?? 0);
    text(mapping?.buildId ?? 0);
    buffer.u64(strings.start(name) < strings.end(name) ? 0n : this.#storedAddress(row));
    buffer.u8(0);
    buffer.u8(this.#inlined(frame, this.first[row + 1]!));
  }

  /** Innermost first: all but the last are inlined into it. */
  #inlined(frame: number, end: number): number {
    return frame < end - 1 ? 1 : 0;
  }

  #functionOf(frame: number): number {
    return this.#lines[4 * frame]!;
  }

  #nameOf(fn: number): number {
    return fn < 0 ? 0 : this.#tables.functions.name[fn]!;
  }

  #fileOf(fn: number): number {
    return fn < 0 ? 0 : this.#tables.functions.file[fn]!;
  }

  #count(fn: number): void {
    if (fn < 0) return;
    const { untold } = this.#tables.functions;
    if ((untold[fn]! & 1) !== 0) this.systemNames++;
    if ((untold[fn]! & 2) !== 0) this.startLines++;
    untold[fn] = 0;
  }

  /** As an offset in the mapping's file; see `storedAddress` of store/ids/profile-ids.ts. */
  #storedAddress(row: number): bigint {
    const address = (BigInt(this.#addressHigh[row]!) << 32n) | BigInt(this.#addressLow[row]!);
    const mapping = this.#tables.mappings.all[this.#mapping[row]!];
    if (mapping === undefined || address < mapping.start || address >= mapping.end) return address;
    return BigInt.asUintN(64, address - mapping.start + mapping.fileOffset);
  }
}
