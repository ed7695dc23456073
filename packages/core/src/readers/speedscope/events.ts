import type { Notes } from "../../model/notes.ts";
import { grown } from "../../util/growable.ts";
import type { PendingSamples } from "./pending.ts";

/**
 * Open and close events → samples: between two events a stack stood for a while, and that is a sample.
 *
 * ```
 * at       0    2    5         main      2..5 → one sample of weight 3 at 2
 * event    O a  O b  C b       main;b
 * ```
 *
 * Time in which nothing is open makes no sample. Events that do not fit are repaired, with a note and their place:
 * a close of a frame that is open further out closes what is above it too; any other is left out; an event
 * earlier than the one before counts as simultaneous with it.
 */
export class EventStack {
  readonly #samples: PendingSamples;
  readonly #notes: Notes;
  /** Open frames and the stack rows up to each. */
  #frames = new Int32Array(64);
  #rows = new Int32Array(64);
  #depth = 0;
  #last = Number.NaN;

  constructor(samples: PendingSamples, notes: Notes) {
    this.#samples = samples;
    this.#notes = notes;
  }

  /** Place of the event handled last on the profile's axis; NaN before the first. */
  get last(): number {
    return this.#last;
  }

  open(frame: number, at: number, offset: number): void {
    this.#advance(at, offset);
    const samples = this.#samples;
    if (frame > samples.highestFrame) {
      samples.highestFrame = frame;
      samples.highestFrameOffset = offset;
    }
    const depth = this.#depth++;
    this.#frames = grown(this.#frames, depth + 1);
    this.#rows = grown(this.#rows, depth + 1);
    this.#frames[depth] = frame;
    this.#rows[depth] = samples.stacks.add(depth === 0 ? -1 : this.#rows[depth - 1]!, frame);
  }

  close(frame: number, at: number, offset: number): void {
    this.#advance(at, offset);
    let depth = this.#depth - 1;
    if (depth >= 0 && this.#frames[depth] === frame) {
      this.#depth = depth;
      return;
    }
    while (depth >= 0 && this.#frames[depth] !== frame) depth--;
    if (depth < 0) {
      this.#notes.add(
        "skipped",
        "close-without-open",
        "A frame is closed that is not open; the event was left out.",
        { offset },
      );
      return;
    }
    this.#notes.add(
      "approximated",
      "close-out-of-order",
      "A frame is closed while frames that it called are open; they were closed with it.",
      { offset },
      this.#depth - 1 - depth,
    );
    this.#depth = depth;
  }

  /** The profile's end: what is still open lasts until `end`. */
  finish(end: number, offset: number): void {
    if (this.#depth === 0) return;
    this.#notes.add(
      "approximated",
      "never-closed",
      "A frame is still open at the end of its profile; it was closed there.",
      { offset },
      this.#depth,
    );
    if (end > this.#last) this.#advance(end, offset);
    this.#depth = 0;
  }

  #advance(at: number, offset: number): void {
    if (at < this.#last) {
      this.#notes.add(
        "approximated",
        "time-goes-back",
        "An event is earlier than the one before; it was taken as simultaneous.",
        { offset },
      );
      return;
    }
    const weight = at - this.#last;
    if (this.#depth > 0 && weight > 0 && Number.isFinite(weight)) {
      this.#samples.add(this.#rows[this.#depth - 1]!, this.#last, weight);
    }
    this.#last = at;
  }
}
