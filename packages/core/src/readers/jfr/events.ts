import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import type { Label, ProfileMeta } from "../../model/profile.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Key } from "./bytes.ts";
import { BAD_METADATA, type Chunk, fieldType, Pool } from "./chunk.ts";
import { KeyTable } from "./keys.ts";
import { type EventKind, kindOf, LOST_SAMPLES } from "./kinds.ts";
import { LabelKeys } from "./label-keys.ts";
import type { JfrType } from "./metadata.ts";
import { type Other, Plan, type Value } from "./plan.ts";
import { SampleBuffer } from "./sample-buffer.ts";
import { type Sampling, samplingOf } from "./sampling.ts";
import type { Settings } from "./settings.ts";
import { Stacks } from "./stacks.ts";
import type { Wanted } from "./wanted.ts";

/** Fields that every kind is asked for, in the order of the values below. */
const COMMON = ["startTime", "stackTrace", "sampledThread", "eventThread", "state"] as const;
const START = 0;
const TRACE = 1;
const SAMPLED = 2;
const EVENT = 3;
const STATE = 4;

/** Fields that become labels where an event has them, and the labels' keys. */
const LABELS: readonly (readonly [field: string, key: string])[] = [
  ["objectClass", "class"],
  ["monitorClass", "class"],
  ["parkedClass", "class"],
  ["contextId", "context_id"],
  ["spanId", "span_id"],
  ["spanName", "span_name"],
  ["localRootSpanId", "local_root_span_id"],
  ["operation", "operation"],
];

/** The value types that a kind fills, with its rank: the lowest is shown first. */
export interface Ranked {
  readonly rank: number;
  readonly valueType: number;
  /** Amount between two samples. */
  readonly period: ProfileMeta["period"] | 0;
}

/** Decodes events of one type into samples. */
interface EventDecoder {
  readonly plan: Plan;
  readonly sampling: Sampling;
  readonly kind: EventKind;
  readonly type: JfrType;
  /** Index of the first amount's value in the plan's values. */
  readonly countAt: number;
  readonly amountAt: readonly number[];
  readonly amountScale: number;
  readonly labelsAt: number;
  readonly labels: LabelKeys;
  /** How many of its events the chunk has. */
  readonly events: number;
  /** Its stacks; undefined until the first event that has one. */
  stacks: Stacks | undefined;
  /** Which of the fields `sampledThread` and `eventThread` the type has; -1: none. */
  readonly threadSlot: number;
  /** Rows of the value types, made when the first sample comes. */
  rows: { readonly count: number; readonly amount: number } | undefined;
}

/** Reads the events of one chunk that are samples of stacks. */
export class EventReader {
  /** What the chunk's samples weigh. */
  readonly ranked: Ranked[] = [];
  readonly #chunk: Chunk;
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  /** Nanoseconds from the recording's start to the chunk's. */
  readonly #start: number;
  readonly #strings: Pool;
  readonly #decoders = new Map<number, EventDecoder>();
  readonly #lost: Map<number, Plan> = new Map();
  readonly #stacks = new Map<number, Stacks>();
  /** Row of a thread + 1: -1 is a row, too. */
  readonly #threads = new KeyTable(1 << 16);
  readonly #pools = new Map<string, Pool>();
  readonly #samples: SampleBuffer;

  constructor(chunk: Chunk, settings: Settings, origin: bigint, into: ProfileBuilder, notes: Notes) {
    this.#chunk = chunk;
    this.#into = into;
    this.#notes = notes;
    this.#start = Number(chunk.header.startNanos - origin);
    this.#samples = new SampleBuffer(into);
    const string = [...chunk.types.values()].find(({ name }) => name === "java.lang.String");
    this.#strings = new Pool(chunk, string?.id, [""]);
    for (const type of chunk.types.values()) {
      const kind = kindOf(type.name);
      if (kind !== undefined) {
        chunk.tolerate("jfr-bad-metadata", BAD_METADATA, 0, () => this.#addDecoder(type, kind, settings));
      }
      if (type.name === LOST_SAMPLES) {
        chunk.tolerate("jfr-bad-metadata", BAD_METADATA, 0, () =>
          this.#lost.set(type.id, this.#plan(type, ["lostSamples"])),
        );
      }
    }
  }

  /** Reads the events that are wanted; those that are malformed are left out with a note. */
  read(wanted: Wanted): void {
    const input = this.#chunk.input();
    const decoders = wanted.choose([...this.#decoders.values()]);
    const types = new Map<number, EventDecoder | Plan>(this.#lost);
    for (const decoder of decoders) types.set(decoder.type.id, decoder);
    this.#chunk.eachEvent(this.#chunk.events.samples, types, (decoder, at, end) => {
      input.at = at;
      input.end = end;
      try {
        if (decoder instanceof Plan) this.#noteLost(Number(decoder.read(input)[0] ?? 0));
        else {
          decoder.plan.readNumbers(input);
          this.#sample(decoder, decoder.plan.numbers, decoder.plan.others);
        }
      } catch (error) {
        if (!(error instanceof FlambeauError)) throw error;
        const place = error.offset === undefined ? {} : { offset: error.offset };
        this.#notes.add("skipped", "jfr-bad-event", "An event is malformed; it is left out.", place);
      }
    });
    for (const decoder of decoders) this.#addTally(decoder);
    this.#samples.flush();
  }

  #addTally(decoder: EventDecoder): void {
    const numbers = new Float64Array(decoder.plan.numbers.length).fill(Number.NaN);
    this.#chunk.events.tally(decoder.type.id)?.each((thread, trace, state, count) => {
      numbers[START] = 0;
      numbers[SAMPLED] = thread;
      numbers[TRACE] = trace;
      numbers[STATE] = state;
      this.#sample(decoder, numbers, [], count);
    });
  }

  #plan(type: JfrType, wanted: readonly string[]): Plan {
    const pooled = (key: Key): string => String(this.#strings.get(key)?.[0] ?? "");
    return new Plan(this.#chunk, type, wanted, pooled, true);
  }

  #addDecoder(type: JfrType, kind: EventKind, settings: Settings): void {
    const sampling = samplingOf(type, kind, settings);
    const labels = LABELS.map(([field]) => field);
    const amounts = sampling.amount?.fields ?? [];
    const counts = kind.countField === undefined ? [] : [kind.countField];
    const wanted = [...COMMON, ...labels, ...counts, ...amounts];
    const plan = this.#plan(type, [...new Set(wanted)]);
    const slots = [...new Set(wanted)];
    const unit = type.fields.find(({ name }) => name === amounts[0])?.unit;
    this.#decoders.set(type.id, {
      plan,
      sampling,
      kind,
      type,
      countAt: kind.countField === undefined ? -1 : slots.indexOf(kind.countField),
      amountAt: amounts.map((field) => slots.indexOf(field)),
      amountScale: this.#scale(sampling.amount?.unit, unit),
      labelsAt: COMMON.length,
      labels: new LabelKeys(
        [STATE, ...LABELS.map((_, i) => COMMON.length + i)].filter((slot) => plan.has[slot]),
      ),
      events: this.#chunk.events.count(type.id),
      stacks: undefined,
      threadSlot: plan.has[SAMPLED] ? SAMPLED : plan.has[EVENT] ? EVENT : -1,
      rows: undefined,
    });
  }

  /** What an amount is multiplied by, by the unit that the field's annotation names. */
  #scale(wanted: string | undefined, unit: string | undefined): number {
    if (wanted !== "nanoseconds") return 1;
    if (unit === "NANOSECONDS") return 1;
    if (unit === "MICROSECONDS") return 1e3;
    if (unit === "MILLISECONDS") return 1e6;
    if (unit === "SECONDS") return 1e9;
    return 1e9 / this.#chunk.header.ticksPerSecond;
  }

  /** Adds a sample; `times`: how often its event came. */
  #sample(decoder: EventDecoder, numbers: Float64Array, others: readonly Other[], times = 1): void {
    decoder.rows ??= this.#rows(decoder);
    const { rows } = decoder;
    const trace = keyAt(numbers, others, TRACE);
    const stack = trace === undefined ? -1 : this.#stacksOf(decoder).row(trace, times);
    const count = decoder.countAt < 0 ? times : numeric(numbers, others, decoder.countAt);
    const thread = this.#thread(decoder, numbers, others);
    const labels = this.#labels(decoder, numbers, others);
    const samples = this.#samples;
    const row = samples.next();
    samples.stack[row] = stack;
    samples.thread[row] = thread;
    samples.labels[row] = labels;
    samples.time[row] = this.#start + this.#chunk.time(numeric(numbers, others, START));
    samples.weights[rows.count]![row] = count;
    if (rows.amount >= 0) samples.weights[rows.amount]![row] = this.#amount(decoder, numbers, others, count);
  }

  #amount(
    { amountAt, amountScale, sampling }: EventDecoder,
    numbers: Float64Array,
    others: readonly Other[],
    count: number,
  ): number {
    if (amountAt.length === 0) return count * (sampling.period ?? 0);
    let product = 1;
    for (const at of amountAt) product *= numeric(numbers, others, at);
    return amountScale === 1 ? product : Math.round(product * amountScale);
  }

  #rows({ sampling, kind }: EventDecoder): { count: number; amount: number } {
    const { amount } = sampling;
    const count = this.#into.valueType(sampling.count, "count");
    const row = amount === undefined ? -1 : this.#into.valueType(amount.name, amount.unit);
    const type = amount === undefined ? undefined : { name: amount.name, unit: amount.unit };
    this.ranked.push({
      rank: kind.rank,
      valueType: row < 0 ? count : row,
      period: type && sampling.period && { type, value: sampling.period },
    });
    return { count, amount: row };
  }

  #stacksOf(decoder: EventDecoder): Stacks {
    if (decoder.stacks !== undefined) return decoder.stacks;
    const type = fieldType(this.#chunk, decoder.type.id, "stackTrace")!;
    let stacks = this.#stacks.get(type);
    if (stacks === undefined) {
      stacks = new Stacks(this.#chunk, type, this.#strings, this.#into, this.#notes);
      this.#stacks.set(type, stacks);
    }
    decoder.stacks = stacks;
    return stacks;
  }

  /** A pool of the type of one of an event's fields. */
  #pool(decoder: EventDecoder, field: string, wanted: readonly string[]): Pool {
    const type = fieldType(this.#chunk, decoder.type.id, field);
    const name = `${type}/${wanted.join()}`;
    let pool = this.#pools.get(name);
    if (pool === undefined) {
      pool = new Pool(this.#chunk, type, wanted, this.#strings);
      this.#pools.set(name, pool);
    }
    return pool;
  }

  #thread(decoder: EventDecoder, numbers: Float64Array, others: readonly Other[]): number {
    if (decoder.threadSlot < 0) return -1;
    const key = keyAt(numbers, others, decoder.threadSlot);
    if (key === undefined || key === 0) return -1;
    let row = this.#threads.get(key) - 1;
    if (row < -1) {
      const field = COMMON[decoder.threadSlot]!;
      row = this.#readThread(this.#pool(decoder, field, ["osName", "osThreadId", "javaName"]), key);
      this.#threads.set(key, row + 1);
    }
    return row;
  }

  #readThread(pool: Pool, key: Key): number {
    const found = pool.get(key);
    if (found === undefined) return -1;
    const [osName, osId, javaName] = found;
    const name = javaName === "" || javaName === undefined ? osName : javaName;
    const tid = Number(osId ?? 0);
    return this.#into.thread({ name: String(name ?? ""), ...(tid > 0 ? { tid } : {}) });
  }

  #labels(decoder: EventDecoder, numbers: Float64Array, others: readonly Other[]): number {
    const { labels } = decoder;
    const number = labels.number(numbers, others);
    const known = labels.set(number);
    if (known >= 0) return known;
    const set = this.#into.labelSet(this.#readLabels(decoder, numbers, others));
    labels.keep(number, set);
    return set;
  }

  #readLabels(decoder: EventDecoder, numbers: Float64Array, others: readonly Other[]): Label[] {
    const labels: Label[] = [];
    const state = keyAt(numbers, others, STATE);
    if (state !== undefined) {
      const name = this.#pool(decoder, "state", ["name"]).get(state)?.[0];
      if (typeof name === "string" && name !== "") labels.push({ key: "state", value: name });
    }
    LABELS.forEach(([field, key], i) => {
      const slot = decoder.labelsAt + i;
      const number = numbers[slot]!;
      const value = this.#labelValue(decoder, field, key, Number.isNaN(number) ? others[slot] : number);
      if (value !== "") labels.push({ key, value });
    });
    return labels;
  }

  #labelValue(decoder: EventDecoder, field: string, key: string, value: Value): string {
    if (value === undefined || value === 0) return "";
    const found = decoder.type.fields.find(({ name }) => name === field);
    if (typeof value === "string" || found === undefined || !found.pooled) return String(value);
    if (key !== "class") return String(this.#strings.get(value)?.[0] ?? "");
    return this.#stacksFor(decoder)?.className(value, found.type) ?? "";
  }

  #stacksFor(decoder: EventDecoder): Stacks | undefined {
    const type = fieldType(this.#chunk, decoder.type.id, "stackTrace");
    return type === undefined ? undefined : this.#stacks.get(type);
  }

  #noteLost(count: number): void {
    if (!(count > 0)) return;
    this.#notes.add(
      "information",
      "jfr-lost-samples",
      "The virtual machine lost samples while it recorded.",
      undefined,
      count,
    );
  }
}

/** A key; undefined where the event has none. */
function keyAt(numbers: Float64Array, others: readonly Other[], slot: number): Key | undefined {
  const number = numbers[slot]!;
  if (!Number.isNaN(number)) return number;
  const other = others[slot];
  return typeof other === "string" ? undefined : other;
}

function numeric(numbers: Float64Array, others: readonly Other[], slot: number): number {
  const number = numbers[slot]!;
  if (!Number.isNaN(number)) return Number.isFinite(number) ? number : 0;
  const other = Number(others[slot] ?? 0);
  return Number.isFinite(other) ? other : 0;
}
