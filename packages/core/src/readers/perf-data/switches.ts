import type { Notes } from "../../model/notes.ts";
import { grown } from "../../util/growable.ts";
import type { Words } from "./words.ts";

export const SWITCH_EVENT = "sched:sched_switch";

/** Where the kernel writes which thread goes and which comes (64 bits; include/trace/events/sched.h). */
const PREVIOUS = 24;
const NEXT = 56;
const ARGUMENTS = 60;

/**
 * Time that threads were off the CPU, from the scheduler's switches: a switch away weighs the time until the thread
 * runs again. Which event is the scheduler's is only known at the end of the file, so every tracepoint that looks
 * like one (it says the sample's own thread goes) is kept apart.
 */
export class Switches {
  readonly #away = new Map<number, { row: number; time: number }>();
  #paired = 0;
  #unpaired = 0;
  /** Nanoseconds by row. */
  #times = new Float64Array(256);

  /** A tracepoint's sample, with its arguments in `[at, at + size)`. */
  seen(words: Words, at: number, size: number, tid: number, row: number, time: number): void {
    if (size < ARGUMENTS || words.u32(at + PREVIOUS) !== tid) return;
    const next = words.u32(at + NEXT);
    const back = this.#away.get(next);
    if (back !== undefined && time >= back.time) {
      this.#paired++;
      this.#times = grown(this.#times, back.row + 1);
      this.#times[back.row] = this.#times[back.row]! + time - back.time;
      this.#away.delete(next);
    }
    // Nobody waits for the idle task.
    if (tid === 0) return;
    if (this.#away.has(tid)) this.#unpaired++;
    this.#away.set(tid, { row, time });
  }

  /** The times by sample row (rows behind its end have none); undefined where no thread was seen to come back. */
  finish(notes: Notes): Float64Array | undefined {
    const unpaired = this.#unpaired + this.#away.size;
    if (unpaired > 0) {
      const message =
        "a thread was not seen to come back after a switch: its time off the CPU is not known (perf record -a records it)";
      notes.add("approximated", "off-cpu-unknown", message, undefined, unpaired);
    }
    return this.#paired > 0 ? this.#times : undefined;
  }
}
