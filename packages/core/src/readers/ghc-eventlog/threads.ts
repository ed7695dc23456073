import type { ProfileBuilder } from "../../model/builder.ts";

/** Why a thread stopped, by number. Source: rts/include/rts/EventLogFormat.h in GHC. */
const REASONS: ReadonlyMap<number, string> = new Map([
  [1, "[heap overflow]"],
  [2, "[stack overflow]"],
  [3, "[yielded]"],
  [4, "[blocked]"],
  [6, "[foreign call]"],
  [7, "[blocked on MVar]"],
  [8, "[blocked on black hole]"],
  [9, "[blocked on read]"],
  [10, "[blocked on write]"],
  [11, "[blocked on delay]"],
  [12, "[blocked on STM]"],
  [13, "[blocked on Windows I/O]"],
  [16, "[blocked on foreign call]"],
  [17, "[blocked on throwTo]"],
]);
const FINISHED = 5;

interface State {
  readonly running: boolean;
  readonly reason: string;
  readonly since: number;
}

interface Piece extends State {
  readonly thread: number;
  readonly until: number;
}

/** How long Haskell's threads ran, and for what they waited: the scheduler's events have no stacks. */
export class Threads {
  readonly #into: ProfileBuilder;
  readonly #names = new Map<number, string>();
  readonly #states = new Map<number, State>();
  readonly #pieces: Piece[] = [];

  constructor(into: ProfileBuilder) {
    this.#into = into;
  }

  name(thread: number, name: string): void {
    this.#names.set(thread, name);
  }

  run(thread: number, time: number): void {
    this.#leave(thread, time);
    this.#states.set(thread, { running: true, reason: "[running]", since: time });
  }

  stop(thread: number, reason: number, time: number): void {
    this.#leave(thread, time);
    if (reason === FINISHED) return;
    this.#states.set(thread, { running: false, reason: REASONS.get(reason) ?? "[blocked]", since: time });
  }

  #leave(thread: number, time: number): void {
    const state = this.#states.get(thread);
    if (state === undefined) return;
    this.#states.delete(thread);
    if (time >= state.since) this.#pieces.push({ ...state, thread, until: time });
  }

  /** Adds the pieces of time; what lasts does so until `end`. */
  addTo(end: number, pid: number | undefined): void {
    for (const thread of [...this.#states.keys()]) this.#leave(thread, end);
    if (this.#pieces.length === 0) return;
    const into = this.#into;
    const on = into.valueType("on-cpu", "nanoseconds");
    const off = into.valueType("off-cpu", "nanoseconds");
    for (const { thread, running, reason, since, until } of this.#pieces) {
      const row = into.thread({
        name: this.#names.get(thread) ?? "thread",
        tid: thread,
        ...(pid === undefined ? {} : { pid }),
      });
      const stack = into.stack(-1, into.frameNamed(reason));
      into.sampleOf(stack, running ? on : off, until - since, { time: since, thread: row });
    }
  }
}
