import { grown, trimmed } from "../util/growable.ts";
import { hashPair } from "../util/hash.ts";
import type { FrameKindCode, FrameTable } from "./profile.ts";

/** A frame to intern: strings are ids of the same builder; what is left out is not known. */
export interface FrameInput {
  readonly name: number;
  readonly file?: number;
  /** From 1. */
  readonly line?: number;
  /** From 1. */
  readonly column?: number;
  readonly mapping?: number;
  readonly address?: bigint;
  readonly kind?: FrameKindCode;
  readonly inlined?: boolean;
}

/** An address as two words: arithmetic on bigints makes a new one each time. */
const wide = new BigUint64Array(1);
const words = new Int32Array(wide.buffer);

/** Interns frames column by column: equal input gives the same row. */
export class FrameInterner {
  #length = 0;
  #name = new Uint32Array(32);
  #file = new Uint32Array(32);
  #line = new Uint32Array(32);
  #column = new Uint32Array(32);
  #mapping = new Int32Array(32);
  #address = new BigUint64Array(32);
  #hasAddress = false;
  #kind = new Uint8Array(32);
  #inlined = new Uint8Array(32);
  #hashes = new Int32Array(32);
  /** Open addressing; a slot holds row + 1, 0 = empty. */
  #slots = new Int32Array(64);

  add(frame: FrameInput): number {
    const file = frame.file ?? 0;
    const line = frame.line ?? 0;
    const column = frame.column ?? 0;
    const mapping = frame.mapping ?? -1;
    const address = frame.address ?? 0n;
    const kind = frame.kind ?? 0;
    const inlined = frame.inlined === true ? 1 : 0;
    let hash = hashPair(hashPair(frame.name, file), hashPair(line, mapping));
    hash = hashPair(hash, (column << 4) ^ (kind << 1) ^ inlined);
    if (address !== 0n) {
      wide[0] = address;
      hash = hashPair(hash, words[0]! ^ words[1]!);
    }
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const row = this.#slots[slot]! - 1;
      if (row < 0) break;
      if (
        this.#hashes[row] === hash &&
        this.#name[row] === frame.name &&
        this.#file[row] === file &&
        this.#line[row] === line &&
        this.#column[row] === column &&
        this.#mapping[row] === mapping &&
        this.#kind[row] === kind &&
        this.#inlined[row] === inlined &&
        this.#address[row] === address
      ) {
        return row;
      }
      slot = (slot + 1) & mask;
    }
    const row = this.#length++;
    this.#grow(row + 1);
    this.#name[row] = frame.name;
    this.#file[row] = file;
    this.#line[row] = line;
    this.#column[row] = column;
    this.#mapping[row] = mapping;
    if (address !== 0n) {
      this.#address[row] = address;
      this.#hasAddress = true;
    }
    this.#kind[row] = kind;
    this.#inlined[row] = inlined;
    this.#hashes[row] = hash;
    this.#slots[slot] = row + 1;
    if (this.#length * 2 > this.#slots.length) this.#rehash(this.#length * 2);
    return row;
  }

  finish(): FrameTable {
    const length = this.#length;
    return {
      length,
      name: trimmed(this.#name, length),
      file: trimmed(this.#file, length),
      line: trimmed(this.#line, length),
      column: trimmed(this.#column, length),
      mapping: trimmed(this.#mapping, length),
      address: trimmed(this.#address, length),
      kind: trimmed(this.#kind, length),
      inlined: trimmed(this.#inlined, length),
    };
  }

  /** Makes room for up to this many more frames, so that growing does not copy; what is not filled costs nothing. */
  reserve(rows: number): void {
    this.#grow(this.#length + rows);
  }

  #grow(needed: number): void {
    if (needed <= this.#name.length) return;
    this.#name = grown(this.#name, needed);
    this.#file = grown(this.#file, needed);
    this.#line = grown(this.#line, needed);
    this.#column = grown(this.#column, needed);
    this.#mapping = grown(this.#mapping, needed);
    // To copy a column that nobody has written to would be the first to touch its memory.
    this.#address = this.#hasAddress
      ? grown(this.#address, this.#name.length)
      : new BigUint64Array(this.#name.length);
    this.#kind = grown(this.#kind, needed);
    this.#inlined = grown(this.#inlined, needed);
    this.#hashes = grown(this.#hashes, needed);
  }

  #rehash(rows: number): void {
    let size = this.#slots.length;
    while (size < rows * 2) size *= 2;
    const slots = new Int32Array(size);
    const mask = slots.length - 1;
    for (let row = 0; row < this.#length; row++) {
      let slot = this.#hashes[row]! & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = row + 1;
    }
    this.#slots = slots;
  }
}
