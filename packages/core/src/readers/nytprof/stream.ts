import { FlambeauError } from "../../util/errors.ts";
import { decodeLatin1, decodeUtf8 } from "../../util/platform.ts";

/** Id of the reader. */
export const FORMAT = "nytprof";

/** No time is longer, in ticks or seconds: what is, is damage. */
const LARGEST = 1e18;
const NEWLINE = 10;
const STRING = 0x27;
const STRING_UTF8 = 0x22;

/** Numbers, texts and lines of a profile in memory. Source: FileHandle.xs in Devel::NYTProf. */
export class Stream {
  readonly bytes: Uint8Array;
  at: number;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get done(): boolean {
    return this.at >= this.bytes.length;
  }

  byte(): number {
    return this.bytes[this.#take(1)]!;
  }

  /** One to five bytes; the upper bits of the first say how many. */
  unsigned(): number {
    const first = this.byte();
    if (first < 0x80) return first;
    const more = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xff ? 3 : 4;
    let value = first < 0xc0 ? first & 0x7f : first < 0xe0 ? first & 0x1f : first < 0xff ? first & 0x0f : 0;
    for (let i = 0; i < more; i++) value = value * 256 + this.byte();
    return value;
  }

  signed(): number {
    return this.unsigned() | 0;
  }

  /** A double as the machine has it: little-endian on all that Perl is profiled on today. */
  double(): number {
    const value = this.#view.getFloat64(this.#take(8), true);
    return Math.abs(value) < LARGEST ? value : 0;
  }

  text(): string {
    const tag = this.byte();
    if (tag !== STRING && tag !== STRING_UTF8) throw this.malformed("a text does not begin as texts do");
    const length = this.unsigned();
    const start = this.#take(length);
    const bytes = this.bytes.subarray(start, start + length);
    return tag === STRING_UTF8 ? decodeUtf8(bytes) : decodeLatin1(bytes);
  }

  /** Up to the end of the line, which is passed. */
  line(): string {
    const end = this.bytes.indexOf(NEWLINE, this.at);
    if (end < 0) throw this.#short();
    const line = decodeLatin1(this.bytes.subarray(this.at, end));
    this.at = end + 1;
    return line;
  }

  malformed(what: string): FlambeauError {
    return new FlambeauError("malformed", what, { format: FORMAT, offset: this.at });
  }

  #take(length: number): number {
    if (length > this.bytes.length - this.at) throw this.#short();
    const start = this.at;
    this.at += length;
    return start;
  }

  #short(): FlambeauError {
    return new FlambeauError("truncated", "the profile ends in the middle", {
      format: FORMAT,
      offset: this.at,
    });
  }
}
