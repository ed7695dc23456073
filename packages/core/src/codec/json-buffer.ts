import { FlambeauError } from "../util/errors.ts";
import type { ByteSource } from "../util/source.ts";

/** Thrown when the buffer ran out in the middle of a step; {@link JsonBuffer.run} refills and repeats the step. */
export const STARVED: unique symbol = Symbol("the buffer ran out");

const BUFFER_SIZE = 1 << 20;
/** A single step (a record) longer than this is refused rather than buffered. */
const MAX_BUFFER = 1 << 30;

export interface JsonOptions {
  /** Id of the format, for error messages. */
  readonly format?: string;
  readonly onProgress?: ((bytes: number) => void) | undefined;
  /** Bytes held at first; grows for a step that is longer. */
  readonly bufferSize?: number;
  /** Accept a comma before a closing bracket. */
  readonly trailingCommas?: boolean;
}

/**
 * The window on the input that a JSON reader looks through: it moves on from step to step, and holds at least the
 * step that is being read. What is read of the tokens themselves is here only what everything else needs.
 */
export class JsonBuffer {
  /** `bytes[end]` is always NUL, so that loops need not ask for the end at each byte. */
  protected bytes: Uint8Array;
  /** Position of the next byte. */
  protected at: number = 0;
  protected end: number = 0;
  /** Offset in the input of `bytes[0]`. */
  protected base: number = 0;
  /** Where the step began: what lies before it is not needed any more. */
  protected mark: number = 0;
  /** True right after an opening bracket: no comma is due. */
  protected fresh: boolean = false;
  protected markFresh: boolean = false;
  protected readonly options: JsonOptions;
  readonly #source: ByteSource;

  constructor(source: ByteSource, options: JsonOptions = {}) {
    this.#source = source;
    this.options = options;
    this.bytes = new Uint8Array((options.bufferSize ?? BUFFER_SIZE) + 1);
  }

  /** Offset in the input of the next byte. */
  get offset(): number {
    return this.base + this.at;
  }

  /** Calls `step` until it returns false. See the class for what a step may do. */
  async run(step: () => boolean): Promise<void> {
    for (;;) {
      try {
        do {
          this.mark = this.at;
          this.markFresh = this.fresh;
        } while (step());
        return;
      } catch (error) {
        if (error !== STARVED) throw error;
        this.at = this.mark;
        this.fresh = this.markFresh;
      }
      const filled = this.fill();
      if (!(typeof filled === "number" ? filled : await filled)) throw this.truncated();
    }
  }

  /** Calls `step` once (again after a refill) and returns its answer. */
  async take<T>(step: () => T): Promise<T> {
    let answer: { readonly value: T } | undefined;
    await this.run(() => {
      answer = { value: step() };
      return false;
    });
    return answer!.value;
  }

  /** True where nothing but blanks is left. Not within a step. */
  async atEnd(): Promise<boolean> {
    for (;;) {
      this.skipBlanks();
      if (this.at < this.end) return false;
      this.mark = this.at;
      const filled = this.fill();
      if (!(typeof filled === "number" ? filled : await filled)) return true;
    }
  }

  /** An error at a place of the input; `offset` is that of the next byte unless given. */
  fail(message: string, offset: number = this.offset): FlambeauError {
    const { format } = this.options;
    return new FlambeauError("malformed", message, { ...(format === undefined ? {} : { format }), offset });
  }

  protected truncated(): FlambeauError {
    const { format } = this.options;
    return new FlambeauError("truncated", "The input ends in the middle of the JSON", {
      ...(format === undefined ? {} : { format }),
      offset: this.base + this.end,
      hint: "The recording or the copy was cut off: record again, or copy the whole file.",
    });
  }

  protected unexpected(wanted: string): FlambeauError {
    const byte = this.bytes[this.at]!;
    const found = byte > 32 && byte < 127 ? `"${String.fromCharCode(byte)}"` : `byte ${byte}`;
    return this.fail(`Expected ${wanted}, found ${found}`);
  }

  /**
   * Makes room behind what is still needed (from the mark on) and reads more. Answers the number of new bytes;
   * 0 at the input's end.
   */
  protected fill(): number | Promise<number> {
    const kept = this.end - this.mark;
    let target = this.bytes;
    if (kept * 2 >= target.length) {
      if (target.length >= MAX_BUFFER) {
        throw new FlambeauError("too-large", "A single value is longer than 1 GiB", { offset: this.offset });
      }
      target = new Uint8Array(Math.max(64, (target.length - 1) * 2) + 1);
      target.set(this.bytes.subarray(this.mark, this.end));
      this.bytes = target;
    } else {
      target.copyWithin(0, this.mark, this.end);
    }
    this.base += this.mark;
    this.at -= this.mark;
    this.end = kept;
    this.mark = 0;
    const room = target.subarray(kept, target.length - 1);
    const count = this.#source.read(room);
    return typeof count === "number" ? this.#filled(count) : count.then((late) => this.#filled(late));
  }

  #filled(count: number): number {
    const atStart = this.base === 0 && this.end === 0;
    this.end += count;
    this.bytes[this.end] = 0;
    if (atStart) this.#skipByteOrderMark();
    this.options.onProgress?.(this.base + this.end);
    return count;
  }

  /** A source that gives less than three bytes at first keeps its byte order mark; none does. */
  #skipByteOrderMark(): void {
    const bytes = this.bytes;
    if (this.end >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) this.at = 3;
  }

  protected skipBlanks(): void {
    const bytes = this.bytes;
    let at = this.at;
    let byte = bytes[at];
    while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = bytes[++at];
    this.at = at;
  }

  /** First byte of the next token, unread. */
  protected token(): number {
    const bytes = this.bytes;
    let byte = bytes[this.at]!;
    if (byte <= 0x20) {
      this.skipBlanks();
      byte = bytes[this.at]!;
      if (this.at >= this.end) throw STARVED;
    }
    return byte;
  }

  protected word(word: string): void {
    if (this.at + word.length >= this.end) {
      throw STARVED;
    }
    for (let i = 0; i < word.length; i++) {
      if (this.bytes[this.at + i] !== word.charCodeAt(i)) throw this.unexpected(`"${word}"`);
    }
    this.at += word.length;
    this.fresh = false;
  }
}
