import { PairInterner } from "../../model/pairs.ts";
import { grown } from "../../util/growable.ts";
import { hashPair } from "../../util/hash.ts";
import type { Modules } from "./modules.ts";
import type { AddressSpace } from "./spaces.ts";

const WORD = 2 ** 32;
/** Bits of a look-up's mode; the space's id stands above them. */
export const RETURNS = 1;
export const IN_KERNEL = 2;
export const SPACE_SHIFT = 2;
/** Fields of a looked-up address: low and high half, space, place, the address that came after it last, hash. */
const FIELDS = 6;
const PLACE = 3;
const AFTER = 4;
const HASH = 5;

/**
 * Finds for every address of a stack its place: an address in a module, which processes that map the module have in
 * common. Places, not addresses, make the tree of stacks; their functions are looked up when everything is read,
 * because the build ids of their files stand at the end.
 *
 * An address is looked for behind the one that it followed last time; only then in the hash table.
 */
export class Places {
  readonly #modules: Modules;
  readonly #kernel: AddressSpace;
  #entries: Int32Array = new Int32Array(FIELDS << 12);
  /** Entry 0 is the beginning of every stack. */
  #count = 1;
  #slots: Int32Array = new Int32Array(1 << 13);
  /** Both halves of every address in a module; row of it and of its module and kind is the place. */
  readonly #addresses = new PairInterner();
  readonly #places = new PairInterner();
  readonly #exact: boolean;
  #time = new Float64Array(1024);

  /** `exact`: addresses where nothing is mapped are told apart. */
  constructor(modules: Modules, kernel: AddressSpace, exact: boolean) {
    this.#exact = exact;
    this.#modules = modules;
    this.#kernel = kernel;
  }

  get length(): number {
    return this.#places.length;
  }

  /**
   * Entry of an address found behind entry `before`. `mode`: {@link RETURNS} where the address is one that a call
   * returns to, {@link IN_KERNEL} in the kernel, and above them the id of the space.
   */
  enter(before: number, low: number, high: number, mode: number, space: AddressSpace, time: number): number {
    const entries = this.#entries;
    const guess = entries[before * FIELDS + AFTER]!;
    const at = guess * FIELDS;
    if (guess > 0 && entries[at] === low && entries[at + 1] === high && entries[at + 2] === mode)
      return guess;
    const entry = this.#look(low, high, mode, space, time);
    this.#entries[before * FIELDS + AFTER] = entry;
    return entry;
  }

  /** There are no more addresses to enter: what they are found with is let go. */
  settle(): void {
    this.#entries = new Int32Array(0);
    this.#slots = new Int32Array(0);
  }

  /** The place of an entry. */
  place(entry: number): number {
    return this.#entries[entry * FIELDS + PLACE]!;
  }

  /** Row of the module, or -1. */
  moduleOf(place: number): number {
    return this.#places.columns().b[place]! >> 1;
  }

  /** As {@link CodeNames.at} takes it; without a module the virtual address. */
  addressOf(place: number): number {
    const { a, b } = this.#addresses.columns();
    const row = this.#places.columns().a[place]!;
    return (a[row]! >>> 0) + b[row]! * WORD;
  }

  /** The address in full: where it is in no module it may be any number. */
  exactAddress(place: number): bigint {
    const { a, b } = this.#addresses.columns();
    const row = this.#places.columns().a[place]!;
    return (BigInt(b[row]! >>> 0) << 32n) | BigInt(a[row]! >>> 0);
  }

  /** True where the address is behind a call, which belongs to the byte before. */
  isReturn(place: number): boolean {
    return (this.#places.columns().b[place]! & 1) === 1;
  }

  /** When it was seen first. */
  timeOf(place: number): number {
    return this.#time[place]!;
  }

  #look(low: number, high: number, mode: number, space: AddressSpace, time: number): number {
    let hash = hashPair(low, high);
    hash = hashPair(hash, mode);
    let mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (let entry = this.#slots[slot]!; entry !== 0; entry = this.#slots[slot]!) {
      const at = entry * FIELDS;
      if (this.#entries[at] === low && this.#entries[at + 1] === high && this.#entries[at + 2] === mode) {
        return entry;
      }
      slot = (slot + 1) & mask;
    }
    const entry = this.#count++;
    this.#entries = grown(this.#entries, (entry + 1) * FIELDS);
    const place = this.#resolve(low, high, mode, space, time);
    this.#entries.set([low, high, mode, place, 0, hash], entry * FIELDS);
    this.#slots[slot] = entry;
    if (this.#count * 2 > this.#slots.length) {
      this.#slots = new Int32Array(this.#slots.length * 2);
      mask = this.#slots.length - 1;
      for (let old = 1; old < this.#count; old++) {
        let free = this.#entries[old * FIELDS + HASH]! & mask;
        while (this.#slots[free] !== 0) free = (free + 1) & mask;
        this.#slots[free] = old;
      }
    }
    return entry;
  }

  #resolve(low: number, high: number, mode: number, space: AddressSpace, time: number): number {
    const isReturn = (mode & RETURNS) !== 0;
    const inKernel = (mode & IN_KERNEL) !== 0;
    const address = (low >>> 0) + high * WORD;
    const map = (inKernel ? this.#kernel : space).find(address);
    if (map === undefined) {
      if (inKernel) return this.#add(this.#modules.kernel, low, high, isReturn, time);
      return this.#exact ? this.#add(-1, low, high, false, time) : this.#add(-1, 0, 0, false, time);
    }
    if (this.#modules.all[map.module]!.virtual) return this.#add(map.module, low, high, isReturn, time);
    const inside = address - map.start + map.offset;
    return this.#add(map.module, (inside % WORD) | 0, Math.floor(inside / WORD) | 0, isReturn, time);
  }

  #add(module: number, low: number, high: number, isReturn: boolean, time: number): number {
    const before = this.#places.length;
    const place = this.#places.add(this.#addresses.add(low, high), module * 2 + (isReturn ? 1 : 0));
    if (place === before) {
      this.#time = grown(this.#time, place + 1);
      this.#time[place] = time;
    }
    return place;
  }
}
