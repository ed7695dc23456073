import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { type Intervals, inOrder } from "./intervals.ts";
import type { Strings } from "./strings.ts";

/** What the recording's counter counts. */
export interface Counter {
  readonly name: string;
  readonly unit: string;
  /** True where ticks are nanoseconds since the start. */
  readonly isTime: boolean;
}

/** Turns nested intervals into stacks: between two times at which an event begins or ends a stack stood. */
export class IntervalSamples {
  readonly #intervals: Intervals;
  readonly #strings: Strings;
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  readonly #counter: Counter;
  readonly #process: number | undefined;
  readonly #frames = new Map<number, number>();
  /** Open events from the outermost: stack, end. */
  #stack = new Int32Array(64);
  #end = new Float64Array(64);
  #depth = 0;
  #cursor = 0;
  #thread = 0;
  /** 1: the innermost event is in no sample yet. */
  #fresh = 0;

  constructor(
    intervals: Intervals,
    strings: Strings,
    counter: Counter,
    process: number | undefined,
    into: ProfileBuilder,
    notes: Notes,
  ) {
    this.#intervals = intervals;
    this.#strings = strings;
    this.#counter = counter;
    this.#process = process;
    this.#into = into;
    this.#notes = notes;
  }

  add(): void {
    const { thread, start, end, event } = this.#intervals;
    const into = this.#into;
    into.meta.defaultValueType = into.valueType(this.#counter.name, this.#counter.unit);
    into.valueType("events", "count");
    let before = -1;
    let last = 0;
    for (const row of inOrder(this.#intervals)) {
      if (thread[row] !== before) {
        this.#closeUntil(Number.POSITIVE_INFINITY);
        before = thread[row]!;
        const ids = { tid: before, ...(this.#process === undefined ? {} : { pid: this.#process }) };
        this.#thread = into.thread({ name: "", ...ids });
      }
      this.#begin(this.#frame(event[row]!), start[row]!, end[row]!);
      last = Math.max(last, end[row]!);
    }
    this.#closeUntil(Number.POSITIVE_INFINITY);
    if (this.#counter.isTime) into.meta.duration = last;
  }

  #frame(event: number): number {
    let frame = this.#frames.get(event);
    if (frame === undefined) {
      const label = this.#strings.label(event);
      if (label === undefined) {
        this.#notes.add("approximated", "unknown-event", "an event has no name in the recording");
      }
      frame = this.#into.frameNamed(label || "[unknown]");
      this.#frames.set(event, frame);
    }
    return frame;
  }

  #begin(frame: number, start: number, end: number): void {
    this.#closeUntil(start);
    this.#advance(start);
    const depth = this.#depth++;
    if (depth === this.#stack.length) this.#grow();
    const outer = depth === 0 ? Number.POSITIVE_INFINITY : this.#end[depth - 1]!;
    if (end > outer) {
      const message = "an event lasts longer than the one that it began in: it is cut there";
      this.#notes.add("approximated", "overlapping-events", message);
    }
    this.#stack[depth] = this.#into.stack(depth === 0 ? -1 : this.#stack[depth - 1]!, frame);
    this.#end[depth] = Math.min(end, outer);
    this.#cursor = start;
    this.#fresh = 1;
  }

  #grow(): void {
    const [stack, end] = [new Int32Array(this.#depth * 2), new Float64Array(this.#depth * 2)];
    stack.set(this.#stack);
    end.set(this.#end);
    this.#stack = stack;
    this.#end = end;
  }

  /** Closes what ends by then. */
  #closeUntil(time: number): void {
    while (this.#depth > 0 && this.#end[this.#depth - 1]! <= time) {
      this.#advance(this.#end[this.#depth - 1]!);
      this.#depth--;
    }
  }

  /** The innermost event has lasted up to here. */
  #advance(time: number): void {
    if (this.#depth > 0 && (time > this.#cursor || this.#fresh === 1)) {
      this.#into.sample(this.#stack[this.#depth - 1]!, [time - this.#cursor, this.#fresh], {
        thread: this.#thread,
        ...(this.#counter.isTime ? { time: this.#cursor } : {}),
      });
    }
    this.#fresh = 0;
    this.#cursor = time;
  }
}
