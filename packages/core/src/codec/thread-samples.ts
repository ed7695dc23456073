import type { ProfileBuilder } from "../model/builder.ts";
import { grown } from "../util/growable.ts";

/** Samples handed to the builder at a time. */
export const PIECE: number = 1 << 14;

/** A piece of samples as columns of up to {@link PIECE} rows, filled again and again. */
export interface SamplePiece {
  readonly stack: Int32Array;
  /** Nanoseconds; NaN where not known. */
  readonly time: Float64Array;
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/**
 * Samples of one thread after another, with a weight or two each, on their way to the builder: a call per sample of the
 * builder's would cost more than reading it. In mode "merged" they are added up by stack first.
 */
export class ThreadSamples {
  /** To be filled by the caller before {@link add}. */
  readonly piece: SamplePiece;
  readonly #builder: ProfileBuilder;
  readonly #first: number;
  readonly #second: number;
  /** Mode "merged": by stack + 1 the sums of both weights side by side; NaN where the thread has not got it. */
  #sums: Float64Array = new Float64Array(0);
  /** The stacks seen, in order. */
  #stacks: Int32Array = new Int32Array(1024);
  #length = 0;

  /** `first` and `second` are rows of the builder's value types; `second` -1: there is only one. */
  constructor(builder: ProfileBuilder, first: number, second: number = -1) {
    this.#builder = builder;
    this.#first = first;
    this.#second = second;
    this.piece = {
      stack: new Int32Array(PIECE),
      time: new Float64Array(PIECE),
      first: new Float64Array(PIECE),
      second: new Float64Array(PIECE),
    };
  }

  /** Takes the first `length` rows of the piece as samples of `thread` (-1: not known). */
  add(thread: number, length: number): void {
    const { stack, first, second } = this.piece;
    if (this.#builder.mode === "each") {
      this.#handOver({ ...this.piece, length }, thread);
      return;
    }
    const known = this.#sums.length;
    this.#sums = grown(this.#sums, (this.#builder.stackCount + 1) * 2);
    this.#sums.fill(Number.NaN, known);
    this.#stacks = grown(this.#stacks, this.#length + length);
    const sums = this.#sums;
    for (let row = 0; row < length; row++) {
      const place = (stack[row]! + 1) * 2;
      const before = sums[place]!;
      if (Number.isNaN(before)) {
        this.#stacks[this.#length++] = stack[row]!;
        sums[place] = number(first[row]!);
        sums[place + 1] = second[row]!;
      } else {
        sums[place] = number(before + first[row]!);
        sums[place + 1] = sums[place + 1]! + second[row]!;
      }
    }
  }

  /** Hands over what was added up; between two threads, and at the end. */
  flush(thread: number): void {
    const length = this.#length;
    if (length === 0) return;
    const stack = this.#stacks.slice(0, length);
    const first = new Float64Array(length);
    const second = new Float64Array(length);
    for (let row = 0; row < length; row++) {
      const place = (stack[row]! + 1) * 2;
      first[row] = this.#sums[place]!;
      second[row] = this.#sums[place + 1]!;
      this.#sums[place] = Number.NaN;
    }
    this.#length = 0;
    this.#handOver({ length, stack, first, second }, thread);
  }

  #handOver(
    piece: Omit<SamplePiece, "time"> & { readonly length: number; readonly time?: Float64Array },
    thread: number,
  ): void {
    const { length, stack, time, first, second } = piece;
    const weights = this.#builder.valueTypes.map((_, type) =>
      type === this.#first ? first : type === this.#second ? second : undefined,
    );
    this.#builder.threadBatch({ length, stack, time, thread, weights });
  }
}

/** Sums beyond the range of doubles may end as no number, which here says that there is none. */
function number(value: number): number {
  return Number.isNaN(value) ? 0 : value;
}
