import { decodeUtf8 } from "../../util/platform.ts";

/** Thrown where a section ends in the midst of something, or says what cannot be; made once, for it is thrown often. */
export const DAMAGED: Error = new Error("this debug information is damaged");

/** Goes through a section of debug information. Reading beyond its end throws {@link DAMAGED}. */
export class Bytes {
  readonly data: Uint8Array;
  readonly #view: DataView;
  readonly #little: boolean;
  at = 0;
  end: number;

  constructor(data: Uint8Array, littleEndian: boolean) {
    this.data = data;
    this.#view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    this.#little = littleEndian;
    this.end = data.length;
  }

  /** Goes elsewhere; what is read there may reach up to `end`. */
  seek(at: number, end: number = this.data.length): void {
    if (!(at >= 0 && at <= end && end <= this.data.length)) throw DAMAGED;
    this.at = at;
    this.end = end;
  }

  skip(count: number): void {
    if (!(count >= 0 && this.at + count <= this.end)) throw DAMAGED;
    this.at += count;
  }

  #step(count: number): number {
    const { at } = this;
    this.skip(count);
    return at;
  }

  u8(): number {
    if (this.at >= this.end) throw DAMAGED;
    return this.data[this.at++]!;
  }

  u16(): number {
    return this.#view.getUint16(this.#step(2), this.#little);
  }

  u24(): number {
    const at = this.#step(3);
    const [a, b, c] = [this.data[at]!, this.data[at + 1]!, this.data[at + 2]!];
    return this.#little ? a | (b << 8) | (c << 16) : (a << 16) | (b << 8) | c;
  }

  u32(): number {
    return this.#view.getUint32(this.#step(4), this.#little);
  }

  /** Exact below 2^53. */
  u64(): number {
    const at = this.#step(8);
    const low = this.#view.getUint32(at + (this.#little ? 0 : 4), this.#little);
    const high = this.#view.getUint32(at + (this.#little ? 4 : 0), this.#little);
    return high * 2 ** 32 + low;
  }

  /** A number of 1, 2, 3, 4 or 8 bytes. */
  sized(size: number): number {
    switch (size) {
      case 1:
        return this.u8();
      case 2:
        return this.u16();
      case 3:
        return this.u24();
      case 4:
        return this.u32();
      case 8:
        return this.u64();
      default:
        throw DAMAGED;
    }
  }

  /** An address of 4 or 8 bytes, the latter as a signed number: see {@link signedAddress} in address-map.ts. */
  address(size: number): number {
    if (size === 4) return this.u32();
    if (size !== 8) throw DAMAGED;
    const at = this.#step(8);
    const low = this.#view.getUint32(at + (this.#little ? 0 : 4), this.#little);
    const high = this.#view.getInt32(at + (this.#little ? 4 : 0), this.#little);
    return high * 2 ** 32 + low;
  }

  /** LEB128 without sign; exact below 2^53. */
  unsigned(): number {
    let value = 0;
    let weight = 1;
    for (let i = 0; i < 10; i++) {
      const byte = this.u8();
      value += (byte & 0x7f) * weight;
      if (byte < 0x80) return value;
      weight *= 128;
    }
    throw DAMAGED;
  }

  /** LEB128 with sign. */
  signed(): number {
    let value = 0;
    let weight = 1;
    for (let i = 0; i < 10; i++) {
      const byte = this.u8();
      value += (byte & 0x7f) * weight;
      weight *= 128;
      if (byte < 0x80) return (byte & 0x40) === 0 ? value : value - weight;
    }
    throw DAMAGED;
  }

  /** Steps over a text that ends in 0; where it began. */
  text(): number {
    const start = this.at;
    const end = this.data.indexOf(0, start);
    if (end < 0 || end >= this.end) throw DAMAGED;
    this.at = end + 1;
    return start;
  }
}

/** Longest text that is kept whole: mangled names can be long. */
const LONGEST = 32_768;

/** The text that begins at an offset of a section; empty where there is none. */
export function textAt(data: Uint8Array, at: number): string {
  if (!(at >= 0 && at < data.length)) return "";
  const limit = Math.min(data.length, at + LONGEST);
  let end = at;
  while (end < limit && data[end] !== 0) end++;
  return decodeUtf8(data.subarray(at, end));
}
