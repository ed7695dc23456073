import type { ProfileBuilder } from "../../model/builder.ts";
import { grown } from "../../util/growable.ts";

/** What samples of a kind count: themselves, and an amount. */
export interface SampleKind {
  readonly count: number;
  /** -1: there is no amount. */
  readonly amount: number;
}

/** Samples that wait for the end of the trace, when stacks and threads have their names. */
export class Samples {
  readonly #kinds: SampleKind[] = [];
  #length = 0;
  #stack: Int32Array = new Int32Array(1024);
  #thread: Int32Array = new Int32Array(1024);
  #kind: Int32Array = new Int32Array(1024);
  #time: Float64Array = new Float64Array(1024);
  #amount: Float64Array = new Float64Array(1024);

  get length(): number {
    return this.#length;
  }

  get start(): number {
    let start = Number.POSITIVE_INFINITY;
    for (let row = 0; row < this.#length; row++) {
      const time = this.#time[row]!;
      if (time < start) start = time;
    }
    return start;
  }

  add(kind: SampleKind, stack: number, thread: number, time: number, amount: number): void {
    const row = this.#length++;
    if (row >= this.#stack.length) this.#grow(row + 1);
    let number = this.#kinds.indexOf(kind);
    if (number < 0) number = this.#kinds.push(kind) - 1;
    this.#kind[row] = number;
    this.#stack[row] = stack;
    this.#thread[row] = thread;
    this.#time[row] = time;
    this.#amount[row] = amount;
  }

  #grow(length: number): void {
    this.#stack = grown(this.#stack, length);
    this.#thread = grown(this.#thread, length);
    this.#kind = grown(this.#kind, length);
    this.#time = grown(this.#time, length);
    this.#amount = grown(this.#amount, length);
  }

  addTo(
    into: ProfileBuilder,
    stacks: Int32Array,
    origin: number,
    threadOf: (thread: number) => number,
  ): void {
    const weights = new Float64Array(into.valueTypes.length);
    for (let row = 0; row < this.#length; row++) {
      const { count, amount } = this.#kinds[this.#kind[row]!]!;
      weights.fill(0);
      if (count >= 0) weights[count] = 1;
      if (amount >= 0) weights[amount] = this.#amount[row]!;
      const stack = this.#stack[row]!;
      const thread = this.#thread[row]!;
      const time = this.#time[row]! - origin;
      into.sample(stack < 0 ? -1 : stacks[stack]!, weights, {
        ...(Number.isFinite(time) ? { time } : {}),
        ...(thread < 0 ? {} : { thread: threadOf(thread) }),
      });
    }
  }
}
