/**
 * Finds a table's row by its id. Ids are any uint64, given as two halves; nearly all profilers count them up
 * from 1, so small ones are looked up in an array and the rest in a map.
 */
export class IdRows {
  /** Rows of the ids below the array's length; -1 = none. */
  readonly direct: Int32Array;
  readonly #others = new Map<number | bigint, number>();

  /** `count`: how many rows the table has. */
  constructor(count: number) {
    this.direct = new Int32Array(count * 2 + 64).fill(-1);
  }

  /** Remembers a row; false where the id is taken: the first row keeps it. */
  add(low: number, high: number, row: number): boolean {
    if (this.row(low, high) >= 0) return false;
    if (high === 0 && low < this.direct.length) this.direct[low] = row;
    else this.#others.set(keyOf(low, high), row);
    return true;
  }

  /** The row of an id, or -1. */
  row(low: number, high: number): number {
    if (high === 0 && low < this.direct.length) return this.direct[low]!;
    if (this.#others.size === 0) return -1;
    return this.#others.get(keyOf(low, high)) ?? -1;
  }
}

function keyOf(low: number, high: number): number | bigint {
  return high < 0x200000 ? high * 4294967296 + low : (BigInt(high) << 32n) | BigInt(low);
}
