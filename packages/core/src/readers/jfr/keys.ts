import { emptied, grown } from "../../util/growable.ts";
import { hashPair } from "../../util/hash.ts";
import type { Key } from "./bytes.ts";

const HIGH = 2 ** -32;

/** The list of small keys may have this many places for each key in it. */
const SPARSEST = 16;

/**
 * Keys of constants with a number each, without objects: a recording has as many stacks as entries and as many look-ups
 * as samples. Those who write the format count most of their keys from 1, so that a list holds them; the others are in a
 * hash table, and those beyond 2^53, which are rare, lie beside it.
 *
 * ```
 * list     0 0 7 4 0 9      list[key] = value + 1, 0: not here
 * ```
 */
export class KeyTable {
  /** Keys below this may be in the list however few there are. */
  readonly #small: number;
  #list: Int32Array = new Int32Array(64);
  #listed = 0;
  /** The others in the order of their first appearance. */
  #keys: Float64Array = new Float64Array(16);
  #values: Int32Array = new Int32Array(16);
  #length = 0;
  /** Open addressing; a slot holds the place of the key + 1. */
  #slots: Int32Array = new Int32Array(32);
  #large: Map<bigint, number> | undefined;

  /** `small`: keys below it are always in the list, for tables of which there are few. */
  constructor(small: number = 1024) {
    this.#small = small;
  }

  /** Forgets all keys. Room that went unused for the most part is given up, so that one large chunk does not slow many small. */
  clear(): void {
    this.#list = emptied(this.#list, this.#listed * SPARSEST, 64);
    this.#slots = emptied(this.#slots, this.#length * 4, 32);
    this.#listed = 0;
    this.#length = 0;
    this.#large = undefined;
  }

  /** What was set for the key last; -1 where nothing was. */
  get(key: Key): number {
    if (typeof key === "bigint") return this.#large?.get(key) ?? -1;
    const place = key | 0;
    if (place === key && place >= 0 && place < this.#list.length) {
      const value = this.#list[place]!;
      if (value > 0) return value - 1;
    }
    if (this.#length === 0) return -1;
    const hashed = this.#slots[this.#slotOf(key)]!;
    return hashed === 0 ? -1 : this.#values[hashed - 1]!;
  }

  /** `value`: an integer from 0. */
  set(key: Key, value: number): void {
    if (typeof key === "bigint") {
      this.#large ??= new Map();
      this.#large.set(key, value);
    } else if (this.#isForList(key)) this.#setListed(key, value);
    else this.#setHashed(key, value);
  }

  /** A number of the key's own, from 0. */
  number(key: Key): number {
    let value = this.get(key);
    if (value < 0) {
      value = this.#listed + this.#length + (this.#large?.size ?? 0);
      this.set(key, value);
    }
    return value;
  }

  /** Each key once. */
  keys(): Key[] {
    const keys = new Set<Key>(this.#keys.subarray(0, this.#length));
    this.#list.forEach((value, key) => {
      if (value !== 0) keys.add(key);
    });
    for (const key of this.#large?.keys() ?? []) keys.add(key);
    return [...keys];
  }

  #isForList(key: number): boolean {
    return (key | 0) === key && key >= 0 && (key < this.#small || key < SPARSEST * this.#listed);
  }

  #setListed(key: number, value: number): void {
    if (key >= this.#list.length) this.#list = grown(this.#list, key + 1);
    if (this.#list[key] === 0) this.#listed++;
    this.#list[key] = value + 1;
  }

  #setHashed(key: number, value: number): void {
    const slot = this.#slotOf(key);
    if (this.#slots[slot] !== 0) {
      this.#values[this.#slots[slot]! - 1] = value;
      return;
    }
    const place = this.#length++;
    this.#keys = grown(this.#keys, place + 1);
    this.#values = grown(this.#values, place + 1);
    this.#keys[place] = key;
    this.#values[place] = value;
    this.#slots[slot] = place + 1;
    if (this.#length * 2 > this.#slots.length) this.#rehash();
  }

  #slotOf(key: number): number {
    const slots = this.#slots;
    const keys = this.#keys;
    const mask = slots.length - 1;
    let slot = hashPair(key | 0, (key * HIGH) | 0) & mask;
    for (;;) {
      const place = slots[slot]!;
      if (place === 0 || keys[place - 1] === key) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #rehash(): void {
    this.#slots = new Int32Array(this.#slots.length * 4);
    for (let place = 0; place < this.#length; place++) {
      this.#slots[this.#slotOf(this.#keys[place]!)] = place + 1;
    }
  }
}
