import { decodeUtf8 } from "../../util/platform.ts";

/** Thrown where fields reach beyond their block; whoever reads the block makes a note of it. */
export class FieldsEnd extends Error {}

/** Takes little-endian fields from bytes. */
export class Fields {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  /** Moves on by `count` bytes and answers where they began. */
  skip(count: number): number {
    const start = this.at;
    if (!(count >= 0) || count > this.left) throw new FieldsEnd();
    this.at = start + count;
    return start;
  }

  /** The next `count` bytes as fields of their own. */
  part(count: number): Fields {
    const start = this.skip(count);
    return new Fields(this.bytes.subarray(start, start + count));
  }

  align(unit: number): void {
    this.at = Math.min(this.bytes.length, Math.ceil(this.at / unit) * unit);
  }

  u8(): number {
    return this.bytes[this.skip(1)]!;
  }

  u16(): number {
    return this.#view.getUint16(this.skip(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.skip(4), true);
  }

  /** Exact up to 2^53. */
  u64(): number {
    const start = this.skip(8);
    return this.#view.getUint32(start, true) + this.#view.getUint32(start + 4, true) * 2 ** 32;
  }

  big64(): bigint {
    return this.#view.getBigUint64(this.skip(8), true);
  }

  f64(): number {
    return this.#view.getFloat64(this.skip(8), true);
  }

  /** An address of 4 or 8 bytes. */
  pointer(size: number): bigint {
    return size === 4 ? BigInt(this.u32()) : this.big64();
  }

  /** Seven bits a byte; exact up to 2^53. */
  varuint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.u8();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      if (scale > 2 ** 63) throw new FieldsEnd();
    }
  }

  /** A difference of times: one below zero is written as the 64-bit number that wraps around to it. */
  vardelta(): number {
    const start = this.at;
    const value = this.varuint();
    if (value < 2 ** 63) return value;
    this.at = start;
    return Number(BigInt.asIntN(64, this.bigVaruint()));
  }

  bigVaruint(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.u8();
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asUintN(64, value);
      if (shift > 63n) throw new FieldsEnd();
    }
  }

  /** UTF-16 up to a zero. */
  text16(): string {
    let text = "";
    for (;;) {
      const unit = this.u16();
      if (unit === 0) return text;
      text += String.fromCharCode(unit);
    }
  }

  /** UTF-8 behind its length in bytes. */
  text8(length: number): string {
    const start = this.skip(length);
    return decodeUtf8(this.bytes.subarray(start, start + length));
  }

  hex(count: number): string {
    const start = this.skip(count);
    const bytes = this.bytes.subarray(start, start + count);
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }
}
