import { FlambeauError } from "../util/errors.ts";

/**
 * How a field is written on the wire. Source: https://protobuf.dev/programming-guides/encoding/.
 * Group tags (3, 4) are obsolete but legal: an unknown group is skipped with everything in it.
 */
export const WireType = {
  varint: 0,
  fixed64: 1,
  bytes: 2,
  startGroup: 3,
  endGroup: 4,
  fixed32: 5,
} as const;

/** Groups may be nested without end in hostile input; real schemas have none. */
const MAX_GROUP_DEPTH = 100;

/** The greatest field number that the encoding allows. */
const MAX_FIELD = (1 << 29) - 1;

/**
 * Reads protobuf messages in place, field by field, without a schema: the caller loops over `next()`, looks at
 * `field` and `wire`, and takes the value or skips it. Every length is checked against the message around it.
 *
 * ```
 * while (reader.next()) {
 *   if (reader.field === 1 && reader.wire === WireType.bytes) {
 *     const outer = reader.enter();      // into the nested message
 *     while (reader.next()) …
 *     reader.leave(outer);               // behind it, wherever the loop stopped
 *   } else reader.skip();
 * }
 * ```
 *
 * Throws FlambeauError "truncated" where the input ends within a field and "malformed" where a nested length or
 * a tag cannot be right, both with the byte offset.
 */
export class ProtobufReader {
  readonly bytes: Uint8Array;
  /** Position of the next byte to read. */
  at: number;
  /** End of the message being read. */
  end: number;
  /** Number of the field that `next` found. */
  field = 0;
  /** {@link WireType} of that field. */
  wire = 0;
  /** Position of that field's tag. */
  tagAt = 0;
  /** Lower 32 bits, unsigned, of the integer read last. */
  low = 0;
  /** Upper 32 bits, unsigned, of the integer read last. */
  high = 0;
  #limit: number;
  readonly #format: string | undefined;

  /** `format` is the reader's id, for error messages. */
  constructor(bytes: Uint8Array, start: number = 0, end: number = bytes.length, format?: string) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
    this.#limit = end;
    this.#format = format;
  }

  /** Begins anew with another message of the same bytes. */
  moveTo(start: number, end: number): void {
    this.at = start;
    this.end = end;
    this.#limit = end;
  }

  /** Moves on to the next field of this message; false at its end. The value before must have been taken. */
  next(): boolean {
    if (this.at >= this.end) return false;
    this.tagAt = this.at;
    const tag = this.unsigned();
    this.field = Math.floor(tag / 8);
    this.wire = tag & 7;
    if (this.field === 0 || this.field > MAX_FIELD || this.wire > WireType.fixed32) {
      throw this.malformed(`${tag} is no protobuf tag`, this.tagAt);
    }
    return true;
  }

  /** An unsigned varint as a number: exact up to 2^53, the nearest double beyond. */
  unsigned(): number {
    const first = this.at < this.end ? this.bytes[this.at]! : 128;
    if (first < 128) {
      this.at++;
      this.low = first;
      this.high = 0;
      return first;
    }
    const second = this.at + 1 < this.end ? this.bytes[this.at + 1]! : 128;
    if (second < 128) {
      this.at += 2;
      this.low = (first & 127) | (second << 7);
      this.high = 0;
      return this.low;
    }
    this.#varint();
    return this.high * 4294967296 + this.low;
  }

  /** An int64 varint (two's complement) as a number: exact within ±2^53, the nearest double beyond. */
  signed(): number {
    const value = this.unsigned();
    return this.high >= 0x80000000 ? (this.high - 4294967296) * 4294967296 + this.low : value;
  }

  /** An unsigned varint, all 64 bits. */
  bigUnsigned(): bigint {
    const value = this.unsigned();
    return this.high < 0x200000 ? BigInt(value) : this.#big();
  }

  /** An int64 varint, all 64 bits. */
  bigSigned(): bigint {
    const value = this.unsigned();
    return this.high < 0x200000 ? BigInt(value) : BigInt.asIntN(64, this.#big());
  }

  /** True where the integer read last, taken as an int64, is beyond ±2^53: its number is an approximation. */
  get inexact(): boolean {
    return this.high >= 0x200000 && this.high < 0xffe00000;
  }

  /** Four bytes, little-endian, unsigned. */
  fixed32(): number {
    const at = this.#take(4);
    const { bytes } = this;
    return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
  }

  /** Eight bytes, little-endian, unsigned. */
  fixed64(): bigint {
    if (this.end - this.at < 8) this.#take(8);
    this.low = this.fixed32();
    this.high = this.fixed32();
    return this.#big();
  }

  /** Reads a length and checks it; the bytes are `[at, at + length)` and are not yet passed. */
  length(): number {
    const from = this.at;
    const length = this.unsigned();
    if (length > this.end - this.at) {
      throw this.#short(`a length of ${length} bytes where ${this.end - this.at} are left`, from);
    }
    return length;
  }

  /** The bytes of a length-delimited field, as a view. */
  view(): Uint8Array {
    const length = this.length();
    const start = this.at;
    this.at += length;
    return this.bytes.subarray(start, this.at);
  }

  /** Narrows the reader to the nested message (or packed list) of this field; give the result to `leave`. */
  enter(): number {
    const length = this.length();
    const outer = this.end;
    this.end = this.at + length;
    return outer;
  }

  /** Goes on behind the nested message, in the message around it. */
  leave(outer: number): void {
    this.at = this.end;
    this.end = outer;
  }

  /** Passes over the value of the field that `next` found. */
  skip(): void {
    if (this.wire === WireType.varint) this.unsigned();
    else if (this.wire === WireType.fixed64) this.#take(8);
    else if (this.wire === WireType.bytes) this.#take(this.length());
    else if (this.wire === WireType.fixed32) this.#take(4);
    else if (this.wire === WireType.startGroup) this.#skipGroup();
    else throw this.malformed("a group ends that did not begin", this.tagAt);
  }

  /** An error of this input at byte `offset`. */
  malformed(what: string, offset: number): FlambeauError {
    return this.#error("malformed", what, offset);
  }

  #skipGroup(): void {
    const open = [this.field];
    const start = this.tagAt;
    while (open.length > 0) {
      if (!this.next()) throw this.#short(`group ${open.at(-1)} does not end`, start);
      if (this.wire === WireType.startGroup) {
        if (open.length === MAX_GROUP_DEPTH) throw this.malformed("groups nested too deep", this.tagAt);
        open.push(this.field);
      } else if (this.wire !== WireType.endGroup) this.skip();
      else if (open.pop() !== this.field)
        throw this.malformed(`group ${this.field} ends out of turn`, this.tagAt);
    }
  }

  /** Reads a varint of up to ten bytes into `low` and `high`. */
  #varint(): void {
    const { bytes, end } = this;
    const start = this.at;
    let at = start;
    let low = 0;
    let high = 0;
    for (let shift = 0; ; shift += 7) {
      if (at >= end) throw this.#short("a varint does not end", start);
      if (shift > 63) throw this.malformed("a varint is longer than ten bytes", start);
      const byte = bytes[at++]!;
      const bits = byte & 127;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >> 4;
      } else high |= bits << (shift - 32);
      if (byte < 128) break;
    }
    this.at = at;
    this.low = low >>> 0;
    this.high = high >>> 0;
  }

  #big(): bigint {
    return (BigInt(this.high) << 32n) | BigInt(this.low);
  }

  /** Passes `count` bytes and returns where they start. */
  #take(count: number): number {
    const start = this.at;
    if (count > this.end - start) throw this.#short(`${count} bytes needed, ${this.end - start} left`, start);
    this.at = start + count;
    return start;
  }

  /** What is missing lies beyond the input ("truncated") or beyond the message around it ("malformed"). */
  #short(what: string, offset: number): FlambeauError {
    return this.#error(this.end >= this.#limit ? "truncated" : "malformed", what, offset);
  }

  #error(code: "truncated" | "malformed", what: string, offset: number): FlambeauError {
    const format = this.#format === undefined ? {} : { format: this.#format };
    return new FlambeauError(code, `bad protobuf: ${what}`, { offset, ...format });
  }
}
