import type { ProfileBuilder } from "../model/builder.ts";
import { grown } from "../util/growable.ts";
import { sortRows } from "../util/merge-sort.ts";

/** What became of spans whose two ends do not fit together. */
export interface SpanFaults {
  /** Ends where nothing was open. */
  readonly unopened: number;
  /** Spans that were still open when their track ended: they end there. */
  readonly unclosed: number;
}

const END = -1;

/**
 * Spans of time that begin and end on tracks (threads), nested in each other, as stacks over time: between two events
 * of a track a stack stood, which becomes a sample with the time it stood and the number of spans that began with it.
 *
 * ```
 * begin a 0, begin b 2, end 5, end 9   →   a 0..2, a;b 2..5, a 5..9
 * ```
 *
 * Events may come out of order; those of one time keep theirs.
 */
export class Spans {
  #length = 0;
  #time: Float64Array = new Float64Array(1024);
  #track: Int32Array = new Int32Array(1024);
  /** What begins; -1: an end. */
  #frame: Int32Array = new Int32Array(1024);

  get length(): number {
    return this.#length;
  }

  /** The earliest time of all; Infinity where there are no spans. */
  get start(): number {
    let start = Number.POSITIVE_INFINITY;
    for (let row = 0; row < this.#length; row++) start = Math.min(start, this.#time[row]!);
    return start;
  }

  /** A span begins: `frame` is a row of the builder's frames, `time` in nanoseconds. */
  begin(track: number, time: number, frame: number): void {
    this.#add(track, time, frame);
  }

  /** The innermost open span of the track ends. */
  end(track: number, time: number): void {
    this.#add(track, time, END);
  }

  #add(track: number, time: number, frame: number): void {
    const row = this.#length++;
    if (row >= this.#time.length) {
      this.#time = grown(this.#time, row + 1);
      this.#track = grown(this.#track, row + 1);
      this.#frame = grown(this.#frame, row + 1);
    }
    this.#time[row] = time;
    this.#track[row] = track;
    this.#frame[row] = frame;
  }

  /** Adds the samples; times count from `origin`, and `threadOf` gives the builder's thread of a track. */
  addTo(into: ProfileBuilder, origin: number, threadOf: (track: number) => number): SpanFaults {
    const faults = { unopened: 0, unclosed: 0 };
    const duration = into.valueType("duration", "nanoseconds");
    const events = into.valueType("spans", "count");
    const weights = new Float64Array(into.valueTypes.length);
    for (const [track, rows] of this.#rowsByTrack()) {
      sortRows(rows, this.#time);
      const thread = threadOf(track);
      const open: number[] = [];
      let last = 0;
      let begun = 0;
      const stand = (until: number): void => {
        const stack = open[open.length - 1];
        if (stack !== undefined && (until > last || begun > 0)) {
          weights[duration] = until - last;
          weights[events] = begun;
          into.sample(stack, weights, { time: last - origin, thread });
        }
        begun = 0;
        last = until;
      };
      for (const row of rows) {
        const frame = this.#frame[row]!;
        stand(this.#time[row]!);
        if (frame !== END) {
          open.push(into.stack(open[open.length - 1] ?? -1, frame));
          begun = 1;
        } else if (open.pop() === undefined) faults.unopened++;
      }
      stand(last);
      faults.unclosed += open.length;
    }
    return faults;
  }

  /** The rows of each track, in the order in which they came. */
  #rowsByTrack(): Map<number, Uint32Array> {
    const counts = new Map<number, number>();
    for (let row = 0; row < this.#length; row++) {
      const track = this.#track[row]!;
      counts.set(track, (counts.get(track) ?? 0) + 1);
    }
    const rows = new Map<number, Uint32Array>();
    for (const [track, count] of counts) rows.set(track, new Uint32Array(count));
    const filled = new Map<number, number>();
    for (let row = 0; row < this.#length; row++) {
      const track = this.#track[row]!;
      const place = filled.get(track) ?? 0;
      rows.get(track)![place] = row;
      filled.set(track, place + 1);
    }
    return rows;
  }
}
