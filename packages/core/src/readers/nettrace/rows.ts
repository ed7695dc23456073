import type { ProfileBuilder } from "../../model/builder.ts";
import { grown } from "../../util/growable.ts";
import type { Kind, Measure } from "./kinds.ts";

/** Samples as they come; their stacks get frames only when the file is at its end. */
export class Rows {
  length = 0;
  #node: Int32Array = new Int32Array(1024);
  #thread: Int32Array = new Int32Array(1024);
  #labels: Int32Array = new Int32Array(1024);
  #kind: Int32Array = new Int32Array(1024);
  #time: Float64Array = new Float64Array(1024);
  #count: Float64Array = new Float64Array(1024);
  #amount: Float64Array = new Float64Array(1024);
  readonly #kinds: Kind[] = [];

  /** `time` is in nanoseconds from the start of the recording. */
  add(kind: Kind, node: number, thread: number, time: number, labels: number, measure: Measure): void {
    const row = this.length++;
    if (row >= this.#node.length) this.#grow(row + 1);
    let index = this.#kinds.indexOf(kind);
    if (index < 0) index = this.#kinds.push(kind) - 1;
    this.#kind[row] = index;
    this.#node[row] = node;
    this.#thread[row] = thread;
    this.#labels[row] = labels;
    this.#time[row] = time;
    this.#count[row] = measure.count;
    this.#amount[row] = measure.amount;
  }

  #grow(length: number): void {
    this.#node = grown(this.#node, length);
    this.#thread = grown(this.#thread, length);
    this.#labels = grown(this.#labels, length);
    this.#kind = grown(this.#kind, length);
    this.#time = grown(this.#time, length);
    this.#count = grown(this.#count, length);
    this.#amount = grown(this.#amount, length);
  }

  /** Adds the samples; `stacks` has the stack of each node. */
  finish(stacks: Int32Array, into: ProfileBuilder): void {
    const types = this.#kinds.map(({ count, amount }) => ({
      count: into.valueType(count, "count"),
      amount: amount === undefined ? -1 : into.valueType(...amount),
    }));
    let last = 0;
    for (let row = 0; row < this.length; row++) {
      const { count, amount } = types[this.#kind[row]!]!;
      const weights = new Float64Array(into.valueTypes.length);
      weights[count] = this.#count[row]!;
      if (amount >= 0) weights[amount] = this.#amount[row]!;
      const node = this.#node[row]!;
      const time = this.#time[row]!;
      if (time > last) last = time;
      const thread = this.#thread[row]!;
      into.sample(node < 0 ? -1 : stacks[node]!, weights, { time, thread, labels: this.#labels[row]! });
    }
    if (last > 0) into.meta.duration = last;
  }
}
