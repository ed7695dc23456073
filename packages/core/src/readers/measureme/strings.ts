import { decodeUtf8 } from "../../util/platform.ts";

/** Ends a string, and begins a reference to another one. Neither byte is part of UTF-8. */
const END = 0xff;
const REFERENCE = 0xfe;
/** Separates an event's label from its arguments. */
const SEPARATOR = 0x1e;

/** Ids up to this one are looked up in the index; the last of them is the recording's description. */
export const METADATA_ID = 100_000_001;
/** Ids from here on are places in the data. */
const FIRST_PLACE = METADATA_ID + 2;

/** Longest text and most parts: references may be made to go round in circles. */
const LONGEST = 1 << 20;
const MOST_PARTS = 1 << 12;

/** Texts of a recording: parts, and references to other texts in between. */
export class Strings {
  readonly #data: Uint8Array;
  readonly #index: ReadonlyMap<number, number>;
  readonly #idBytes: number;

  /** `idBytes`: 4 up to version 8, then 8. */
  constructor(data: Uint8Array, index: ReadonlyMap<number, number>, idBytes: number) {
    this.#data = data;
    this.#index = index;
    this.#idBytes = idBytes;
  }

  /** The whole text; undefined where it is not there. */
  text(id: number): string | undefined {
    return this.#expand(id, false);
  }

  /** The text up to its first argument. */
  label(id: number): string | undefined {
    return this.#expand(id, true);
  }

  #expand(id: number, labelOnly: boolean): string | undefined {
    const start = this.#place(id);
    if (start === undefined) return undefined;
    const open = [start];
    const data = this.#data;
    let text = "";
    for (let parts = 0; open.length > 0 && parts < MOST_PARTS && text.length < LONGEST; parts++) {
      const at = open.pop()!;
      if (at >= data.length || data[at] === END) continue;
      if (data[at] === REFERENCE) {
        open.push(at + 1 + this.#idBytes);
        const inner = this.#place(this.#id(at + 1));
        if (inner === undefined) text += "<unknown>";
        else open.push(inner);
        continue;
      }
      let end = at;
      while (end < data.length && data[end]! < REFERENCE && !(labelOnly && data[end] === SEPARATOR)) end++;
      text += decodeUtf8(data.subarray(at, Math.min(end, at + LONGEST)));
      if (data[end] === SEPARATOR) return text;
      open.push(end);
    }
    return text;
  }

  /** Where a text begins in the data. */
  #place(id: number): number | undefined {
    const place = id >= FIRST_PLACE ? id - FIRST_PLACE : this.#index.get(id);
    return place !== undefined && place < this.#data.length ? place : undefined;
  }

  #id(at: number): number {
    let id = 0;
    for (let i = this.#idBytes - 1; i >= 0; i--) id = id * 256 + (this.#data[at + i] ?? 0);
    return id;
  }
}
