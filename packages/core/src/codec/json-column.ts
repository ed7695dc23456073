import { grown } from "../util/growable.ts";
import { ChunkPool, type Recycler } from "./chunk-pool.ts";

const CHUNK_BITS = 16;
const CHUNK = 1 << CHUNK_BITS;
const MASK = CHUNK - 1;

type Chunk = Int32Array | Float64Array;

const NOTHING = new Int32Array(0);
/** Nobody gives anything to it. */
const NO_POOL = new ChunkPool();

/**
 * Numbers as they come, in typed arrays: 32-bit integers as long as every value is one, doubles from the first value on
 * that is not. Ids stay at four bytes, time differences of a long column mostly at two. A long column is a list of
 * chunks, so that growing copies nothing.
 */
export class NumberColumn {
  /** All but the last are full; the first one grows until it is. Those before the one that {@link drop} names are empty. */
  #chunks: (Chunk | Uint16Array)[] = [new Int32Array(64)];
  #dropped = 0;
  /** The last chunk of which somebody keeps a part. */
  #kept = -1;
  /** Where values of two bytes are spread out, and chunks that became narrower wait to be used again. */
  #spare: Int32Array = NOTHING;
  #length = 0;
  #integers = true;

  readonly #pool: ChunkPool;

  /** `pool`: where chunks come from; columns that {@link release} theirs to it share it with those that come after. */
  constructor(pool: ChunkPool = NO_POOL) {
    this.#pool = pool;
  }

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
    if (this.#chunks[0] instanceof Uint16Array) this.#chunks = [new Int32Array(64)];
    else this.#chunks.length = 1;
  }

  /** Replaces a value that is there. */
  set(index: number, value: number): void {
    this.#widenFor(value);
    const place = index >>> CHUNK_BITS;
    if (this.#chunks[place] instanceof Uint16Array)
      this.#chunks[place] = Int32Array.from(this.#chunks[place]);
    this.#chunks[place]![index & MASK] = value;
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

  /** Adds `count` of the values, from `first` on every `stride`-th. */
  appendEvery(values: Float64Array, first: number, stride: number, count: number): void {
    for (let done = 0; done < count; ) {
      const index = this.#length;
      const most = Math.min(count - done, CHUNK - (index & MASK));
      const chunk = this.#room(index, most);
      const from = first + done * stride;
      const put =
        chunk instanceof Int32Array
          ? putIntegers(chunk, index & MASK, values, from, stride, most)
          : putDoubles(chunk as Float64Array, index & MASK, values, from, stride, most);
      if (put < most) this.#widen();
      this.#length += put;
      done += put;
    }
  }

  /** The values in pieces of up to 65536: `visit` gets each, with the index of its first value. */
  forEachPiece(visit: (values: Chunk | Uint16Array, first: number) => void): void {
    for (let first = 0; first < this.#length; first += CHUNK) {
      visit(this.#chunks[first >>> CHUNK_BITS]!.subarray(0, Math.min(CHUNK, this.#length - first)), first);
    }
  }

  /**
   * The values `[from, from + length)` to keep, where they stand side by side at two bytes each; else undefined. They must
   * not be changed, and {@link drop} forgets them without giving their memory away.
   */
  narrow(from: number, length: number): Uint16Array | undefined {
    const chunk = this.#chunks[from >>> CHUNK_BITS];
    const start = from & MASK;
    if (!(chunk instanceof Uint16Array) || start + length > chunk.length) return undefined;
    this.#kept = from >>> CHUNK_BITS;
    return chunk.subarray(start, start + length);
  }

  /** The values `[from, from + length)`, good until others are asked for: a view where they stand in one chunk, else a copy. */
  piece(from: number, length: number): Chunk {
    const place = from >>> CHUNK_BITS;
    const start = from & MASK;
    if (this.#chunks[place] === undefined || length === 0) return NOTHING;
    if (start + length <= CHUNK) return this.#within(place, start, length);
    const copy = this.#integers ? new Int32Array(length) : new Float64Array(length);
    for (let i = 0; i < length; i++) copy[i] = this.at(from + i);
    return copy;
  }

  /** Gives the memory of values before `index` away, which must not be asked for any more. */
  drop(index: number, to: Recycler): void {
    const end = index >= this.#length ? this.#chunks.length : index >>> CHUNK_BITS;
    this.#dropTo(end, to);
  }

  /** Gives all memory back to the pool; the column must not be used any more. */
  release(): void {
    this.#dropTo(this.#chunks.length, this.#pool);
    this.#length = 0;
  }

  #dropTo(end: number, to: Recycler): void {
    for (; this.#dropped < end; this.#dropped++) {
      const { buffer } = this.#chunks[this.#dropped]!;
      if (buffer.byteLength >= CHUNK && this.#dropped > this.#kept) to.recycle(buffer as ArrayBuffer);
      this.#chunks[this.#dropped] = NOTHING;
    }
  }

  /** All values in one array: a view where the column is short, else a copy. */
  flat(): Chunk {
    if (this.#length <= CHUNK) return this.#within(0, 0, this.#length);
    const all = this.#integers ? new Int32Array(this.#length) : new Float64Array(this.#length);
    this.forEachPiece((values, first) => all.set(values, first));
    return all;
  }

  #within(place: number, start: number, length: number): Chunk {
    const values = this.#chunks[place]!.subarray(start, start + length);
    if (!(values instanceof Uint16Array)) return values;
    if (this.#spare.length < length) this.#spare = new Int32Array(CHUNK);
    this.#spare.set(values);
    return this.#spare.subarray(0, length);
  }

  /** The chunk that holds `index`, with room for `count` values from there. */
  #room(index: number, count: number = 1): Chunk | Uint16Array {
    const place = index >>> CHUNK_BITS;
    const chunk = this.#chunks[place];
    if (place === 0) {
      this.#chunks[0] = this.#firstWith((index & MASK) + count);
      return this.#chunks[0];
    }
    if (chunk !== undefined) return chunk;
    const added = this.#integers ? this.#narrowed(place - 1) : this.#doubles();
    this.#chunks[place] = added;
    return added;
  }

  /** Puts the values of a full chunk into two bytes each, if they fit. Returns a chunk for those behind. */
  #narrowed(place: number): Int32Array {
    const chunk = this.#chunks[place]!;
    if (!(chunk instanceof Int32Array) || !fitTwoBytes(chunk)) return this.#wholes();
    const narrow = new Uint16Array(this.#pool.take(CHUNK * 2));
    narrow.set(chunk);
    this.#chunks[place] = narrow;
    return chunk.length === CHUNK ? chunk : this.#wholes();
  }

  /** The first chunk, with room for `length` values: it grows, so that short columns are small. */
  #firstWith(length: number): Chunk {
    const chunk = this.#chunks[0]! as Chunk;
    if (length <= chunk.length) return chunk;
    if (length * 2 <= CHUNK) return grown(chunk, length);
    const whole = this.#integers ? this.#wholes() : this.#doubles();
    whole.set(chunk);
    return whole;
  }

  #wholes(): Int32Array {
    return new Int32Array(this.#pool.take(CHUNK * 4));
  }

  #doubles(): Float64Array {
    return new Float64Array(this.#pool.take(CHUNK * 8));
  }

  #widenFor(value: number): void {
    if (this.#integers && (value | 0) !== value) this.#widen();
  }

  #widen(): void {
    this.#integers = false;
    this.#chunks = this.#chunks.map((chunk) => new Float64Array(chunk));
  }
}

/** Returns how many were put: it ends at one that is no integer of 32 bits. */
function putIntegers(
  into: Int32Array,
  at: number,
  values: Float64Array,
  from: number,
  stride: number,
  count: number,
): number {
  for (let i = 0; i < count; i++) {
    const value = values[from + i * stride]!;
    if ((value | 0) !== value) return i;
    into[at + i] = value;
  }
  return count;
}

function putDoubles(
  into: Float64Array,
  at: number,
  values: Float64Array,
  from: number,
  stride: number,
  count: number,
): number {
  for (let i = 0; i < count; i++) into[at + i] = values[from + i * stride]!;
  return count;
}

function fitTwoBytes(values: Int32Array): boolean {
  for (let from = 0; from < values.length; from += 1024) {
    const end = Math.min(values.length, from + 1024);
    let all = 0;
    for (let i = from; i < end; i++) all |= values[i]!;
    if (all >>> 16 !== 0) return false;
  }
  return true;
}
