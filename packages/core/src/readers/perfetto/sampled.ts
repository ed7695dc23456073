import type { ProfileBuilder } from "../../model/builder.ts";
import type { Stacks } from "./frames.ts";
import type { Message } from "./message.ts";
import type { SampleKind, Samples } from "./samples.ts";
import { inlineStack, type Sequence } from "./sequence.ts";
import type { Threads } from "./threads.ts";

/** `PerfEvents.Counter` by number. */
const COUNTERS = new Map<number, string>([
  [1, "cpu-clock"],
  [2, "page-faults"],
  [3, "task-clock"],
  [4, "context-switches"],
  [5, "cpu-migrations"],
  [6, "minor-faults"],
  [7, "major-faults"],
  [8, "alignment-faults"],
  [9, "emulation-faults"],
  [10, "cycles"],
  [11, "instructions"],
  [12, "cache-references"],
  [13, "cache-misses"],
  [14, "branches"],
  [15, "branch-misses"],
  [16, "bus-cycles"],
  [17, "stalled-cycles-frontend"],
  [18, "stalled-cycles-backend"],
  [19, "ref-cycles"],
]);
/** `StackSample.Unit` by number. */
const UNITS: readonly string[] = ["count", "nanoseconds", "count", "count", "bytes"];
/** What samples of the clock are taken of when the configuration names no event. */
const CPU_CLOCK = 1;

/** How an event of perf's is weighed. */
interface Timebase {
  readonly kind: SampleKind;
  readonly amount: number;
}

/** Samples of stacks: perf's, Chrome's stream of them, and those of any other producer. */
export class Sampled {
  readonly #into: ProfileBuilder;
  readonly #samples: Samples;
  readonly #threads: Threads;
  readonly #stacks: Stacks;
  readonly #timebases = new Map<string, Timebase>();
  readonly #kinds = new Map<string, SampleKind>();
  /** Samples that refer to a callstack that was never sent. */
  unresolved = 0;
  /** Samples that the profiler took but did not unwind. */
  skipped = 0;
  /** Further counters of samples, which are not shown. */
  followers = 0;

  constructor(into: ProfileBuilder, samples: Samples, threads: Threads, stacks: Stacks) {
    this.#into = into;
    this.#samples = samples;
    this.#threads = threads;
    this.#stacks = stacks;
  }

  /** PerfSample. */
  perf(sample: Message, sequence: Sequence, time: number): void {
    if (sample.has(18)) {
      this.skipped++;
      return;
    }
    if (!sample.has(4)) return;
    this.followers += sample.numbers(7).length;
    const stack = sequence.callstack(sample.number(4) ?? 0);
    if (stack === undefined) this.unresolved++;
    const { kind, amount } = this.#timebase(sequence);
    const thread = this.#threads.thread(sample.number(3) ?? 0, sample.number(2));
    this.#samples.add(kind, stack ?? -1, thread, time, amount);
  }

  #timebase(sequence: Sequence): Timebase {
    const base = sequence.defaults?.message(12)?.message(1);
    const counter = base?.number(4);
    const tracepoint = base?.message(3)?.text(1);
    const given = base?.text(10) ?? tracepoint;
    const raw = base?.message(5);
    const known = COUNTERS.get(counter ?? CPU_CLOCK) ?? "event";
    const name = given ?? (raw === undefined ? known : `raw ${raw.number(1) ?? 0}:${raw.number(2) ?? 0}`);
    const period = base?.number(1) ?? 0;
    const frequency = base?.number(2) ?? 0;
    const key = `${name}/${counter}/${period}/${frequency}`;
    let timebase = this.#timebases.get(key);
    if (timebase === undefined) {
      timebase = this.#newTimebase(
        name,
        /^(?:cpu|task)-clock$/.test(known) && raw === undefined && tracepoint === undefined,
        period,
        frequency,
      );
      this.#timebases.set(key, timebase);
    }
    return timebase;
  }

  #newTimebase(name: string, isClock: boolean, period: number, frequency: number): Timebase {
    const into = this.#into;
    const several = this.#timebases.size > 0;
    const count = into.valueType(several ? `${name} samples` : "samples", "count");
    // Only a clock's samples are a known time apart where a frequency was asked for.
    const amount = period > 0 ? period : isClock && frequency > 0 ? 1e9 / frequency : 0;
    if (amount === 0) return { kind: { count, amount: -1 }, amount: 0 };
    const type = { name, unit: isClock ? "nanoseconds" : "count" };
    if (!several) into.meta.period = { type, value: amount };
    return { kind: { count, amount: into.valueType(type.name, type.unit) }, amount };
  }

  /** StreamingProfilePacket: Chrome's own sampling of one thread. */
  streaming(packet: Message, sequence: Sequence, start: number): void {
    const deltas = packet.numbers(2);
    const { pid, tid } = sequence.thread ?? { pid: 0, tid: 0 };
    const thread = sequence.thread === undefined ? -1 : this.#threads.thread(tid, pid);
    let time = start;
    packet.numbers(1).forEach((iid, i) => {
      time += (deltas[i] ?? 0) * 1000;
      const stack = sequence.callstack(iid);
      if (stack === undefined) this.unresolved++;
      this.#samples.add(this.#kind("samples", "count"), stack ?? -1, thread, time, 0);
    });
  }

  /** The callstack of a track event, which may weigh something. */
  trackEvent(event: Message, sequence: Sequence, thread: number, time: number): void {
    const stack = this.#stackOf(event, 55, 56, sequence);
    const amount = event.number(57);
    const kind =
      amount === undefined
        ? this.#kind("callstacks", "count")
        : this.#weighed("callstacks", "callstack weight", "count");
    this.#samples.add(kind, stack, thread, time, amount ?? 0);
  }

  /** StackSample. */
  sample(sample: Message, sequence: Sequence, time: number): void {
    const context = sample.message(1) ?? sequence.task(sample.number(2) ?? 0);
    const [pid, tid] = [context?.number(2), context?.number(3)];
    const thread =
      tid !== undefined
        ? this.#threads.thread(tid, pid)
        : pid !== undefined
          ? this.#threads.aside(pid, "")
          : -1;
    const stack = this.#stackOf(sample, 5, 6, sequence);
    const counter =
      sample.message(9) ??
      sequence.counter(sample.number(10) ?? 0) ??
      sequence.defaults?.message(100)?.message(2);
    this.followers += sample.numbers(14).length;
    const weight = sample.number(11);
    if (counter === undefined || weight === undefined) {
      this.#samples.add(this.#kind("samples", "count"), stack, thread, time, 0);
      return;
    }
    const unit = UNITS[counter.number(3) ?? 0] ?? "count";
    const kind = this.#weighed("samples", counter.text(2) ?? "weight", unit);
    this.#samples.add(kind, stack, thread, time, weight * (counter.number(5) || 1));
  }

  #stackOf(message: Message, inline: number, iid: number, sequence: Sequence): number {
    const own = message.message(inline);
    if (own !== undefined) return inlineStack(own, this.#stacks);
    const stack = sequence.callstack(message.number(iid) ?? 0);
    if (stack === undefined) this.unresolved++;
    return stack ?? -1;
  }

  #kind(name: string, unit: string): SampleKind {
    const key = `${name}/${unit}`;
    let kind = this.#kinds.get(key);
    if (kind === undefined) {
      kind = { count: this.#into.valueType(name, unit), amount: -1 };
      this.#kinds.set(key, kind);
    }
    return kind;
  }

  #weighed(name: string, weight: string, unit: string): SampleKind {
    const key = `${name}/${weight}/${unit}`;
    let kind = this.#kinds.get(key);
    if (kind === undefined) {
      const count = this.#into.valueType(name, "count");
      kind = { count, amount: this.#into.valueType(weight, unit) };
      this.#kinds.set(key, kind);
    }
    return kind;
  }
}
