import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import type { Tables } from "./tables.ts";

/** What a record says: a method is entered, left, or left by an exception. */
export const Action = { enter: 0, exit: 1, unroll: 2 } as const;

interface ThreadState {
  readonly thread: number;
  readonly stack: number[];
  readonly methods: number[];
  wall: number;
  cpu: number;
  begun: number;
}

/** Turns entries and exits into stacks over time, thread by thread: between two records a stack stood. */
export class Calls {
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  readonly #tables: Tables;
  readonly #threads = new Map<number, ThreadState>();
  readonly #wall: number;
  readonly #cpu: number;
  readonly #calls: number;
  #last = 0;

  /** `hasWall`, `hasCpu`: which clocks the records carry. */
  constructor(into: ProfileBuilder, notes: Notes, tables: Tables, hasWall: boolean, hasCpu: boolean) {
    this.#into = into;
    this.#notes = notes;
    this.#tables = tables;
    this.#wall = hasWall ? into.valueType("wall", "nanoseconds") : -1;
    this.#cpu = hasCpu ? into.valueType("cpu", "nanoseconds") : -1;
    this.#calls = into.valueType("calls", "count");
  }

  /** A record of thread `id`; times in nanoseconds since the start, `cpu` of the thread. */
  record(id: number, action: number, method: number, wall: number, cpu: number): void {
    const state = this.#advance(id, wall, cpu);
    if (action === Action.enter) {
      state.stack.push(this.#into.stack(state.stack.at(-1) ?? -1, this.#tables.frame(method)));
      state.methods.push(method);
      state.begun = 1;
      return;
    }
    const left = state.methods.pop();
    state.stack.pop();
    if (left === undefined) {
      const text = "a method is left that was entered before the recording: no time of it is known";
      this.#notes.add("skipped", "exit-without-entry", text);
    } else if (method >= 0 && left !== method) {
      const text = "a method is left that is not the innermost: the innermost one was ended";
      this.#notes.add("approximated", "exit-out-of-order", text);
    }
  }

  #advance(id: number, wall: number, cpu: number): ThreadState {
    let state = this.#threads.get(id);
    if (state === undefined) {
      state = { thread: this.#tables.thread(id), stack: [], methods: [], wall, cpu, begun: 0 };
      this.#threads.set(id, state);
    }
    if (wall < state.wall || cpu < state.cpu) {
      this.#notes.add(
        "approximated",
        "time-runs-back",
        "a thread's clock runs back: the time between counts as none",
      );
    }
    const stack = state.stack.at(-1);
    const forward = Math.max(0, wall - state.wall);
    const busy = Math.max(0, cpu - state.cpu);
    if (stack !== undefined && (forward > 0 || busy > 0 || state.begun > 0)) {
      const weights = new Float64Array(this.#into.valueTypes.length);
      if (this.#wall >= 0) weights[this.#wall] = forward;
      if (this.#cpu >= 0) weights[this.#cpu] = busy;
      weights[this.#calls] = state.begun;
      // Where there is no clock but the thread's own, threads have no time in common.
      this.#into.sample(stack, weights, {
        time: this.#wall >= 0 ? state.wall : state.cpu,
        thread: state.thread,
      });
    }
    state.begun = 0;
    state.wall = wall;
    state.cpu = cpu;
    this.#last = Math.max(this.#last, this.#wall >= 0 ? wall : cpu);
    return state;
  }

  /** Methods that are still running were in the last record's stack: they last up to it, or the recording's end. */
  finish(): boolean {
    let open = 0;
    for (const [id, state] of this.#threads) {
      open += state.stack.length;
      this.#advance(id, this.#wall >= 0 ? Math.max(state.wall, this.#last) : state.wall, state.cpu);
    }
    if (open > 0) {
      const text = "a method was still running at the end: it was ended with the last record";
      this.#notes.add("approximated", "never-left", text, undefined, open);
    }
    this.#into.meta.duration = this.#last;
    return this.#into.sampleCount > 0;
  }
}
