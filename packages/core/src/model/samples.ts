import { grown, trimmed } from "../util/growable.ts";
import { hashPair } from "../util/hash.ts";
import { equalRows } from "./equal-rows.ts";
import type { PackedSamples, Rows, ThreadBatch } from "./packed-samples.ts";
import type { SampleTable } from "./profile.ts";

/** Observations as columns of `length` rows (arrays may be longer); what is left out does not apply to any. */
export interface SampleBatch {
  readonly length: number;
  readonly stack: Int32Array;
  /** One column per value type of the builder, in its order. */
  readonly weights: readonly Float64Array[];
  readonly time?: Float64Array | undefined;
  readonly thread?: Int32Array | undefined;
  readonly labels?: Int32Array | undefined;
  /** True where no two rows agree in stack, thread and labels: then there is nothing to merge among them. */
  readonly distinct?: boolean | undefined;
  /** True where the arrays stay the caller's: then they are copied from, and never written to. */
  readonly borrowed?: boolean | undefined;
}

/**
 * The sample columns while they grow. In mode "merged" a row is found again by (stack, thread, labels) and
 * weights add up; in mode "each" every call makes a row.
 */
export class SampleColumns {
  readonly #merged: boolean;
  #length = 0;
  #capacity = 32;
  #stack: Int32Array = new Int32Array(32);
  /** Mode "each": means something only where `#hasThread`; before, it is not touched, so that it costs no memory. */
  #thread: Int32Array = new Int32Array(32);
  #labels: Int32Array = new Int32Array(32);
  #time: Float64Array = new Float64Array(32);
  readonly #weights: Float64Array[] = [];
  #hasThread = false;
  #hasLabels = false;
  #hasTime = false;
  /** Mode "merged": open addressing, a slot holds row + 1. */
  #slots = new Int32Array(64);
  /** Mode "merged": the largest thread of any row. */
  #highestThread = -1;
  /** Mode "merged": rows were taken over that are not in the hash table yet. */
  #unhashed = false;
  /** The first samples, where they came thread by thread. They are all of them in most profiles. */
  #packed: PackedSamples | undefined;
  #expected = 0;

  constructor(mode: "each" | "merged") {
    this.#merged = mode === "merged";
  }

  get length(): number {
    return this.#packed?.length ?? this.#length;
  }

  /** Adds a weight column; rows so far weigh 0 in it. */
  addColumn(): void {
    this.#weights.push(new Float64Array(this.#capacity));
  }

  /** Makes room for `count` more rows at once; in mode "merged" nobody knows how many rows they become. */
  reserve(count: number): void {
    if (!this.#merged) this.#expected = this.length + count;
  }

  /** The row to add weights to. */
  row(stack: number, thread: number, labels: number, time: number): number {
    if (this.#packed !== undefined) this.#unpack();
    if (!this.#merged) return this.#append(stack, thread, labels, time);
    if (this.#unhashed) this.#rehash(this.#length);
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

  addWeight(row: number, valueType: number, weight: number): void {
    const column = this.#weights[valueType]!;
    column[row] = column[row]! + weight;
  }

  /**
   * Adds a batch; where it is the first and not borrowed, its arrays become the columns (in mode "merged" with the weights of equal
   * rows added up in place).
   */
  addBatch(batch: SampleBatch): void {
    if (this.#packed !== undefined) this.#unpack();
    if (this.#length > 0 || batch.borrowed === true || batch.weights.length !== this.#weights.length) {
      this.#addBehind(batch);
      return;
    }
    const length = this.#merged && batch.distinct !== true ? mergeRows(batch) : batch.length;
    const time = this.#merged ? undefined : batch.time;
    this.#unhashed = this.#merged;
    this.#length = length;
    this.#capacity = length;
    this.#stack = trimmed(batch.stack, length);
    this.#thread = fitted(batch.thread, length) ?? new Int32Array(length);
    if (batch.thread === undefined && this.#merged) this.#thread.fill(-1);
    this.#labels = fitted(batch.labels, length) ?? new Int32Array(length);
    this.#time = fitted(time, length) ?? new Float64Array(length).fill(Number.NaN);
    this.#noteThreads(batch.thread?.subarray(0, length));
    batch.weights.forEach((column, type) => {
      this.#weights[type] = trimmed(column, length);
    });
    this.#hasThread = batch.thread !== undefined && this.#thread.some((thread) => thread >= 0);
    this.#hasLabels = batch.labels !== undefined && this.#labels.some((set) => set > 0);
    this.#hasTime = time !== undefined && this.#time.some((at) => !Number.isNaN(at));
  }

  /**
   * Adds samples of one thread. In mode "merged" no two of them may agree in their stack. `create` makes what holds them
   * packed: programs that add none so have no need of its code.
   */
  addThread(batch: ThreadBatch, create: () => PackedSamples): void {
    const { length, stack, thread, weights } = batch;
    if (length === 0) return;
    const time = this.#merged ? undefined : batch.time;
    if (this.#length === 0 && this.#isDistinct(batch)) {
      if (this.#packed === undefined) {
        this.#packed = create();
        this.#packed.reserve(this.#expected);
      }
      this.#packed.add({ ...batch, time });
      return;
    }
    if (this.#packed !== undefined) this.#unpack();
    const nothing = new Float64Array(weights.includes(undefined) ? length : 0);
    const plain = (rows: Rows): Float64Array => {
      if (rows instanceof Float64Array) return rows;
      throw new TypeError("steps where none are taken");
    };
    this.#addBehind({
      length,
      stack,
      time: time === undefined ? undefined : plain(time),
      thread: thread < 0 ? undefined : new Int32Array(length).fill(thread),
      weights: weights.map((column) => plain(column ?? nothing)),
      distinct: true,
    });
  }

  /** True where samples of a thread are kept packed: none of another kind are there. */
  get takesSteps(): boolean {
    return !this.#merged && this.#length === 0;
  }

  /** Takes memory that nobody looks into any more: what the file's columns stood in becomes the profile's. */
  recycle(buffer: ArrayBuffer): void {
    this.#packed?.recycle(buffer);
  }

  /** True where no packed sample can be the same row as one of the batch. */
  #isDistinct({ thread, continues }: ThreadBatch): boolean {
    if (!this.#merged || this.#packed === undefined || continues === true) return true;
    return thread > this.#packed.highestThread;
  }

  #addBehind(batch: SampleBatch): void {
    if (!this.#merged) this.#appendAll(batch);
    else if (batch.distinct === true && this.#isOfNewThreads(batch)) {
      this.#appendAll(batch);
      this.#unhashed = true;
    } else this.#addEach(batch);
  }

  /** Samples of another kind follow: then all stand in plain columns. */
  #unpack(): void {
    const table = this.#packed!.finish(this.#weights.length);
    this.#packed = undefined;
    this.addBatch({ ...table, distinct: true });
  }

  /** Mode "merged": true where no row so far can agree with one of the batch, because its threads are all new. */
  #isOfNewThreads({ length, thread, labels }: SampleBatch): boolean {
    if (labels !== undefined) return false;
    if (thread === undefined) return this.#length === 0;
    for (let row = 0; row < length; row++) if (thread[row]! <= this.#highestThread) return false;
    return true;
  }

  /** The columns of a batch behind ours. */
  #appendAll({ length, stack, thread, labels, time, weights }: SampleBatch): void {
    const from = this.#length;
    if (from + length > this.#capacity) this.#grow(Math.max(from + length, this.#expected));
    this.#length += length;
    this.#stack.set(stack.subarray(0, length), from);
    if (thread !== undefined && !this.#hasThread) this.#thread.fill(-1, 0, from);
    if (thread !== undefined) this.#thread.set(thread.subarray(0, length), from);
    else if (this.#hasThread || this.#merged) this.#thread.fill(-1, from, from + length);
    if (labels !== undefined) this.#labels.set(labels.subarray(0, length), from);
    if (time === undefined) this.#time.fill(Number.NaN, from, from + length);
    else this.#time.set(time.subarray(0, length), from);
    weights.forEach((column, type) => {
      this.#weights[type]!.set(column.subarray(0, length), from);
    });
    this.#hasThread ||= thread !== undefined;
    this.#noteThreads(thread?.subarray(0, length));
    this.#hasLabels ||= labels?.subarray(0, length).some((set) => set > 0) === true;
    this.#hasTime ||= time?.subarray(0, length).some((at) => !Number.isNaN(at)) === true;
  }

  #noteThreads(threads: Int32Array | undefined): void {
    if (threads === undefined || !this.#merged) return;
    for (const thread of threads) if (thread > this.#highestThread) this.#highestThread = thread;
  }

  #addEach(batch: SampleBatch): void {
    const { length, stack, thread, labels, weights } = batch;
    const types = weights.length;
    for (let i = 0; i < length; i++) {
      const row = this.row(
        stack[i]!,
        thread === undefined ? -1 : thread[i]!,
        labels === undefined ? 0 : labels[i]!,
        Number.NaN,
      );
      for (let type = 0; type < types; type++) {
        const weight = weights[type]![i]!;
        // Most samples weigh in one or two of the value types.
        if (weight !== 0) this.#weights[type]![row]! += weight;
      }
    }
  }

  finish(): SampleTable {
    if (this.#packed !== undefined) return this.#packed.finish(this.#weights.length);
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
    if (row >= this.#capacity) this.#grow(Math.max(row + 1, this.#expected));
    this.#stack[row] = stack;
    if (thread > this.#highestThread) this.#highestThread = thread;
    if (thread >= 0 && !this.#hasThread) {
      this.#thread.fill(-1, 0, row);
      this.#hasThread = true;
    }
    if (this.#hasThread || this.#merged) this.#thread[row] = thread;
    if (labels > 0 || this.#hasLabels) this.#labels[row] = labels;
    this.#time[row] = time;
    if (labels > 0) this.#hasLabels = true;
    if (!Number.isNaN(time)) this.#hasTime = true;
    return row;
  }

  #grow(needed: number): void {
    this.#stack = grown(this.#stack, needed);
    this.#time = grown(this.#time, needed);
    this.#capacity = this.#stack.length;
    // To copy a column that nobody has written to would be the first to touch its memory.
    const withThread = this.#hasThread || this.#merged;
    this.#thread = withThread ? grown(this.#thread, this.#capacity) : new Int32Array(this.#capacity);
    this.#labels = this.#hasLabels ? grown(this.#labels, this.#capacity) : new Int32Array(this.#capacity);
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
    this.#unhashed = false;
  }
}

function fitted<T extends Int32Array | Float64Array>(column: T | undefined, length: number): T | undefined {
  return column === undefined ? undefined : trimmed(column, length);
}

/** Adds the weights of equal rows up in the first of them and moves the rows together; returns how many are left. */
function mergeRows({ length, stack, thread, labels, weights }: SampleBatch): number {
  const columns = [stack, thread, labels].filter((column) => column !== undefined);
  const first = equalRows({ length, columns });
  if (first === undefined) return length;
  let kept = 0;
  for (let row = 0; row < length; row++) {
    const isNew = first[row] === row;
    // A first row is passed before those that are equal to it; from then on `first` says where it went.
    const target = isNew ? kept++ : first[first[row]!]!;
    if (isNew) {
      for (const column of columns) column[target] = column[row]!;
      first[row] = target;
    }
    for (const column of weights) column[target] = isNew ? column[row]! : column[target]! + column[row]!;
  }
  return kept;
}
