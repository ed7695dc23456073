import type { ProfileBuilder } from "../../model/builder.ts";
import { grown } from "../../util/growable.ts";
import { sortRows } from "../../util/merge-sort.ts";
import type { Stacks } from "./frames.ts";
import type { SampleKind, Samples } from "./samples.ts";
import type { Threads } from "./threads.ts";

/** Bits of the kernel's task states, as `sched_switch` has them. */
const STATES: readonly (readonly [bit: number, name: string])[] = [
  [0x01, "[sleeping]"],
  [0x02, "[uninterruptible sleep]"],
  [0x04, "[stopped]"],
  [0x08, "[traced]"],
  [0x10, "[dead]"],
  [0x20, "[dead]"],
  [0x40, "[parked]"],
  [0x80, "[idle]"],
];
const RUNNABLE = "[runnable]";
/** In place of a state: the thread is woken. */
const WAKING = -1;

/**
 * The scheduler's switches: how long each thread ran, was ready to run, or slept. The kernel's buffers come one CPU
 * after the other, so that switches are put into order first.
 */
export class Scheduler {
  #length = 0;
  #time: Float64Array = new Float64Array(1024);
  #cpu: Int32Array = new Int32Array(1024);
  #previous: Int32Array = new Int32Array(1024);
  #next: Int32Array = new Int32Array(1024);
  #state: Int32Array = new Int32Array(1024);

  get length(): number {
    return this.#length;
  }

  /** On `cpu`, thread `previous` made room in this state for thread `next`. */
  switched(time: number, cpu: number, previous: number, state: number, next: number): void {
    this.#add(time, cpu, previous, state & 0xff, next);
  }

  woken(time: number, thread: number): void {
    this.#add(time, 0, -1, WAKING, thread);
  }

  #add(time: number, cpu: number, previous: number, state: number, next: number): void {
    const row = this.#length++;
    if (row >= this.#time.length) {
      this.#time = grown(this.#time, row + 1);
      this.#cpu = grown(this.#cpu, row + 1);
      this.#previous = grown(this.#previous, row + 1);
      this.#next = grown(this.#next, row + 1);
      this.#state = grown(this.#state, row + 1);
    }
    this.#time[row] = time;
    this.#cpu[row] = cpu;
    this.#previous[row] = previous;
    this.#next[row] = next;
    this.#state[row] = state;
  }

  /** Adds what lies between two switches as samples. */
  addTo(into: ProfileBuilder, samples: Samples, stacks: Stacks, threads: Threads): void {
    if (this.#length === 0) return;
    const on: SampleKind = { count: -1, amount: into.valueType("on-cpu", "nanoseconds") };
    const off: SampleKind = { count: -1, amount: into.valueType("off-cpu", "nanoseconds") };
    const running = new Map<number, { readonly thread: number; readonly since: number }>();
    const away = new Map<number, { readonly state: string; readonly since: number }>();
    const add = (kind: SampleKind, state: string, thread: number, since: number, until: number): void => {
      // 0 is the idle thread of each CPU.
      if (thread === 0 || until < since) return;
      const frame = { name: state, module: undefined, address: 0, file: "", line: 0, kind: 0 } as const;
      samples.add(kind, stacks.add(-1, frame), threads.thread(thread), since, until - since);
    };
    const rows = Uint32Array.from({ length: this.#length }, (_, row) => row);
    sortRows(rows, this.#time);
    for (const row of rows) {
      const time = this.#time[row]!;
      const next = this.#next[row]!;
      const waiting = away.get(next);
      if (this.#state[row] === WAKING) {
        if (waiting === undefined || waiting.state === RUNNABLE) continue;
        add(off, waiting.state, next, waiting.since, time);
        away.set(next, { state: RUNNABLE, since: time });
        continue;
      }
      const cpu = this.#cpu[row]!;
      const previous = this.#previous[row]!;
      const ran = running.get(cpu);
      const left = previous >= 0 ? previous : (ran?.thread ?? 0);
      if (ran !== undefined && ran.thread === left) add(on, "[running]", left, ran.since, time);
      away.set(left, { state: stateName(this.#state[row]!), since: time });
      if (waiting !== undefined) add(off, waiting.state, next, waiting.since, time);
      away.delete(next);
      running.set(cpu, { thread: next, since: time });
    }
  }
}

function stateName(state: number): string {
  return STATES.find(([bit]) => (state & bit) !== 0)?.[1] ?? RUNNABLE;
}
