import { grown } from "../util/growable.ts";

/**
 * Numbers as they come, in a typed array: 32-bit integers as long as every value is one, doubles from the first
 * value on that is not. Ids and time differences stay at four bytes.
 */
export class NumberColumn {
  #values: Int32Array | Float64Array = new Int32Array(64);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The values so far; the array may be longer than `length`. */
  get values(): Int32Array | Float64Array {
    return this.#values;
  }

  /** The integer array, with room for at least one more value; undefined once it holds doubles. */
  integers(): Int32Array | undefined {
    if (!(this.#values instanceof Int32Array)) return undefined;
    this.#values = grown(this.#values, this.#length + 1);
    return this.#values;
  }

  /** Tells how many values were put into {@link integers} in all; or forgets values. */
  setLength(length: number): void {
    this.#length = length;
  }

  at(index: number): number {
    return this.#values[index]!;
  }

  /** Replaces a value that is there. */
  set(index: number, value: number): void {
    this.#widenFor(value);
    this.#values[index] = value;
  }

  push(value: number): void {
    this.#widenFor(value);
    this.#values = grown(this.#values, this.#length + 1);
    this.#values[this.#length++] = value;
  }

  #widenFor(value: number): void {
    if (!(this.#values instanceof Int32Array) || (value | 0) === value) return;
    const wide = new Float64Array(this.#values.length);
    wide.set(this.#values);
    this.#values = wide;
  }
}
