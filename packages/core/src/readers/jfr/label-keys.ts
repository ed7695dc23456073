import { PairInterner } from "../../model/pairs.ts";
import { grown } from "../../util/growable.ts";
import { KeyTable } from "./keys.ts";
import type { Other } from "./plan.ts";

/** The label sets of one type of events: the same values give the same set, without a text made of them. */
export class LabelKeys {
  readonly #slots: readonly number[];
  /** For each slot: numbers of its values, and the pairs of the slots before it with them. */
  readonly #values: readonly { readonly numbers: KeyTable; readonly texts: Map<Other, number> }[];
  readonly #pairs: readonly PairInterner[];
  /** Label set + 1 by the last slot's pair. */
  #sets: Int32Array = new Int32Array(16);

  /** `slots`: those of a plan's values that make the labels. */
  constructor(slots: readonly number[]) {
    this.#slots = slots;
    this.#values = slots.map(() => ({ numbers: new KeyTable(), texts: new Map() }));
    this.#pairs = slots.map(() => new PairInterner());
  }

  /** A number for an event's values, to be given to {@link set} and {@link keep}. */
  number(numbers: Float64Array, others: readonly Other[]): number {
    let combined = 0;
    for (let i = 0; i < this.#slots.length; i++) {
      const slot = this.#slots[i]!;
      const number = numbers[slot]!;
      const value = Number.isNaN(number)
        ? 2 * this.#text(i, others[slot]) + 1
        : 2 * this.#values[i]!.numbers.number(number);
      combined = i === 0 ? value : this.#pairs[i]!.add(combined, value);
    }
    return combined;
  }

  /** The label set of such values; -1 where they came for the first time. */
  set(number: number): number {
    return number < this.#sets.length ? this.#sets[number]! - 1 : -1;
  }

  keep(number: number, set: number): void {
    this.#sets = grown(this.#sets, number + 1);
    this.#sets[number] = set + 1;
  }

  /** A number for what is no number. */
  #text(slot: number, text: Other): number {
    const { texts } = this.#values[slot]!;
    let number = texts.get(text);
    if (number === undefined) {
      number = texts.size;
      texts.set(text, number);
    }
    return number;
  }
}
