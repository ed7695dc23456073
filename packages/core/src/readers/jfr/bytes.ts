import { FlambeauError } from "../../util/errors.ts";
import { decodeLatin1, decodeUtf8 } from "../../util/platform.ts";

/** Id of the reader. */
export const FORMAT = "jfr";

/** A key of a constant pool: any 64 bits. A number where a double holds it, else a bigint, so that both compare. */
export type Key = number | bigint;

/** Bytes of a varint at most. */
const LONGEST_VARINT = 9;

/** The bits of four bytes that say that a number goes on. */
const HIGH_BITS = 0x80808080 | 0;

/** A varint of two bytes is below this. */
export const TWO_BYTES: number = 1 << 14;

const OVERRUN = "a number ends beyond its record";

/**
 * Reads the primitive values of a chunk in place. Integers are LEB128-like varints of at most nine bytes (the
 * ninth holds eight bits), or big-endian words where the chunk's header does not say "compressed".
 * Source: OpenJDK, jdk.jfr.internal.consumer.RecordingInput and CompressedReader.
 *
 * Positions are kept as 32-bit integers (`| 0` where a size was added, which may come as a double): one double among
 * them and the engine takes them all for doubles, at half the speed.
 *
 * Every read checks the end and throws FlambeauError "malformed" with the offset in the file.
 */
export class JfrBytes {
  readonly bytes: Uint8Array;
  /** Offset of `bytes[0]` in the file, for messages. */
  readonly base: number;
  readonly compressed: boolean;
  readonly view: DataView;
  at = 0;
  end: number;
  /** See {@link record}. */
  size = 0;
  type = 0;
  /** See {@link textInPlace}. */
  textEnd = 0;

  constructor(bytes: Uint8Array, base: number, compressed: boolean) {
    this.bytes = bytes;
    this.base = base;
    this.compressed = compressed;
    this.end = bytes.length;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  byte(): number {
    if (this.at >= this.end) throw this.malformed("a value ends beyond its record");
    return this.bytes[this.at++]!;
  }

  /** An int, as unsigned where it was written as one; sizes and counts. */
  int(): number {
    return this.compressed ? this.varint() : this.#word(4);
  }

  /** A short or a char. */
  short(): number {
    return this.compressed ? this.varint() : this.#word(2);
  }

  /** A long as a number: the nearest double beyond 2^53. Negative where its highest bit is set. */
  long(): number {
    if (this.compressed) return this.varint();
    const high = this.#word(4) | 0;
    return high * 4294967296 + this.#word(4);
  }

  /** A long as a pool key, all 64 bits. */
  key(): Key {
    const start = this.at;
    const value = this.long();
    return Math.abs(value) <= Number.MAX_SAFE_INTEGER ? value : this.#exact(start);
  }

  /** A varint: up to 63 bits in groups of seven, then eight. */
  varint(): number {
    const { bytes } = this;
    let at = this.at;
    // Close to the end of the chunk each byte must be asked for; elsewhere it is enough to look afterwards.
    if (bytes.length - at < LONGEST_VARINT) return this.#guarded();
    let byte = bytes[at++]!;
    let value = byte & 127;
    if (byte > 127) {
      byte = bytes[at++]!;
      value |= (byte & 127) << 7;
      if (byte > 127) {
        byte = bytes[at++]!;
        value |= (byte & 127) << 14;
        if (byte > 127) {
          byte = bytes[at++]!;
          value |= (byte & 127) << 21;
          if (byte > 127) return this.#rest(at, value);
        }
      }
    }
    if (at > this.end) throw this.malformed(OVERRUN);
    this.at = at;
    return value;
  }

  /** A varint from its fifth byte on. */
  #rest(from: number, low: number): number {
    const { bytes } = this;
    let at = from;
    let byte = bytes[at++]!;
    let high = byte & 127;
    for (let shift = 7; byte > 127 && shift < 28; shift += 7) {
      byte = bytes[at++]!;
      high |= (byte & 127) << shift;
    }
    const value = low + high * 2 ** 28;
    const last = byte < 128 ? 0 : bytes[at++]!;
    if (at > this.end) throw this.malformed(OVERRUN);
    this.at = at;
    return value + (last >= 128 ? last - 256 : last) * 2 ** 56;
  }

  /** A varint that may end beyond its record. */
  #guarded(): number {
    const { bytes, end } = this;
    let at = this.at;
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 8; count++, scale *= 128) {
      if (at >= end) throw this.malformed(OVERRUN);
      const byte = bytes[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) {
        this.at = at;
        return value;
      }
    }
    if (at >= end) throw this.malformed(OVERRUN);
    const last = bytes[at++]!;
    this.at = at;
    return value + (last >= 128 ? last - 256 : last) * scale;
  }

  /** Passes varints without looking at what they are: four bytes at a time, of which those below 128 end a number. */
  passVarints(count: number): void {
    const view = this.view;
    const lastWord = this.end - 4;
    let left = count;
    while (left >= 4 && this.at <= lastWord) {
      let at = this.at;
      let high = 0;
      while (left >= 4 && at <= lastWord) {
        high = view.getInt32(at) & HIGH_BITS;
        if (high === HIGH_BITS) break;
        left -= 4 - (Math.imul(high >>> 7, 0x01010101) >>> 24);
        at += 4;
      }
      // Back to where the number begins that `at` stands in: it may be one of nine bytes.
      while (at > this.at && this.bytes[at - 1]! > 127) at--;
      this.at = at;
      if (high === HIGH_BITS) left -= this.#passOne();
    }
    while (left > 0) left -= this.#passOne();
  }

  /** Passes one varint: its ninth byte is the last, whatever it says. */
  #passOne(): number {
    const { bytes, end } = this;
    let at = this.at;
    const last = at + LONGEST_VARINT - 1;
    while (at < end && bytes[at]! > 127 && at < last) at++;
    if (at >= end) throw this.malformed(OVERRUN);
    this.at = at + 1;
    return 1;
  }

  /**
   * Reads the head of a record, its size and its type, into `size` and `type`. Nearly all have one or two bytes for
   * each, and there are millions of records that nobody asks for.
   */
  record(): void {
    const { bytes } = this;
    let at = this.at;
    if (this.compressed && bytes.length - at > 4) {
      let size = bytes[at++]!;
      if (size > 127) size = (size & 127) | (bytes[at++]! << 7);
      let type = bytes[at++]!;
      if (type > 127) type = (type & 127) | (bytes[at++]! << 7);
      if (size < TWO_BYTES && type < TWO_BYTES && at <= this.end) {
        this.size = size;
        this.type = type;
        this.at = at;
        return;
      }
    }
    this.size = this.int();
    this.type = this.long();
  }

  /**
   * Where the text at `at` lies as UTF-8: true, and `at` and `textEnd` are its bounds. False where it is written in
   * another way; then `at` is as before.
   */
  textInPlace(): boolean {
    const start = this.at;
    if (this.byte() === 3) {
      const length = this.int();
      if (length > this.end - this.at) throw this.malformed("a text ends beyond its record");
      this.textEnd = (this.at + length) | 0;
      return true;
    }
    this.at = start;
    return false;
  }

  /** Passes `count` bytes. */
  pass(count: number): void {
    if (count > this.end - this.at)
      throw this.malformed(`${count} bytes where ${this.end - this.at} are left`);
    this.at = (this.at + count) | 0;
  }

  /**
   * A string: a byte tells its coding. Codings 0 (none) and 1 (empty) are the empty string; 2 refers to the pool of
   * strings, which `pooled` looks up.
   */
  string(pooled: (key: Key) => string): string {
    const coding = this.byte();
    if (coding < 2) return "";
    if (coding === 2) return pooled(this.key());
    const length = this.int();
    if (coding === 4) return this.#chars(length);
    if (coding !== 3 && coding !== 5) throw this.malformed(`no string coding ${coding}`);
    const start = this.at;
    this.pass(length);
    const part = this.bytes.subarray(start, this.at);
    return coding === 3 ? decodeUtf8(part) : decodeLatin1(part);
  }

  passString(): void {
    const coding = this.byte();
    if (coding < 2) return;
    if (coding === 2) {
      this.long();
      return;
    }
    const length = this.int();
    if (coding === 4) for (let i = 0; i < length; i++) this.short();
    else if (coding === 3 || coding === 5) this.pass(length);
    else throw this.malformed(`no string coding ${coding}`);
  }

  malformed(what: string): FlambeauError {
    return new FlambeauError("malformed", `bad JFR data: ${what}`, {
      format: FORMAT,
      offset: this.base + this.at,
    });
  }

  #chars(length: number): string {
    let text = "";
    for (let i = 0; i < length; i++) text += String.fromCharCode(this.short());
    return text;
  }

  #word(size: number): number {
    const start = this.at;
    this.pass(size);
    let value = 0;
    for (let i = start; i < this.at; i++) value = value * 256 + this.bytes[i]!;
    return value;
  }

  /** The number at `start` once more, with all of its bits. */
  #exact(start: number): bigint {
    let value = 0n;
    const part = this.bytes.subarray(start, this.at);
    part.forEach((byte, i) => {
      if (!this.compressed) value = (value << 8n) | BigInt(byte);
      else value |= BigInt(i < 8 ? byte & 127 : byte) << BigInt(7 * i);
    });
    return BigInt.asIntN(64, value);
  }
}
