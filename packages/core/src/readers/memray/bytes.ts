import { FlambeauError } from "../../util/errors.ts";
import { decodeUtf8 } from "../../util/platform.ts";
import type { ByteWindow } from "../../util/window.ts";

/** Id of the reader. */
export const FORMAT = "memray";

/** The file ends within a record: more must be brought into the window, and the record read again. */
export class Short extends Error {}

/** Numbers and texts of a window over the file. Each record is read from its start again where it did not fit. */
export class RecordBytes {
  readonly #window: ByteWindow;
  #at = 0;

  constructor(window: ByteWindow) {
    this.#window = window;
  }

  /** Goes to where the window stands. */
  begin(): void {
    this.#at = this.#window.at;
  }

  /** What was read is done with: the window moves on. */
  commit(): void {
    this.#window.at = this.#at;
  }

  byte(): number {
    if (this.#at >= this.#window.end) throw new Short();
    return this.#window.bytes[this.#at++]!;
  }

  /** Little-endian, unsigned; exact up to 2^53. */
  fixed(size: number): number {
    if (this.#at + size > this.#window.end) throw new Short();
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = value * 256 + this.#window.bytes[this.#at + i]!;
    this.#at += size;
    return value;
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
    throw this.malformed("a number is longer than ten bytes");
  }

  /** Zigzag: 0, -1, 1, -2 … */
  signed(): number {
    const value = this.varint();
    const half = Math.floor(value / 2);
    return value % 2 === 0 ? half : -half - 1;
  }

  /** Bytes up to a NUL, which is passed. */
  text(): string {
    const { bytes, end } = this.#window;
    const stop = bytes.indexOf(0, this.#at);
    if (stop < 0 || stop >= end) throw new Short();
    const text = decodeUtf8(bytes.subarray(this.#at, stop));
    this.#at = stop + 1;
    return text;
  }

  copy(length: number): Uint8Array {
    if (this.#at + length > this.#window.end) throw new Short();
    const start = this.#at;
    this.#at += length;
    return this.#window.bytes.slice(start, this.#at);
  }

  malformed(what: string): FlambeauError {
    return new FlambeauError("malformed", what, { format: FORMAT, offset: this.#window.offset });
  }
}
