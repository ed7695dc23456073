import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FrameKind, type Thread } from "../../model/profile.ts";
import type { Cursor } from "./cursor.ts";
import { MappedFiles, ProcessTables } from "./process.ts";

const Event = {
  metadata: 1,
  stack: 2,
  frame: 3,
  invalidFrame: 4,
  frameReference: 5,
  kernelFrame: 6,
  gc: 7,
  idle: 8,
  time: 9,
  memory: 10,
  string: 11,
  stringReference: 12,
  sameStack: 13,
} as const;

/** A sample in the making: the frames and metrics that follow a stack event. */
interface Sample {
  readonly thread: number;
  stack: number;
  /** Microseconds, bytes. */
  time: number | undefined;
  memory: number | undefined;
  idle: boolean;
}

/** Turns the events of a file into samples. */
export class MojoEvents {
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  readonly #version: number;
  readonly #maps = new MappedFiles();
  readonly #processes = new Map<number, ProcessTables>();
  /** Of the process that was named last; what comes before any belongs to the first. */
  #tables: ProcessTables;
  readonly #threads = new Map<string, number>();
  /** The last stack of each thread, which may come again. */
  readonly #last = new Map<number, number>();
  readonly #metadata = new Map<string, string>();
  #sample: Sample | undefined;

  constructor(into: ProfileBuilder, notes: Notes, version: number) {
    this.#into = into;
    this.#notes = notes;
    this.#version = version;
    this.#tables = new ProcessTables(into, this.#maps);
  }

  /**
   * Takes one event. Nothing is kept of an event that the bytes end in (`cursor.starved`): it comes again. False for
   * an event of an unknown kind, whose length is not known either.
   */
  take(cursor: Cursor, offset: number): boolean {
    const event = cursor.byte();
    switch (event) {
      case Event.metadata:
        this.#takeMetadata(cursor);
        return true;
      case Event.stack:
        this.#takeStack(cursor);
        return true;
      case Event.frame:
        this.#takeFrame(cursor, offset);
        return true;
      case Event.string: {
        const key = cursor.integer();
        const text = cursor.text();
        if (!cursor.starved) this.#tables.string(key, text);
        return true;
      }
      case Event.stringReference:
        cursor.integer();
        return true;
      default:
        return this.#takePart(event, cursor, offset);
    }
  }

  /** What belongs to the running sample. */
  #takePart(event: number, cursor: Cursor, offset: number): boolean {
    switch (event) {
      case Event.frameReference: {
        const key = cursor.integer();
        if (!cursor.starved) this.#refer(key, offset);
        return true;
      }
      case Event.kernelFrame: {
        const name = cursor.text();
        if (!cursor.starved) this.#push(name, FrameKind.kernel);
        return true;
      }
      case Event.invalidFrame:
        this.#push("INVALID", FrameKind.unknown);
        return true;
      case Event.gc:
        this.#push("GC", FrameKind.unknown);
        return true;
      case Event.idle:
        if (this.#sample !== undefined) this.#sample.idle = true;
        return true;
      case Event.time:
      case Event.memory: {
        const value = cursor.integer();
        if (!cursor.starved) this.#measure(event, value);
        return true;
      }
      case Event.sameStack:
        if (this.#sample !== undefined) this.#sample.stack = this.#last.get(this.#sample.thread) ?? -1;
        return true;
      default:
        return false;
    }
  }

  #takeMetadata(cursor: Cursor): void {
    const key = cursor.text();
    const value = cursor.text();
    if (cursor.starved) return;
    if (key === "map") this.#maps.add(value);
    else this.#metadata.set(key, value);
  }

  #takeStack(cursor: Cursor): void {
    const pid = cursor.integer();
    const interpreter = this.#version >= 3 ? cursor.integer() : undefined;
    const task = cursor.text();
    if (cursor.starved) return;
    this.#endSample();
    if (this.#processes.size > 0) {
      this.#tables = this.#processes.get(pid) ?? new ProcessTables(this.#into, this.#maps);
    }
    this.#processes.set(pid, this.#tables);
    const thread = this.#thread(pid, interpreter, task);
    this.#sample = { thread, stack: -1, time: undefined, memory: undefined, idle: false };
  }

  #thread(pid: number, interpreter: number | undefined, task: string): number {
    const key = `${pid}/${interpreter}/${task}`;
    let row = this.#threads.get(key);
    if (row === undefined) {
      row = this.#into.thread(threadOf(pid, interpreter, task));
      this.#threads.set(key, row);
    }
    return row;
  }

  #takeFrame(cursor: Cursor, offset: number): void {
    const key = cursor.integer();
    const file = cursor.integer();
    const scope = cursor.integer();
    const line = cursor.integer();
    let column = 0;
    if (this.#version >= 2) {
      cursor.integer();
      column = cursor.integer();
      cursor.integer();
    }
    if (cursor.starved) return;
    if (!this.#tables.frame(key, { file, scope, line, column })) this.#missing(offset);
  }

  #refer(key: number, offset: number): void {
    if (this.#sample === undefined) return;
    const row = this.#tables.row(key);
    if (row === undefined) this.#missing(offset);
    else this.#sample.stack = this.#into.stack(this.#sample.stack, row);
  }

  #missing(offset: number): void {
    const message = "a frame or a name is referred to that has not come: it was skipped";
    this.#notes.add("skipped", "missing-reference", message, { offset });
  }

  #push(name: string, kind: typeof FrameKind.kernel | typeof FrameKind.unknown): void {
    if (this.#sample === undefined) return;
    const frame = this.#into.frame({ name: this.#into.string(name || "[unknown]"), kind });
    this.#sample.stack = this.#into.stack(this.#sample.stack, frame);
  }

  #measure(event: number, value: number): void {
    if (this.#sample === undefined) return;
    if (event === Event.time) this.#sample.time = value;
    else this.#sample.memory = value;
  }

  #endSample(): void {
    const sample = this.#sample;
    this.#sample = undefined;
    if (sample === undefined) return;
    this.#last.set(sample.thread, sample.stack);
    const { stack, thread, time, memory, idle } = sample;
    if (time === undefined && memory === undefined) return;
    const mode = this.#metadata.get("mode") ?? "wall";
    const weights: number[] = [];
    const weigh = (name: string, unit: string, weight: number): void => {
      weights[this.#into.valueType(name, unit)] = weight;
    };
    if (time !== undefined) weigh(mode === "cpu" ? "cpu" : "wall", "nanoseconds", time * 1000);
    if (mode === "full" && time !== undefined) weigh("cpu", "nanoseconds", idle ? 0 : time * 1000);
    if (memory !== undefined) weigh("memory", "bytes", memory);
    const whole = Array.from(weights, (weight) => weight ?? 0);
    this.#into.sample(stack, whole, { thread });
  }

  /** Ends the last sample and says what the metadata told of the recording. */
  finish(): void {
    this.#endSample();
    const { meta } = this.#into;
    const producer = this.#metadata.get("austin");
    if (producer !== undefined) meta.producer = `austin ${producer}`;
    const interval = Number(this.#metadata.get("interval"));
    if (interval > 0) meta.period = { type: { name: "wall", unit: "nanoseconds" }, value: interval * 1000 };
    const duration = Number(this.#metadata.get("duration"));
    if (duration > 0) meta.duration = duration * 1000;
  }
}

/** The thread's id is hexadecimal; sub-interpreters are told by their number in front, as austin's text does. */
function threadOf(pid: number, interpreter: number | undefined, task: string): Thread {
  const tid = /^[0-9a-f]{1,13}$/i.test(task) ? Number.parseInt(task, 16) : undefined;
  const text = tid === undefined ? task : String(tid);
  return {
    name: interpreter === undefined ? (tid === undefined ? text : "") : `${interpreter}:${text}`,
    ...(Number.isSafeInteger(pid) && pid >= 0 ? { pid } : {}),
    ...(tid === undefined ? {} : { tid }),
  };
}
