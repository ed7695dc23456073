import { FlambeauError } from "../../util/errors.ts";
import { decodeUtf8 } from "../../util/platform.ts";

/** Id of the reader. */
export const FORMAT = "art-method-trace";

const NEWLINE = 10;

/** Little-endian numbers, texts and lines of a trace in memory. */
export class Input {
  readonly bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  /** An unsigned number of `size` bytes: exact up to 2^53. */
  number(size: number): number {
    const start = this.#take(size);
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = value * 256 + this.bytes[start + i]!;
    return value;
  }

  text(length: number): string {
    const start = this.#take(length);
    return decodeUtf8(this.bytes.subarray(start, this.at));
  }

  /** A signed LEB128 number; beyond 2^53 the nearest double. */
  signed(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++) {
      const byte = this.bytes[this.#take(1)]!;
      value += (byte & 127) * scale;
      scale *= 128;
      if (byte < 128) return (byte & 64) === 0 ? value : value - scale;
    }
    throw this.malformed("a number is longer than ten bytes");
  }

  skip(length: number): void {
    this.#take(length);
  }

  /** A line without its end; undefined at the end of the file. */
  line(): string | undefined {
    if (this.left === 0) return undefined;
    const end = this.bytes.indexOf(NEWLINE, this.at);
    const stop = end < 0 ? this.bytes.length : end;
    const line = decodeUtf8(this.bytes.subarray(this.at, stop));
    this.at = Math.min(this.bytes.length, stop + 1);
    return line;
  }

  malformed(what: string): FlambeauError {
    return new FlambeauError("malformed", what, { format: FORMAT, offset: this.at });
  }

  #take(size: number): number {
    const start = this.at;
    if (size > this.bytes.length - start) {
      throw new FlambeauError("truncated", "the trace ends in the middle", { format: FORMAT, offset: start });
    }
    this.at = start + size;
    return start;
  }
}
