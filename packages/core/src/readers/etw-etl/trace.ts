import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FrameKind } from "../../model/profile.ts";
import { narrow, type RawEvent, u32, u64, wide } from "./buffers.ts";
import { MANIFEST, Providers } from "./providers.ts";

/** The kernel's events that are looked at: group × 256 + type. */
const Hook = {
  header: 0x0000,
  processStart: 0x0301,
  processRunning: 0x0303,
  threadStart: 0x0501,
  threadRunning: 0x0503,
  imageLoad: 0x140a,
  imageRunning: 0x1403,
  sample: 0x0f2e,
  interval: 0x0f48,
  stackWalk: 0x1820,
} as const;
/** Samples wait for their stacks: Windows writes these right behind, at most this many events later. */
const MOST_WAITING = 4096;
/** 1601 to 1970, in the 100 ns of Windows' times. */
const EPOCH = 116_444_736_000_000_000n;
/** An extended item: EVENT_HEADER_EXT_TYPE_STACK_TRACE64. */
const STACK_TRACE_64 = 6;
const KERNEL_SPACE = 0xffff800000000000;

interface Sample {
  readonly time: number;
  readonly tid: number;
  readonly address: number;
  readonly count: number;
}

interface Image {
  readonly start: number;
  readonly end: number;
  readonly path: string;
}

/** The events of a trace: CPU samples with their stacks, and how often every other event occurred. */
export class Trace {
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  readonly #providers = new Providers();
  readonly #processes = new Map<number, string>();
  readonly #pids = new Map<number, number>();
  readonly #images = new Map<number, Image[]>();
  readonly #waiting = new Map<string, Sample>();
  #frequency = 1e7;
  #start = 0;
  #interval = 0;
  #samples = 0;
  #others = 0;
  #withoutStack = 0;
  #last = 0;

  constructor(into: ProfileBuilder, notes: Notes) {
    this.#into = into;
    this.#notes = notes;
  }

  event(event: RawEvent): void {
    if (event.hook === Hook.header) this.#header(event);
    this.#last = Math.max(this.#last, this.#nanoseconds(event.time));
    switch (event.hook) {
      case Hook.header:
        break;
      case Hook.processStart:
      case Hook.processRunning:
        this.#process(event);
        break;
      case Hook.threadStart:
      case Hook.threadRunning:
        this.#pids.set(u32(event.payload, 4), u32(event.payload, 0));
        break;
      case Hook.imageLoad:
      case Hook.imageRunning:
        this.#image(event.payload);
        break;
      case Hook.interval:
        this.#interval = u32(event.payload, 4) * 100;
        break;
      case Hook.sample:
        this.#sample(event);
        break;
      case Hook.stackWalk:
        this.#stackWalk(event.payload);
        break;
      default:
        this.#other(event);
    }
  }

  /** TRACE_LOGFILE_HEADER: the clock, and when the recording began. */
  #header({ payload, time }: RawEvent): void {
    const frequency = u64(payload, 256);
    const clock = u32(payload, 272);
    // 1: the performance counter; 2: the system's time, in 100 ns.
    this.#frequency = clock === 2 || frequency === 0 ? 1e7 : frequency;
    this.#start = time;
    const start = u64(payload, 264);
    if (start > 0 && start < 2 ** 62) {
      this.#into.meta.timeOrigin = (BigInt(start) - EPOCH) * 100n;
      this.#into.meta.clock = "unix";
    }
    const lost = u32(payload, 48);
    if (lost > 0 && lost < 2 ** 31) {
      const text = "Windows lost events while recording: what they would have shown is not there";
      this.#notes.add("information", "events-lost", text, undefined, lost);
    }
  }

  /** Name and number of a process; a security id of variable length stands before the name. */
  #process({ payload, version }: RawEvent): void {
    const pid = u32(payload, 8);
    let at = version >= 4 ? 36 : 32;
    if (u32(payload, at) === 0) at += 4;
    else if (at + 18 <= payload.byteLength) at += 16 + 8 + 4 * payload.getUint8(at + 17);
    if (at < payload.byteLength) this.#processes.set(pid, narrow(payload, at));
  }

  #image(payload: DataView): void {
    const start = u64(payload, 0);
    const pid = u32(payload, 16);
    const list = this.#images.get(pid) ?? [];
    this.#images.set(pid, list);
    list.push({ start, end: start + u64(payload, 8), path: wide(payload, 56) });
  }

  #sample({ payload, time }: RawEvent): void {
    const sample = { time, address: u64(payload, 0), tid: u32(payload, 8), count: u32(payload, 12) & 0xffff };
    const key = `${time}/${sample.tid}`;
    this.#waiting.set(key, sample);
    this.#samples++;
    if (this.#waiting.size <= MOST_WAITING) return;
    const [oldest, waiting] = this.#waiting.entries().next().value!;
    this.#waiting.delete(oldest);
    this.#alone(waiting);
  }

  /** A stack belongs to the event of its time and thread; that of user space and the kernel's may come apart. */
  #stackWalk(payload: DataView): void {
    const time = u64(payload, 0);
    const tid = u32(payload, 12);
    const key = `${time}/${tid}`;
    const sample = this.#waiting.get(key);
    if (sample === undefined) return;
    this.#waiting.delete(key);
    const addresses: number[] = [];
    for (let at = 16; at + 8 <= payload.byteLength; at += 8) addresses.push(u64(payload, at));
    if (addresses[0] !== sample.address) addresses.unshift(sample.address);
    this.#add(sample, addresses);
  }

  #alone(sample: Sample): void {
    this.#withoutStack++;
    this.#add(sample, [sample.address]);
  }

  /** `addresses`: the innermost first. */
  #add({ time, tid, count }: Sample, addresses: readonly number[]): void {
    const into = this.#into;
    const pid = this.#pids.get(tid);
    let stack = -1;
    for (let i = addresses.length - 1; i >= 0; i--)
      stack = into.stack(stack, this.#frame(addresses[i]!, pid));
    const weights = new Float64Array(into.valueTypes.length + 2);
    const samples = into.valueType("samples", "count");
    weights[samples] = Math.max(1, count);
    if (this.#interval > 0)
      weights[into.valueType("cpu", "nanoseconds")] = Math.max(1, count) * this.#interval;
    into.sample(stack, weights.subarray(0, into.valueTypes.length), {
      time: this.#nanoseconds(time),
      thread: this.#thread(pid, tid),
    });
  }

  #frame(address: number, pid: number | undefined): number {
    const image =
      this.#images.get(pid ?? -1)?.find(({ start, end }) => address >= start && address < end) ??
      this.#images.get(0)?.find(({ start, end }) => address >= start && address < end);
    return this.#into.frame({
      name: address === 0 ? this.#into.string("[unknown]") : 0,
      address: BigInt(address),
      mapping:
        image === undefined
          ? -1
          : this.#into.mapping({ path: image.path, start: BigInt(image.start), end: BigInt(image.end) }),
      kind: address >= KERNEL_SPACE ? FrameKind.kernel : FrameKind.unknown,
    });
  }

  /** Other events are counted: below the stack that they carry, if they do, stand provider and name. */
  #other(event: RawEvent): void {
    if (event.hook < 0 && event.id === MANIFEST) {
      this.#providers.manifest(event);
      return;
    }
    const into = this.#into;
    const isKernel = event.hook >= 0;
    const provider = isKernel ? "Windows Kernel" : this.#providers.provider(event);
    const name = isKernel
      ? `group ${event.hook >> 8} type ${event.hook & 255}`
      : this.#providers.event(event);
    let stack = this.#stackOf(event);
    stack = into.stack(into.stack(stack, into.frameNamed(provider)), into.frameNamed(name));
    into.sampleOf(stack, into.valueType("events", "count"), 1, {
      time: this.#nanoseconds(event.time),
      thread: this.#thread(event.pid, event.tid),
    });
    this.#others++;
  }

  /** The stack that an event carries itself: a number by which parts match, then addresses, the innermost first. */
  #stackOf({ items, pid }: RawEvent): number {
    const data = items.find(({ type }) => type === STACK_TRACE_64)?.data;
    let stack = -1;
    if (data === undefined) return stack;
    for (let at = Math.floor(data.byteLength / 8) * 8 - 8; at >= 8; at -= 8) {
      stack = this.#into.stack(stack, this.#frame(u64(data, at), pid));
    }
    return stack;
  }

  #thread(pid: number | undefined, tid: number): number {
    const process = pid === undefined ? undefined : this.#processes.get(pid);
    return this.#into.thread({
      name: process ?? "",
      tid,
      ...(pid === undefined ? {} : { pid }),
      ...(process === undefined ? {} : { process }),
    });
  }

  #nanoseconds(time: number): number {
    return Math.max(0, ((time - this.#start) * 1e9) / this.#frequency);
  }

  /** Adds what still waits; false where there was nothing at all. */
  finish(): boolean {
    for (const sample of this.#waiting.values()) this.#alone(sample);
    const { meta, valueTypes } = this.#into;
    meta.duration = this.#last;
    const rank = ["cpu", "samples", "events"];
    const best = rank
      .map((name) => valueTypes.findIndex((type) => type.name === name))
      .find((row) => row >= 0);
    meta.defaultValueType = best ?? 0;
    if (this.#withoutStack > 0) {
      const text = "a CPU sample has no stack in the trace: only its own address is shown";
      this.#notes.add("information", "no-stack", text, undefined, this.#withoutStack);
    }
    if (this.#samples > 0) {
      const text =
        "addresses are not named here: symbols are in the PDB files; PerfView or WPA export named stacks";
      this.#notes.add("information", "no-symbols", text);
    }
    if (this.#others > 0) {
      const text =
        "events other than CPU samples are counted by provider and name; their fields are not shown, nor stacks that follow them as events of their own";
      this.#notes.add("approximated", "events-counted", text, undefined, this.#others);
    }
    return this.#samples + this.#others > 0;
  }
}
