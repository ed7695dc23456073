import { type JsonKernel, ROW_SLOTS, type RowKey, Wanted, Where } from "../kernel/json-kernel.ts";
import type { ProfileBuilder } from "../model/builder.ts";
import { grown } from "../util/growable.ts";
import { unescapeJson } from "./json-unescape.ts";

/**
 * What a reader wants of a key in a list of objects: a number; a text; a text of one letter; the place of a value that
 * is looked at later; a list of numbers; the members of an object within, as if they stood in the outer one; that an
 * object with this key is read the general way; or a list of objects of the same kind ({@link JsonReader.nestedRows}).
 */
export type ColumnKind = keyof typeof Wanted;

/** One key: its name, what is wanted, and whether only one in the outer, or in an inner object, is what is meant. */
export type ColumnSpec = readonly [name: string, kind: ColumnKind, where?: keyof typeof Where];

/** Most columns of a {@link RowLayout}. */
const MAX_COLUMNS = ROW_SLOTS;

/** The keys that a reader wants of each object of a list, of which {@link JsonReader.rows} makes columns. */
export class RowLayout {
  readonly keys: readonly RowKey[];

  /** Keys of kind "object" and "nested" have no column; the others are numbered in their order. */
  constructor(...columns: readonly ColumnSpec[]) {
    let next = 0;
    this.keys = columns.map(([name, kind, where]) => ({
      name,
      wanted: Wanted[kind],
      column: kind === "object" || kind === "nested" ? 0 : next++,
      where: where === undefined ? 0 : Where[where],
    }));
    if (next > MAX_COLUMNS) throw new RangeError(`no more than ${MAX_COLUMNS} columns`);
  }
}

/** Objects of a list that were read at once, as rows; valid until the call that was given them returns. */
export class JsonRows {
  length = 0;
  readonly #kernel: JsonKernel;
  #base = 0;

  constructor(kernel: JsonKernel) {
    this.#kernel = kernel;
  }

  /** Takes over what the kernel has found. `base` is the offset of the buffer in the input. */
  set(length: number, base: number): void {
    this.length = length;
    this.#base = base;
  }

  /** Offset in the input of a row's object. */
  offset(row: number): number {
    return this.#base + this.#kernel.rowStart(row);
  }

  /** After {@link JsonReader.nestedRows}: how many objects are open around a row's. */
  depth(row: number): number {
    return this.#kernel.rowDepth(row);
  }

  has(row: number, column: number): boolean {
    return this.#kernel.kinds[row * ROW_SLOTS + column] !== 0;
  }

  number(row: number, column: number, missing: number): number {
    const slot = row * ROW_SLOTS + column;
    return this.#kernel.kinds[slot] === 0 ? missing : this.#kernel.slots[slot]!;
  }

  /** The byte of a text of one letter; 0 where it is missing. */
  letter(row: number, column: number): number {
    const slot = row * ROW_SLOTS + column;
    return this.#kernel.kinds[slot] === 0 ? 0 : this.#kernel.words[slot * 2]!;
  }

  /** Number of a text, for {@link RowTexts}; 0 where it is missing. */
  text(row: number, column: number): number {
    return this.letter(row, column);
  }

  /** Offset in the input of a value; -1 where it is missing. */
  place(row: number, column: number): number {
    const slot = row * ROW_SLOTS + column;
    return this.#kernel.kinds[slot] === 0 ? -1 : this.#base + this.#kernel.place(slot);
  }

  /** First byte of the value at a place; 0 where it is missing. */
  firstByte(row: number, column: number): number {
    return this.#kernel.kinds[row * ROW_SLOTS + column]!;
  }

  /** A list of numbers; empty where it is missing. */
  list(row: number, column: number): Float64Array {
    const slot = row * ROW_SLOTS + column;
    if (this.#kernel.kinds[slot] === 0) return this.#kernel.listed.subarray(0, 0);
    const first = this.#kernel.words[slot * 2]!;
    return this.#kernel.listed.subarray(first, first + this.#kernel.words[slot * 2 + 1]!);
  }

  /** The bytes of a text, as written. */
  bytesOf(text: number): Uint8Array {
    return this.#kernel.symbol(text);
  }
}

/** The builder's strings for the texts of rows: each is looked up once. */
export class RowTexts {
  readonly #builder: ProfileBuilder;
  /** String id + 1 by text. */
  #known = new Int32Array(1024);

  constructor(builder: ProfileBuilder) {
    this.#builder = builder;
  }

  /** String id of a text; 0 where it is missing. */
  string(rows: JsonRows, text: number): number {
    if (text === 0) return 0;
    this.#known = grown(this.#known, text + 1);
    const known = this.#known[text]!;
    if (known !== 0) return known - 1;
    const bytes = rows.bytesOf(text);
    let id: number;
    if (bytes.includes(0x5c)) {
      const plain = new Uint8Array(bytes.length);
      id = this.#builder.stringBytes(plain, 0, unescapeJson(bytes, 0, bytes.length, plain));
    } else id = this.#builder.stringBytes(bytes);
    this.#known[text] = id + 1;
    return id;
  }
}
