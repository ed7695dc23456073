import { grown, trimmed } from "../util/growable.ts";
import { hashPair } from "../util/hash.ts";
import type { SampleTable } from "./profile.ts";

/** Samples as columns: missing ones say nothing. One weight column per value type that the builder has. */
export interface SampleBatch {
  readonly length: number;
  readonly stack: Int32Array;
  readonly weights: readonly Float64Array[];
  readonly time?: Float64Array;
  readonly thread?: Int32Array;
  readonly labels?: Int32Array;
}

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
    if (this.#length * 2 > this.#slots.length) this.#rehash(this.#length * 2);
    return row;
  }

  /** Adds a table's rows. */
  addBatch(batch: SampleBatch): void {
    this.#reserve(this.#length + batch.length);
    const { stack, thread, labels, time, weights } = batch;
    for (let i = 0; i < batch.length; i++) {
      const row = this.row(stack[i]!, thread?.[i] ?? -1, labels?.[i] ?? 0, time?.[i] ?? Number.NaN);
      for (let type = 0; type < weights.length; type++) {
        const column = this.#weights[type]!;
        column[row] = column[row]! + weights[type]![i]!;
      }
    }
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

  /** Makes room for rows that are about to come, in the columns and in the hash table. */
  #reserve(rows: number): void {
    if (rows > this.#capacity) this.#grow(rows);
    if (this.#merged && rows * 2 > this.#slots.length) this.#rehash(rows);
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

  #rehash(rows: number): void {
    let size = this.#slots.length;
    while (size < rows * 2) size *= 2;
    const slots = new Int32Array(size);
    const mask = slots.length - 1;
    for (let row = 0; row < this.#length; row++) {
      let slot = hashPair(hashPair(this.#stack[row]!, this.#thread[row]!), this.#labels[row]!) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = row + 1;
    }
    this.#slots = slots;
  }
}
