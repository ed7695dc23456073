import type { Slabs } from "./slabs.ts";

/** Rows packed at a time: a time of nanoseconds, a millisecond apart, still fits 32 bits then. */
const BLOCK = 2048;
const MOST = 0xffffffff;
/** What times and durations are multiples of: milliseconds, microseconds. */
const UNITS = [1e6, 1e3, 1];
/** Values by which a unit is judged before all are tried. */
const TRIED = 8;

type Steps = Uint8Array | Uint16Array | Uint32Array;

/**
 * Rows of a column as a file with differences has them: `base + unit * steps[i]`, or where `rising` each step is that from
 * the row before. They must come out exactly. The steps are kept, not copied.
 */
export interface SteppedRows {
  readonly base: number;
  readonly unit: number;
  readonly steps: Uint16Array;
  readonly rising: boolean;
}

/**
 * Rows of a column: `base + unit * steps[i]`, or where `rising` each step is that from the row before; without steps all
 * are `base`; or doubles where nothing narrower holds them.
 */
interface Block {
  length: number;
  readonly base: number;
  readonly unit: number;
  readonly steps: Steps | undefined;
  readonly rising: boolean;
  readonly doubles: Float64Array | undefined;
}

const CONSTANT = { unit: 0, steps: undefined, rising: false, doubles: undefined };

/** Steps of the block in hand. */
const scratch = new Uint32Array(BLOCK);

/**
 * A column of doubles while nobody looks at it: blocks of rows in 0 to 4 bytes a row, where no bit is lost by that. What
 * is the same in all rows (weights of one, the thread) takes no room at all.
 */
export class PackedColumn {
  readonly #blocks: Block[] = [];
  readonly #slabs: Slabs;
  #length = 0;
  /** Rows that wait until they fill a block. */
  readonly #waiting: Float64Array = new Float64Array(BLOCK);
  #waits = 0;
  /** The unit of the last block, if its steps rise: the next one is likely to be the same. */
  #risingUnit = 0;

  constructor(slabs: Slabs) {
    this.#slabs = slabs;
  }

  get length(): number {
    return this.#length;
  }

  append(values: Float64Array, length: number): void {
    if (areSame(values, length)) {
      if (length > 0) this.appendSame(values[0]!, length);
      return;
    }
    for (let from = 0; from < length; ) {
      const count = Math.min(length - from, BLOCK - this.#waits);
      const part = values.subarray(from, from + count);
      from += count;
      if (count === BLOCK) {
        this.#pack(part);
        continue;
      }
      this.#waiting.set(part, this.#waits);
      this.#waits += count;
      if (this.#waits === BLOCK) this.#packWaiting();
    }
    this.#length += length;
  }

  /** Rows that are packed already. */
  appendSteps({ base, unit, steps, rising }: SteppedRows): void {
    this.#packWaiting();
    let start = base;
    for (let from = 0; from < steps.length; from += BLOCK) {
      const part = steps.subarray(from, from + BLOCK);
      this.#push(start, unit, part, rising);
      if (rising) start += unit * sumOfSteps(part);
    }
    this.#length += steps.length;
  }

  /** The same value `length` times. */
  appendSame(value: number, length: number): void {
    this.#packWaiting();
    this.#addSame(value, length);
    this.#length += length;
  }

  /** All rows in one array of at least as many. */
  unpack(into: Float64Array | Int32Array): void {
    this.#packWaiting();
    let from = 0;
    for (const { length, base, unit, steps, rising, doubles } of this.#blocks) {
      if (doubles !== undefined) into.set(doubles, from);
      else if (steps === undefined) into.fill(base, from, from + length);
      else {
        scratch.set(steps);
        if (rising) sumUp(length);
        for (let i = 0; i < length; i++) into[from + i] = base + unit * scratch[i]!;
      }
      from += length;
    }
  }

  #addSame(value: number, length: number): void {
    const last = this.#blocks.at(-1);
    if (last?.steps === undefined && last?.doubles === undefined && Object.is(last?.base, value)) {
      last!.length += length;
    } else this.#blocks.push({ ...CONSTANT, length, base: value });
  }

  #packWaiting(): void {
    if (this.#waits > 0) this.#pack(this.#waiting.subarray(0, this.#waits));
    this.#waits = 0;
  }

  #pack(values: Float64Array): void {
    const { length } = values;
    if (this.#risingUnit > 0 && rises(values, this.#risingUnit)) {
      this.#push(values[0]!, this.#risingUnit, this.#keep(length, 0xffff), true);
      return;
    }
    this.#risingUnit = 0;
    findBounds(values, length);
    const base = bounds.least;
    const range = bounds.greatest - base;
    if (range === 0 || isNothing(values, length)) {
      this.#addSame(values[0]!, length);
      return;
    }
    for (const unit of UNITS) {
      if (!(range / unit <= MOST)) break;
      if (!divide(values, Math.min(length, TRIED), base, unit) || !divide(values, length, base, unit))
        continue;
      const highest = range / unit;
      const rise = highest > 0xffff ? greatestRise(length) : highest;
      const rising = rise <= 0xffff && rise < highest;
      if (rising) takeDifferences(length);
      if (rising) this.#risingUnit = unit;
      this.#push(base, unit, this.#keep(length, rising ? rise : highest), rising);
      return;
    }
    const doubles = this.#slabs.place(length * 8, (buffer, at) => new Float64Array(buffer, at, length));
    doubles.set(values);
    this.#blocks.push({ ...CONSTANT, length, base, doubles });
  }

  #push(base: number, unit: number, steps: Steps, rising: boolean): void {
    this.#blocks.push({ length: steps.length, base, unit, steps, rising, doubles: undefined });
  }

  /** The steps in the scratch, in as few bytes as the highest needs. */
  #keep(length: number, highest: number): Steps {
    const Type = highest <= 0xff ? Uint8Array : highest <= 0xffff ? Uint16Array : Uint32Array;
    const bytes = length * Type.BYTES_PER_ELEMENT;
    const steps = this.#slabs.place(bytes, (buffer, at) => new Type(buffer, at, length));
    steps.set(scratch.subarray(0, length));
    return steps;
  }
}

/** Least and greatest of the values in hand; both are NaN where one of them is. */
const bounds = { least: 0, greatest: 0 };

function findBounds(values: Float64Array, length: number): void {
  let least = values[0]!;
  let greatest = least;
  let numbers = 0;
  for (let i = 0; i < length; i++) {
    const value = values[i]!;
    if (value < least) least = value;
    if (value > greatest) greatest = value;
    if (!Number.isNaN(value)) numbers++;
  }
  bounds.least = numbers === length ? least : Number.NaN;
  bounds.greatest = numbers === length ? greatest : Number.NaN;
}

function areSame(values: Float64Array, length: number): boolean {
  const first = values[0]!;
  for (let i = 1; i < length; i++) if (!Object.is(values[i]!, first)) return false;
  return true;
}

/** True where all are NaN. */
function isNothing(values: Float64Array, length: number): boolean {
  for (let i = 0; i < length; i++) if (!Number.isNaN(values[i]!)) return false;
  return true;
}

/** Puts how many units each value is above `base` into the scratch; false where that is not exact. */
function divide(values: Float64Array, length: number, base: number, unit: number): boolean {
  const share = 1 / unit;
  let inexact = 0;
  for (let i = 0; i < length; i++) {
    const value = values[i]!;
    const steps = ((value - base) * share + 0.5) >>> 0;
    scratch[i] = steps;
    if (base + unit * steps !== value) inexact++;
  }
  return inexact === 0;
}

/** How much a row in the scratch is above the one before, at most; the first is above nought. More than 32 bits: not all are. */
function greatestRise(length: number): number {
  let before = 0;
  let found = 0;
  for (let i = 0; i < length; i++) {
    const rise = scratch[i]! - before;
    if (rise < 0) return Number.POSITIVE_INFINITY;
    if (rise > found) found = rise;
    before = scratch[i]!;
  }
  return found;
}

/**
 * Puts how many units each value is above the one before into the scratch, the first 0; false where that is not exact, or
 * does not fit two bytes. Of integers only: their sums are exact too.
 */
function rises(values: Float64Array, unit: number): boolean {
  const { length } = values;
  if (!Number.isSafeInteger(values[0]!) || !Number.isSafeInteger(values[length - 1]!)) return false;
  const share = 1 / unit;
  let before = values[0]!;
  let inexact = 0;
  let all = 0;
  for (let i = 0; i < length; i++) {
    const value = values[i]!;
    const steps = ((value - before) * share + 0.5) >>> 0;
    scratch[i] = steps;
    all |= steps;
    if (before + unit * steps !== value) inexact++;
    before = value;
  }
  return inexact === 0 && all >>> 16 === 0;
}

/** The sum of up to 65536 steps: 32 bits hold it. */
export function sumOfSteps(steps: Uint16Array): number {
  let sum = 0;
  for (let i = 0; i < steps.length; i++) sum = (sum + steps[i]!) | 0;
  return sum >>> 0;
}

function takeDifferences(length: number): void {
  for (let i = length - 1; i > 0; i--) scratch[i] = scratch[i]! - scratch[i - 1]!;
}

function sumUp(length: number): void {
  for (let i = 1; i < length; i++) scratch[i] = scratch[i]! + scratch[i - 1]!;
}
