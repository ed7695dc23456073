import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { grown } from "../../util/growable.ts";
import { sortRows } from "../../util/merge-sort.ts";
import { EventTable, Phase } from "./events.ts";
import type { EventFrames } from "./names.ts";
import type { EventSamples } from "./samples.ts";

/** An event that ends at most this many microseconds after its caller was cut there by rounding. */
const ROUNDING = 1;

/** Ends of the same time that are looked through for the one that fits the innermost open event. */
const LOOK_AHEAD = 64;

/**
 * Turns the events of one thread into stacks: between two times at which an event begins or ends a stack stood.
 *
 * Events come in any order, and what happens at one time is told apart by rules: a complete event that lasts longer
 * encloses a shorter one; `B` encloses `X`; an end comes before a beginning, unless the file has them the other way
 * round and the end fits to nothing else. An event whose time only overlaps with another's is put on top of it, and
 * stays when the lower one ends, so that each lasts as long as it says:
 *
 * ```
 * alpha  0 ──────── 10                 0..5   alpha
 * beta        5 ──────── 15      →     5..10  alpha;beta
 *                                     10..15  beta
 * ```
 */
export class ThreadStacks {
  readonly #all: EventTable;
  /** Those of the thread in hand. */
  readonly #events = new EventTable();
  readonly #frames: EventFrames;
  readonly #samples: EventSamples;
  readonly #builder: ProfileBuilder;
  readonly #notes: Notes;
  /** Open events from the outermost: row, stack, own end (Infinity: not known), and least end up to here. */
  #open = new Int32Array(64);
  #stack = new Int32Array(64);
  #end = new Float64Array(64);
  #least = new Float64Array(64);
  #depth = 0;
  #last = 0;
  /** 1: the event that began last is in no sample yet. */
  #uncounted = 0;

  constructor(
    events: EventTable,
    frames: EventFrames,
    samples: EventSamples,
    builder: ProfileBuilder,
    notes: Notes,
  ) {
    this.#all = events;
    this.#frames = frames;
    this.#samples = samples;
    this.#builder = builder;
    this.#notes = notes;
  }

  /** Adds the samples of a thread whose events are `rows`, in file order. */
  thread(rows: Uint32Array, thread: number): void {
    const events = this.#events;
    events.copy(this.#all, rows);
    const begins = events.rowsOf(Phase.end, true);
    const ends = events.rowsOf(Phase.end, false);
    sortRows(begins, events.time);
    sortRows(ends, events.time);
    this.#settleTies(begins);
    this.#samples.thread = thread;
    this.#depth = 0;
    let begin = 0;
    let end = 0;
    for (;;) {
      const beginAt = begin < begins.length ? events.time[begins[begin]!]! : Number.POSITIVE_INFINITY;
      const endAt = end < ends.length ? events.time[ends[end]!]! : Number.POSITIVE_INFINITY;
      const leastAt = this.#depth > 0 ? this.#least[this.#depth - 1]! : Number.POSITIVE_INFINITY;
      const at = Math.min(beginAt, endAt, leastAt);
      if (at === Number.POSITIVE_INFINITY) break;
      if (leastAt === at && !(endAt === at && this.#topIsOpenEnded())) this.#closeAt(at);
      else if (endAt === at && !(beginAt === at && this.#beginsFirst(begins[begin]!, ends, end))) {
        this.#closeBy(ends, end++);
      } else this.#begin(begins[begin++]!, at);
    }
    this.#closeRest();
  }

  /** Among beginnings at one time: first `B`, then the longer, then what the file has first. */
  #settleTies(begins: Uint32Array): void {
    const { time, phase, duration } = this.#events;
    for (let start = 0; start < begins.length; ) {
      let end = start + 1;
      while (end < begins.length && time[begins[end]!] === time[begins[start]!]) end++;
      if (end - start > 1) {
        begins
          .subarray(start, end)
          .sort((a, b) => phase[a]! - phase[b]! || duration[b]! - duration[a]! || a - b);
      }
      start = end;
    }
  }

  /** True where the innermost event is a `B`, which only an end event closes. */
  #topIsOpenEnded(): boolean {
    return this.#end[this.#depth - 1] === Number.POSITIVE_INFINITY;
  }

  /** At one time an event begins and one ends: true where the beginning comes first. */
  #beginsFirst(begin: number, ends: Uint32Array, at: number): boolean {
    const events = this.#events;
    if (events.phase[begin] !== Phase.begin) return false;
    const end = ends[at]!;
    const name = events.frame[end]!;
    if (name !== 0 && this.#frames.nameOf(events.frame[begin]!) !== name) return false;
    return end > begin || this.#depthEndedBy(name) < 0;
  }

  #begin(row: number, at: number): void {
    this.#advance(at);
    const events = this.#events;
    const depth = this.#depth++;
    if (depth >= this.#open.length) this.#grow(depth + 1);
    const below = depth === 0 ? Number.POSITIVE_INFINITY : this.#least[depth - 1]!;
    this.#open[depth] = row;
    this.#stack[depth] = this.#builder.stack(depth === 0 ? -1 : this.#stack[depth - 1]!, events.frame[row]!);
    const end = events.phase[row] === Phase.begin ? Number.POSITIVE_INFINITY : this.#fitted(row, at, below);
    this.#end[depth] = end;
    this.#least[depth] = Math.min(end, below);
    this.#uncounted = 1;
    if (end === at) this.#closeAt(at);
  }

  /** When a complete event ends; what exceeds its caller by no more than rounding ends with it. */
  #fitted(row: number, at: number, callerEnd: number): number {
    const end = at + this.#events.duration[row]!;
    const excess = end - callerEnd;
    if (!(excess > 0)) return end;
    const offset = this.#events.offset[row]!;
    if (excess <= ROUNDING && excess < callerEnd - at) {
      this.#notes.add(
        "approximated",
        "end-rounded",
        "An event ends up to a microsecond after its caller, as rounded times do; it was cut to the caller's end.",
        { offset },
      );
      return callerEnd;
    }
    this.#notes.add(
      "approximated",
      "overlapping-events",
      "Events of one thread overlap without one enclosing the other; the later one is shown on top of the earlier.",
      { offset },
    );
    return end;
  }

  /** Closes the innermost of the events that end at `at` by themselves. */
  #closeAt(at: number): void {
    let depth = this.#depth - 1;
    while (this.#end[depth] !== at) depth--;
    this.#remove(depth, at);
  }

  /** Closes the event that an end event means: the innermost one of its name. */
  #closeBy(ends: Uint32Array, from: number): void {
    const events = this.#events;
    this.#preferTop(ends, from);
    const row = ends[from]!;
    const name = events.frame[row]!;
    const depth = this.#depthEndedBy(name);
    const place = { offset: events.offset[row]! };
    if (depth < 0) {
      this.#notes.add(
        "skipped",
        "end-without-begin",
        "An event ends that is not open; the end was left out.",
        place,
      );
      return;
    }
    if (depth < this.#depth - 1) {
      this.#notes.add(
        "approximated",
        "end-out-of-order",
        "An event ends while events that began in it are open; they stay open.",
        place,
      );
    }
    this.#remove(depth, events.time[row]!);
  }

  /** The innermost open event of this name, or -1. */
  #depthEndedBy(name: number): number {
    let depth = this.#depth - 1;
    while (depth >= 0 && !this.#isEndedBy(depth, name)) depth--;
    return depth;
  }

  /** Complete events end by themselves; an end without a name fits every `B`. */
  #isEndedBy(depth: number, name: number): boolean {
    if (this.#end[depth] !== Number.POSITIVE_INFINITY) return false;
    return name === 0 || this.#frames.nameOf(this.#events.frame[this.#open[depth]!]!) === name;
  }

  /** Swaps an end of the same time to the front that closes the innermost event. */
  #preferTop(ends: Uint32Array, from: number): void {
    const { time, frame } = this.#events;
    const top = this.#depth - 1;
    if (top < 0) return;
    const stop = Math.min(ends.length, from + LOOK_AHEAD);
    for (let i = from; i < stop && time[ends[i]!] === time[ends[from]!]; i++) {
      if (!this.#isEndedBy(top, frame[ends[i]!]!)) continue;
      const fitting = ends[i]!;
      ends.copyWithin(from + 1, from, i);
      ends[from] = fitting;
      return;
    }
  }

  /** Takes an open event away; those on top of it are then called by what is below. */
  #remove(depth: number, at: number): void {
    this.#advance(at);
    this.#depth--;
    for (let i = depth; i < this.#depth; i++) {
      this.#open[i] = this.#open[i + 1]!;
      this.#end[i] = this.#end[i + 1]!;
      const below = i === 0 ? Number.POSITIVE_INFINITY : this.#least[i - 1]!;
      this.#least[i] = Math.min(this.#end[i]!, below);
      const frame = this.#events.frame[this.#open[i]!]!;
      this.#stack[i] = this.#builder.stack(i === 0 ? -1 : this.#stack[i - 1]!, frame);
    }
  }

  /** What was never ended lasts as long as anything is known of the thread. */
  #closeRest(): void {
    for (let depth = 0; depth < this.#depth; depth++) {
      this.#notes.add(
        "approximated",
        "never-ended",
        "An event is still open at the end of its thread; it was ended there.",
        { offset: this.#events.offset[this.#open[depth]!]! },
      );
    }
    this.#advance(this.#last);
    this.#depth = 0;
  }

  /** The stack that stood since the last change becomes a sample. */
  #advance(at: number): void {
    if (this.#depth > 0 && (at > this.#last || this.#uncounted === 1)) {
      this.#samples.add(this.#stack[this.#depth - 1]!, this.#last, at - this.#last, this.#uncounted);
    }
    this.#uncounted = 0;
    this.#last = at;
  }

  #grow(needed: number): void {
    this.#open = grown(this.#open, needed);
    this.#stack = grown(this.#stack, needed);
    this.#end = grown(this.#end, needed);
    this.#least = grown(this.#least, needed);
  }
}
