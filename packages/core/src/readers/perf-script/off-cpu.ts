import { readHeader } from "../../kernel/plain/perf-header.ts";
import type { Notes } from "../../model/notes.ts";
import { grown } from "../../util/growable.ts";
import { decodeLatin1 } from "../../util/platform.ts";
import type { ByteSource } from "../../util/source.ts";

/** The event of the scheduler that puts one thread in the place of another. */
export const SWITCH_EVENT = "sched:sched_switch";
/** Whether text holds switches with their arguments. */
export const SWITCH_LINE: RegExp = /\ssched:sched_switch:[ \t]+\S+.*==>/;

/** Events that say when a sleeping thread was woken, or how long it slept. */
const WAKEUP = /^sched:sched_(?:wakeup|waking)$/;
const SLEPT = /^sched:sched_stat_(?:sleep|blocked)$/;

const NEWLINE = 10;
const TAB = 9;

/**
 * Works out how long each thread was off the CPU, from the scheduler's events in `perf script` text:
 *
 * ```
 * app 7 [0]  1.000: sched:sched_switch: prev_comm=app prev_pid=7 … ==> next_comm=swapper/0 next_pid=0 …   7 goes
 * app 8 [1]  1.004: sched:sched_wakeup: comm=app pid=7 prio=120 target_cpu=000                            woken
 * swapper 0  1.005: sched:sched_switch: prev_comm=swapper/0 prev_pid=0 … ==> next_comm=app next_pid=7 …   7 is back
 * ```
 *
 * The switch away weighs the time until the thread runs again: 5 ms. Where its coming back was not recorded (without
 * `perf record -a` only the program's own switches are), the time until it was woken or the time it slept by
 * sched_stat is what is known at least. Ref: FlameGraph's stackcollapse-perf-sched.awk.
 */
export class OffCpu {
  /** Nanoseconds off the CPU for each switch, in the file's order; 0 where it is not known. */
  #weights: Float64Array = new Float64Array(1024);
  #switches = 0;
  /** Switches whose thread came back or was woken. */
  #paired = 0;
  #unpaired = 0;
  #atLeast = 0;
  readonly #away = new Map<string, { row: number; time: number; woken: boolean }>();
  #base: number | undefined;
  #carry: Uint8Array = new Uint8Array(0);

  /** Looks at the bytes of a source as they pass. */
  watching(source: ByteSource): ByteSource {
    return {
      name: source.name,
      size: source.size,
      read: (target) => {
        const answer = source.read(target);
        if (typeof answer === "number") return this.#seen(target, answer);
        return answer.then((count) => this.#seen(target, count));
      },
    };
  }

  /**
   * Weights of the file's switches, in its order; undefined where no thread was seen to come back, or where the
   * lines were not told apart as the scanner did.
   */
  finish(switches: number, notes: Notes): Float64Array | undefined {
    this.#seen(new Uint8Array(0), 0);
    for (const { woken } of this.#away.values()) this.#giveUp(woken);
    if (switches !== this.#switches) return undefined;
    if (this.#unpaired > 0) {
      const message =
        "a thread was not seen to come back after a switch: its time off the CPU is not known (perf record -a records it)";
      notes.add("approximated", "off-cpu-unknown", message, undefined, this.#unpaired);
    }
    if (this.#atLeast > 0) {
      const message =
        "a thread was seen to be woken, but not to run again: its time off the CPU ends with the waking";
      notes.add("approximated", "off-cpu-until-woken", message, undefined, this.#atLeast);
    }
    return this.#paired === 0 ? undefined : this.#weights.subarray(0, switches);
  }

  #giveUp(woken: boolean): void {
    if (woken) this.#atLeast++;
    else this.#unpaired++;
  }

  #seen(bytes: Uint8Array, count: number): number {
    let start = 0;
    if (count === 0) {
      this.#line(this.#carry, 0, this.#carry.length);
      this.#carry = new Uint8Array(0);
    }
    for (let end = bytes.indexOf(NEWLINE); end >= 0 && end < count; end = bytes.indexOf(NEWLINE, start)) {
      if (start === 0 && this.#carry.length > 0) {
        const whole = joined(this.#carry, bytes.subarray(0, end));
        this.#line(whole, 0, whole.length);
        this.#carry = new Uint8Array(0);
      } else this.#line(bytes, start, end);
      start = end + 1;
    }
    if (start < count) this.#carry = joined(this.#carry, bytes.subarray(start, count));
    return count;
  }

  #line(bytes: Uint8Array, start: number, end: number): void {
    // Frames are most of the lines.
    if (bytes[start] === TAB || end - start < 30) return;
    const line = decodeLatin1(bytes.subarray(start, end));
    if (!line.includes("sched:sched_")) return;
    const header = readHeader(line);
    if (header === undefined) return;
    const time = header.time === undefined ? undefined : this.#nanoseconds(header.time);
    if (header.event === SWITCH_EVENT) this.#switched(header.trail, time);
    else if (time !== undefined && WAKEUP.test(header.event)) this.#woken(header.trail, time);
    else if (SLEPT.test(header.event)) this.#slept(header.trail);
  }

  #nanoseconds({ seconds, nanoseconds }: { seconds: number; nanoseconds: number }): number {
    this.#base ??= seconds;
    return (seconds - this.#base) * 1e9 + nanoseconds;
  }

  #switched(trail: string, time: number | undefined): void {
    const row = this.#switches++;
    this.#weights = grown(this.#weights, row + 1);
    const tasks = time === undefined ? undefined : tasksOf(trail);
    if (tasks === undefined) return;
    const back = this.#away.get(tasks.next);
    if (back !== undefined && time! >= back.time) {
      if (!back.woken) this.#paired++;
      this.#weights[back.row] = time! - back.time;
      this.#away.delete(tasks.next);
    }
    // Nobody waits for the idle task.
    if (tasks.previous === "0") return;
    const before = this.#away.get(tasks.previous);
    if (before !== undefined) this.#giveUp(before.woken);
    this.#away.set(tasks.previous, { row, time: time!, woken: false });
  }

  #woken(trail: string, time: number): void {
    const thread = /(?:^|\s)(?:pid=|[^\s:]+:)(\d+)\b/.exec(trail)?.[1];
    const away = thread === undefined ? undefined : this.#away.get(thread);
    if (away !== undefined && !away.woken && time >= away.time) this.#known(away, time - away.time);
  }

  #slept(trail: string): void {
    const [, thread, delay] = /(?:^|\s)pid=(\d+)\s+delay=(\d+)/.exec(trail) ?? [];
    const away = thread === undefined ? undefined : this.#away.get(thread);
    if (away !== undefined && !away.woken) this.#known(away, Number(delay));
  }

  #known(away: { row: number; woken: boolean }, nanoseconds: number): void {
    away.woken = true;
    this.#paired++;
    this.#weights[away.row] = nanoseconds;
  }
}

/** Thread ids of a switch, in the kernel's words or in those of perf's plugin: `app:7 [120] S ==> swapper/0:0 [120]`. */
function tasksOf(trail: string): { previous: string; next: string } | undefined {
  const match =
    /\bprev_pid=(\d+)\s.*==>.*\bnext_pid=(\d+)(?:\s|$)/.exec(trail) ??
    /:(\d+) \[-?\d+\] \S+ ==> .*:(\d+) \[-?\d+\]$/.exec(trail);
  return match === null ? undefined : { previous: match[1]!, next: match[2]! };
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
