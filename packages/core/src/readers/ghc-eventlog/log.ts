import { HeapSamples } from "../../codec/heap-samples.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { EventBytes } from "./bytes.ts";
import { Threads } from "./threads.ts";

/** Events that are looked at. Source: rts/include/rts/EventLogFormat.h in GHC. */
const Event = {
  runThread: 1,
  stopThread: 2,
  gcStart: 9,
  gcEnd: 10,
  programName: 29,
  programArguments: 30,
  processId: 32,
  wallClock: 43,
  threadLabel: 44,
  heapBegin: 160,
  costCentre: 161,
  heapSampleBegin: 162,
  heapSampleStack: 163,
  heapSampleText: 164,
  heapSampleEnd: 165,
  heapBioSampleBegin: 166,
  timeSample: 167,
  timeBegin: 168,
  infoTable: 169,
} as const;

/** Events of a log, in the order of the file. */
export class Log {
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  readonly #threads: Threads;
  readonly #heap = new HeapSamples();
  /** Frames of cost centres by number, and names of info tables by address. */
  readonly #centres = new Map<number, number>();
  readonly #tables = new Map<string, string>();
  readonly #heapTexts = new Map<string, number>();
  #interval = 0;
  #samples = -1;
  #time = -1;
  #last = 0;
  #pid: number | undefined;
  /** Events that are not shown, by their description. */
  readonly #other = new Map<number, number>();
  #hasSampled = false;

  constructor(into: ProfileBuilder, notes: Notes) {
    this.#into = into;
    this.#notes = notes;
    this.#threads = new Threads(into);
  }

  /** `time` in nanoseconds since the program's start. */
  event(type: number, time: number, payload: Uint8Array): void {
    const bytes = new EventBytes(payload);
    this.#last = Math.max(this.#last, time);
    switch (type) {
      case Event.costCentre:
        this.#costCentre(bytes);
        break;
      case Event.timeBegin:
        this.#interval = bytes.number(8);
        break;
      case Event.timeSample:
        this.#timeSample(bytes, time);
        break;
      case Event.heapSampleStack: {
        bytes.number(1);
        const size = bytes.number(8);
        this.#heap.add(this.#stack(bytes), size);
        break;
      }
      case Event.heapSampleText: {
        bytes.number(1);
        const size = bytes.number(8);
        this.#heap.add(this.#heapText(bytes.text()), size);
        break;
      }
      case Event.heapSampleBegin:
      case Event.heapBioSampleBegin:
      case Event.heapSampleEnd:
        this.#heap.end(time);
        break;
      case Event.infoTable:
        this.#infoTable(bytes);
        break;
      default:
        this.#about(type, bytes, time);
    }
  }

  #about(type: number, bytes: EventBytes, time: number): void {
    switch (type) {
      case Event.programName:
        bytes.number(4);
        this.#into.meta.producer = bytes.rest();
        break;
      case Event.programArguments:
        bytes.number(4);
        this.#into.meta.title = bytes.rest().split("\0").join(" ");
        break;
      case Event.processId:
        bytes.number(4);
        this.#pid = bytes.number(4);
        break;
      case Event.wallClock: {
        bytes.number(4);
        const seconds = bytes.number(8);
        const origin = BigInt(seconds) * 1_000_000_000n + BigInt(bytes.number(4)) - BigInt(Math.round(time));
        if (seconds < 1e11 && origin > 0n) {
          this.#into.meta.timeOrigin = origin;
          this.#into.meta.clock = "unix";
        }
        break;
      }
      case Event.threadLabel: {
        const thread = bytes.number(4);
        this.#threads.name(thread, bytes.rest());
        break;
      }
      case Event.runThread:
        this.#threads.run(bytes.number(4), time);
        break;
      case Event.stopThread: {
        const thread = bytes.number(4);
        this.#threads.stop(thread, bytes.number(2), time);
        break;
      }
      default:
        this.#other.set(type, (this.#other.get(type) ?? 0) + 1);
    }
  }

  #costCentre(bytes: EventBytes): void {
    const into = this.#into;
    const id = bytes.number(4);
    const label = bytes.text();
    const module = bytes.text();
    const place = bytes.text();
    // `Hot.hs:7:25-50`, `Hot.hs:(7,1)-(9,3)`, `<entire-module>`.
    const [, file = "", line = "0"] = /^(.*?):\(?(\d+)/.exec(place) ?? [];
    const name = label === module || module === "" ? label : `${module}.${label}`;
    const frame = into.frame({
      name: into.string(name === "" ? "[unknown]" : name),
      file: into.string(file),
      line: line.length < 10 ? Number(line) : 0,
    });
    this.#centres.set(id, frame);
  }

  #timeSample(bytes: EventBytes, time: number): void {
    const into = this.#into;
    const capability = bytes.number(4);
    bytes.number(8);
    if (this.#samples < 0) {
      this.#samples = into.valueType("samples", "count");
      if (this.#interval > 0) {
        this.#time = into.valueType("time", "nanoseconds");
        into.meta.period = { type: { name: "time", unit: "nanoseconds" }, value: this.#interval };
      }
    }
    const weights = new Float64Array(into.valueTypes.length);
    weights[this.#samples] = 1;
    if (this.#time >= 0) weights[this.#time] = this.#interval;
    const pid = this.#pid === undefined ? {} : { pid: this.#pid };
    into.sample(this.#stack(bytes), weights, {
      time,
      thread: into.thread({ name: `capability ${capability}`, ...pid }),
    });
    this.#hasSampled = true;
  }

  /** A stack of cost centres, the innermost first. */
  #stack(bytes: EventBytes): number {
    const depth = Math.min(bytes.number(1), Math.floor(bytes.left / 4));
    const centres = Array.from({ length: depth }, () => bytes.number(4));
    let stack = -1;
    for (let i = depth - 1; i >= 0; i--) {
      const frame = this.#centres.get(centres[i]!) ?? this.#into.frameNamed(`[cost centre ${centres[i]}]`);
      stack = this.#into.stack(stack, frame);
    }
    return stack;
  }

  /** A type, module, closure …; info tables go by their address. */
  #heapText(text: string): number {
    const name = this.#tables.get(text.toLowerCase().replace(/^0x/, "")) ?? text;
    let stack = this.#heapTexts.get(name);
    if (stack === undefined) {
      stack = this.#into.stack(-1, this.#into.frameNamed(name === "" ? "[unknown]" : name));
      this.#heapTexts.set(name, stack);
    }
    return stack;
  }

  #infoTable(bytes: EventBytes): void {
    const high = bytes.number(4);
    const address = (BigInt(high) << 32n) | BigInt(bytes.number(4));
    const name = bytes.text();
    bytes.number(4);
    const type = bytes.text();
    const label = bytes.text();
    const module = bytes.text();
    const words = [module === "" ? label : `${module}.${label}`, type].filter((word) => word !== "");
    this.#tables.set(address.toString(16), words.length === 0 ? name : words.join(" : "));
  }

  /** Adds what was collected; false where there was nothing that makes a profile. */
  finish(): boolean {
    const into = this.#into;
    this.#heap.addTo(into);
    this.#threads.addTo(this.#last, this.#pid);
    into.meta.duration = this.#last;
    if (this.#hasSampled) into.meta.defaultValueType = this.#time >= 0 ? this.#time : this.#samples;
    let other = 0;
    for (const count of this.#other.values()) other += count;
    if (other > 0) {
      const text =
        "events that are no part of a profile (the scheduler's sparks, statistics, messages …) are not shown";
      this.#notes.add("information", "other-events", text, undefined, other);
    }
    return into.sampleCount > 0;
  }
}
