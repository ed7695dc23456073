import type { ProfileBuilder } from "../model/builder.ts";
import { PackedSamples, type Rows } from "../model/packed-samples.ts";
import { grown } from "../util/growable.ts";

const createPacked = (): PackedSamples => new PackedSamples();

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

/** Columns of a piece as the file has them, or one value for all rows. */
export interface ColumnSteps {
  readonly time?: Rows;
  readonly first?: Rows;
  readonly second?: Rows;
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

  /**
   * Takes the first `length` rows of the piece as samples of `thread` (-1: not known). `steps`, where the builder takes
   * them: columns that stand for those of the piece.
   */
  add(thread: number, length: number, steps: ColumnSteps = {}): void {
    const { stack, first, second } = this.piece;
    if (this.#builder.mode === "each") {
      this.#handOver({ ...this.piece, ...steps, length }, thread, false);
      return;
    }
    const width = this.#second < 0 ? 1 : 2;
    const known = this.#sums.length;
    this.#sums = grown(this.#sums, (this.#builder.stackCount + 1) * width);
    this.#sums.fill(Number.NaN, known);
    this.#stacks = grown(this.#stacks, this.#length + length);
    const sums = this.#sums;
    for (let row = 0; row < length; row++) {
      const place = (stack[row]! + 1) * width;
      const before = sums[place]!;
      const isNew = Number.isNaN(before);
      if (isNew) this.#stacks[this.#length++] = stack[row]!;
      sums[place] = number((isNew ? 0 : before) + first[row]!);
      if (width > 1) sums[place + 1] = (isNew ? 0 : sums[place + 1]!) + second[row]!;
    }
  }

  /** Hands over what was added up; between two threads, and at the end. */
  flush(thread: number): void {
    const width = this.#second < 0 ? 1 : 2;
    const size = Math.min(PIECE, this.#length);
    const first = new Float64Array(size);
    const second = new Float64Array(size);
    for (let from = 0; from < this.#length; from += PIECE) {
      const stack = this.#stacks.subarray(from, Math.min(this.#length, from + PIECE));
      for (let row = 0; row < stack.length; row++) {
        const place = (stack[row]! + 1) * width;
        first[row] = this.#sums[place]!;
        if (width > 1) second[row] = this.#sums[place + 1]!;
        this.#sums[place] = Number.NaN;
      }
      this.#handOver({ length: stack.length, stack, first, second }, thread, from > 0);
    }
    this.#length = 0;
  }

  #handOver(
    piece: ColumnSteps & { readonly length: number; readonly stack: Int32Array },
    thread: number,
    continues: boolean,
  ): void {
    const { length, stack, time, first, second } = piece;
    const weights = this.#builder.valueTypes.map((_, type) =>
      type === this.#first ? first : type === this.#second ? second : undefined,
    );
    this.#builder.threadBatch({ length, stack, time, thread, weights, continues }, createPacked);
  }
}

/** One {@link ThreadSamples} for each pair of value types: what it holds while it adds up serves all threads. */
export class SamplesByType {
  readonly #builder: ProfileBuilder;
  readonly #known = new Map<string, ThreadSamples>();

  constructor(builder: ProfileBuilder) {
    this.#builder = builder;
  }

  of(first: number, second: number = -1): ThreadSamples {
    const key = `${first}/${second}`;
    const samples = this.#known.get(key) ?? new ThreadSamples(this.#builder, first, second);
    this.#known.set(key, samples);
    return samples;
  }
}

/** Sums beyond the range of doubles may end as no number, which here says that there is none. */
function number(value: number): number {
  return Number.isNaN(value) ? 0 : value;
}
