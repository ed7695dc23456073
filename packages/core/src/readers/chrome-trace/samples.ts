import { PIECE, ThreadSamples } from "../../codec/thread-samples.ts";
import type { ProfileBuilder } from "../../model/builder.ts";

/** The stacks of events as samples: how long each stood, and how many events began with it. */
export class EventSamples {
  readonly #out: ThreadSamples;
  /** Microseconds since the trace's first event → nanoseconds. */
  readonly #nanoseconds: (microseconds: number) => number;
  #thread = -1;
  #length = 0;
  /** End of the last sample, in microseconds and in nanoseconds. */
  #lastAt = Number.NaN;
  #lastTime = 0;

  constructor(builder: ProfileBuilder, nanoseconds: (microseconds: number) => number) {
    this.#nanoseconds = nanoseconds;
    // Where other samples of the trace have value types, those come first.
    const isFirst = builder.valueTypes.length === 0;
    const duration = builder.valueType("duration", "nanoseconds");
    this.#out = new ThreadSamples(builder, duration, builder.valueType("events", "count"));
    if (isFirst) builder.meta.defaultValueType = duration;
  }

  /** The samples that follow are of this row of the builder's threads. */
  set thread(thread: number) {
    this.flush();
    this.#thread = thread;
  }

  /** A stack that stood from `at` for `duration`, both in microseconds. */
  add(stack: number, at: number, duration: number, events: number): void {
    const row = this.#length++;
    const { piece } = this.#out;
    // Mostly a sample begins where the one before ended.
    const time = at === this.#lastAt ? this.#lastTime : this.#nanoseconds(at);
    piece.stack[row] = stack;
    piece.time[row] = time;
    if (duration > 0) {
      this.#lastAt = at + duration;
      this.#lastTime = this.#nanoseconds(this.#lastAt);
      piece.first[row] = this.#lastTime - time;
    } else piece.first[row] = 0;
    piece.second[row] = events;
    if (this.#length === PIECE) this.#hand();
  }

  /** Hands over what is still here. */
  flush(): void {
    this.#hand();
    this.#out.flush(this.#thread);
  }

  #hand(): void {
    if (this.#length > 0) this.#out.add(this.#thread, this.#length);
    this.#length = 0;
  }
}
