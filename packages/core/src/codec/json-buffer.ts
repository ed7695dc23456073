import { JsonKernel } from "../kernel/json-kernel.ts";
import { haveWasm } from "../kernel/wasm.ts";
import { FlambeauError } from "../util/errors.ts";
import type { ByteSource } from "../util/source.ts";

/** Thrown when the buffer ran out in the middle of a step; {@link JsonBuffer.run} refills and repeats the step. */
export const STARVED: unique symbol = Symbol("the buffer ran out");

const BUFFER_SIZE = 1 << 20;
/** A single step (a record) longer than this is refused rather than buffered. */
const MAX_BUFFER = 1 << 30;
/** Buffers that a long input fills. */
const LONG = 2;
const COMMA = 0x2c;

export interface JsonOptions {
  /** Id of the format, for error messages. */
  readonly format?: string;
  readonly onProgress?: ((bytes: number) => void) | undefined;
  /** Bytes held at first; grows for a step that is longer. */
  readonly bufferSize?: number;
  /** Accept a comma before a closing bracket. */
  readonly trailingCommas?: boolean;
  /** Do without the WebAssembly kernel even where it is there. */
  readonly plain?: boolean | undefined;
}

/**
 * The piece of a JSON input that is being read, and the steps that read it.
 *
 * ```
 * bytes   …done │ mark … at … end │ NUL     mark: where the running step began; a refill keeps what is behind it
 * ```
 */
export class JsonBuffer {
  protected readonly options: JsonOptions;
  /** `bytes[end]` is always NUL, so that loops need not ask for the end at each byte. */
  protected bytes: Uint8Array;
  protected at = 0;
  protected end = 0;
  /** Offset in the input of `bytes[0]`. */
  protected base = 0;
  protected mark = 0;
  /** True right after an opening bracket: no comma is due. */
  protected fresh = false;
  protected markFresh = false;
  /** Holds the buffer once the input has filled it for the first time, or is known to: a shorter input is not worth it. */
  protected kernel: JsonKernel | undefined;
  readonly #source: ByteSource;

  constructor(source: ByteSource, options: JsonOptions = {}) {
    this.#source = source;
    this.options = options;
    this.bytes = new Uint8Array((options.bufferSize ?? BUFFER_SIZE) + 1);
  }

  get #isLong(): boolean {
    return (this.#source.size ?? 0) > this.bytes.length * LONG;
  }

  /** Offset in the input of the next byte. */
  get offset(): number {
    return this.base + this.at;
  }

  /**
   * How many of something there may be in the whole input, if `count` of it have come so far: a guess to make room by, where
   * the input's size is known.
   */
  expected(count: number): number {
    const size = this.#source.size ?? 0;
    return size > this.offset ? Math.ceil((count * size * 1.03) / Math.max(1, this.offset)) : count;
  }

  /** After an input ended too early: true where nothing but blanks and commas was left of it. */
  get endedBetweenValues(): boolean {
    const rest = this.bytes.subarray(this.at, this.end);
    return rest.every((byte) => byte === COMMA || byte <= 0x20);
  }

  /** Calls `step` until it returns false. See {@link JsonReader} for what a step may do. */
  async run(step: () => boolean): Promise<void> {
    for (;;) {
      try {
        do this.setMark();
        while (step());
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

  /** A refill or a repeated step goes back no further than this. */
  protected setMark(): void {
    this.mark = this.at;
    this.markFresh = this.fresh;
  }

  protected skipBlanks(): void {
    const bytes = this.bytes;
    let at = this.at;
    let byte = bytes[at];
    while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = bytes[++at];
    this.at = at;
  }

  /**
   * Makes room behind what is still needed (from the mark on) and reads more. Answers the number of new bytes;
   * 0 at the input's end.
   */
  protected fill(): number | Promise<number> {
    const kept = this.end - this.mark;
    const size = this.bytes.length;
    const isFull = this.end === size - 1;
    if (kept * 2 >= size) this.#moveTo(Math.max(64, (size - 1) * 2) + 1);
    else if (
      (isFull || this.#isLong) &&
      this.kernel === undefined &&
      this.options.plain !== true &&
      haveWasm()
    )
      this.#moveTo(size);
    else this.bytes.copyWithin(0, this.mark, this.end);
    this.base += this.mark;
    this.at -= this.mark;
    this.end = kept;
    this.mark = 0;
    const room = this.bytes.subarray(kept, this.bytes.length - 1);
    const count = this.#source.read(room);
    return typeof count === "number" ? this.#filled(count) : count.then((late) => this.#filled(late));
  }

  /** Goes on in a buffer of another size, or in the kernel's. */
  #moveTo(size: number): void {
    if (size > MAX_BUFFER * 2) {
      throw new FlambeauError("too-large", "A single value is longer than 1 GiB", { offset: this.offset });
    }
    const kept = this.bytes.subarray(this.mark, this.end);
    if (this.options.plain !== true && haveWasm()) {
      this.kernel ??= new JsonKernel();
      this.kernel.grow(size, kept);
      this.bytes = this.kernel.bytes;
    } else {
      this.bytes = new Uint8Array(size);
      this.bytes.set(kept);
    }
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
}
