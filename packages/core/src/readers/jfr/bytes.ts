import { FlambeauError } from "../../util/errors.ts";
import { decodeLatin1, decodeUtf8 } from "../../util/platform.ts";

/** Id of the reader. */
export const FORMAT = "jfr";

/** A key of a constant pool: any 64 bits. A number where a double holds it, else a bigint, so that both compare. */
export type Key = number | bigint;

/**
 * Reads the primitive values of a chunk in place. Integers are LEB128-like varints of at most nine bytes (the
 * ninth holds eight bits), or big-endian words where the chunk's header does not say "compressed".
 * Source: OpenJDK, jdk.jfr.internal.consumer.RecordingInput and CompressedReader.
 *
 * Every read checks the end and throws FlambeauError "malformed" with the offset in the file.
 */
export class JfrBytes {
  readonly bytes: Uint8Array;
  /** Offset of `bytes[0]` in the file, for messages. */
  readonly base: number;
  readonly compressed: boolean;
  at = 0;
  end: number;

  constructor(bytes: Uint8Array, base: number, compressed: boolean) {
    this.bytes = bytes;
    this.base = base;
    this.compressed = compressed;
    this.end = bytes.length;
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
    const { bytes, end } = this;
    let at = this.at;
    if (at < end && bytes[at]! < 128) {
      this.at = at + 1;
      return bytes[at]!;
    }
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 8; count++, scale *= 128) {
      if (at >= end) throw this.malformed("a number ends beyond its record");
      const byte = bytes[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) {
        this.at = at;
        return value;
      }
    }
    if (at >= end) throw this.malformed("a number ends beyond its record");
    const last = bytes[at++]!;
    this.at = at;
    return value + (last >= 128 ? last - 256 : last) * scale;
  }

  /** Passes `count` bytes. */
  pass(count: number): void {
    if (count > this.end - this.at)
      throw this.malformed(`${count} bytes where ${this.end - this.at} are left`);
    this.at += count;
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
