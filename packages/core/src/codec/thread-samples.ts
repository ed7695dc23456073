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
  /** Mode "merged": stacks of the thread with their sums, and by stack + 1 the place + 1 in them. */
  #places: Int32Array = new Int32Array(0);
  #stack: Int32Array = new Int32Array(1024);
  #firsts: Float64Array = new Float64Array(1024);
  #seconds: Float64Array = new Float64Array(1024);
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
    if (this.#places.length <= this.#builder.stackCount) {
      this.#places = grown(this.#places, this.#builder.stackCount + 1);
    }
    for (let row = 0; row < length; row++) this.#merge(stack[row]!, first[row]!, second[row]!);
  }

  /** Hands over what was added up; between two threads, and at the end. */
  flush(thread: number): void {
    const length = this.#length;
    if (length === 0) return;
    this.#length = 0;
    this.#handOver({ length, stack: this.#stack, first: this.#firsts, second: this.#seconds }, thread);
    for (let place = 0; place < length; place++) this.#places[this.#stack[place]! + 1] = 0;
  }

  #handOver(
    piece: Omit<SamplePiece, "time"> & { readonly length: number; readonly time?: Float64Array },
    thread: number,
  ): void {
    const { length, stack, time, first, second } = piece;
    const builder = this.#builder;
    const others = builder.valueTypes.length - (this.#second < 0 ? 1 : 2);
    const nothing = new Float64Array(others > 0 ? length : 0);
    builder.sampleBatch({
      length,
      stack,
      time,
      thread: thread < 0 ? undefined : new Int32Array(length).fill(thread),
      weights: builder.valueTypes.map((_, type) =>
        type === this.#first ? first : type === this.#second ? second : nothing,
      ),
      borrowed: true,
    });
  }

  #merge(stack: number, first: number, second: number): void {
    let place = this.#places[stack + 1]! - 1;
    if (place < 0) {
      place = this.#length++;
      this.#places[stack + 1] = place + 1;
      if (place >= this.#stack.length) this.#grow(place + 1);
      this.#stack[place] = stack;
      this.#firsts[place] = first;
      this.#seconds[place] = second;
      return;
    }
    this.#firsts[place] = this.#firsts[place]! + first;
    this.#seconds[place] = this.#seconds[place]! + second;
  }

  #grow(needed: number): void {
    this.#stack = grown(this.#stack, needed);
    this.#firsts = grown(this.#firsts, needed);
    this.#seconds = grown(this.#seconds, needed);
  }
}
