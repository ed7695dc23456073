import { JsonKeys, type JsonReader } from "../../codec/json.ts";
import { type JsonRows, RowLayout, RowTexts } from "../../codec/json-rows.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { grown } from "../../util/growable.ts";
import { CpuProfiles } from "./cpu-profiles.ts";
import { EventTable, Phase } from "./events.ts";
import { EventFrames, NameStyle } from "./names.ts";
import { type TraceId, TraceThreads, traceId } from "./threads.ts";

const KEYS = new JsonKeys("ph", "ts", "dur", "tdur", "pid", "tid", "name", "cat", "args", "id");
/** The same for many events at once. */
const LAYOUT = new RowLayout(
  ["ph", "letter"],
  ["ts", "number"],
  ["dur", "number"],
  ["tdur", "number"],
  ["pid", "number"],
  ["tid", "number"],
  ["name", "text"],
  ["cat", "text"],
  ["args", "place"],
  ["id", "place"],
);
/** Columns of the layout. */
const Column = { ph: 0, ts: 1, dur: 2, tdur: 3, pid: 4, tid: 5, name: 6, cat: 7, args: 8, id: 9 } as const;

const CATEGORIES = new JsonKeys("python_function", "FEE", "fee", "py-spy");
/** viztracer calls its events of functions FEE, since 1.0 fee. */
const STYLES = {
  python_function: NameStyle.kineto,
  FEE: NameStyle.viztracer,
  fee: NameStyle.viztracer,
  "py-spy": NameStyle.pySpy,
} as const;
/**
 * Events whose name alone says little carry the rest in their arguments; the first key tells which do. `count` stands in
 * clang's totals.
 */
const TELLING = new JsonKeys("detail", "name", "url", "filename", "line", "column", "category", "count");
const NAME = new JsonKeys("name");

const NONE = Number.NaN;

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
  readonly #texts: RowTexts;
  /** Name style + 1 by the category's text. */
  #styles: Uint8Array = new Uint8Array(64);
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
    this.#texts = new RowTexts(builder);
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
    this.#take(offset);
  }

  /** All of the list of events, the next value. */
  async list(): Promise<void> {
    await this.#json.rows(
      LAYOUT,
      (rows) => {
        for (let row = 0; row < rows.length; row++) {
          // Places are texts that no table keeps: those events are read one by one.
          if (this.placed) this.#json.revisit(rows.offset(row), () => this.event());
          else this.#row(rows, row);
        }
        this.events.expect(this.#json.expected(this.events.length));
      },
      () => this.event(),
    );
  }

  #row(rows: JsonRows, row: number): void {
    this.#phase = rows.letter(row, Column.ph);
    this.#time = rows.number(row, Column.ts, Number.NaN);
    this.#duration = rows.number(row, Column.dur, Number.NaN);
    this.#threadDuration = rows.number(row, Column.tdur, Number.NaN);
    this.#pid = rows.number(row, Column.pid, NONE);
    this.#tid = rows.number(row, Column.tid, NONE);
    this.#name = this.#texts.string(rows, rows.text(row, Column.name));
    this.#style = this.#styleOf(rows, rows.text(row, Column.cat));
    this.#arguments = rows.place(row, Column.args);
    this.#id = rows.place(row, Column.id);
    this.#take(rows.offset(row));
  }

  /** Style of a category's text; each is looked at once. */
  #styleOf(rows: JsonRows, text: number): number {
    this.#styles = grown(this.#styles, text + 1);
    if (text === 0) return NameStyle.plain;
    if (this.#styles[text] === 0) {
      const bytes = rows.bytesOf(text);
      this.#styles[text] = styleOf(bytes, 0, bytes.length) + 1;
    }
    return this.#styles[text]! - 1;
  }

  /** The event that was read. */
  #take(offset: number): void {
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
    const key = this.#arguments < 0 ? undefined : this.#json.firstKeyAt(this.#arguments, TELLING);
    if (key === "count" && phase === Phase.complete && this.#isClangTotal()) return;
    const frame = this.#frame(key !== undefined && key !== "" && key !== "count");
    this.events.add(phase, this.#time, phase === Phase.complete ? duration : 0, frame, thread, offset);
  }

  /** `isTold`: the arguments say something about the frame. */
  #frame(isTold: boolean): number {
    if (this.#place !== "") return this.frames.placed(this.#name, this.#place);
    const told = isTold ? this.frames.fromArguments(this.#arguments, this.#name, this.#style) : undefined;
    return told ?? this.frames.named(this.#name, this.#style);
  }

  /** clang ends its trace with sums of other events, `Total …` with a count: to add them up would count twice. */
  #isClangTotal(): boolean {
    if (!this.#builder.text(this.#name).startsWith("Total ")) return false;
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
    this.#style = styleOf(json.spanBytes, json.spanStart, json.spanEnd);
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

/** How names of a category's events are written. */
function styleOf(category: Uint8Array, start: number, end: number): number {
  const known = CATEGORIES.find(category, start, end);
  return known === "" ? NameStyle.plain : STYLES[known];
}
