const MIN_SLOTS = 1 << 10;
/** Slots for each ten ids at least, and after growing: linear probing stays short. */
const LEAST_ROOM = 14;
const GROWN_ROOM = 21;
/** Words of a slot: low half, high half, value + 2; 0 in the last one is an empty slot. */
const STRIDE = 3;
/** In answer to {@link IdTable.get}: the id was never set. */
export const ABSENT = -2;

/**
 * Numbers from -1 up, by ids of 64 bits given as two halves: open addressing, keys beside their values, so that a
 * look-up touches one place in memory and makes no bigint.
 */
export class IdTable {
  #slots: Int32Array<ArrayBuffer> = new Int32Array(MIN_SLOTS * STRIDE);
  /** Slots: any number, a power of two would be up to twice as many as are needed. */
  #size = MIN_SLOTS;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Bytes in memory. */
  get bytes(): number {
    return this.#slots.byteLength;
  }

  /** The value of an id, or {@link ABSENT}. */
  get(low: number, high: number): number {
    return this.#slots[this.#find(low, high) + 2]! - 2;
  }

  /** The values of many ids, given as pairs of halves; `absent` where an id was never set. */
  valuesOf(halves: Int32Array, absent: number): Int32Array {
    const slots = this.#slots;
    const size = this.#size;
    const found = new Int32Array(halves.length >>> 1);
    for (let i = 0; i < found.length; i++) {
      const low = halves[2 * i]!;
      const high = halves[2 * i + 1]!;
      let at = slotOf(low, high, size) * STRIDE;
      while (slots[at + 2] !== 0 && (slots[at] !== low || slots[at + 1] !== high)) {
        at += STRIDE;
        if (at === slots.length) at = 0;
      }
      const value = slots[at + 2]! - 2;
      found[i] = value === ABSENT ? absent : value;
    }
    return found;
  }

  set(low: number, high: number, value: number): void {
    const at = this.#find(low, high);
    const slots = this.#slots;
    if (slots[at + 2] === 0) {
      slots[at] = low;
      slots[at + 1] = high;
      this.#length++;
    }
    slots[at + 2] = value + 2;
    if (this.#length * LEAST_ROOM > this.#size * 10)
      this.#resize(Math.ceil((this.#length * GROWN_ROOM) / 10));
  }

  #find(low: number, high: number): number {
    const slots = this.#slots;
    let at = slotOf(low, high, this.#size) * STRIDE;
    while (slots[at + 2] !== 0 && (slots[at] !== low || slots[at + 1] !== high)) {
      at += STRIDE;
      if (at === slots.length) at = 0;
    }
    return at;
  }

  #resize(size: number): void {
    const old = this.#slots;
    this.#size = size;
    this.#slots = new Int32Array(size * STRIDE);
    for (let from = 0; from < old.length; from += STRIDE) {
      if (old[from + 2] === 0) continue;
      const to = this.#find(old[from]!, old[from + 1]!);
      this.#slots[to] = old[from]!;
      this.#slots[to + 1] = old[from + 1]!;
      this.#slots[to + 2] = old[from + 2]!;
    }
  }
}

/** The slot where the search for an id begins: the higher half of 32 mixed bits times the number of slots. */
function slotOf(low: number, high: number, size: number): number {
  const first = Math.imul(low ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b);
  const mixed = Math.imul(first ^ (first >>> 15), 0xc2b2ae35);
  return Math.floor((mixed >>> 0) * size * 2 ** -32);
}
