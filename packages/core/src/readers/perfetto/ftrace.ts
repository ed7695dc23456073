import { ProtobufReader, WireType } from "../../codec/protobuf.ts";
import type { Spans } from "../../codec/spans.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import { FORMAT, Message } from "./message.ts";
import type { Scheduler } from "./sched.ts";
import type { Slices } from "./slices.ts";
import type { Threads } from "./threads.ts";

/** Fields of `FtraceEvent` that are looked at. */
const Event = { print: 3, schedSwitch: 4, schedWakeup: 17, schedWaking: 20, schedWakeupNew: 114 } as const;

/** Events of the kernel's own tracer: switches of threads, and what user space wrote into it (Android's atrace). */
export class Ftrace {
  readonly #into: ProfileBuilder;
  readonly #spans: Spans;
  readonly #slices: Slices;
  readonly #threads: Threads;
  readonly #scheduler: Scheduler;
  /** Events that are neither a switch nor a span. */
  other = 0;
  /** Bundles before which the kernel lost events. */
  lost = 0;

  constructor(into: ProfileBuilder, spans: Spans, slices: Slices, threads: Threads, scheduler: Scheduler) {
    this.#into = into;
    this.#spans = spans;
    this.#slices = slices;
    this.#threads = threads;
    this.#scheduler = scheduler;
  }

  /** FtraceEventBundle: the events of one CPU. */
  bundle(bytes: Uint8Array): void {
    const reader = new ProtobufReader(bytes, 0, bytes.length, FORMAT);
    const events: Uint8Array[] = [];
    let compact: Uint8Array | undefined;
    let cpu = 0;
    while (reader.next()) {
      if (reader.field === 1 && reader.wire === WireType.varint) cpu = reader.unsigned();
      else if (reader.field === 2 && reader.wire === WireType.bytes) events.push(reader.view());
      else if (reader.field === 3 && reader.wire === WireType.varint)
        this.lost += reader.unsigned() === 1 ? 1 : 0;
      else if (reader.field === 4 && reader.wire === WireType.bytes) compact = reader.view();
      else reader.skip();
    }
    for (const event of events) this.#event(event, cpu);
    if (compact !== undefined) this.#compact(new Message(compact), cpu);
  }

  #event(bytes: Uint8Array, cpu: number): void {
    const reader = new ProtobufReader(bytes, 0, bytes.length, FORMAT);
    let [time, tid, field] = [0, 0, 0];
    let inner: Uint8Array | undefined;
    while (reader.next()) {
      if (reader.field === 1 && reader.wire === WireType.varint) time = reader.unsigned();
      else if (reader.field === 2 && reader.wire === WireType.varint) tid = reader.unsigned();
      else if (reader.wire === WireType.bytes) {
        field = reader.field;
        inner = reader.view();
      } else reader.skip();
    }
    if (inner === undefined) return;
    if (field === Event.print) this.#print(new Message(inner).text(2) ?? "", tid, time);
    else if (field === Event.schedSwitch) this.#switch(new Message(inner), cpu, time);
    else if (field === Event.schedWakeup || field === Event.schedWaking || field === Event.schedWakeupNew)
      this.#woken(new Message(inner), time);
    else this.other++;
  }

  #switch(event: Message, cpu: number, time: number): void {
    const previous = event.number(2) ?? 0;
    const next = event.number(6) ?? 0;
    this.#threads.hintName(previous, event.text(1) ?? "");
    this.#threads.hintName(next, event.text(5) ?? "");
    this.#scheduler.switched(time, cpu, previous, event.number(4) ?? 0, next);
  }

  #woken(event: Message, time: number): void {
    const tid = event.number(2) ?? 0;
    this.#threads.hintName(tid, event.text(1) ?? "");
    this.#scheduler.woken(time, tid);
  }

  /** CompactSched: columns of switches, times as differences; who is switched out is who was switched in before. */
  #compact(columns: Message, cpu: number): void {
    const names = columns.texts(5);
    const states = columns.numbers(2);
    const next = columns.numbers(3);
    const comms = columns.numbers(6);
    let time = 0;
    columns.numbers(1).forEach((delta, i) => {
      time += delta;
      const tid = next[i] ?? 0;
      this.#threads.hintName(tid, names[comms[i] ?? -1] ?? "");
      this.#scheduler.switched(time, cpu, -1, states[i] ?? 0, tid);
    });
    const woken = columns.numbers(8);
    time = 0;
    columns.numbers(7).forEach((delta, i) => {
      time += delta;
      this.#scheduler.woken(time, woken[i] ?? 0);
    });
  }

  /**
   * What user space wrote: `B|pid|name` and `E|pid` of a thread, `S|pid|name|cookie` and `F|…` beside the threads,
   * `G|pid|track|name|cookie` and `H|…` on a track.
   */
  #print(text: string, tid: number, time: number): void {
    const parts = text.trimEnd().split("|");
    const [letter = "", process = "", ...rest] = parts;
    const pid = /^\d+$/.test(process) ? Number(process) : undefined;
    if (letter === "B") {
      const name = rest.join("|");
      this.#spans.begin(this.#threads.thread(tid, pid), time, this.#into.frameNamed(name || "[unnamed]"));
    } else if (letter === "E") this.#spans.end(this.#threads.thread(tid, pid), time);
    else if (letter === "S" || letter === "F") {
      const name = rest.slice(0, -1).join("|");
      const key = `${process}|${rest.join("|")}`;
      if (letter === "F") this.#slices.end(key, time);
      else this.#slices.begin(key, time, name || "[unnamed]", this.#threads.aside(pid ?? 0, name));
    } else if (letter === "G" || letter === "H") {
      const [track = "", name = ""] = rest;
      const key = `${process}|${track}|#${rest.at(-1)}`;
      if (letter === "H") this.#slices.end(key, time);
      else this.#slices.begin(key, time, name || "[unnamed]", this.#threads.aside(pid ?? 0, track));
    } else this.other++;
  }
}
