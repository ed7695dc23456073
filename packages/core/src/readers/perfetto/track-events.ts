import type { Spans } from "../../codec/spans.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Message } from "./message.ts";
import type { Sampled } from "./sampled.ts";
import type { Sequence } from "./sequence.ts";
import type { Slices } from "./slices.ts";
import type { Threads } from "./threads.ts";

/** `TrackEvent.Type`. */
const Type = { begin: 1, end: 2 } as const;
/** Phases of the trace event format, which Chrome's older events carry: letters. */
const Phase = { begin: 66, end: 69, complete: 88, asyncBegin: 98, asyncEnd: 101 } as const;

/** The events of the tracing SDK and of Chrome: those that last become spans. */
export class TrackEvents {
  readonly #into: ProfileBuilder;
  readonly #spans: Spans;
  readonly #slices: Slices;
  readonly #threads: Threads;
  readonly #sampled: Sampled;
  /** Events that are a moment or a counter, not a span. */
  momentary = 0;

  constructor(into: ProfileBuilder, spans: Spans, slices: Slices, threads: Threads, sampled: Sampled) {
    this.#into = into;
    this.#spans = spans;
    this.#slices = slices;
    this.#threads = threads;
    this.#sampled = sampled;
  }

  /** `packetTime`: that of the packet, in nanoseconds; undefined where the event itself has it. */
  event(event: Message, sequence: Sequence, packetTime: number | undefined): void {
    const time = this.#time(event, sequence, packetTime);
    if (time === undefined) return;
    const legacy = event.message(6);
    const track = this.#track(event, legacy, sequence);
    if (event.has(55) || event.has(56)) this.#sampled.trackEvent(event, sequence, track, time);
    const type = event.number(9);
    const phase = legacy?.number(2);
    if (type === Type.begin || phase === Phase.begin)
      this.#spans.begin(track, time, this.#frame(event, legacy, sequence));
    else if (type === Type.end || phase === Phase.end) this.#spans.end(track, time);
    else if (phase === Phase.complete) {
      const duration = Math.max(0, legacy?.number(3) ?? 0) * 1000;
      this.#spans.begin(track, time, this.#frame(event, legacy, sequence));
      this.#spans.end(track, time + duration);
    } else if (phase === Phase.asyncBegin || phase === Phase.asyncEnd) {
      this.#asynchronous(phase, event, legacy!, sequence, time);
    } else this.momentary++;
  }

  #asynchronous(phase: number, event: Message, legacy: Message, sequence: Sequence, time: number): void {
    const pid = legacy.number(18) ?? sequence.thread?.pid ?? 0;
    const id = [6, 10, 11].map((field) => legacy.number(field) ?? "").join("/");
    const name = this.#name(event, legacy, sequence);
    const key = `${pid}/${legacy.text(7) ?? ""}/${id}`;
    if (phase === Phase.asyncBegin) this.#slices.begin(key, time, name, this.#threads.aside(pid, name));
    else this.#slices.end(key, time);
  }

  #time(event: Message, sequence: Sequence, packetTime: number | undefined): number | undefined {
    if (event.has(16)) return (event.number(16) ?? 0) * 1000;
    if (event.has(1)) {
      sequence.referenceUs += event.number(1) ?? 0;
      return sequence.referenceUs * 1000;
    }
    return packetTime;
  }

  #track(event: Message, legacy: Message | undefined, sequence: Sequence): number {
    const overriding = legacy?.number(19);
    if (overriding !== undefined && overriding > 0)
      return this.#threads.thread(overriding, legacy?.number(18) ?? sequence.thread?.pid);
    const uuid = event.number(11) ?? sequence.defaults?.message(11)?.number(11);
    if (uuid !== undefined && uuid !== 0) return this.#threads.track(uuid);
    const { thread } = sequence;
    return thread === undefined ? this.#threads.track(0) : this.#threads.thread(thread.tid, thread.pid);
  }

  #frame(event: Message, legacy: Message | undefined, sequence: Sequence): number {
    return this.#into.frameNamed(this.#name(event, legacy, sequence));
  }

  #name(event: Message, legacy: Message | undefined, sequence: Sequence): string {
    const name =
      event.text(23) ??
      sequence.eventName(event.number(10) ?? 0) ??
      sequence.eventName(legacy?.number(1) ?? 0);
    return name === undefined || name === "" ? "[unnamed]" : name;
  }
}
