import type { SampleMode } from "../../model/builder.ts";
import { PairInterner } from "../../model/pairs.ts";
import { grown } from "../../util/growable.ts";

/** What samples have in common besides their stack. */
export interface SampleGroup {
  /** Row of the recording's events. */
  readonly event: number;
  /** Row of the profile's threads. */
  readonly thread: number;
  /** -1 where it was not recorded. */
  readonly cpu: number;
}

/**
 * The samples by node of the stack tree and group, until frames and value types are known. In mode "merged" equal
 * ones are one row.
 */
export class SampleRows {
  readonly groups: SampleGroup[] = [];
  #pairs: PairInterner | undefined;
  #length = 0;
  #node = new Int32Array(1024);
  #group = new Int32Array(1024);
  #count = new Float64Array(1024);
  #amount = new Float64Array(1024);
  #time = new Float64Array(1024);
  observations = 0;
  first: number = Number.POSITIVE_INFINITY;
  last: number = Number.NEGATIVE_INFINITY;

  constructor(mode: SampleMode) {
    this.#pairs = mode === "merged" ? new PairInterner() : undefined;
  }

  /** Adds a sample; its row. */
  add(node: number, group: number, amount: number, time: number): number {
    this.observations++;
    if (time < this.first) this.first = time;
    if (time > this.last) this.last = time;
    const row = this.#pairs === undefined ? this.#length : this.#pairs.add(node, group);
    if (row === this.#length) {
      this.#length++;
      if (row >= this.#node.length) this.#grow(row + 1);
      this.#node[row] = node;
      this.#group[row] = group;
      this.#time[row] = time;
    }
    this.#count[row] = this.#count[row]! + 1;
    this.#amount[row] = this.#amount[row]! + amount;
    return row;
  }

  /** There are no more samples: what equal ones are found with is let go. */
  settle(): void {
    this.#pairs = undefined;
  }

  /** The columns; arrays may be longer than `length`. */
  columns(): {
    readonly length: number;
    readonly node: Int32Array;
    readonly group: Int32Array;
    readonly count: Float64Array;
    readonly amount: Float64Array;
    readonly time: Float64Array;
  } {
    return {
      length: this.#length,
      node: this.#node,
      group: this.#group,
      count: this.#count,
      amount: this.#amount,
      time: this.#time,
    };
  }

  #grow(rows: number): void {
    this.#node = grown(this.#node, rows);
    this.#group = grown(this.#group, rows);
    this.#count = grown(this.#count, rows);
    this.#amount = grown(this.#amount, rows);
    this.#time = grown(this.#time, rows);
  }
}
