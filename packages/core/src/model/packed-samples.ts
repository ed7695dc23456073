import { grown, trimmed } from "../util/growable.ts";
import { PackedColumn, type SteppedRows } from "./packed-column.ts";
import type { SampleTable } from "./profile.ts";
import { Slabs } from "./slabs.ts";

const NOTHING = new Float64Array(0);

/** Samples of one thread, as columns of `length` rows that stay the caller's (arrays may be longer). */
export interface ThreadBatch {
  readonly length: number;
  readonly stack: Int32Array;
  /** Row of the builder's threads; -1: not known. */
  readonly thread: number;
  /** True for a further part of the samples before: in mode "merged", none of this thread has the stack of one there. */
  readonly continues?: boolean;
  /** Nanoseconds, NaN where not known. */
  readonly time?: Rows | undefined;
  /** One column per value type of the builder, in its order; undefined: nothing but 0. */
  readonly weights: readonly (Rows | undefined)[];
}

/** A column as doubles or, where the builder takes steps, as the file has it (see {@link SteppedRows}), or one value for all. */
export type Rows = Float64Array | SteppedRows | number;

/** Samples that came thread by thread: stacks as they are, the other columns packed. */
export class PackedSamples {
  #length = 0;
  #stack: Int32Array = new Int32Array(0);
  readonly #slabs = new Slabs();
  readonly #time = new PackedColumn(this.#slabs);
  readonly #thread = new PackedColumn(this.#slabs);
  readonly #weights: PackedColumn[] = [];
  #hasThread = false;
  #hasTime = false;
  /** The highest thread of any sample. */
  highestThread = -1;

  get length(): number {
    return this.#length;
  }

  /** Makes room for `rows` samples in all; what is not filled costs nothing. */
  reserve(rows: number): void {
    this.#stack = grown(this.#stack, rows);
  }

  /** Takes memory that nobody looks into any more, to be used again. */
  recycle(buffer: ArrayBuffer): void {
    this.#slabs.give(buffer);
  }

  add({ length, stack, thread, time = Number.NaN, weights }: ThreadBatch): void {
    const from = this.#length;
    this.#stack = grown(this.#stack, from + length);
    this.#stack.set(stack.subarray(0, length), from);
    this.#thread.appendSame(thread, length);
    this.#hasThread ||= thread >= 0;
    this.highestThread = Math.max(this.highestThread, thread);
    append(this.#time, time, length);
    this.#hasTime ||= hasNumber(time, length);
    weights.forEach((column, type) => {
      append(this.#column(type), column ?? 0, length);
    });
    this.#length += length;
  }

  /** A value type that came later weighs nothing in the rows before. */
  #column(type: number): PackedColumn {
    let column = this.#weights[type];
    if (column === undefined) {
      column = new PackedColumn(this.#slabs);
      column.appendSame(0, this.#length);
      this.#weights[type] = column;
    }
    return column;
  }

  /** The finished table, whose columns are unpacked when somebody first asks for them. */
  finish(valueTypes: number): SampleTable {
    const length = this.#length;
    this.#slabs.forget();
    const weights: Float64Array[] = [];
    const made: Float64Array[] = Array.from({ length: valueTypes }, () => NOTHING);
    let left = valueTypes;
    for (let type = 0; type < valueTypes; type++) {
      const column = this.#column(type);
      if (column.length < length) column.appendSame(0, length - column.length);
      definedLate(weights, type, () => {
        const values = unpacked(column, length);
        made[type] = values;
        // An array with such properties is slow: when all are made, a plain one takes over.
        if (--left === 0) table.weights = made;
        return values;
      });
    }
    const table = { length, stack: trimmed(this.#stack, length), weights, labels: undefined };
    definedLate(table, "time", this.#hasTime ? () => unpacked(this.#time, length) : undefined);
    definedLate(
      table,
      "thread",
      this.#hasThread
        ? () => {
            const thread = new Int32Array(length);
            this.#thread.unpack(thread);
            return thread;
          }
        : undefined,
    );
    return table as unknown as SampleTable;
  }
}

function append(column: PackedColumn, rows: Rows, length: number): void {
  if (typeof rows === "number") column.appendSame(rows, length);
  else if (rows instanceof Float64Array) column.append(rows, length);
  else column.appendSteps(rows);
}

function hasNumber(values: Rows, length: number): boolean {
  if (!(values instanceof Float64Array)) return !Number.isNaN(values);
  for (let i = 0; i < length; i++) if (!Number.isNaN(values[i]!)) return true;
  return false;
}

function unpacked(column: PackedColumn, length: number): Float64Array {
  const values = new Float64Array(length);
  column.unpack(values);
  return values;
}

/** Defines a property that is made when it is first read, and then is like any other. */
function definedLate(object: object, key: PropertyKey, make: (() => unknown) | undefined): void {
  const define = (value: unknown): void => {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  };
  if (make === undefined) {
    define(undefined);
    return;
  }
  Object.defineProperty(object, key, {
    enumerable: true,
    configurable: true,
    get: () => {
      const value = make();
      define(value);
      return value;
    },
  });
}
