const MIN_SLOTS = 1 << 10;
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
  #mask = MIN_SLOTS - 1;
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
    const mask = this.#mask;
    const found = new Int32Array(halves.length >>> 1);
    for (let i = 0; i < found.length; i++) {
      const low = halves[2 * i]!;
      const high = halves[2 * i + 1]!;
      let at = (hash(low, high) & mask) * STRIDE;
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
    if (this.#length * 10 > (this.#mask + 1) * 7) this.#grow();
  }

  #find(low: number, high: number): number {
    const slots = this.#slots;
    const mask = this.#mask;
    for (let slot = hash(low, high) & mask; ; slot = (slot + 1) & mask) {
      const at = slot * STRIDE;
      if (slots[at + 2] === 0 || (slots[at] === low && slots[at + 1] === high)) return at;
    }
  }

  #grow(): void {
    const old = this.#slots;
    this.#mask = (this.#mask + 1) * 2 - 1;
    this.#slots = new Int32Array((this.#mask + 1) * STRIDE);
    for (let from = 0; from < old.length; from += STRIDE) {
      if (old[from + 2] === 0) continue;
      const to = this.#find(old[from]!, old[from + 1]!);
      this.#slots[to] = old[from]!;
      this.#slots[to + 1] = old[from + 1]!;
      this.#slots[to + 2] = old[from + 2]!;
    }
  }
}

function hash(low: number, high: number): number {
  const mixed = Math.imul(low ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}
