import { ProtobufReader, WireType } from "../../codec/protobuf.ts";
import type { ProfileBuilder, SampleDetails } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import type { Label, ValueType } from "../../model/profile.ts";
import type { Attribute } from "./attributes.ts";
import { FORMAT, type Layout } from "./layout.ts";
import { addIntegers, addTimes, big, Indices, integer } from "./numbers.ts";
import type { Tables } from "./tables.ts";

/** Attributes that say which thread a sample is of. */
const THREAD_KEYS: ReadonlySet<string> = new Set([
  "thread.name",
  "thread.id",
  "process.pid",
  "process.executable.name",
]);

/** Units as UCUM abbreviates them. */
const UNITS: ReadonlyMap<string, string> = new Map([
  ["", "count"],
  ["1", "count"],
  ["ns", "nanoseconds"],
  ["us", "microseconds"],
  ["ms", "milliseconds"],
  ["s", "seconds"],
  ["By", "bytes"],
]);

/** What all profiles of an input say together. */
export interface Recording {
  /** Nanoseconds since the Unix epoch: the first profile's start, or the first time seen. */
  origin: bigint | undefined;
  end: bigint;
  period: { readonly type: ValueType; readonly value: number } | undefined;
}

/** A sample's columns before they are weighed. */
interface Row {
  stack: number;
  readonly values: number[];
  readonly times: bigint[];
  readonly attributes: number[];
  link: number;
}

/** Reads one profile: the samples of one kind (since v1.8) or of several (before). */
export class ProfileReader {
  readonly #layout: Layout;
  readonly #tables: Tables;
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  readonly #recording: Recording;
  readonly #resource: readonly Attribute[];
  readonly #types: number[] = [];
  readonly #samples: number[] = [];
  readonly #locationIndices = new Indices();
  readonly #sets = new Map<string, { readonly labels: number; readonly thread: number }>();
  #time = 0n;
  #duration = 0;
  #period = 0;
  #periodType: ValueType | undefined;

  constructor(
    layout: Layout,
    tables: Tables,
    resource: readonly Attribute[],
    recording: Recording,
    into: ProfileBuilder,
    notes: Notes,
  ) {
    this.#layout = layout;
    this.#tables = tables;
    this.#resource = resource;
    this.#recording = recording;
    this.#into = into;
    this.#notes = notes;
  }

  /** Reads the profile that `reader` is narrowed to; the tables are complete. */
  read(reader: ProtobufReader): void {
    const { profile } = this.#layout;
    while (reader.next()) {
      const { field, wire } = reader;
      if (field === 1 && wire === WireType.bytes) this.#addType(this.#valueType(reader));
      else if (field === 2 && wire === WireType.bytes) {
        const length = reader.length();
        this.#samples.push(reader.at, reader.at + length);
        reader.at += length;
      } else if (field === profile.locationIndices) this.#locationIndices.take(reader);
      else if (field === profile.time) this.#time = big(reader);
      else if (field === profile.duration) this.#duration = integer(reader);
      else if (field === profile.period) this.#period = integer(reader);
      else if (field === profile.periodType && wire === WireType.bytes)
        this.#periodType = this.#valueType(reader);
      else reader.skip();
    }
    this.#tellRecording();
    if (this.#types.length === 0) this.#addType({ name: "samples", unit: "count" });
    const sample = new ProtobufReader(reader.bytes, 0, 0, FORMAT);
    for (let i = 0; i < this.#samples.length; i += 2) {
      sample.moveTo(this.#samples[i]!, this.#samples[i + 1]!);
      this.#addSample(this.#readSample(sample), this.#samples[i]!);
    }
  }

  #valueType(reader: ProtobufReader): ValueType {
    const outer = reader.enter();
    let [name, unit] = ["", ""];
    while (reader.next()) {
      if (reader.field === 1) name = this.#tables.text(integer(reader));
      else if (reader.field === 2) unit = this.#tables.text(integer(reader));
      else reader.skip();
    }
    reader.leave(outer);
    return { name: name === "" ? "samples" : name, unit: UNITS.get(unit) ?? unit };
  }

  #addType({ name, unit }: ValueType): void {
    this.#types.push(this.#into.valueType(name, unit));
  }

  #tellRecording(): void {
    const recording = this.#recording;
    if (this.#time > 0n) {
      recording.origin ??= this.#time;
      const end = this.#time + BigInt(Math.max(0, Math.trunc(this.#duration)));
      if (end > recording.end) recording.end = end;
    }
    if (this.#periodType !== undefined && this.#period > 0)
      recording.period ??= { type: this.#periodType, value: this.#period };
  }

  #readSample(reader: ProtobufReader): Row {
    const { sample, tables } = this.#layout;
    const row: Row = { stack: -1, values: [], times: [], attributes: [], link: 0 };
    let [index, start, length] = [0, 0, 0];
    while (reader.next()) {
      const { field } = reader;
      if (field === sample.stack) index = integer(reader);
      else if (field === sample.start) start = integer(reader);
      else if (field === sample.length) length = integer(reader);
      else if (field === sample.values) addIntegers(reader, row.values);
      else if (field === sample.attributes) addIntegers(reader, row.attributes);
      else if (field === sample.link) row.link = integer(reader);
      else if (field === sample.timestamps) addTimes(reader, tables.stack >= 0, row.times);
      else reader.skip();
    }
    row.stack = sample.stack >= 0 ? this.#tables.stack(index) : this.#range(start, length);
    return row;
  }

  #range(start: number, length: number): number {
    const end = start + length;
    if (start >= 0 && length >= 0 && end <= this.#locationIndices.length)
      return this.#tables.stackOf(this.#locationIndices.items, start, end);
    this.#notes.add("skipped", "otlp-missing-row", "Something refers to a row that its table does not have.");
    return -1;
  }

  /**
   * Values and times may come in pairs, an observation each; without values every time is one observation that
   * counts 1; without times the values are sums. One value with many times is their sum: it has no time of its own.
   */
  #addSample(row: Row, offset: number): void {
    const { values, times, stack } = row;
    const details = this.#details(row);
    const isPaired = this.#types.length === 1 && times.length > 0 && values.length === times.length;
    if (values.length === 0 && times.length === 0) {
      this.#notes.add("skipped", "otlp-empty-sample", "A sample has neither values nor times.", { offset });
    } else if (values.length === 0 || isPaired) {
      times.forEach((time, i) => {
        this.#into.sampleOf(stack, this.#types[0]!, values[i] ?? 1, { ...details, time: this.#since(time) });
      });
    } else if (this.#types.length === 1 && values.length > 1) {
      for (const value of values) this.#into.sampleOf(stack, this.#types[0]!, value, details);
    } else {
      const weights = new Float64Array(this.#into.valueTypes.length);
      this.#types.forEach((type, i) => {
        weights[type] = values[i] ?? 0;
      });
      const time = times.length === 1 ? { time: this.#since(times[0]!) } : {};
      this.#into.sample(stack, weights, { ...details, ...time });
    }
  }

  #since(time: bigint): number {
    this.#recording.origin ??= time;
    return Number(time - this.#recording.origin);
  }

  /** Thread and labels of a sample, found again by what they are made of. */
  #details({ attributes, link }: Row): SampleDetails {
    const key = `${link}/${attributes.join()}`;
    let set = this.#sets.get(key);
    if (set === undefined) {
      const found = attributes.map((index) => this.#tables.attribute(index));
      set = { thread: this.#thread(found), labels: this.#into.labelSet(this.#labels(found, link)) };
      this.#sets.set(key, set);
    }
    return set;
  }

  #labels(attributes: readonly Attribute[], link: number): Label[] {
    const labels: Label[] = [];
    for (const { key, value, unit } of [...this.#resource, ...attributes]) {
      if (key === "" || THREAD_KEYS.has(key)) continue;
      labels.push(typeof value === "number" ? { key, value, unit } : { key, value });
    }
    if (link <= 0) return labels;
    const { trace, span } = this.#tables.link(link);
    if (/[1-9a-f]/.test(trace)) labels.push({ key: "trace_id", value: trace });
    if (/[1-9a-f]/.test(span)) labels.push({ key: "span_id", value: span });
    return labels;
  }

  #thread(attributes: readonly Attribute[]): number {
    const values = new Map([...this.#resource, ...attributes].map(({ key, value }) => [key, value]));
    if (![...THREAD_KEYS].some((key) => values.has(key))) return -1;
    const process = values.get("process.executable.name");
    const id = (key: string): number | undefined => {
      const number = Number(values.get(key));
      return values.has(key) && Number.isSafeInteger(number) ? number : undefined;
    };
    const [pid, tid] = [id("process.pid"), id("thread.id")];
    return this.#into.thread({
      name: String(values.get("thread.name") ?? ""),
      ...(process === undefined ? {} : { process: String(process) }),
      ...(pid === undefined ? {} : { pid }),
      ...(tid === undefined ? {} : { tid }),
    });
  }
}
