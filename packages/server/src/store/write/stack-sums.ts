import type { ProfileIds } from "../ids/profile-ids.ts";
import type { DigestedSeries, WholeSeries } from "../store.ts";
import type { RowBuffer } from "./row-buffer.ts";

/** Fractions waiting for the next sample of their stack. */
const MAX_CARRIED = 1 << 16;
const MAX_INT64 = 2 ** 63;
/** The greatest double below 2⁶³. */
const LARGEST = MAX_INT64 - 1024;

/**
 * Sums the weights of one series profile by stack, and makes whole numbers of them. What is left over of a fraction
 * waits for the next profile of the series that has the stack.
 */
export class StackSums {
  /** By stack row + 1, so that 0 is "no stack". */
  #sums = new Float64Array(0);
  #round = new Uint32Array(0);
  #rounds = 0;
  #touched = new Int32Array(256);
  #length = 0;
  readonly #carried = new Map<string, number>();
  readonly #counts: { outOfRange: number; fractions: number };

  constructor(counts: { outOfRange: number; fractions: number }) {
    this.#counts = counts;
  }

  /** Stacks with a weight. */
  get length(): number {
    return this.#length;
  }

  /** Replaces the sums by those of `item`. */
  add(
    { profile, valueType, rows }: WholeSeries,
    { canonical, stacks }: ProfileIds,
    series: readonly [number, number],
    salt: readonly [number, number],
  ): void {
    this.#start(profile.stacks.length + 1);
    const { samples } = profile;
    const weights = samples.weights[valueType];
    if (weights === undefined) throw new RangeError(`the profile has no value type ${valueType}`);
    const count = rows?.length ?? samples.length;
    let fractions = false;
    for (let i = 0; i < count; i++) {
      const row = rows?.[i] ?? i;
      const weight = weights[row]!;
      if (weight === 0) continue;
      if (!Number.isFinite(weight)) {
        this.#counts.outOfRange++;
        continue;
      }
      fractions ||= !Number.isInteger(weight);
      const stack = samples.stack[row]!;
      this.#addTo(stack < 0 ? 0 : (canonical?.[stack] ?? stack) + 1, weight);
    }
    this.#makeWhole(fractions, stacks, [...series, ...salt].join());
  }

  /** Replaces the sums by those of one value type of a digest. */
  addDigest(
    { digest: { stacks, weights, listOf, rowStack }, valueType, rows }: DigestedSeries,
    series: readonly [number, number],
    salt: readonly [number, number],
  ): void {
    const column = weights[valueType];
    if (column === undefined) throw new RangeError(`the digest has no value type ${valueType}`);
    this.#start(listOf.length + 1);
    const count = rows?.length ?? column.length;
    for (let i = 0; i < count; i++) {
      const row = rows?.[i] ?? i;
      if (column[row] !== 0) this.#addTo((rowStack?.[row] ?? row) + 1, column[row]!);
    }
    this.#makeWhole(false, stacks, [...series, ...salt].join());
  }

  /** The i-th row of the profile's (or the digest's) stacks that has a weight; -1: the samples without frames. */
  rowAt(i: number): number {
    return this.#touched[i]! - 1;
  }

  /** Two arrays: the stacks' ids and their weights. */
  writeTo(buffer: RowBuffer, { stacks }: Pick<ProfileIds, "stacks">): void {
    buffer.varint(this.#length);
    for (let i = 0; i < this.#length; i++) {
      const row = this.#touched[i]! - 1;
      if (row < 0) buffer.pair(0, 0);
      else buffer.pair(stacks[2 * row]!, stacks[2 * row + 1]!);
    }
    buffer.varint(this.#length);
    for (let i = 0; i < this.#length; i++) buffer.i64(this.#sums[this.#touched[i]!]!);
  }

  #start(size: number): void {
    if (this.#sums.length < size) {
      this.#sums = new Float64Array(size * 2);
      this.#round = new Uint32Array(size * 2);
      this.#rounds = 0;
    }
    this.#rounds++;
    this.#length = 0;
  }

  #addTo(slot: number, weight: number): void {
    if (this.#round[slot] === this.#rounds) {
      this.#sums[slot]! += weight;
      return;
    }
    this.#round[slot] = this.#rounds;
    this.#sums[slot] = weight;
    if (this.#length === this.#touched.length) {
      const bigger = new Int32Array(this.#length * 2);
      bigger.set(this.#touched);
      this.#touched = bigger;
    }
    this.#touched[this.#length++] = slot;
  }

  /** Rounds down, keeps the rest for the next time, and drops the stacks that come to nothing. */
  #makeWhole(fractions: boolean, ids: Uint32Array, series: string): void {
    if (!fractions && this.#carried.size === 0) {
      for (let i = 0; i < this.#length; i++) this.#limit(this.#touched[i]!);
      this.#dropZeros();
      return;
    }
    for (let i = 0; i < this.#length; i++) {
      const slot = this.#touched[i]!;
      const [lo, hi] = slot === 0 ? [0, 0] : [ids[2 * slot - 2]!, ids[2 * slot - 1]!];
      const key = `${series},${lo},${hi}`;
      const exact = this.#sums[slot]! + (this.#carried.get(key) ?? 0);
      const whole = Math.floor(exact);
      this.#keep(key, exact - whole);
      this.#sums[slot] = whole;
      this.#limit(slot);
    }
    this.#dropZeros();
  }

  #keep(key: string, rest: number): void {
    this.#carried.delete(key);
    if (rest === 0) return;
    this.#carried.set(key, rest);
    if (this.#carried.size <= MAX_CARRIED) return;
    const [oldest, lost] = this.#carried.entries().next().value!;
    this.#carried.delete(oldest);
    this.#counts.fractions += lost;
  }

  #limit(slot: number): void {
    const sum = this.#sums[slot]!;
    if (sum < MAX_INT64 && sum >= -MAX_INT64) return;
    this.#sums[slot] = sum > 0 ? LARGEST : -MAX_INT64;
    this.#counts.outOfRange++;
  }

  #dropZeros(): void {
    let kept = 0;
    for (let i = 0; i < this.#length; i++) {
      const slot = this.#touched[i]!;
      if (this.#sums[slot] !== 0) this.#touched[kept++] = slot;
    }
    this.#length = kept;
  }
}
