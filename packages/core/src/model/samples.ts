import { grown, trimmed } from "../util/growable.ts";
import { hashPair } from "../util/hash.ts";
import type { SampleTable } from "./profile.ts";

/**
 * The sample columns while they grow. In mode "merged" a row is found again by (stack, thread, labels) and
 * weights add up; in mode "each" every call makes a row.
 */
export class SampleColumns {
  readonly #merged: boolean;
  #length = 0;
  #capacity = 256;
  #stack = new Int32Array(256);
  #thread = new Int32Array(256);
  #labels = new Int32Array(256);
  #time = new Float64Array(256);
  readonly #weights: Float64Array[] = [];
  #hasThread = false;
  #hasLabels = false;
  #hasTime = false;
  /** Mode "merged": open addressing, a slot holds row + 1. */
  #slots = new Int32Array(512);

  constructor(mode: "each" | "merged") {
    this.#merged = mode === "merged";
  }

  get length(): number {
    return this.#length;
  }

  /** Adds a weight column; rows so far weigh 0 in it. */
  addColumn(): void {
    this.#weights.push(new Float64Array(this.#capacity));
  }

  /** Makes room for `count` more rows at once; in mode "merged" nobody knows how many rows they become. */
  reserve(count: number): void {
    if (!this.#merged && this.#length + count > this.#capacity) this.#grow(this.#length + count);
  }

  /** The row to add weights to. */
  row(stack: number, thread: number, labels: number, time: number): number {
    if (!this.#merged) return this.#append(stack, thread, labels, time);
    const mask = this.#slots.length - 1;
    let slot = hashPair(hashPair(stack, thread), labels) & mask;
    for (;;) {
      const row = this.#slots[slot]! - 1;
      if (row < 0) break;
      if (this.#stack[row] === stack && this.#thread[row] === thread && this.#labels[row] === labels)
        return row;
      slot = (slot + 1) & mask;
    }
    const row = this.#append(stack, thread, labels, Number.NaN);
    this.#slots[slot] = row + 1;
    if (this.#length * 2 > this.#slots.length) this.#rehash();
    return row;
  }

  addWeight(row: number, valueType: number, weight: number): void {
    const column = this.#weights[valueType]!;
    column[row] = column[row]! + weight;
  }

  finish(): SampleTable {
    const length = this.#length;
    return {
      length,
      stack: trimmed(this.#stack, length),
      weights: this.#weights.map((column) => trimmed(column, length)),
      time: this.#hasTime ? trimmed(this.#time, length) : undefined,
      thread: this.#hasThread ? trimmed(this.#thread, length) : undefined,
      labels: this.#hasLabels ? trimmed(this.#labels, length) : undefined,
    };
  }

  #append(stack: number, thread: number, labels: number, time: number): number {
    const row = this.#length++;
    if (row >= this.#capacity) this.#grow(row + 1);
    this.#stack[row] = stack;
    this.#thread[row] = thread;
    this.#labels[row] = labels;
    this.#time[row] = time;
    if (thread >= 0) this.#hasThread = true;
    if (labels > 0) this.#hasLabels = true;
    if (!Number.isNaN(time)) this.#hasTime = true;
    return row;
  }

  #grow(needed: number): void {
    this.#stack = grown(this.#stack, needed);
    this.#thread = grown(this.#thread, needed);
    this.#labels = grown(this.#labels, needed);
    this.#time = grown(this.#time, needed);
    this.#capacity = this.#stack.length;
    for (let i = 0; i < this.#weights.length; i++)
      this.#weights[i] = grown(this.#weights[i]!, this.#capacity);
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 4);
    const mask = slots.length - 1;
    for (let row = 0; row < this.#length; row++) {
      let slot = hashPair(hashPair(this.#stack[row]!, this.#thread[row]!), this.#labels[row]!) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = row + 1;
    }
    this.#slots = slots;
  }
}
