import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import { decodeUtf8 } from "../../util/platform.ts";
import type { Bytes } from "./bytes.ts";
import { Event, EventTable, Range, State } from "./events.ts";
import { StackTable } from "./frames.ts";
import type { Recording } from "./recording.ts";

const Type = {
  batch: 1,
  frequency: 2,
  stack: 3,
  gcStart: 7,
  gcDone: 8,
  stwStart: 9,
  stwDone: 10,
  sweepStart: 11,
  sweepDone: 12,
  goCreate: 13,
  goStart: 14,
  goEnd: 15,
  goStop: 16,
  goSched: 17,
  goPreempt: 18,
  goUnblock: 21,
  goSysCall: 28,
  goSysExit: 29,
  goSysBlock: 30,
  goWaiting: 31,
  goInSyscall: 32,
  string: 37,
  goStartLocal: 38,
  goUnblockLocal: 39,
  goSysExitLocal: 40,
  goStartLabel: 41,
  assistStart: 43,
  assistDone: 44,
  userRegion: 47,
  userLog: 48,
  cpuSample: 49,
} as const;
const COUNT = 50;

/** Why goroutines block, by event; the words of newer traces. */
const REASONS: ReadonlyMap<number, string> = new Map([
  [16, "forever"],
  [19, "sleep"],
  [20, ""],
  [22, "chan send"],
  [23, "chan receive"],
  [24, "select"],
  [25, "sync"],
  [26, "sync.(*Cond).Wait"],
  [27, "network"],
  [42, "GC mark assist wait for work"],
]);
const MOST_FRAMES = 1000;

interface Raw {
  readonly type: number;
  readonly args: readonly number[];
}

/** Reads traces of Go 1.11 to 1.21: batches of events of processors. Source: internal/trace/internal/tracev1 in Go. */
export class ClassicTrace {
  readonly #notes: Notes;
  readonly #recording: Recording;
  readonly #stacks: StackTable;
  readonly #events = new EventTable();
  /** By processor, stack and time of the system call that its goroutine is about to make. */
  readonly #calls = new Map<number, { readonly time: number; readonly stack: number }>();
  #p = 0;
  #ticks = 0;
  #frequency = 0;

  constructor(into: ProfileBuilder, notes: Notes, recording: Recording) {
    this.#notes = notes;
    this.#recording = recording;
    this.#stacks = new StackTable(into);
  }

  /** `bytes` stands behind the header. */
  read(bytes: Bytes): void {
    let start = bytes.at;
    try {
      while (!bytes.done) {
        start = bytes.at;
        const raw = this.#raw(bytes);
        if (raw !== undefined) this.#take(raw, bytes);
      }
    } catch (error) {
      if (!(error instanceof FlambeauError)) throw error;
      const text = "the trace breaks off or is damaged: the rest was not read";
      this.#notes.add("truncated", "truncated", text, { offset: bytes.offset + start });
    }
    if (this.#frequency === 0) {
      this.#notes.add(
        "approximated",
        "no-frequency",
        "the trace does not say how fast its clock runs: a tick is taken for a nanosecond",
      );
      this.#frequency = 1e9;
    }
    const scale = 1e9 / this.#frequency;
    for (let row = 0; row < this.#events.length; row++) this.#events.time[row]! *= scale;
    this.#recording.take(this.#events, this.#stacks);
  }

  /** The next event; undefined for a string, which is taken here. */
  #raw(bytes: Bytes): Raw | undefined {
    const first = bytes.byte();
    const type = first & 63;
    if (type === 0 || type >= COUNT) throw bytes.malformed(`there is no event ${type}`);
    if (type === Type.string) {
      const id = bytes.varint();
      this.#stacks.strings.set(id, decodeUtf8(bytes.view(bytes.varint())));
      return undefined;
    }
    const args: number[] = [];
    if (type === Type.batch || first >> 6 < 3) {
      for (let i = type === Type.batch ? 2 : (first >> 6) + 1; i > 0; i--) args.push(bytes.varint());
    } else {
      const length = bytes.varint();
      const end = bytes.at + length;
      if (end > bytes.end) throw bytes.truncated();
      while (bytes.at < end) args.push(bytes.varint());
    }
    if (type === Type.userLog) bytes.view(bytes.varint());
    return { type, args };
  }

  #take({ type, args }: Raw, bytes: Bytes): void {
    if (type === Type.batch) {
      this.#p = args[0]!;
      this.#ticks = args[1]!;
    } else if (type === Type.frequency) this.#frequency = args[0]!;
    else if (type === Type.stack) this.#stack(args, bytes);
    else if (type === Type.cpuSample) {
      const [, time = 0, m = 0, g = 0, stack = 0] = args;
      this.#events.add({ time, m, g, stack, event: Event.cpuSample });
    } else if (type !== 35) {
      this.#ticks += args[0] ?? 0;
      this.#event(type, args);
    }
  }

  #stack(args: readonly number[], bytes: Bytes): void {
    const [id = 0, length = 0] = args;
    if (length > MOST_FRAMES || args.length < 2 + 4 * length) throw bytes.malformed("a stack is damaged");
    const frames = Array.from({ length }, (_, i) => ({
      fn: args[3 + i * 4]!,
      file: args[4 + i * 4]!,
      line: args[5 + i * 4]!,
    }));
    this.#stacks.frames.set(id, frames);
  }

  #event(type: number, [, a = 0, b = 0, c = 0]: readonly number[]): void {
    const events = this.#events;
    const time = this.#ticks;
    const m = this.#p;
    const reason = REASONS.get(type);
    if (reason !== undefined) {
      events.add({ time, m, event: Event.block, stack: a, text: reason });
      return;
    }
    switch (type) {
      case Type.goCreate:
        events.add({ time, m, event: Event.create, g: a, extra: b, stack: c });
        break;
      case Type.goStart:
      case Type.goStartLocal:
      case Type.goStartLabel:
        events.add({ time, m, event: Event.start, g: a });
        break;
      case Type.goEnd:
        events.add({ time, m, event: Event.destroy });
        break;
      case Type.goSched:
      case Type.goPreempt:
        events.add({ time, m, event: Event.stop, stack: a });
        break;
      case Type.goUnblock:
        events.add({ time, m, event: Event.unblock, g: a, stack: c });
        break;
      case Type.goUnblockLocal:
        events.add({ time, m, event: Event.unblock, g: a, stack: b });
        break;
      case Type.goSysCall:
        this.#calls.set(m, { time, stack: a });
        break;
      case Type.goSysBlock:
        this.#blocked(time, m);
        break;
      case Type.goSysExit:
      case Type.goSysExitLocal: {
        // The time of the return may be long before the event.
        const real = type === Type.goSysExit ? c : b;
        events.add({
          time: real > 0 && real < time ? real : time,
          m,
          event: Event.syscallEndBlocked,
          g: a,
        });
        break;
      }
      case Type.goWaiting:
        events.add({ time, m: -1, event: Event.status, g: a, extra: State.waiting });
        break;
      case Type.goInSyscall:
        events.add({ time, m: -1, event: Event.status, g: a, extra: State.syscall });
        break;
      default:
        this.#range(type, time, m, a, b, c);
    }
  }

  /** A system call took so long that its processor was taken away: it lasts since it began. */
  #blocked(time: number, m: number): void {
    const call = this.#calls.get(m);
    this.#events.add({ time: call?.time ?? time, m, event: Event.syscallBegin, stack: call?.stack ?? 0 });
  }

  #range(type: number, time: number, m: number, a: number, b: number, c: number): void {
    const events = this.#events;
    switch (type) {
      case Type.gcStart:
        events.add({ time, m, event: Event.rangeBegin, extra: Range.gc, stack: b });
        break;
      case Type.gcDone:
        events.add({ time, m, event: Event.rangeEnd, extra: Range.gc });
        break;
      case Type.stwStart:
        events.add({ time, m, event: Event.rangeBegin, extra: Range.stw });
        break;
      case Type.stwDone:
        events.add({ time, m, event: Event.rangeEnd, extra: Range.stw });
        break;
      case Type.sweepStart:
        events.add({ time, m, event: Event.rangeBegin, extra: Range.sweep, stack: a });
        break;
      case Type.sweepDone:
        events.add({ time, m, event: Event.rangeEnd, extra: Range.sweep });
        break;
      case Type.assistStart:
        events.add({ time, m, event: Event.rangeBegin, extra: Range.assist, stack: a });
        break;
      case Type.assistDone:
        events.add({ time, m, event: Event.rangeEnd, extra: Range.assist });
        break;
      case Type.userRegion: {
        const text = this.#stacks.strings.get(c);
        events.add(
          b === 0 ? { time, m, event: Event.regionBegin, text } : { time, m, event: Event.regionEnd },
        );
        break;
      }
    }
  }
}
