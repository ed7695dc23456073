import { JsonKeys, type JsonReader, NumberColumn } from "../../codec/json.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import type { Label } from "../../model/profile.ts";
import type { Entry } from "./stack-frames.ts";

const SAMPLE = new JsonKeys("tid", "timestamp", "stack", "userTag", "vmTag", "truncated");
const EVENT = new JsonKeys("ph", "tid", "ts", "sf", "args");
const ARGS = new JsonKeys("userTag", "vmTag");
/** DevTools' entry above all others: it is no function. */
const ROOT = "cpuProfileRoot";
/** Microseconds beyond this are no measurement. */
const MOST_MICROSECONDS = 2 ** 52;

/** The samples of either layout: stacks are indices of functions, or a leaf's entry; both may stand before what they name. */
export class DartSamples {
  /** Frame by index in `functions`. */
  readonly functions: number[] = [];
  /** Entries of `stackFrames` by the string id of their key. */
  readonly entries: Map<number, Entry> = new Map();
  /** Microseconds between two samples of a thread. */
  period: number = Number.NaN;
  /** Microseconds of the VM's clock at the start. */
  origin: number = Number.NaN;
  extent: number = Number.NaN;
  pid: number = Number.NaN;
  readonly #into: ProfileBuilder;
  /** Indices of all stacks, leaf first; sample i has those before `#ends[i]`. */
  readonly #indices = new NumberColumn();
  readonly #ends = new NumberColumn();
  /** String id of the leaf's entry; 0 where the sample has indices. */
  readonly #leaf = new NumberColumn();
  readonly #time = new NumberColumn();
  readonly #tid = new NumberColumn();
  readonly #labels = new NumberColumn();
  readonly #list = new NumberColumn();

  constructor(into: ProfileBuilder) {
    this.#into = into;
  }

  get length(): number {
    return this.#ends.length;
  }

  /** `samples` of CpuSamples, which is the next value. */
  async parse(json: JsonReader, notes: Notes): Promise<void> {
    await json.elements(() => {
      if (json.peek() === 0x7b) this.#sample(json, notes);
      else json.skipValue();
    });
  }

  #sample(json: JsonReader, notes: Notes): void {
    const { offset } = json;
    const labels: Label[] = [];
    let tid = Number.NaN;
    let time = Number.NaN;
    let hasStack = false;
    json.enterObject();
    for (let key = json.nextKey(SAMPLE); key !== undefined; key = json.nextKey(SAMPLE)) {
      if (key === "tid") tid = json.numberOr(Number.NaN);
      else if (key === "timestamp") time = json.numberOr(Number.NaN);
      else if (key === "userTag" || key === "vmTag") addLabel(labels, key, json.textOr(""));
      else if (key === "truncated") {
        if (json.numberOr(0) === 1)
          notes.add("truncated", "cut-stack", "The VM cut a stack at its outer end: it was too deep.", {
            offset,
          });
      } else if (key === "stack" && json.peek() === 0x5b) {
        json.numbersWithin(this.#list);
        hasStack = true;
      } else json.skipValue();
    }
    if (!hasStack) {
      notes.add("skipped", "no-stack", "A sample has no stack: it was left out.", { offset });
      return;
    }
    for (let i = 0; i < this.#list.length; i++) this.#indices.push(this.#list.at(i));
    this.#add(0, time, tid, labels);
  }

  /** `traceEvents` of _CpuProfileTimeline, which is the next value. */
  async parseEvents(json: JsonReader, notes: Notes): Promise<void> {
    await json.elements(() => {
      if (json.peek() === 0x7b) this.#event(json, notes);
      else json.skipValue();
    });
  }

  #event(json: JsonReader, notes: Notes): void {
    const { offset } = json;
    const labels: Label[] = [];
    let phase = "";
    let tid = Number.NaN;
    let time = Number.NaN;
    let leaf = "";
    json.enterObject();
    for (let key = json.nextKey(EVENT); key !== undefined; key = json.nextKey(EVENT)) {
      if (key === "ph") phase = json.textOr("");
      else if (key === "tid") tid = json.numberOr(Number.NaN);
      else if (key === "ts") time = json.numberOr(Number.NaN);
      else if (key === "sf") leaf = json.textOr("");
      else if (key === "args" && json.peek() === 0x7b) {
        json.enterObject();
        for (let arg = json.nextKey(ARGS); arg !== undefined; arg = json.nextKey(ARGS)) {
          if (arg === "") json.skipValue();
          else addLabel(labels, arg, json.textOr(""));
        }
      } else json.skipValue();
    }
    if (phase === "P" && leaf !== "") this.#add(this.#into.string(leaf), time, tid, labels);
    else notes.add("skipped", "no-sample", "An event is no sample: it was left out.", { offset });
  }

  #add(leaf: number, time: number, tid: number, labels: readonly Label[]): void {
    this.#leaf.push(leaf);
    this.#ends.push(this.#indices.length);
    this.#time.push(Math.abs(time) < MOST_MICROSECONDS ? time : Number.NaN);
    this.#tid.push(tid);
    this.#labels.push(this.#into.labelSet(labels));
  }

  /** Gives the samples to the builder: one each, and the period as processor time, as DevTools counts it. */
  handOver(notes: Notes): void {
    const into = this.#into;
    const samples = into.valueType("samples", "count");
    const timed = this.period > 0 && this.period < 1e9;
    const weights = timed ? [1, this.period * 1000] : [1];
    if (timed) {
      into.meta.defaultValueType = into.valueType("cpu", "nanoseconds");
      into.meta.period = { type: { name: "cpu", unit: "nanoseconds" }, value: this.period * 1000 };
    } else into.meta.defaultValueType = samples;
    if (this.extent >= 0 && this.extent < MOST_MICROSECONDS) into.meta.duration = this.extent * 1000;
    into.meta.observations = this.length;
    const start = this.#start();
    let from = 0;
    for (let row = 0; row < this.length; row++) {
      const end = this.#ends.at(row);
      const leaf = this.#leaf.at(row);
      const stack = leaf === 0 ? this.#stackOf(from, end, notes) : this.#stackFrom(leaf, notes);
      from = end;
      const thread = this.#threadOf(this.#tid.at(row));
      const time = (this.#time.at(row) - start) * 1000;
      into.sample(stack, weights, { thread, time, labels: this.#labels.at(row) });
    }
  }

  /** What times count from: what the file says, or the first sample. */
  #start(): number {
    if (Math.abs(this.origin) < MOST_MICROSECONDS && this.origin > 0) return this.origin;
    let start = Number.POSITIVE_INFINITY;
    for (let row = 0; row < this.length; row++) {
      if (this.#time.at(row) < start) start = this.#time.at(row);
    }
    return start;
  }

  #threadOf(tid: number): number {
    if (!Number.isFinite(tid)) return -1;
    const pid = Number.isFinite(this.pid) ? { pid: this.pid } : {};
    return this.#into.thread({ name: `thread ${tid}`, tid, ...pid });
  }

  #stackOf(from: number, end: number, notes: Notes): number {
    let stack = -1;
    for (let i = end - 1; i >= from; i--) {
      let frame = this.functions[this.#indices.at(i)];
      if (frame === undefined) {
        notes.add(
          "approximated",
          "missing-function",
          "A stack names a function that is not in the list: it is called [unknown].",
        );
        frame = this.#into.frameNamed("[unknown]");
      }
      stack = this.#into.stack(stack, frame);
    }
    return stack;
  }

  /** Stack rows by leaf's string id. */
  readonly #stacks = new Map<number, number>();

  #stackFrom(leaf: number, notes: Notes): number {
    const path: number[] = [];
    const seen = new Set<number>();
    let at = leaf;
    while (!this.#stacks.has(at) && this.entries.has(at) && !seen.has(at)) {
      seen.add(at);
      path.push(at);
      at = this.entries.get(at)!.parent;
    }
    const isEnd = this.#stacks.has(at) || at === 0 || this.#into.text(at) === ROOT;
    if (!isEnd) {
      const message = "A stack names an entry of stackFrames that is not there, or itself; it was cut there.";
      notes.add("approximated", "missing-frame", message);
    }
    let stack = this.#stacks.get(at) ?? -1;
    for (let i = path.length - 1; i >= 0; i--) {
      stack = this.#into.stack(stack, this.entries.get(path[i]!)!.frame);
      this.#stacks.set(path[i]!, stack);
    }
    return stack;
  }
}

/** `Default` is what every sample has that the program did not tag. */
function addLabel(labels: Label[], key: string, value: string): void {
  if (value !== "" && !(key === "userTag" && value === "Default")) labels.push({ key, value });
}
