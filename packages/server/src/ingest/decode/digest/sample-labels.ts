import type { Label } from "@flambeau/core";
import { type Cursor, UNUSUAL } from "./cursor.ts";
import type { Strings } from "./tables.ts";

/** Tag of a sample's label: field 3, with a length. */
export const LABEL_TAG = 0x1a;
/** Distinct sets of texts; a file with more of them is for the general reader. So many are known by their bytes, too. */
const MAX_SETS = 1 << 16;
/** Gives a sample its time: the general reader takes it for one. */
const TIME_LABEL = "end_timestamp_ns";

/**
 * The labels of samples. Samples mostly bear the same few sets of them, byte by byte, so that a set is read when its
 * bytes are new. Labels with a number (the size of what was allocated) make no set of their own: they measure, and
 * nothing is kept of them.
 */
export class SampleLabels {
  /** The distinct sets of labels with a text; the first one is empty. */
  sets: (readonly Label[])[] = [[]];
  /** By the bytes of label fields: row of `sets`, and how many labels they are. */
  readonly #byBytes = new Map<string, { readonly set: number; readonly count: number }>();
  readonly #byText = new Map<string, number>();
  #buffer: Buffer = Buffer.alloc(0);
  /** Labels that may still come. */
  #left = 0;

  start(bytes: Uint8Array, limit: number): void {
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#left = limit;
    this.sets = [[]];
    this.#byBytes.clear();
    this.#byText.clear();
    this.#byText.set("[]", 0);
  }

  /** The set that whole label fields, tags included, make. @throws UNUSUAL */
  row(cursor: Cursor, start: number, end: number, strings: Strings): number {
    const key = this.#buffer.toString("latin1", start, end);
    let known = this.#byBytes.get(key);
    if (known === undefined) {
      const { at, end: outer } = cursor;
      cursor.at = start;
      cursor.end = end;
      const labels: Label[] = [];
      const count = readLabels(cursor, strings, labels);
      cursor.at = at;
      cursor.end = outer;
      known = { set: this.#set(labels), count };
      if (this.#byBytes.size < MAX_SETS) this.#byBytes.set(key, known);
    }
    this.#left -= known.count;
    if (this.#left < 0) throw UNUSUAL;
    return known.set;
  }

  #set(labels: readonly Label[]): number {
    const text = JSON.stringify(labels);
    let set = this.#byText.get(text);
    if (set === undefined) {
      if (this.sets.length === MAX_SETS) throw UNUSUAL;
      set = this.sets.push(labels) - 1;
      this.#byText.set(text, set);
    }
    return set;
  }
}

/** Adds those labels that have a text; returns how many there are of any kind. */
function readLabels(cursor: Cursor, strings: Strings, into: Label[]): number {
  const { end } = cursor;
  let count = 0;
  for (; cursor.at < end; count++) {
    if (cursor.bytes[cursor.at++] !== LABEL_TAG) throw UNUSUAL;
    const stop = cursor.field();
    let [name, text, numbers] = [0, 0, 0];
    while (cursor.at < stop) {
      const tag = cursor.bytes[cursor.at++]!;
      if (tag === 0x08) name = cursor.varint();
      else if (tag === 0x10) text = cursor.varint();
      else if (tag === 0x18 || tag === 0x20) {
        cursor.wide();
        numbers++;
      } else throw UNUSUAL;
    }
    if (cursor.at !== stop) throw UNUSUAL;
    const key = strings.text(name);
    if (key === TIME_LABEL || (text !== 0 && numbers > 0)) throw UNUSUAL;
    if (numbers === 0) into.push({ key, value: strings.text(text) });
  }
  return count;
}
