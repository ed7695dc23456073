import { grown } from "../../util/growable.ts";
import { sortRows } from "../../util/merge-sort.ts";
import { Words } from "./words.ts";

/** What is done with a record: it lies at `at` in `words`, header included. */
export type RecordSink = (words: Words, at: number, size: number, time: number) => void;

/** Records that wait although no round has ended: beyond this, the older half goes on. */
const MOST_WAITING = 1 << 28;

/**
 * Puts records in the order of time. perf writes what it finds in one CPU's buffer after the other, and then says
 * that a round is finished: whatever comes later is not older than the newest record of the round before.
 *
 * ```
 *   round 1        round 2          times
 *   1 4 | 2 3  ▪   5 8 | 4 6  ▪     at the second ▪ all up to 4 may go on: 1 2 3 4 4
 * ```
 *
 * So two rounds are kept at a time.
 */
export class Rounds {
  readonly #little: boolean;
  readonly #sink: RecordSink;
  readonly #limit: number;
  #words: Words;
  #used = 0;
  #count = 0;
  #offset = new Float64Array(1024);
  #time = new Float64Array(1024);
  /** Newest time of any record, and as it was when the round before ended. */
  #newest = 0;
  #settled = 0;
  /** True once records had to go on before their round was over. */
  forced = false;

  constructor(little: boolean, sink: RecordSink, limit: number = MOST_WAITING) {
    this.#little = little;
    this.#sink = sink;
    this.#limit = limit;
    this.#words = new Words(new Uint8Array(1 << 16), little);
  }

  /** Copies a record; one without a time (NaN) goes after those that came before it. */
  add(bytes: Uint8Array, at: number, size: number, time: number): void {
    if (this.#used + size > this.#limit) this.#force();
    if (this.#used + size > this.#words.bytes.length) {
      this.#words = new Words(grown(this.#words.bytes, this.#used + size), this.#little);
    }
    const row = this.#count++;
    if (row >= this.#offset.length) {
      this.#offset = grown(this.#offset, row + 1);
      this.#time = grown(this.#time, row + 1);
    }
    const key = Number.isNaN(time) ? this.#newest : time;
    this.#words.bytes.set(bytes.subarray(at, at + size), this.#used);
    this.#offset[row] = this.#used;
    this.#time[row] = key;
    this.#used += size;
    if (key > this.#newest) this.#newest = key;
  }

  /** A round is finished. */
  round(): void {
    this.#flush(this.#settled);
    this.#settled = this.#newest;
  }

  /** There are no more records. */
  finish(): void {
    this.#flush(Number.POSITIVE_INFINITY);
  }

  #force(): void {
    this.forced = true;
    this.#flush(Number.POSITIVE_INFINITY);
  }

  #flush(upTo: number): void {
    const rows = new Uint32Array(this.#count);
    for (let row = 0; row < rows.length; row++) rows[row] = row;
    sortRows(rows, this.#time.subarray(0, this.#count));
    const words = this.#words;
    let done = 0;
    while (done < rows.length && this.#time[rows[done]!]! <= upTo) {
      const row = rows[done++]!;
      const at = this.#offset[row]!;
      const end = row + 1 < this.#count ? this.#offset[row + 1]! : this.#used;
      this.#sink(words, at, end - at, this.#time[row]!);
    }
    this.#keep(rows.subarray(done).sort());
  }

  /** Moves the rows that stay to the front, in the order in which they came. */
  #keep(rows: Uint32Array): void {
    let used = 0;
    const before = this.#count;
    const end = this.#used;
    rows.forEach((row, i) => {
      const at = this.#offset[row]!;
      const stop = row + 1 < before ? this.#offset[row + 1]! : end;
      this.#words.bytes.copyWithin(used, at, stop);
      this.#offset[i] = used;
      this.#time[i] = this.#time[row]!;
      used += stop - at;
    });
    this.#used = used;
    this.#count = rows.length;
  }
}
