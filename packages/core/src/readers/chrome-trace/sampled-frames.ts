import { JsonKeys, type JsonReader, NumberColumn } from "../../codec/json.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { MAX_MICROSECONDS } from "./facts.ts";
import type { TraceThreads } from "./threads.ts";
import { traceId } from "./threads.ts";

const SAMPLE = new JsonKeys("pid", "tid", "ts", "weight", "sf");
const FRAME = new JsonKeys("name", "parent");

/**
 * `samples` and `stackFrames`, which stand beside `traceEvents`: Hermes' sampling profiler writes them. A stack is
 * the id of its leaf's entry, whose `parent` is another's id.
 */
export class SampledFrames {
  readonly #json: JsonReader;
  readonly #builder: ProfileBuilder;
  readonly #threads: TraceThreads;
  /** String ids of the entries' ids, names and parents (0: none). */
  readonly #entries = new Map<number, { readonly name: number; readonly parent: number }>();
  readonly #leaf = new NumberColumn();
  readonly #time = new NumberColumn();
  readonly #weight = new NumberColumn();
  readonly #thread = new NumberColumn();

  constructor(json: JsonReader, builder: ProfileBuilder, threads: TraceThreads) {
    this.#json = json;
    this.#builder = builder;
    this.#threads = threads;
  }

  get length(): number {
    return this.#leaf.length;
  }

  /** Earliest sample, in microseconds; Infinity where there is none. */
  get start(): number {
    let start = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.#time.length; i++) start = Math.min(start, this.#time.at(i));
    return start;
  }

  /** The next value is `samples`. */
  async samples(notes: Notes): Promise<void> {
    const json = this.#json;
    await json.take(() => json.enterArray());
    await json.run(() => {
      if (!json.nextElement()) return false;
      const offset = json.offset;
      const sample = { pid: "", tid: "", ts: "", weight: "", sf: "" };
      json.enterObject();
      for (let key = json.nextKey(SAMPLE); key !== undefined; key = json.nextKey(SAMPLE)) {
        if (key === "") json.skipValue();
        else sample[key] = this.#scalar();
      }
      const time = Number(sample.ts || Number.NaN);
      if (!(Math.abs(time) <= MAX_MICROSECONDS)) {
        notes.add("skipped", "sample-without-time", "A sample has no usable time; it was left out.", {
          offset,
        });
        return true;
      }
      const weight = Number(sample.weight || 1);
      const thread = this.#threads.row(traceId(sample.pid), traceId(sample.tid));
      this.#leaf.push(this.#builder.string(sample.sf));
      this.#time.push(time);
      this.#weight.push(Number.isFinite(weight) ? weight : 1);
      this.#thread.push(thread);
      return true;
    });
  }

  /** The next value is `stackFrames`. */
  async stackFrames(): Promise<void> {
    const json = this.#json;
    await json.take(() => json.enterObject());
    await json.run(() => {
      const end = json.nextKey(FRAME);
      if (end === undefined) return false;
      const id = this.#builder.stringBytes(json.spanBytes, json.spanStart, json.spanEnd);
      let name = 0;
      let parent = 0;
      json.enterObject();
      for (let key = json.nextKey(FRAME); key !== undefined; key = json.nextKey(FRAME)) {
        if (key === "") json.skipValue();
        else if (key === "name") name = this.#builder.string(this.#scalar());
        else parent = this.#builder.string(this.#scalar());
      }
      this.#entries.set(id, { name, parent });
      return true;
    });
  }

  /** A text, or a number as text; empty for anything else. */
  #scalar(): string {
    const json = this.#json;
    const byte = json.peek();
    if (byte === 0x22) return json.text();
    if (byte === 0x2d || (byte >= 0x30 && byte <= 0x39)) return String(json.number());
    json.skipValue();
    return "";
  }

  /** A sample lasts until the next one of its thread; the last one as long as the average of the others. */
  handOver(
    threadOf: (row: number) => number,
    nanoseconds: (microseconds: number) => number,
    notes: Notes,
  ): void {
    const builder = this.#builder;
    const count = builder.valueType("samples", "count");
    const wall = builder.valueType("wall", "nanoseconds");
    builder.meta.defaultValueType = wall;
    builder.meta.observations = (builder.meta.observations ?? 0) + this.length;
    const weights = new Float64Array(builder.valueTypes.length);
    for (const rows of this.#rowsByThread()) {
      const times = rows.map((row) => nanoseconds(this.#time.at(row)));
      const average = rows.length > 1 ? (times.at(-1)! - times[0]!) / (rows.length - 1) : 0;
      rows.forEach((row, i) => {
        weights[count] = this.#weight.at(row);
        weights[wall] = i + 1 < rows.length ? times[i + 1]! - times[i]! : Math.round(average);
        const thread = threadOf(this.#thread.at(row));
        builder.sample(this.#stackOf(this.#leaf.at(row), notes), weights, { thread, time: times[i]! });
      });
    }
  }

  #rowsByThread(): number[][] {
    const lists: number[][] = Array.from({ length: this.#threads.length }, () => []);
    for (let row = 0; row < this.length; row++) lists[this.#thread.at(row)]!.push(row);
    for (const rows of lists) rows.sort((a, b) => this.#time.at(a) - this.#time.at(b) || a - b);
    return lists.filter((rows) => rows.length > 0);
  }

  /** Stack rows by leaf id; -1 for an id without an entry. */
  readonly #stacks = new Map<number, number>();

  #stackOf(leaf: number, notes: Notes): number {
    const path: number[] = [];
    const seen = new Set<number>();
    let at = leaf;
    while (at !== 0 && !this.#stacks.has(at)) {
      if (seen.has(at) || !this.#entries.has(at)) {
        notes.add(
          "approximated",
          "missing-frame",
          "A stack names an entry of stackFrames that is not there, or itself; it was cut there.",
        );
        break;
      }
      seen.add(at);
      path.push(at);
      at = this.#entries.get(at)!.parent;
    }
    let stack = this.#stacks.get(at) ?? -1;
    for (let i = path.length - 1; i >= 0; i--) {
      const { name } = this.#entries.get(path[i]!)!;
      stack = this.#builder.stack(
        stack,
        this.#builder.frame({ name: name || this.#builder.string("(unnamed)") }),
      );
      this.#stacks.set(path[i]!, stack);
    }
    return stack;
  }
}
