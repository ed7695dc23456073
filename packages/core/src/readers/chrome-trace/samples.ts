import type { ProfileBuilder } from "../../model/builder.ts";
import { grown } from "../../util/growable.ts";

/** In mode "merged" samples go to the builder in pieces of this many. */
const PIECE = 1 << 14;

/** The stacks of events as samples: how long each stood, and how many events began with it. */
export class EventSamples {
  thread = -1;
  readonly #builder: ProfileBuilder;
  /** Microseconds since the trace's first event → nanoseconds. */
  readonly #nanoseconds: (microseconds: number) => number;
  /** Value types that other samples of the trace have; events weigh nothing there. */
  readonly #others: number;
  #length = 0;
  #stack: Int32Array = new Int32Array(1024);
  #threads: Int32Array = new Int32Array(1024);
  #time: Float64Array = new Float64Array(1024);
  #duration: Float64Array = new Float64Array(1024);
  #count: Float64Array = new Float64Array(1024);

  constructor(builder: ProfileBuilder, nanoseconds: (microseconds: number) => number) {
    this.#builder = builder;
    this.#nanoseconds = nanoseconds;
    this.#others = builder.valueTypes.length;
    const duration = builder.valueType("duration", "nanoseconds");
    builder.valueType("events", "count");
    if (this.#others === 0) builder.meta.defaultValueType = duration;
  }

  /** A stack that stood from `at` for `duration`, both in microseconds. */
  add(stack: number, at: number, duration: number, events: number): void {
    if (this.#length === PIECE && this.#builder.mode === "merged") this.flush();
    const row = this.#length++;
    if (row >= this.#stack.length) this.#grow(row + 1);
    const time = this.#nanoseconds(at);
    this.#stack[row] = stack;
    this.#threads[row] = this.thread;
    this.#time[row] = time;
    this.#duration[row] = duration > 0 ? this.#nanoseconds(at + duration) - time : 0;
    this.#count[row] = events;
  }

  flush(): void {
    const length = this.#length;
    const nothing = new Float64Array(this.#others > 0 ? length : 0);
    this.#builder.sampleBatch({
      length,
      stack: this.#stack,
      thread: this.#threads,
      time: this.#time,
      weights: [...Array.from({ length: this.#others }, () => nothing), this.#duration, this.#count],
    });
    if (this.#builder.mode === "merged") this.#length = 0;
  }

  #grow(needed: number): void {
    this.#stack = grown(this.#stack, needed);
    this.#threads = grown(this.#threads, needed);
    this.#time = grown(this.#time, needed);
    this.#duration = grown(this.#duration, needed);
    this.#count = grown(this.#count, needed);
  }
}
