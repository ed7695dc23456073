import { grown } from "../../util/growable.ts";

/** What happened, in the words of traces since Go 1.22; older traces are brought to these. */
export const Event = {
  stop: 0,
  block: 1,
  start: 2,
  destroy: 3,
  create: 4,
  createBlocked: 5,
  unblock: 6,
  syscallBegin: 7,
  syscallEnd: 8,
  syscallEndBlocked: 9,
  status: 10,
  switchTo: 11,
  switchDestroy: 12,
  createSyscall: 13,
  cpuSample: 14,
  rangeBegin: 15,
  rangeEnd: 16,
  regionBegin: 17,
  regionEnd: 18,
} as const;
export type EventCode = (typeof Event)[keyof typeof Event];

/** Goroutine states as `GoStatus` numbers them. */
export const State = { unknown: 0, runnable: 1, running: 2, syscall: 3, waiting: 4 } as const;
export type StateCode = (typeof State)[keyof typeof State];

/** Kinds of ranges; the text of a stop-the-world's reason is the event's. */
export const Range = { gc: 0, stw: 1, assist: 2, sweep: 3 } as const;

/** A row of {@link EventTable}. */
export interface Row {
  /** Nanoseconds of the trace's clock. */
  readonly time: number;
  readonly event: EventCode;
  /** The thread (since Go 1.22) or processor (before) on which it happened. */
  readonly m: number;
  /** The goroutine that the event names; 0: the one that runs on `m`. */
  readonly g?: number;
  /** Id of its stack; 0: none. */
  readonly stack?: number;
  /** Create: id of the new goroutine's first stack. Status: the state. Ranges: their kind. Status: the thread. */
  readonly extra?: number;
  /** Text: reason of a block, stop or stop-the-world, name of a region. */
  readonly text?: string | undefined;
}

/** The events of one generation (or of a whole older trace), as columns. */
export class EventTable {
  length = 0;
  time: Float64Array = new Float64Array(1024);
  m: Float64Array = new Float64Array(1024);
  g: Float64Array = new Float64Array(1024);
  stack: Float64Array = new Float64Array(1024);
  extra: Float64Array = new Float64Array(1024);
  event: Uint8Array = new Uint8Array(1024);
  text: Int32Array = new Int32Array(1024);
  readonly texts: string[] = [""];
  readonly #textIds = new Map<string, number>([["", 0]]);

  add(row: Row): void {
    const at = this.length++;
    if (at >= this.time.length) this.#grow(at + 1);
    this.time[at] = row.time;
    this.event[at] = row.event;
    this.m[at] = row.m;
    this.g[at] = row.g ?? 0;
    this.stack[at] = row.stack ?? 0;
    this.extra[at] = row.extra ?? 0;
    this.text[at] = this.#textId(row.text ?? "");
  }

  #textId(text: string): number {
    let id = this.#textIds.get(text);
    if (id === undefined) {
      id = this.texts.push(text) - 1;
      this.#textIds.set(text, id);
    }
    return id;
  }

  #grow(length: number): void {
    this.time = grown(this.time, length);
    this.m = grown(this.m, length);
    this.g = grown(this.g, length);
    this.stack = grown(this.stack, length);
    this.extra = grown(this.extra, length);
    this.event = grown(this.event, length);
    this.text = grown(this.text, length);
  }
}
