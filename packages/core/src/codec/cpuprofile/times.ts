import type { Notes } from "../../model/notes.ts";
import { type SteppedRows, sumOfSteps } from "../../model/packed-column.ts";
import type { NumberColumn, Recycler } from "../json.ts";
import type { CpuProfileFile } from "./file.ts";

/** A time difference beyond this many microseconds (30 years) is no measurement. */
const MAX_MICROSECONDS = 1e15;
/** Microseconds from the year 1, where Business Central counts from, to 1970. */
const YEAR_ONE_TO_UNIX = 62_135_596_800_000_000n;
const MAX_ORIGIN = 1n << 63n;
/** Nanoseconds that no machine has been up for, and that 1970 was ago in 2001. */
const UNIX_FROM = 10n ** 18n;

/** When each sample was taken and how long it stands for, in the order of time. */
export interface SampleTimes {
  /** Position in the file's `samples` of each sample in the order of time; undefined: the file's order is it. */
  readonly order: Uint32Array | undefined;
  /** When the last sample was taken, nanoseconds since `startTime`; NaN where not all samples have a time. */
  readonly end: number;
  /**
   * Puts `length` samples from the `from`-th in the order of time on: into `time` nanoseconds since `startTime` plus
   * `shift`, NaN where not known; into `weight` the nanoseconds that each stands for. Pieces are asked for in order.
   */
  put(from: number, length: number, shift: number, time: Float64Array, weight: Float64Array): void;
  /** The same without spreading them out, where the file has them so: instead of {@link put}. */
  steps(from: number, length: number, shift: number): SteppedTimes | undefined;
  /** Nothing before `index` is asked for any more. */
  drop(index: number, to: Recycler): void;
}

export interface SteppedTimes {
  readonly time: SteppedRows;
  readonly weight: SteppedRows;
}

/**
 * A sample stands for the time until the next one, as in Chrome's DevTools. The last one stands for the average
 * distance of two samples (DevTools again), unless the file gives one more time difference than samples; the only
 * one of a file for the time until `endTime`. Undefined where the file has neither times nor a duration.
 */
export function sampleTimes(file: CpuProfileFile, notes: Notes): SampleTimes | undefined {
  if (isForward(file.timeDeltas)) return new SummedTimes(file, notes);
  const time = timesInFile(file, notes);
  return time === undefined ? undefined : new ListedTimes(file, time, notes);
}

/** True where no time difference needs a closer look: then times need not be kept in a list. */
function isForward(timeDeltas: NumberColumn): boolean {
  if (timeDeltas.length === 0 || !timeDeltas.integers) return false;
  let forward = true;
  timeDeltas.forEachPiece((deltas, first) => {
    // The first one says when the first sample was taken.
    forward &&= least(first === 0 ? deltas.subarray(1) : deltas) >= 0;
  });
  return forward;
}

function least(values: Int32Array | Float64Array | Uint16Array): number {
  let found = 0;
  if (values instanceof Uint16Array) return found;
  for (let i = 0; i < values.length; i++) if (values[i]! < found) found = values[i]!;
  return found;
}

function sum(values: Int32Array | Float64Array | Uint16Array): number {
  if (values instanceof Uint16Array) return sumOfSteps(values);
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total;
}

/** Times as sums of the file's differences, made as they are asked for. */
class SummedTimes implements SampleTimes {
  readonly order = undefined;
  readonly end: number;
  readonly #deltas: NumberColumn;
  readonly #known: number;
  readonly #lastWeight: number;
  #microseconds = 0;

  constructor(file: CpuProfileFile, notes: Notes) {
    const { samples, timeDeltas } = file;
    noteLength(notes, samples.length, timeDeltas.length);
    this.#deltas = timeDeltas;
    this.#known = Math.min(samples.length, timeDeltas.length);
    let last = 0;
    timeDeltas.forEachPiece((deltas, first) => {
      last += sum(deltas.subarray(0, Math.max(0, this.#known - first)));
    });
    const next = this.#known < timeDeltas.length ? timeDeltas.at(this.#known) : Number.NaN;
    const times = { first: timeDeltas.at(0) * 1000, last: last * 1000, next: (last + next) * 1000 };
    this.end = this.#known === samples.length ? last * 1000 : Number.NaN;
    this.#lastWeight = this.#known === 0 ? 0 : weightOfLast(file, times, timeDeltas.length, this.#known);
  }

  put(from: number, length: number, shift: number, time: Float64Array, weight: Float64Array): void {
    const known = Math.max(0, Math.min(length, this.#known - from));
    const deltas = this.#deltas.piece(from, known);
    let microseconds = this.#microseconds;
    for (let i = 0; i < known; i++) {
      const delta = deltas[i]!;
      microseconds += delta;
      time[i] = microseconds * 1000 + shift;
      if (i > 0) weight[i - 1] = delta * 1000;
    }
    this.#microseconds = microseconds;
    time.fill(Number.NaN, known, length);
    weight.fill(0, known, length);
    const next = from + known;
    if (known > 0) weight[known - 1] = next < this.#known ? this.#deltas.at(next) * 1000 : this.#lastWeight;
  }

  /** Each difference is the time from the sample before, and what that one weighs. */
  steps(from: number, length: number, shift: number): SteppedTimes | undefined {
    if (from + length >= this.#known) return undefined;
    const time = this.#deltas.narrow(from, length);
    if (time === undefined) return undefined;
    const base = this.#microseconds * 1000 + shift;
    const microseconds = this.#microseconds + sum(time);
    if (!Number.isSafeInteger(base) || !Number.isSafeInteger(microseconds * 1000 + shift)) return undefined;
    const weight = this.#deltas.narrow(from + 1, length) ?? shifted(time, this.#deltas.at(from + length));
    if (weight === undefined) return undefined;
    this.#microseconds = microseconds;
    return {
      time: { base, unit: 1000, steps: time, rising: true },
      weight: { base: 0, unit: 1000, steps: weight, rising: false },
    };
  }

  drop(index: number, to: Recycler): void {
    this.#deltas.drop(index, to);
  }
}

/** The values from the second on, and `next` behind them; undefined where that is too large for two bytes. */
function shifted(values: Uint16Array, next: number): Uint16Array | undefined {
  if (next > 0xffff) return undefined;
  const moved = new Uint16Array(values.length);
  moved.set(values.subarray(1));
  moved[values.length - 1] = next;
  return moved;
}

/** Times of any kind, sorted. */
class ListedTimes implements SampleTimes {
  readonly order: Uint32Array | undefined;
  readonly end: number;
  /** By position in the file. */
  readonly #time: Float64Array;
  /** How many samples, the first in `order`, have a time. */
  readonly #known: number;
  readonly #lastWeight: number;

  constructor(file: CpuProfileFile, time: Float64Array, notes: Notes) {
    const count = file.samples.length;
    let known = Math.min(count, time.length);
    while (known > 0 && Number.isNaN(time[known - 1]!)) known--;
    this.#time = time;
    this.#known = known;
    this.order = timeOrder(time, count, known, notes);
    const next = known < time.length ? time[known]! : Number.NaN;
    const times = { first: this.#at(0), last: this.#at(known - 1), next };
    this.end = known === count ? times.last : Number.NaN;
    this.#lastWeight = known > 0 ? weightOfLast(file, times, time.length, known) : 0;
  }

  put(from: number, length: number, shift: number, time: Float64Array, weight: Float64Array): void {
    for (let i = 0; i < length; i++) {
      const at = from + i;
      time[i] = this.#at(at) + shift;
      weight[i] =
        at + 1 < this.#known
          ? this.#at(at + 1) - this.#at(at)
          : at + 1 === this.#known
            ? this.#lastWeight
            : 0;
    }
  }

  steps(): undefined {}

  drop(): void {}

  #at(i: number): number {
    return this.#time[this.order === undefined ? i : this.order[i]!]!;
  }
}

/** `next` is the time behind the last sample's; `entries` is how many times the file has. */
function weightOfLast(
  file: CpuProfileFile,
  { first, last, next }: { readonly first: number; readonly last: number; readonly next: number },
  entries: number,
  known: number,
): number {
  if (entries === file.samples.length + 1 && entries === known + 1) return Math.max(0, next - last) || 0;
  if (known > 1) return Math.round((last - first) / (known - 1));
  return Math.max(0, (durationOf(file) ?? last) - last);
}

/** Nanoseconds since `startTime` of each entry of the file, or undefined where nothing tells them. */
function timesInFile(file: CpuProfileFile, notes: Notes): Float64Array | undefined {
  const { samples, timeDeltas, timestamps } = file;
  if (timeDeltas.length > 0) return fromDeltas(file, notes);
  if (timestamps.length > 0) return fromTimestamps(file, notes);
  const duration = durationOf(file);
  if (duration === undefined || samples.length === 0) return undefined;
  notes.add(
    "approximated",
    "no-times",
    "The file has no time per sample; samples were placed evenly between start and end.",
  );
  return Float64Array.from({ length: samples.length }, (_, i) => (i * duration) / samples.length);
}

function fromDeltas(file: CpuProfileFile, notes: Notes): Float64Array {
  const { timeDeltas, samples } = file;
  noteLength(notes, samples.length, timeDeltas.length);
  const time = new Float64Array(Math.max(timeDeltas.length, samples.length)).fill(
    Number.NaN,
    timeDeltas.length,
  );
  let microseconds = 0;
  for (let i = 0; i < timeDeltas.length; i++) {
    microseconds += plausible(timeDeltas.at(i), notes);
    // Fractions of a microsecond do not add up exactly.
    time[i] = Math.round(microseconds * 1000);
  }
  return time;
}

/** `timestamps` are absolute; where `startTime` does not fit to them, the first one is the origin. */
function fromTimestamps(file: CpuProfileFile, notes: Notes): Float64Array {
  const { timestamps, samples } = file;
  noteLength(notes, samples.length, timestamps.length);
  const first = timestamps.at(0);
  const start = Number(file.startTime ?? Number.NaN) * (file.nested ? 1e6 : 1);
  const origin = start <= first && first - start < MAX_MICROSECONDS ? start : first;
  const time = new Float64Array(Math.max(timestamps.length, samples.length)).fill(Number.NaN);
  for (let i = 0; i < timestamps.length; i++) time[i] = plausible(timestamps.at(i) - origin, notes) * 1000;
  return time;
}

function noteLength(notes: Notes, samples: number, times: number): void {
  const difference = times - samples;
  if (difference < 0) {
    notes.add(
      "approximated",
      "times-missing",
      "There are fewer times than samples; the last samples have no time and no duration.",
      undefined,
      -difference,
    );
  } else if (difference > 1) {
    notes.add(
      "skipped",
      "times-without-sample",
      "There are more times than samples; the last times were left out.",
      undefined,
      difference,
    );
  }
}

/** Replaces what cannot be a time difference by 0, with a note. */
export function plausible(microseconds: number, notes: Notes): number {
  if (Math.abs(microseconds) <= MAX_MICROSECONDS) return microseconds;
  notes.add("skipped", "bad-time", "A time that is not finite or beyond 30 years was taken as no time.");
  return 0;
}

/** V8 writes samples of two threads' clocks now and then, so time may go back: sort, as DevTools does. */
function timeOrder(time: Float64Array, count: number, known: number, notes: Notes): Uint32Array | undefined {
  let backwards = 0;
  for (let i = 1; i < known; i++) if (time[i]! < time[i - 1]!) backwards++;
  if (backwards === 0) return undefined;
  notes.add(
    "information",
    "time-goes-back",
    "A time difference is negative; samples were put in the order of time.",
    undefined,
    backwards,
  );
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  order.subarray(0, known).sort((a, b) => time[a]! - time[b]! || a - b);
  return order;
}

/** Nanoseconds from start to end, where the file says both and they make sense. */
export function durationOf(file: CpuProfileFile): number | undefined {
  const { startTime, endTime } = file;
  if (startTime === undefined || endTime === undefined) return undefined;
  const difference =
    typeof startTime === "bigint" && typeof endTime === "bigint"
      ? Number(endTime - startTime)
      : Number(endTime) - Number(startTime);
  const microseconds = difference * (file.nested ? 1e6 : 1);
  return microseconds >= 0 && microseconds <= MAX_MICROSECONDS ? microseconds * 1000 : undefined;
}

/** The file's `startTime` in nanoseconds, and the clock it is of. */
export function originOf(
  file: CpuProfileFile,
): { readonly timeOrigin: bigint; readonly clock: "unix" | "monotonic" } | undefined {
  const { startTime } = file;
  if (startTime === undefined) return undefined;
  const nanoseconds =
    typeof startTime === "bigint" ? startTime * (file.nested ? 1_000_000_000n : 1000n) : fraction();
  if (nanoseconds > MAX_ORIGIN * 10n || nanoseconds < -MAX_ORIGIN) return undefined;
  const sinceYearOne = nanoseconds - YEAR_ONE_TO_UNIX * 1000n;
  if (file.al && sinceYearOne >= 0n) return { timeOrigin: sinceYearOne, clock: "unix" };
  // V8 counts from some start of the machine; Bun, and our own writer where it knows it, from 1970.
  const clock = nanoseconds >= UNIX_FROM ? "unix" : "monotonic";
  return nanoseconds <= MAX_ORIGIN ? { timeOrigin: nanoseconds, clock } : undefined;

  function fraction(): bigint {
    const value = Number(startTime) * (file.nested ? 1e9 : 1000);
    return Math.abs(value) < 1e20 ? BigInt(Math.round(value)) : MAX_ORIGIN * 11n;
  }
}
