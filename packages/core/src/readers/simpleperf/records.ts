import { FlambeauError } from "../../util/errors.ts";
import type { ByteSource } from "../../util/source.ts";

/** "SIMPLEPERF" and the version, two bytes. */
export const HEADER = 12;
/** No record is longer; a size beyond is garbage. */
const LARGEST = 1 << 28;

/** Reads the parts of a file one after another; a part lies in the buffer until the next one is asked for. */
export class RecordSource {
  bytes: Uint8Array = new Uint8Array(1 << 18);
  /** Where the part read last begins and ends in `bytes`. */
  start = 0;
  end = 0;
  readonly #source: ByteSource;
  readonly #onProgress: ((bytes: number) => void) | undefined;
  #have = 0;
  /** Offset in the input of `bytes[0]`. */
  #base = 0;

  constructor(source: ByteSource, onProgress: ((bytes: number) => void) | undefined) {
    this.#source = source;
    this.#onProgress = onProgress;
  }

  /** Offset in the input of the part read last. */
  get offset(): number {
    return this.#base + this.start;
  }

  /** The next record: its size, four bytes, and its bytes. False at the end: a size of 0. */
  async next(): Promise<boolean> {
    if (!(await this.take(4))) throw this.#truncated();
    const size = new DataView(this.bytes.buffer, this.start, 4).getUint32(0, true);
    if (size === 0) return false;
    if (size > LARGEST) {
      throw new FlambeauError("malformed", `A record of ${size} bytes cannot be`, {
        format: "simpleperf",
        offset: this.offset,
      });
    }
    if (!(await this.take(size))) throw this.#truncated();
    return true;
  }

  /** Moves on to the next `size` bytes; false where the input has fewer. The buffer grows with what comes, no faster. */
  async take(size: number): Promise<boolean> {
    if (this.#have - this.end < size) {
      this.bytes.copyWithin(0, this.end, this.#have);
      this.#base += this.end;
      this.#have -= this.end;
      this.start = this.end = 0;
      while (this.#have < size) {
        if (this.#have === this.bytes.length) this.#grow();
        const answer = this.#source.read(this.bytes.subarray(this.#have));
        const count = typeof answer === "number" ? answer : await answer;
        if (count === 0) return false;
        this.#have += count;
        this.#onProgress?.(this.#base + this.#have);
      }
    }
    this.start = this.end;
    this.end = this.start + size;
    return true;
  }

  #grow(): void {
    const larger = new Uint8Array(this.bytes.length * 2);
    larger.set(this.bytes);
    this.bytes = larger;
  }

  #truncated(): FlambeauError {
    return new FlambeauError("truncated", "The file ends in the middle of a record", {
      format: "simpleperf",
      offset: this.#base + this.end,
    });
  }
}
