import { hashPair } from "../util/hash.ts";

/** Columns of integers of at least `length` rows; rows are equal where all columns are. */
export interface IntegerRows {
  readonly length: number;
  readonly columns: readonly Int32Array[];
}

/** Rows in a part on the average: its table fits the processor's nearest cache. */
const PART_ROWS = 1024;
const MAX_PARTS = 1 << 12;

/**
 * For each row the first one that is equal to it (often itself), or undefined where no two rows are equal.
 *
 * A hash table of millions of rows waits for memory at each look-up. So rows are parted by their hash first,
 * which reads and writes in order, and every part has a small table of its own.
 */
export function equalRows(rows: IntegerRows): Int32Array | undefined {
  const { length, columns } = rows;
  const hashes = hashRows(rows);
  const parts = partsFor(length);
  const { row, end } = partRows(hashes, parts);
  const first = new Int32Array(length);
  let slots = new Int32Array(PART_ROWS * 2);
  let repeated = false;
  for (let part = 0, at = 0; part < parts; part++) {
    const behind = end[part]!;
    const size = tableSize(behind - at);
    if (size > slots.length) slots = new Int32Array(size);
    else slots.fill(0, 0, size);
    for (; at < behind; at++) {
      const one = row[at]!;
      const known = find(one, hashes, columns, slots, size - 1);
      first[one] = known;
      if (known !== one) repeated = true;
    }
  }
  return repeated ? first : undefined;
}

/** The row in the table (slots of row + 1, open addressing) that is equal to `row`, which goes there if none is. */
function find(
  row: number,
  hashes: Int32Array,
  columns: readonly Int32Array[],
  slots: Int32Array,
  mask: number,
): number {
  const hash = hashes[row]!;
  // The upper bits are those of the part.
  let slot = hash & mask;
  for (;;) {
    const other = slots[slot]! - 1;
    if (other < 0) break;
    if (hashes[other] === hash && agree(row, other, columns)) return other;
    slot = (slot + 1) & mask;
  }
  slots[slot] = row + 1;
  return row;
}

function agree(a: number, b: number, columns: readonly Int32Array[]): boolean {
  for (const column of columns) if (column[a] !== column[b]) return false;
  return true;
}

function hashRows({ length, columns }: IntegerRows): Int32Array {
  const hashes = new Int32Array(length);
  for (const column of columns) {
    for (let row = 0; row < length; row++) hashes[row] = hashPair(hashes[row]!, column[row]!);
  }
  return hashes;
}

/** The rows part by part, in order within each, and where each part ends. */
function partRows(hashes: Int32Array, parts: number): { row: Int32Array; end: Int32Array } {
  const shift = Math.clz32(parts - 1);
  const end = new Int32Array(parts);
  // A shift by 32 would be none: one part takes everything.
  const partOf = (hash: number): number => (parts === 1 ? 0 : hash >>> shift);
  for (let row = 0; row < hashes.length; row++) {
    const part = partOf(hashes[row]!);
    end[part] = end[part]! + 1;
  }
  for (let part = 0, sum = 0; part < parts; part++) {
    const count = end[part]!;
    end[part] = sum;
    sum += count;
  }
  const rows = new Int32Array(hashes.length);
  for (let row = 0; row < hashes.length; row++) {
    const part = partOf(hashes[row]!);
    const at = end[part]!;
    rows[at] = row;
    end[part] = at + 1;
  }
  return { row: rows, end };
}

/** A power of two. */
function partsFor(rows: number): number {
  let parts = 1;
  while (parts * PART_ROWS < rows && parts < MAX_PARTS) parts *= 2;
  return parts;
}

/** At least twice the rows, a power of two. */
function tableSize(rows: number): number {
  let size = 16;
  while (size < rows * 2) size *= 2;
  return size;
}
