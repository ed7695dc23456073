import { FlambeauError } from "../../util/errors.ts";

/** Id of the reader. */
export const FORMAT = "go-exec-trace";

/** Unsigned varints and bytes of one piece of the trace. */
export class Bytes {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;
  /** Where the piece stands in the file. */
  readonly offset: number;

  constructor(bytes: Uint8Array, offset: number, at = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.offset = offset;
    this.at = at;
    this.end = end;
  }

  get done(): boolean {
    return this.at >= this.end;
  }

  byte(): number {
    if (this.at >= this.end) throw this.truncated();
    return this.bytes[this.at++]!;
  }

  /** Exact up to 2^53, the nearest double beyond. */
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

  view(length: number): Uint8Array {
    if (length > this.end - this.at) throw this.truncated();
    const start = this.at;
    this.at += length;
    return this.bytes.subarray(start, this.at);
  }

  malformed(what: string): FlambeauError {
    return new FlambeauError("malformed", what, { format: FORMAT, offset: this.offset + this.at });
  }

  truncated(): FlambeauError {
    return new FlambeauError("truncated", "an event ends too early", {
      format: FORMAT,
      offset: this.offset + this.at,
    });
  }
}
