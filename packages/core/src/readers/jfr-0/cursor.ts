import { FlambeauError } from "../../util/errors.ts";
import { decodeUtf8 } from "../../util/platform.ts";

/** Id of the reader. */
export const FORMAT = "jfr-0";

/** A key of a constant: any 64 bits; a number where a double holds it. */
export type Key = number | bigint;

/** Reads big-endian values of a chunk; each checks that it ends before `end`. */
export class Cursor {
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  /** Offset in the file of the chunk, for messages. */
  readonly #base: number;
  at: number;
  end: number;

  constructor(bytes: Uint8Array, base: number, at: number, end: number = bytes.length) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#base = base;
    this.at = at;
    this.end = Math.min(end, bytes.length);
    if (!(at >= 0 && at <= this.end)) throw this.malformed("a record lies outside of its chunk");
  }

  byte(): number {
    return this.#view.getUint8(this.#take(1));
  }

  short(): number {
    return this.#view.getUint16(this.#take(2));
  }

  int(): number {
    return this.#view.getInt32(this.#take(4));
  }

  unsigned(): number {
    return this.#view.getUint32(this.#take(4));
  }

  long(): number {
    return Number(this.#view.getBigInt64(this.#take(8)));
  }

  /** Eight bytes as a key. */
  key(): Key {
    const value = this.#view.getBigUint64(this.#take(8));
    return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
  }

  /** A number of elements that follow, at least a byte each. */
  count(): number {
    const count = this.int();
    if (count < 0 || count > this.end - this.at) throw this.malformed(`a list has ${count} elements`);
    return count;
  }

  /** UTF-8 behind its length. */
  text(): string {
    const length = this.short();
    const start = this.#take(length);
    return decodeUtf8(this.#bytes.subarray(start, start + length));
  }

  skip(bytes: number): void {
    this.#take(bytes);
  }

  malformed(what: string): FlambeauError {
    return new FlambeauError("malformed", what, { format: FORMAT, offset: this.#base + this.at });
  }

  #take(bytes: number): number {
    const at = this.at;
    if (bytes > this.end - at) throw this.malformed("a value ends beyond its record");
    this.at = at + bytes;
    return at;
  }
}
