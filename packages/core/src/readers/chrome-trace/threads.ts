import type { ProfileBuilder } from "../../model/builder.ts";
import type { Thread } from "../../model/profile.ts";

/** A pid or tid: a number, a number as text (Hermes), or words ("Spans" in Kineto's traces); NaN: none. */
export type TraceId = number | string;

/** Pairs seen lately by a hash of both numbers: events of one thread come in bunches. */
const CACHE = 64;

/** The tracks of a trace: each (pid, tid) pair gets a row, in order of first appearance. */
export class TraceThreads {
  readonly #rows = new Map<string, number>();
  readonly #pids: TraceId[] = [];
  readonly #tids: TraceId[] = [];
  readonly #names = new Map<number, string>();
  readonly #processes = new Map<string, string>();
  readonly #cachedPid = new Float64Array(CACHE).fill(Number.NaN);
  readonly #cachedTid = new Float64Array(CACHE).fill(Number.NaN);
  readonly #cachedRow = new Int32Array(CACHE);

  get length(): number {
    return this.#pids.length;
  }

  row(pid: TraceId, tid: TraceId): number {
    if (typeof pid !== "number" || typeof tid !== "number") return this.#find(pid, tid);
    const slot = (Math.imul(pid, 31) ^ tid) & (CACHE - 1);
    if (this.#cachedPid[slot] === pid && this.#cachedTid[slot] === tid) return this.#cachedRow[slot]!;
    const row = this.#find(pid, tid);
    this.#cachedPid[slot] = pid;
    this.#cachedTid[slot] = tid;
    this.#cachedRow[slot] = row;
    return row;
  }

  #find(pid: TraceId, tid: TraceId): number {
    const key = JSON.stringify([String(pid), String(tid)]);
    let row = this.#rows.get(key);
    if (row === undefined) {
      row = this.#pids.push(pid) - 1;
      this.#tids.push(tid);
      this.#rows.set(key, row);
    }
    return row;
  }

  nameThread(row: number, name: string): void {
    this.#names.set(row, name);
  }

  nameProcess(pid: TraceId, name: string): void {
    this.#processes.set(String(pid), name);
  }

  /** Row of the builder's threads. */
  intoBuilder(row: number, builder: ProfileBuilder): number {
    const pid = this.#pids[row]!;
    const tid = this.#tids[row]!;
    const words = typeof tid === "string" ? tid : "";
    const process = this.#processes.get(String(pid)) ?? (typeof pid === "string" ? pid : undefined);
    const thread: Thread = {
      name: this.#names.get(row) ?? words,
      ...(typeof pid === "number" && Number.isFinite(pid) ? { pid } : {}),
      ...(typeof tid === "number" && Number.isFinite(tid) ? { tid } : {}),
      ...(process === undefined ? {} : { process }),
    };
    return builder.thread(thread);
  }
}

/** `"12"` → 12; other words stay words. */
export function traceId(text: string): TraceId {
  const number = Number(text);
  return text.trim() !== "" && Number.isSafeInteger(number) ? number : text;
}
