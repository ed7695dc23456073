import { grown } from "../util/growable.ts";

const CHUNK_BITS = 16;
const CHUNK = 1 << CHUNK_BITS;
const MASK = CHUNK - 1;

type Chunk = Int32Array | Float64Array;

const NOTHING = new Int32Array(0);

/**
 * Numbers as they come, in typed arrays: 32-bit integers as long as every value is one, doubles from the first value on
 * that is not. Ids and time differences stay at four bytes. A long column is a list of chunks, so that growing copies
 * nothing.
 */
export class NumberColumn {
  /** All but the last are full; the first one grows until it is. Those before the one that {@link drop} names are empty. */
  #chunks: Chunk[] = [new Int32Array(64)];
  #dropped = 0;
  #length = 0;
  #integers = true;

  get length(): number {
    return this.#length;
  }

  /** True as long as every value is a 32-bit integer. */
  get integers(): boolean {
    return this.#integers;
  }

  at(index: number): number {
    return this.#chunks[index >>> CHUNK_BITS]![index & MASK]!;
  }

  /** Forgets all values; room and kind stay. */
  clear(): void {
    this.#length = 0;
  }

  /** Replaces a value that is there. */
  set(index: number, value: number): void {
    this.#widenFor(value);
    this.#chunks[index >>> CHUNK_BITS]![index & MASK] = value;
  }

  push(value: number): void {
    this.#widenFor(value);
    const index = this.#length++;
    this.#room(index)[index & MASK] = value;
  }

  /** Adds values at once; integers only to a column of {@link integers}. */
  append(values: Chunk): void {
    for (let from = 0; from < values.length; ) {
      const index = this.#length;
      const count = Math.min(values.length - from, CHUNK - (index & MASK));
      this.#room(index, count).set(values.subarray(from, from + count), index & MASK);
      this.#length += count;
      from += count;
    }
  }

  /** The values in pieces of up to 65536: `visit` gets each with the index of its first value. */
  forEachPiece(visit: (values: Chunk, first: number) => void): void {
    for (let first = 0; first < this.#length; first += CHUNK) {
      const chunk = this.#chunks[first >>> CHUNK_BITS]!;
      visit(chunk.subarray(0, Math.min(CHUNK, this.#length - first)), first);
    }
  }

  /** The values `[from, from + length)`: a view where they stand in one chunk, else a copy. */
  piece(from: number, length: number): Chunk {
    const place = from >>> CHUNK_BITS;
    const start = from & MASK;
    const chunk = this.#chunks[place];
    if (chunk === undefined || length === 0) return new Int32Array(0);
    if (start + length <= CHUNK) return chunk.subarray(start, start + length);
    const copy = this.#integers ? new Int32Array(length) : new Float64Array(length);
    for (let i = 0; i < length; i++) copy[i] = this.at(from + i);
    return copy;
  }

  /** Gives back the memory of values before `index`, which must not be asked for any more. */
  drop(index: number): void {
    const end = Math.min(index, this.#length) >>> CHUNK_BITS;
    for (; this.#dropped < end; this.#dropped++) this.#chunks[this.#dropped] = NOTHING;
  }

  /** All values in one array: a view where the column is short, else a copy. */
  flat(): Chunk {
    if (this.#length <= CHUNK) return this.#chunks[0]!.subarray(0, this.#length);
    const all = this.#integers ? new Int32Array(this.#length) : new Float64Array(this.#length);
    this.forEachPiece((values, first) => all.set(values, first));
    return all;
  }

  /** The chunk that holds `index`, with room for `count` values from there. */
  #room(index: number, count: number = 1): Chunk {
    const place = index >>> CHUNK_BITS;
    const chunk = this.#chunks[place];
    if (place === 0) {
      this.#chunks[0] = grown(chunk!, (index & MASK) + count);
      return this.#chunks[0];
    }
    if (chunk !== undefined) return chunk;
    const added = this.#integers ? new Int32Array(CHUNK) : new Float64Array(CHUNK);
    this.#chunks[place] = added;
    return added;
  }

  #widenFor(value: number): void {
    if (!this.#integers || (value | 0) === value) return;
    this.#integers = false;
    this.#chunks = this.#chunks.map((chunk) => Float64Array.from(chunk));
  }
}
