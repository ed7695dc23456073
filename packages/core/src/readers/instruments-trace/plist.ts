import { FlambeauError } from "../../util/errors.ts";
import { decodeLatin1, decodeUtf8 } from "../../util/platform.ts";

/** Id of the reader. */
export const FORMAT = "instruments-trace";

/** A reference within a keyed archive. */
export class Uid {
  readonly index: number;

  constructor(index: number) {
    this.index = index;
  }
}

/** A value of a property list; containers hold the numbers of their values, which are decoded when they are asked for. */
export type PlistValue = null | boolean | number | string | Uint8Array | Uid | PlistArray | PlistDict;
export class PlistArray {
  readonly refs: readonly number[];

  constructor(refs: readonly number[]) {
    this.refs = refs;
  }
}
export class PlistDict {
  readonly refs: ReadonlyMap<string, number>;

  constructor(refs: ReadonlyMap<string, number>) {
    this.refs = refs;
  }
}

const TRAILER = 32;

/** A binary property list, decoded value by value. Source of the format: CFBinaryPList.c in Apple's CoreFoundation. */
export class Plist {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #known = new Map<number, PlistValue>();
  readonly #count: number;
  readonly #offsetSize: number;
  readonly #refSize: number;
  readonly #table: number;
  readonly #top: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    if (decodeLatin1(bytes.subarray(0, 6)) !== "bplist" || bytes.length < 8 + TRAILER)
      throw this.#malformed(0);
    const trailer = bytes.length - TRAILER;
    this.#offsetSize = bytes[trailer + 6]!;
    this.#refSize = bytes[trailer + 7]!;
    this.#count = this.#number(trailer + 8, 8);
    this.#top = this.#number(trailer + 16, 8);
    this.#table = this.#number(trailer + 24, 8);
    const isWhole = this.#table + this.#count * this.#offsetSize <= trailer;
    if (!isWhole || this.#offsetSize < 1 || this.#offsetSize > 8 || this.#refSize < 1)
      throw this.#malformed(trailer);
  }

  get root(): PlistValue {
    return this.value(this.#top);
  }

  /** The value of this number. */
  value(ref: number): PlistValue {
    let value = this.#known.get(ref);
    if (value === undefined) {
      if (ref >= this.#count) throw this.#malformed(this.#table);
      value = this.#decode(this.#number(this.#table + ref * this.#offsetSize, this.#offsetSize));
      this.#known.set(ref, value);
    }
    return value;
  }

  #decode(at: number): PlistValue {
    const marker = this.#bytes[at];
    if (marker === undefined) throw this.#malformed(at);
    const low = marker & 15;
    switch (marker >> 4) {
      case 0:
        return low === 9 ? true : low === 8 ? false : null;
      case 1:
        return this.#integer(at + 1, 2 ** low);
      case 2:
        return this.#real(at + 1, 2 ** low);
      case 8:
        return new Uid(this.#number(at + 1, low + 1));
      default:
        return this.#sized(marker >> 4, at, low);
    }
  }

  /** Values of a length: in the marker's lower half, or as a number behind it. */
  #sized(kind: number, at: number, low: number): PlistValue {
    let start = at + 1;
    let length = low;
    if (low === 15) {
      const size = 2 ** ((this.#bytes[start] ?? 0) & 15);
      length = this.#number(start + 1, size);
      start += 1 + size;
    }
    switch (kind) {
      case 4:
        return this.#bytes.subarray(start, this.#end(start, length));
      case 5:
        return decodeUtf8(this.#bytes.subarray(start, this.#end(start, length)));
      case 6: {
        this.#end(start, length * 2);
        let text = "";
        for (let i = 0; i < length; i++) text += String.fromCharCode(this.#view.getUint16(start + i * 2));
        return text;
      }
      case 10:
      case 12:
        return new PlistArray(this.#refs(start, length));
      case 13: {
        const keys = this.#refs(start, length);
        const values = this.#refs(start + length * this.#refSize, length);
        const refs = new Map<string, number>();
        keys.forEach((key, i) => {
          const name = this.value(key);
          if (typeof name === "string") refs.set(name, values[i]!);
        });
        return new PlistDict(refs);
      }
      default:
        return null;
    }
  }

  #refs(start: number, count: number): number[] {
    this.#end(start, count * this.#refSize);
    return Array.from({ length: count }, (_, i) => this.#number(start + i * this.#refSize, this.#refSize));
  }

  #integer(at: number, size: number): number {
    if (size <= 8 && size > 4 && this.#view.byteLength >= at + 8) return Number(this.#view.getBigInt64(at));
    return size > 8 ? this.#number(at + size - 8, 8) : this.#number(at, size);
  }

  #real(at: number, size: number): number {
    this.#end(at, size);
    const value = size === 4 ? this.#view.getFloat32(at) : size === 8 ? this.#view.getFloat64(at) : 0;
    return Number.isFinite(value) ? value : 0;
  }

  /** Big-endian, unsigned. */
  #number(at: number, size: number): number {
    this.#end(at, size);
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + this.#bytes[at + i]!;
    return value;
  }

  #end(start: number, length: number): number {
    if (!(start + length <= this.#bytes.length)) throw this.#malformed(start);
    return start + length;
  }

  #malformed(at: number): FlambeauError {
    return new FlambeauError("malformed", `the property list of the package is damaged at its byte ${at}`, {
      format: FORMAT,
    });
  }
}
