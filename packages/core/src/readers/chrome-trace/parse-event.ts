import { JsonKeys, type JsonReader } from "../../codec/json.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { CpuProfiles } from "./cpu-profiles.ts";
import { EventTable, Phase } from "./events.ts";
import { EventFrames, NameStyle } from "./names.ts";
import { type TraceId, TraceThreads, traceId } from "./threads.ts";

const KEYS = new JsonKeys("ph", "ts", "dur", "tdur", "pid", "tid", "name", "cat", "args", "id");
const CATEGORIES = new JsonKeys("python_function", "FEE", "fee", "py-spy");
/** viztracer calls its events of functions FEE, since 1.0 fee. */
const STYLES = {
  python_function: NameStyle.kineto,
  FEE: NameStyle.viztracer,
  fee: NameStyle.viztracer,
  "py-spy": NameStyle.pySpy,
} as const;
const NAME = new JsonKeys("name");

const NONE: TraceId = Number.NaN;

type Told = readonly [code: string, message: string];

const ASYNC: Told = [
  "async-events",
  "Asynchronous events were left out: they belong to no thread and do not nest.",
];
const INSTANT: Told = ["instant-events", "Events without a duration were left out."];
const COUNTER: Told = ["counter-events", "Counters were left out: they are no stacks."];
const FLOW: Told = ["flow-events", "Arrows between events were left out."];
const OBJECT: Told = ["object-events", "Lives and states of objects were left out."];
const UNKNOWN: Told = ["unknown-events", "Events of an unknown kind were left out."];

/** Events that make no stacks, by their phase's letter. */
const OTHERS: ReadonlyMap<string, Told> = new Map(
  (
    [
      ["bneSTpF", ASYNC],
      ["iIRc", INSTANT],
      ["C", COUNTER],
      ["stf", FLOW],
      ["NOD", OBJECT],
    ] as const
  ).flatMap(([letters, told]) => [...letters].map((letter) => [letter, told] as const)),
);

/** Reads events, one per step, and keeps what makes stacks. */
export class EventParser {
  readonly events: EventTable = new EventTable();
  readonly threads: TraceThreads = new TraceThreads();
  readonly profiles: CpuProfiles;
  readonly frames: EventFrames;
  /** True for a trace of our own writer: categories are then the places of frames. */
  placed = false;
  readonly #json: JsonReader;
  readonly #builder: ProfileBuilder;
  readonly #notes: Notes;
  /** The event being read. */
  #phase = 0;
  #time = Number.NaN;
  #duration = Number.NaN;
  #threadDuration = Number.NaN;
  #pid: TraceId = NONE;
  #tid: TraceId = NONE;
  #name = 0;
  #style: number = NameStyle.plain;
  #place = "";
  /** Offsets of values that are looked at when the event is known; -1: there is none. */
  #arguments = -1;
  #id = -1;

  constructor(json: JsonReader, builder: ProfileBuilder, notes: Notes) {
    this.#json = json;
    this.#builder = builder;
    this.#notes = notes;
    this.frames = new EventFrames(json, builder);
    this.profiles = new CpuProfiles(json, builder, notes);
  }

  /** One element of the list of events, within a step. */
  event(): void {
    const json = this.#json;
    const offset = json.offset;
    if (json.peek() !== 0x7b) {
      json.skipValue();
      this.#notes.add("skipped", "no-event", "An entry of the list is no event.", { offset });
      return;
    }
    this.#members();
    const phase = this.#phase;
    if (phase === 0x58) this.#add(Phase.complete, offset);
    else if (phase === 0x42) this.#add(Phase.begin, offset);
    else if (phase === 0x45) this.#add(Phase.end, offset);
    else this.#other(offset);
  }

  #members(): void {
    const json = this.#json;
    this.#phase = 0;
    this.#time = this.#duration = this.#threadDuration = Number.NaN;
    this.#pid = this.#tid = NONE;
    this.#name = 0;
    this.#style = NameStyle.plain;
    this.#place = "";
    this.#arguments = this.#id = -1;
    json.enterObject();
    for (let key = json.nextKey(KEYS); key !== undefined; key = json.nextKey(KEYS)) {
      switch (key) {
        case "ph":
          json.string();
          this.#phase = json.spanEnd - json.spanStart === 1 ? json.spanBytes[json.spanStart]! : 0;
          break;
        case "ts":
          this.#time = this.#number();
          break;
        case "dur":
          this.#duration = this.#number();
          break;
        case "tdur":
          this.#threadDuration = this.#number();
          break;
        case "pid":
          this.#pid = this.#idValue();
          break;
        case "tid":
          this.#tid = this.#idValue();
          break;
        case "name":
          this.#name = this.#string();
          break;
        case "cat":
          this.#category();
          break;
        case "args":
          json.peek();
          this.#arguments = json.offset;
          json.skipValue();
          break;
        case "id":
          json.peek();
          this.#id = json.offset;
          json.skipValue();
          break;
        default:
          json.skipValue();
      }
    }
  }

  #add(phase: number, offset: number): void {
    const duration =
      this.#duration >= 0 ? this.#duration : this.#threadDuration >= 0 ? this.#threadDuration : 0;
    if (!Number.isFinite(this.#time) || !Number.isFinite(duration)) {
      this.#notes.add("skipped", "event-without-time", "An event has no usable time; it was left out.", {
        offset,
      });
      return;
    }
    const thread = this.threads.row(this.#pid, this.#tid);
    if (phase === Phase.end) {
      this.events.add(phase, this.#time, 0, this.#name, thread, offset);
      return;
    }
    const isTotal = this.#arguments >= 0 && phase === Phase.complete && this.#isClangTotal();
    if (isTotal) return;
    const frame = this.#frame();
    this.events.add(phase, this.#time, phase === Phase.complete ? duration : 0, frame, thread, offset);
  }

  #frame(): number {
    if (this.#place !== "") return this.frames.placed(this.#name, this.#place);
    const told =
      this.#arguments < 0 ? undefined : this.frames.fromArguments(this.#arguments, this.#name, this.#style);
    return told ?? this.frames.named(this.#name, this.#style);
  }

  /** clang ends its trace with sums of other events, `Total …` with a count: to add them up would count twice. */
  #isClangTotal(): boolean {
    const json = this.#json;
    let total = false;
    json.revisit(this.#arguments, () => {
      if (json.peek() !== 0x7b) return;
      json.enterObject();
      if (json.peek() !== 0x22) return;
      json.string();
      const { spanBytes: bytes, spanStart: start, spanEnd: end } = json;
      total = end - start === 5 && bytes[start] === 0x63 && json.spanText() === "count";
    });
    if (!total || !this.#builder.text(this.#name).startsWith("Total ")) return false;
    this.#notes.add("information", "totals", "Sums of other events (clang's Total …) were left out.");
    return true;
  }

  #other(offset: number): void {
    const name = this.#builder.text(this.#name);
    if (name === "Profile" || name === "ProfileChunk" || name === "CpuProfile") {
      if (this.#arguments >= 0) this.#profilerEvent(name);
      return;
    }
    const letter = String.fromCharCode(this.#phase);
    if (letter === "M") {
      this.#metadata(name);
      return;
    }
    const [code, message] = OTHERS.get(letter) ?? UNKNOWN;
    this.#notes.add("skipped", code, message, { offset });
  }

  #profilerEvent(name: string): void {
    const json = this.#json;
    const thread = this.threads.row(this.#pid, this.#tid);
    let id = `thread ${thread}`;
    if (this.#id >= 0)
      json.revisit(this.#id, () => {
        id = json.peek() === 0x22 ? json.text() : String(this.#number());
      });
    const key = JSON.stringify([String(this.#pid), id]);
    this.profiles.event(key, thread, this.#time, this.#arguments, name !== "ProfileChunk");
  }

  #metadata(kind: string): void {
    const isThread = kind === "thread_name";
    if ((!isThread && kind !== "process_name") || this.#arguments < 0) return;
    const json = this.#json;
    let name = "";
    json.revisit(this.#arguments, () => {
      if (json.peek() !== 0x7b) return;
      json.enterObject();
      for (let key = json.nextKey(NAME); key !== undefined; key = json.nextKey(NAME)) {
        if (key === "name" && json.peek() === 0x22) name = json.text();
        else json.skipValue();
      }
    });
    if (name === "") return;
    if (isThread) this.threads.nameThread(this.threads.row(this.#pid, this.#tid), name);
    else this.threads.nameProcess(this.#pid, name);
  }

  #category(): void {
    const json = this.#json;
    if (json.peek() !== 0x22) {
      json.skipValue();
      return;
    }
    if (this.placed) {
      this.#place = json.text();
      return;
    }
    json.string();
    const known = CATEGORIES.find(json.spanBytes, json.spanStart, json.spanEnd);
    if (known !== "") this.#style = STYLES[known];
  }

  /** Numbers that some tools write as texts; anything else is NaN. */
  #number(): number {
    const json = this.#json;
    const byte = json.peek();
    if (byte === 0x2d || (byte >= 0x30 && byte <= 0x39)) return json.number();
    if (byte === 0x22) return Number(json.text() || Number.NaN);
    json.skipValue();
    return Number.NaN;
  }

  #idValue(): TraceId {
    const json = this.#json;
    return json.peek() === 0x22 ? traceId(json.text()) : this.#number();
  }

  #string(): number {
    const json = this.#json;
    if (json.peek() !== 0x22) {
      const offset = json.offset;
      json.skipValue();
      return this.#scalar(offset);
    }
    json.string();
    return this.#builder.stringBytes(json.spanBytes, json.spanStart, json.spanEnd);
  }

  /** A name that is a number; objects and null are none. */
  #scalar(offset: number): number {
    let name = 0;
    this.#json.revisit(offset, () => {
      const value = this.#number();
      if (!Number.isNaN(value)) name = this.#builder.string(String(value));
    });
    return name;
  }
}
