import { inflateZlib } from "../../codec/inflate.ts";
import { ProtobufReader } from "../../codec/protobuf.ts";
import { Spans } from "../../codec/spans.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { Clocks } from "./clocks.ts";
import { Stacks } from "./frames.ts";
import { Ftrace } from "./ftrace.ts";
import { HeapProfiles } from "./heap.ts";
import { OTHER_PACKETS, Packet, SILENT_PACKETS } from "./kinds.ts";
import { FORMAT, Message } from "./message.ts";
import { Sampled } from "./sampled.ts";
import { Samples } from "./samples.ts";
import { Scheduler } from "./sched.ts";
import { Sequence } from "./sequence.ts";
import { Slices } from "./slices.ts";
import { Threads } from "./threads.ts";
import { TrackEvents } from "./track-events.ts";

/** A compressed packet may grow to this many bytes. */
const MOST_INFLATED = 1 << 28;
const CLEARED = 1;
const NEEDS_STATE = 2;

/** Takes the packets of a trace, in the order of the file, and adds what they hold at the end. */
export class Trace {
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  readonly #stacks = new Stacks();
  readonly #threads = new Threads();
  readonly #samples = new Samples();
  readonly #spans = new Spans();
  readonly #scheduler = new Scheduler();
  readonly #clocks = new Clocks();
  readonly #heap = new HeapProfiles(this.#threads);
  readonly #sequences = new Map<number, Sequence>();
  readonly #slices: Slices;
  readonly #sampled: Sampled;
  readonly #events: TrackEvents;
  readonly #ftrace: Ftrace;

  constructor(into: ProfileBuilder, notes: Notes) {
    this.#into = into;
    this.#notes = notes;
    this.#slices = new Slices(this.#samples, this.#stacks, () => ({
      amount: into.valueType("duration", "nanoseconds"),
      count: into.valueType("spans", "count"),
    }));
    this.#sampled = new Sampled(into, this.#samples, this.#threads, this.#stacks);
    this.#events = new TrackEvents(into, this.#spans, this.#slices, this.#threads, this.#sampled);
    this.#ftrace = new Ftrace(into, this.#spans, this.#slices, this.#threads, this.#scheduler);
  }

  /** TracePacket; `offset`: where it stands in the file. */
  packet(bytes: Uint8Array, offset: number, nested = false): void {
    const packet = new Message(bytes);
    const sequence = this.#sequence(packet);
    const flags = packet.number(13) ?? 0;
    if ((packet.number(42) ?? 0) > 0 && sequence.valid) {
      const text = "packets were lost while recording: what they held is not there";
      this.#notes.add("information", "packets-lost", text, { offset });
      sequence.valid = false;
    }
    if ((flags & CLEARED) !== 0 || packet.number(41) === 1) sequence.clear();
    const interned = packet.kept(12);
    if (interned !== undefined) sequence.intern(interned);
    sequence.defaults = packet.kept(59) ?? sequence.defaults;
    if ((flags & NEEDS_STATE) !== 0 && !sequence.valid) {
      const text = "a packet refers to names that were lost before: it was skipped";
      this.#notes.add("skipped", "state-lost", text, { offset });
      return;
    }
    const ftrace = packet.bytes(Packet.ftrace);
    if (ftrace !== undefined) this.#ftrace.bundle(ftrace);
    const compressed = packet.bytes(Packet.compressed);
    if (compressed !== undefined && !nested) this.#compressed(compressed, offset);
    this.#describe(packet, sequence);
    this.#timed(packet, sequence, offset);
    this.#others(bytes, offset);
  }

  #sequence(packet: Message): Sequence {
    const id = packet.number(10) ?? 0;
    let sequence = this.#sequences.get(id);
    if (sequence === undefined) {
      sequence = new Sequence(id, this.#stacks);
      // The first packet of a sequence says that something was lost, whether or not it was.
      sequence.valid = (packet.number(42) ?? 0) === 0;
      this.#sequences.set(id, sequence);
    }
    return sequence;
  }

  #compressed(bytes: Uint8Array, offset: number): void {
    const { bytes: inner, complete } = inflateZlib(bytes, 0, MOST_INFLATED);
    if (!complete) {
      const text = "compressed packets are damaged: what could not be unpacked was skipped";
      this.#notes.add("skipped", "damaged-compression", text, { offset });
    }
    const reader = new ProtobufReader(inner, 0, inner.length, FORMAT);
    while (reader.next()) {
      if (reader.field === 1 && reader.wire === 2) this.packet(reader.view(), offset, true);
      else reader.skip();
    }
  }

  /** What names and explains the rest. */
  #describe(packet: Message, sequence: Sequence): void {
    const clocks = packet.message(Packet.clockSnapshot);
    if (clocks !== undefined) this.#clocks.snapshot(clocks, sequence);
    const tree = packet.message(Packet.processTree);
    if (tree !== undefined) this.#threads.tree(tree);
    const track = packet.message(Packet.trackDescriptor);
    if (track !== undefined) this.#threads.describeTrack(track);
    const process = packet.message(Packet.processDescriptor);
    if (process !== undefined) this.#threads.process(process);
    const thread = packet.message(Packet.threadDescriptor);
    if (thread !== undefined) {
      sequence.thread = this.#threads.descriptor(thread);
      sequence.referenceUs = thread.number(6) ?? 0;
    }
    const symbols = packet.message(Packet.moduleSymbols);
    if (symbols !== undefined) this.#stacks.addSymbols(symbols);
    const heap = packet.kept(Packet.profile);
    if (heap !== undefined) this.#heap.packet(heap, sequence);
  }

  /** What happens at a time. */
  #timed(packet: Message, sequence: Sequence, offset: number): void {
    const event = packet.message(Packet.trackEvent);
    const perf = packet.message(Packet.perfSample);
    const sample = packet.message(Packet.stackSample);
    const streaming = packet.message(Packet.streamingProfile);
    if (event === undefined && perf === undefined && sample === undefined && streaming === undefined) return;
    const stated = packet.number(8);
    const clock = packet.number(58) ?? sequence.defaults?.number(58);
    const time = stated === undefined ? undefined : this.#clocks.toTrace(stated, clock, sequence);
    if (stated !== undefined && time === undefined) {
      const text = "an event's clock was never compared with the trace's: the event was skipped";
      this.#notes.add("skipped", "unknown-clock", text, { offset });
      return;
    }
    if (event !== undefined) this.#events.event(event, sequence, time);
    if (perf !== undefined) this.#sampled.perf(perf, sequence, time ?? Number.NaN);
    if (sample !== undefined) this.#sampled.sample(sample, sequence, time ?? Number.NaN);
    if (streaming !== undefined)
      this.#sampled.streaming(streaming, sequence, time ?? sequence.referenceUs * 1000);
  }

  /** Counts what is in the trace but no part of a profile. */
  #others(bytes: Uint8Array, offset: number): void {
    const reader = new ProtobufReader(bytes, 0, bytes.length, FORMAT);
    while (reader.next()) {
      const { field } = reader;
      reader.skip();
      if (SILENT_PACKETS.has(field)) continue;
      const name = OTHER_PACKETS.get(field) ?? `packets of kind ${field}`;
      const text = `the trace also holds ${name}: no part of a profile, not shown`;
      this.#notes.add("skipped", `not-shown-${field}`, text, { offset });
    }
  }

  /** Adds everything to the builder; false where the trace holds nothing that makes a profile. */
  finish(): boolean {
    const into = this.#into;
    this.#scheduler.addTo(into, this.#samples, this.#stacks, this.#threads);
    const heap = this.#heap;
    if (this.#samples.length + this.#spans.length === 0 && !heap.found) return false;
    const rows = new Map<number, number>();
    const threadOf = (row: number): number => {
      let known = rows.get(row);
      if (known === undefined) {
        known = this.#threads.intoBuilder(row, into);
        rows.set(row, known);
      }
      return known;
    };
    const origin = this.#origin();
    const stacks = this.#stacks.finish(into);
    this.#samples.addTo(into, stacks, origin, threadOf);
    heap.addTo(into, stacks, threadOf);
    if (this.#spans.length > 0) {
      const { unopened, unclosed } = this.#spans.addTo(into, origin, threadOf);
      this.#faults(unopened + this.#slices.unopened, unclosed, this.#slices.unclosed);
    } else this.#faults(this.#slices.unopened, 0, this.#slices.unclosed);
    this.#remarks();
    this.#chooseDefault();
    return true;
  }

  #origin(): number {
    const start = Math.min(this.#samples.start, this.#spans.start);
    const origin = Number.isFinite(start) ? Math.floor(start) : 0;
    const { epoch } = this.#clocks;
    if (Math.abs(origin) < Number.MAX_SAFE_INTEGER * 1024) {
      this.#into.meta.timeOrigin = BigInt(origin) + (epoch ?? 0n);
      this.#into.meta.clock = epoch === undefined ? "monotonic" : "unix";
    }
    return origin;
  }

  #faults(unopened: number, unclosed: number, lasting: number): void {
    const note = (kind: "skipped" | "approximated", code: string, text: string, count: number): void => {
      if (count > 0) this.#notes.add(kind, code, text, undefined, count);
    };
    note(
      "skipped",
      "end-without-begin",
      "a span ends that was not seen to begin: the end was left out",
      unopened,
    );
    note(
      "approximated",
      "never-ended",
      "a span was still open at the last event of its thread: it was ended there",
      unclosed,
    );
    note(
      "skipped",
      "slice-never-ended",
      "an asynchronous span was not seen to end: it was left out",
      lasting,
    );
  }

  #remarks(): void {
    const remarks: readonly (readonly [code: string, text: string, count: number])[] = [
      ["ftrace-other", "kernel events that are no switch and no span: not shown", this.#ftrace.other],
      ["events-momentary", "events that are a moment or a counter: not shown", this.#events.momentary],
      [
        "callstack-lost",
        "a sample refers to a callstack that is not in the trace: it has no frames",
        this.#sampled.unresolved,
      ],
      [
        "heap-callstack-lost",
        "a heap sample refers to a callstack that is not in the trace: it was skipped",
        this.#heap.unresolved,
      ],
      [
        "not-unwound",
        "the profiler took a sample but did not unwind it: it was skipped",
        this.#sampled.skipped,
      ],
      ["followers", "samples carry further counters: not shown", this.#sampled.followers],
    ];
    for (const [code, text, count] of remarks)
      if (count > 0) this.#notes.add("skipped", code, text, undefined, count);
    if (this.#ftrace.lost > 0) {
      const text = "the kernel lost events: spans and times around them may be wrong";
      this.#notes.add("information", "ftrace-lost", text, undefined, this.#ftrace.lost);
    }
    if (this.#heap.disturbed > 0) {
      const text = "the heap recording of a process was disturbed or cut short: its numbers are too small";
      this.#notes.add("information", "heap-disturbed", text, undefined, this.#heap.disturbed);
    }
  }

  /** Sampled stacks say most, then memory, then spans, then the scheduler's times. */
  #chooseDefault(): void {
    const types = this.#into.valueTypes;
    const rank = (row: number): number => {
      const { name, unit } = types[row]!;
      if (name === "on-cpu" || name === "off-cpu") return 5;
      if (name === "spans" || name === "duration") return unit === "nanoseconds" ? 3 : 4;
      if (/^(?:inuse|peak|alloc)_/.test(name))
        return name.endsWith("_space") && !name.startsWith("alloc") ? 1 : 2;
      return name.endsWith("samples") || name === "callstacks" ? 0.5 : 0;
    };
    let best = 0;
    for (let row = 1; row < types.length; row++) if (rank(row) < rank(best)) best = row;
    this.#into.meta.defaultValueType = best;
  }
}
