import { grown, roomFor } from "../../util/growable.ts";

/** Kinds of event that make stacks. */
export const Phase = { begin: 0, end: 1, complete: 2 } as const;

/** Duration events as they come, in columns. */
export class EventTable {
  length = 0;
  #expected = 0;
  /** Microseconds, as written. */
  time: Float64Array = new Float64Array(1024);
  /** Microseconds; complete events only. */
  duration: Float64Array = new Float64Array(1024);
  /** Row of the builder's frames; -1 for an end without a name. */
  frame: Int32Array = new Int32Array(1024);
  /** Row of {@link TraceThreads}. */
  thread: Int32Array = new Int32Array(1024);
  /** {@link Phase}. */
  phase: Uint8Array = new Uint8Array(1024);
  /** Byte in the input, for notes. */
  offset: Float64Array = new Float64Array(1024);

  /** Tells how many rows there may be in the end: when there must be more room, it is made for as many. */
  expect(rows: number): void {
    this.#expected = rows;
  }

  add(phase: number, time: number, duration: number, frame: number, thread: number, offset: number): void {
    const row = this.length++;
    if (row >= this.phase.length) this.#grow(row + 1);
    this.phase[row] = phase;
    this.time[row] = time;
    this.duration[row] = duration;
    this.frame[row] = frame;
    this.thread[row] = thread;
    this.offset[row] = offset;
  }

  #grow(least: number): void {
    const needed = roomFor(least, this.length, this.#expected);
    this.phase = grown(this.phase, needed);
    this.time = grown(this.time, needed);
    this.duration = grown(this.duration, needed);
    this.frame = grown(this.frame, needed);
    this.thread = grown(this.thread, needed);
    this.offset = grown(this.offset, needed);
  }

  /** Becomes what stands in `rows` of another table, side by side: who goes through them again and again finds them in the cache. */
  copy(from: EventTable, rows: Uint32Array): void {
    const { length } = rows;
    if (length > this.phase.length) this.#grow(length);
    this.length = length;
    const { time, duration, frame, phase, offset } = this;
    for (let i = 0; i < length; i++) {
      const row = rows[i]!;
      time[i] = from.time[row]!;
      duration[i] = from.duration[row]!;
      frame[i] = from.frame[row]!;
      phase[i] = from.phase[row]!;
      offset[i] = from.offset[row]!;
    }
  }

  /** Rows of this phase, or of all others, in file order. */
  rowsOf(phase: number, others: boolean): Uint32Array {
    const found = new Uint32Array(this.length);
    let count = 0;
    for (let row = 0; row < this.length; row++) {
      if ((this.phase[row] === phase) !== others) found[count++] = row;
    }
    return found.subarray(0, count);
  }

  /** Rows of each thread, in file order. */
  rowsByThread(threads: number): Uint32Array[] {
    const counts = new Uint32Array(threads);
    for (let row = 0; row < this.length; row++) counts[this.thread[row]!]!++;
    const lists = Array.from(counts, (count) => new Uint32Array(count));
    counts.fill(0);
    for (let row = 0; row < this.length; row++) {
      const thread = this.thread[row]!;
      lists[thread]![counts[thread]!++] = row;
    }
    return lists;
  }
}
