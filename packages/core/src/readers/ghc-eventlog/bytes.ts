import { FlambeauError } from "../../util/errors.ts";
import { decodeUtf8 } from "../../util/platform.ts";

/** Id of the reader. */
export const FORMAT = "ghc-eventlog";

/** Big-endian numbers and texts of one event. */
export class EventBytes {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** Exact up to 2^53. */
  number(size: number): number {
    if (size > this.left) throw new FlambeauError("malformed", "an event is too short", { format: FORMAT });
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + this.#bytes[this.#at + i]!;
    this.#at += size;
    return value;
  }

  /** Bytes up to a NUL or the event's end. */
  text(): string {
    const stop = this.#bytes.indexOf(0, this.#at);
    const end = stop < 0 ? this.#bytes.length : stop;
    const text = decodeUtf8(this.#bytes.subarray(this.#at, end));
    this.#at = Math.min(this.#bytes.length, end + 1);
    return text;
  }

  /** What is left, as text without a NUL at its end. */
  rest(): string {
    const text = decodeUtf8(this.#bytes.subarray(this.#at));
    this.#at = this.#bytes.length;
    return text.replace(/\0+$/, "");
  }
}
