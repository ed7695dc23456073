import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import { decodeUtf8 } from "../../util/platform.ts";
import type { ByteWindow } from "../../util/window.ts";
import { Bytes } from "./bytes.ts";
import { Event, EventTable, Range } from "./events.ts";
import { StackTable, type TraceFrame } from "./frames.ts";
import type { Recording } from "./recording.ts";
import { EventType, NUMBERS } from "./specs.ts";

/** Greater than the runtime's own batches (64 KiB). */
const LONGEST_BATCH = 1 << 20;
const MOST_FRAMES = 4096;

/** A batch of events of one thread, not yet looked at: the generation's frequency may come later. */
interface Batch {
  readonly m: number;
  readonly time: number;
  readonly data: Bytes;
}

/** One generation: a stretch of the trace that has its own strings, stacks and clock rate. */
class Generation {
  readonly number: number;
  readonly batches: Batch[] = [];
  readonly stacks: StackTable;
  readonly samples: (readonly [time: number, m: number, g: number, stack: number])[] = [];
  frequency = 0;
  snapshot: { readonly ticks: number; readonly unix: bigint } | undefined;

  constructor(number: number, into: ProfileBuilder) {
    this.number = number;
    this.stacks = new StackTable(into);
  }
}

/** Reads traces since Go 1.22: generations of batches. Source: internal/trace/tracev2 in Go. */
export class ModernTrace {
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  readonly #recording: Recording;
  #generation: Generation | undefined;
  /** Generations that were read. */
  generations = 0;

  constructor(into: ProfileBuilder, notes: Notes, recording: Recording) {
    this.#into = into;
    this.#notes = notes;
    this.#recording = recording;
  }

  /** Reads batches up to the end of the file. */
  async read(window: ByteWindow, onProgress: ((bytes: number) => void) | undefined): Promise<void> {
    while (await window.ensure(1)) {
      const offset = window.offset;
      onProgress?.(offset);
      if (!(await this.#batch(window, offset))) break;
    }
    this.#close();
  }

  /** False where the file cannot be read on from here. */
  async #batch(window: ByteWindow, offset: number): Promise<boolean> {
    // A type, an experiment, and four numbers.
    await window.ensure(42);
    const header = new Bytes(window.bytes, offset - window.at, window.at, window.end);
    try {
      const type = header.byte();
      if (type === EventType.endOfGeneration) {
        window.at = header.at;
        this.#close();
        return true;
      }
      const experimental = type === EventType.experimentalBatch;
      if (type !== EventType.eventBatch && !experimental)
        throw header.malformed(`a batch begins with event ${type}`);
      if (experimental) header.byte();
      const generation = header.varint();
      const m = header.varint();
      const time = header.varint();
      const size = header.varint();
      if (size > LONGEST_BATCH) throw header.malformed(`a batch of ${size} bytes`);
      window.at = header.at;
      if (!(await window.ensure(size))) throw header.truncated();
      const start = window.offset;
      const data = new Bytes(window.bytes.slice(window.at, window.at + size), start);
      window.at += size;
      if (!experimental) this.#take(generation, { m, time, data });
      else this.#notes.add("skipped", "experiment", "experimental events are not shown", { offset });
      return true;
    } catch (error) {
      if (!(error instanceof FlambeauError)) throw error;
      const text = "the trace breaks off or is damaged: the rest was not read";
      this.#notes.add("truncated", "truncated", text, { offset });
      return false;
    }
  }

  #take(number: number, batch: Batch): void {
    if (this.#generation?.number !== number) this.#close();
    this.#generation ??= new Generation(number, this.#into);
    const generation = this.#generation;
    const { data } = batch;
    try {
      switch (data.bytes[0]) {
        case EventType.strings:
          data.at++;
          while (!data.done) this.#string(data, generation.stacks);
          break;
        case EventType.stacks:
          data.at++;
          while (!data.done) this.#stack(data, generation.stacks);
          break;
        case EventType.cpuSamples:
          data.at++;
          while (!data.done) this.#sample(data, generation);
          break;
        case EventType.frequency:
        case EventType.sync:
          this.#sync(batch, generation);
          break;
        default:
          generation.batches.push(batch);
      }
    } catch (error) {
      this.#damaged(error);
    }
  }

  #damaged(error: unknown): void {
    if (!(error instanceof FlambeauError)) throw error;
    const place = error.offset === undefined ? undefined : { offset: error.offset };
    this.#notes.add(
      "skipped",
      "damaged-batch",
      "a batch of events is damaged: the rest of it was skipped",
      place,
    );
  }

  #string(data: Bytes, stacks: StackTable): void {
    if (data.byte() !== EventType.string) throw data.malformed("no string where one was expected");
    const id = data.varint();
    stacks.strings.set(id, decodeUtf8(data.view(data.varint())));
  }

  #stack(data: Bytes, stacks: StackTable): void {
    if (data.byte() !== EventType.stack) throw data.malformed("no stack where one was expected");
    const id = data.varint();
    const length = data.varint();
    if (length > MOST_FRAMES) throw data.malformed(`a stack of ${length} frames`);
    const frames: TraceFrame[] = [];
    for (let i = 0; i < length; i++) {
      data.varint();
      frames.push({ fn: data.varint(), file: data.varint(), line: data.varint() });
    }
    stacks.frames.set(id, frames);
  }

  #sample(data: Bytes, generation: Generation): void {
    if (data.byte() !== EventType.cpuSample) throw data.malformed("no sample where one was expected");
    const time = data.varint();
    const m = data.varint();
    data.varint();
    generation.samples.push([time, m, data.varint(), data.varint()]);
  }

  #sync({ data, time }: Batch, generation: Generation): void {
    let ticks = time;
    while (!data.done) {
      const type = data.byte();
      if (type === EventType.frequency) generation.frequency = data.varint();
      else if (type === EventType.clockSnapshot) {
        ticks += data.varint();
        data.varint();
        const seconds = data.varint();
        const nanoseconds = data.varint();
        if (seconds < 1e11)
          generation.snapshot = { ticks, unix: BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds) };
      } else if (type !== EventType.sync) throw data.malformed(`event ${type} among clocks`);
    }
  }

  /** The generation is complete: its events are put into order and followed. */
  #close(): void {
    const generation = this.#generation;
    this.#generation = undefined;
    if (generation === undefined) return;
    this.generations++;
    if (generation.frequency === 0) {
      const text = "a generation of events does not say how fast its clock runs: it was skipped";
      this.#notes.add("skipped", "no-frequency", text);
      return;
    }
    const scale = 1e9 / generation.frequency;
    const events = new EventTable();
    for (const batch of generation.batches) {
      try {
        this.#events(batch, scale, events, generation.stacks.strings);
      } catch (error) {
        this.#damaged(error);
      }
    }
    for (const [time, m, g, stack] of generation.samples) {
      events.add({ time: time * scale, event: Event.cpuSample, m, g, stack });
    }
    this.#recording.take(events, generation.stacks);
    this.#clock(generation, scale);
  }

  #clock({ snapshot }: Generation, scale: number): void {
    const { meta } = this.#into;
    if (snapshot === undefined || meta.timeOrigin !== undefined || Number.isNaN(this.#recording.origin))
      return;
    meta.clock = "unix";
    meta.timeOrigin = snapshot.unix + BigInt(Math.round(this.#recording.origin - snapshot.ticks * scale));
  }

  #events(
    { m, time, data }: Batch,
    scale: number,
    events: EventTable,
    strings: ReadonlyMap<number, string>,
  ): void {
    let ticks = time;
    const args = new Float64Array(8);
    while (!data.done) {
      const type = data.byte();
      const count = NUMBERS[type];
      if (count === undefined) throw data.malformed(`event ${type} among those of a thread`);
      for (let i = 0; i < count; i++) args[i] = data.varint();
      ticks += args[0]!;
      this.#event(type, args, ticks * scale, m, events, strings);
    }
  }

  #event(
    type: number,
    [, a = 0, b = 0, c = 0, d = 0]: Float64Array,
    time: number,
    m: number,
    events: EventTable,
    strings: ReadonlyMap<number, string>,
  ): void {
    switch (type) {
      case EventType.goCreate:
        events.add({ time, m, event: Event.create, g: a, extra: b, stack: c });
        break;
      case EventType.goCreateBlocked:
        events.add({ time, m, event: Event.createBlocked, g: a, extra: b, stack: c });
        break;
      case EventType.goCreateSyscall:
        events.add({ time, m, event: Event.createSyscall, g: a });
        break;
      case EventType.goStart:
        events.add({ time, m, event: Event.start, g: a });
        break;
      case EventType.goDestroy:
      case EventType.goDestroySyscall:
        events.add({ time, m, event: Event.destroy });
        break;
      case EventType.goStop:
        events.add({ time, m, event: Event.stop, text: strings.get(a), stack: b });
        break;
      case EventType.goBlock:
        events.add({ time, m, event: Event.block, text: strings.get(a), stack: b });
        break;
      case EventType.goUnblock:
        events.add({ time, m, event: Event.unblock, g: a, stack: c });
        break;
      case EventType.goSyscallBegin:
        events.add({ time, m, event: Event.syscallBegin, stack: b });
        break;
      case EventType.goSyscallEnd:
        events.add({ time, m, event: Event.syscallEnd });
        break;
      case EventType.goSyscallEndBlocked:
        events.add({ time, m, event: Event.syscallEndBlocked });
        break;
      case EventType.goStatus:
      case EventType.goStatusStack:
        events.add({
          time,
          m: b,
          event: Event.status,
          g: a,
          extra: c,
          stack: d * (type === EventType.goStatusStack ? 1 : 0),
        });
        break;
      case EventType.goSwitch:
        events.add({ time, m, event: Event.switchTo, g: a });
        break;
      case EventType.goSwitchDestroy:
        events.add({ time, m, event: Event.switchDestroy, g: a });
        break;
      case EventType.stwBegin:
        events.add({
          time,
          m,
          event: Event.rangeBegin,
          extra: Range.stw,
          text: strings.get(a),
          stack: b,
        });
        break;
      case EventType.stwEnd:
        events.add({ time, m, event: Event.rangeEnd, extra: Range.stw });
        break;
      case EventType.gcActive:
        events.add({ time, m, event: Event.rangeBegin, extra: Range.gc });
        break;
      case EventType.gcBegin:
        events.add({ time, m, event: Event.rangeBegin, extra: Range.gc, stack: b });
        break;
      case EventType.gcEnd:
        events.add({ time, m, event: Event.rangeEnd, extra: Range.gc });
        break;
      case EventType.gcSweepBegin:
        events.add({ time, m, event: Event.rangeBegin, extra: Range.sweep, stack: a });
        break;
      case EventType.gcSweepEnd:
        events.add({ time, m, event: Event.rangeEnd, extra: Range.sweep });
        break;
      case EventType.gcMarkAssistActive:
        events.add({ time, m, event: Event.rangeBegin, extra: Range.assist, g: a });
        break;
      case EventType.gcMarkAssistBegin:
        events.add({ time, m, event: Event.rangeBegin, extra: Range.assist, stack: a });
        break;
      case EventType.gcMarkAssistEnd:
        events.add({ time, m, event: Event.rangeEnd, extra: Range.assist });
        break;
      case EventType.userRegionBegin:
        events.add({ time, m, event: Event.regionBegin, text: strings.get(b) });
        break;
      case EventType.userRegionEnd:
        events.add({ time, m, event: Event.regionEnd });
        break;
    }
  }
}
