import { FlambeauError } from "../util/errors.ts";
import { encodeUtf8 } from "../util/platform.ts";
import { kernelInstance, SLACK } from "./wasm.ts";

/** The exports of assembly/index.ts that are about JSON. Pointers may lie beyond 2 GiB. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly exhausted: { readonly value: number };
  readonly skipDepth: { readonly value: number };
  readonly skipInString: { readonly value: number };
  readonly numberCount: { readonly value: number };
  readonly listCount: { readonly value: number };
  readonly rowCount: { readonly value: number };
  readonly nestedDepth: { readonly value: number };
  readonly nestedFresh: { readonly value: number };
  allocate(size: number): number;
  release(block: number, size: number): void;
  startJson(): void;
  skip(at: number, end: number, depth: number, inString: number): number;
  setWords(whatNullIs: number, takeWords: number): void;
  scanDoubles(at: number, end: number): number;
  scanIntegers(at: number, end: number): number;
  numberBuffer(): number;
  scanLists(at: number, end: number): number;
  listStarts(): number;
  listEnds(): number;
  scanStacks(at: number, end: number): number;
  listShared(): number;
  clearKeys(): void;
  addKey(at: number, end: number, wanted: number, column: number, where: number): void;
  scanRows(at: number, end: number): number;
  scanNested(at: number, end: number, depth: number, fresh: number): number;
  rowDepths(): number;
  rowSlots(): number;
  rowKinds(): number;
  rowStarts(): number;
  rowLists(): number;
  symbolStart(id: number): number;
  symbolLength(id: number): number;
}

/** What is wanted of a key's value; assembly/json-rows.ts has the same numbers. */
export const Wanted = {
  number: 1,
  text: 2,
  letter: 3,
  place: 4,
  list: 5,
  object: 6,
  general: 7,
  nested: 8,
} as const;

/** Where a key counts, with the kernel's numbers: in the outer object only, or in an object within only. */
export const Where = { outer: 1, inner: 2 } as const;

/** A key of the objects that {@link JsonKernel.rows} reads. */
export interface RowKey {
  readonly name: string;
  /** One of {@link Wanted}. */
  readonly wanted: number;
  readonly column: number;
  /** One of {@link Where}; 0: anywhere. Elsewhere it stands for another thing. */
  readonly where: number;
}

/** Lists of numbers, valid until the next call. */
export interface FoundLists {
  /** Where the rest of the input begins. */
  readonly at: number;
  readonly values: Float64Array;
  /** List i is `values[ends[i - 1] .. ends[i])`. */
  readonly ends: Uint32Array;
  /** Where a list begins. */
  start(list: number): number;
}

/** Lists of indices, each but for what it begins with like the one before; valid until the next call. */
export interface FoundStacks {
  /** Where the rest of the input begins. */
  readonly at: number;
  readonly values: Int32Array;
  /** List i is the first `shared[i]` numbers of list i - 1 and `values[ends[i - 1] .. ends[i])`. */
  readonly ends: Uint32Array;
  readonly shared: Uint32Array;
  /** Where a list begins. */
  start(list: number): number;
}

/** What {@link JsonKernel.nested} found. */
export interface FoundNested {
  /** Where the rest of the input begins. */
  readonly at: number;
  readonly count: number;
  /** Objects that are open there. */
  readonly depth: number;
  readonly fresh: boolean;
}

/** Slots per row of {@link JsonKernel.slots}. */
export const ROW_SLOTS = 16;

/** Most rows handed over at a time. */
const MAX_ROWS = 512;
const MAX_LIST_NUMBERS = 1 << 15;

/**
 * The JSON part of the WebAssembly kernel over one buffer of input. Positions are counted from the buffer's start;
 * the byte behind the input's end must be NUL. What the kernel does not understand it leaves unread: every answer
 * is the position of the rest.
 */
export class JsonKernel {
  /** The buffer. Another array after {@link grow}, and after {@link rows}, which may need memory. */
  bytes: Uint8Array = new Uint8Array(0);
  /** After {@link rows}: {@link ROW_SLOTS} slots of eight bytes per row, as doubles and as pairs of words. */
  slots: Float64Array = new Float64Array(0);
  words: Uint32Array = new Uint32Array(0);
  /** After {@link rows}: for each slot 0 where the object has no such key. */
  kinds: Uint8Array = new Uint8Array(0);
  /** After {@link rows}: the numbers of its lists. */
  listed: Float64Array = new Float64Array(0);
  readonly #kernel: Exports = kernelInstance() as Exports;
  #window = 0;
  #size = 0;
  #starts = new Uint32Array(0);
  #depths = new Uint32Array(0);
  #keys: readonly RowKey[] | undefined;

  constructor() {
    this.#kernel.startJson();
  }

  /** A buffer of `size` bytes, which begins with those of `kept`. */
  grow(size: number, kept: Uint8Array): void {
    const { byteOffset, length } = kept;
    const block = this.#guarded(() => this.#kernel.allocate(size + SLACK) >>> 0);
    // `kept` is part of the old buffer, if there is one: its view is no good when memory has grown.
    const source = this.#size === 0 ? kept : new Uint8Array(this.#kernel.memory.buffer, byteOffset, length);
    new Uint8Array(this.#kernel.memory.buffer, block, size).set(source);
    if (this.#size > 0) this.#kernel.release(this.#window, this.#size + SLACK);
    this.#window = block;
    this.#size = size;
    this.#attach();
  }

  /** Goes on with a skip; see {@link skipDepth} and {@link skipInString} for what is open then. */
  skip(at: number, end: number, depth: number, inString: boolean): number {
    const window = this.#window;
    return (this.#kernel.skip(window + at, window + end, depth, inString ? 1 : 0) >>> 0) - window;
  }

  /** Brackets that are open after {@link skip}. */
  get skipDepth(): number {
    return this.#kernel.skipDepth.value;
  }

  /** True where the end of the input lies within a string. */
  get skipInString(): boolean {
    return this.#kernel.skipInString.value !== 0;
  }

  /** What `null` reads as; with `words`, true and false are 1 and 0. */
  setWords(whatNullIs: number, words: boolean): void {
    this.#kernel.setWords(whatNullIs, words ? 1 : 0);
  }

  /** `,1,2,-3`: as many integers as there are, up to 65536. */
  integers(at: number, end: number): { readonly at: number; readonly values: Int32Array } {
    const window = this.#window;
    const rest = (this.#kernel.scanIntegers(window + at, window + end) >>> 0) - window;
    const { numberCount, memory } = this.#kernel;
    return {
      at: rest,
      values: new Int32Array(memory.buffer, this.#kernel.numberBuffer() >>> 0, numberCount.value),
    };
  }

  /** `,1.5,-2e3`: as many numbers as there are, up to 65536. */
  doubles(at: number, end: number): { readonly at: number; readonly values: Float64Array } {
    const window = this.#window;
    const rest = (this.#kernel.scanDoubles(window + at, window + end) >>> 0) - window;
    const { numberCount, memory } = this.#kernel;
    return {
      at: rest,
      values: new Float64Array(memory.buffer, this.#kernel.numberBuffer() >>> 0, numberCount.value),
    };
  }

  /** `,[1,2],[],[3]`: as many lists of numbers as there are; list i is `values[ends[i - 1] .. ends[i])`. */
  lists(at: number, end: number): FoundLists {
    const window = this.#window;
    const rest = (this.#kernel.scanLists(window + at, window + end) >>> 0) - window;
    const { listCount, memory } = this.#kernel;
    const ends = new Uint32Array(memory.buffer, this.#kernel.listEnds() >>> 0, listCount.value);
    const starts = new Uint32Array(memory.buffer, this.#kernel.listStarts() >>> 0, ends.length);
    const count = ends.length === 0 ? 0 : ends[ends.length - 1]!;
    return {
      at: rest,
      ends,
      start: (list) => starts[list]! - window,
      values: new Float64Array(memory.buffer, this.#kernel.numberBuffer() >>> 0, count),
    };
  }

  /** `,[1,2],[1,2,3]`: as many lists of integers from 0 to 999,999,999 as there are. */
  stacks(at: number, end: number): FoundStacks {
    const window = this.#window;
    const rest = (this.#kernel.scanStacks(window + at, window + end) >>> 0) - window;
    const { listCount, memory } = this.#kernel;
    const lists = listCount.value;
    const ends = new Uint32Array(memory.buffer, this.#kernel.listEnds() >>> 0, lists);
    const starts = new Uint32Array(memory.buffer, this.#kernel.listStarts() >>> 0, lists);
    const shared = new Uint32Array(memory.buffer, this.#kernel.listShared() >>> 0, lists);
    const count = lists === 0 ? 0 : ends[lists - 1]!;
    return {
      at: rest,
      ends,
      shared,
      start: (list) => starts[list]! - window,
      values: new Int32Array(memory.buffer, this.#kernel.numberBuffer() >>> 0, count),
    };
  }

  /**
   * `,{…},{…}`: as many objects as there are, up to 512, each a row of {@link slots}. An object ends the scan that
   * holds a key twice, a value that is not as wanted, or an escape in a key.
   */
  rows(at: number, end: number, keys: readonly RowKey[]): { readonly at: number; readonly count: number } {
    if (keys !== this.#keys) this.#setKeys(keys);
    const window = this.#window;
    const rest = this.#guarded(() => this.#kernel.scanRows(window + at, window + end) >>> 0) - window;
    if (this.bytes.buffer !== this.#kernel.memory.buffer) this.#attach();
    return { at: rest, count: this.#kernel.rowCount.value };
  }

  /**
   * From within a list of objects that list others of their kind in turn, `depth` of them open around it: as many as there
   * are, each a row and its {@link rowDepth}. `fresh`: nothing of the list was read yet.
   */
  nested(at: number, end: number, keys: readonly RowKey[], depth: number, fresh: boolean): FoundNested {
    if (keys !== this.#keys) this.#setKeys(keys);
    const window = this.#window;
    const scan = (): number => this.#kernel.scanNested(window + at, window + end, depth, fresh ? 1 : 0) >>> 0;
    const rest = this.#guarded(scan) - window;
    if (this.bytes.buffer !== this.#kernel.memory.buffer) this.#attach();
    const { rowCount, nestedDepth, nestedFresh } = this.#kernel;
    return { at: rest, count: rowCount.value, depth: nestedDepth.value, fresh: nestedFresh.value !== 0 };
  }

  /** After {@link nested}: how many objects are open around the row's. */
  rowDepth(row: number): number {
    return this.#depths[row]!;
  }

  /** Where the object of a row begins. */
  rowStart(row: number): number {
    return this.#starts[row]! - this.#window;
  }

  /** Where a value that was wanted as a place begins. */
  place(slot: number): number {
    return this.words[slot * 2]! - this.#window;
  }

  /** The bytes of a text, as written: with its escapes. */
  symbol(id: number): Uint8Array {
    return new Uint8Array(
      this.#kernel.memory.buffer,
      this.#kernel.symbolStart(id) >>> 0,
      this.#kernel.symbolLength(id),
    );
  }

  #setKeys(keys: readonly RowKey[]): void {
    this.#keys = keys;
    this.#kernel.clearKeys();
    for (const { name, wanted, column, where } of keys) {
      const text = encodeUtf8(`${name}"`);
      const block = this.#guarded(() => this.#kernel.allocate(text.length) >>> 0);
      new Uint8Array(this.#kernel.memory.buffer, block, text.length).set(text);
      this.#guarded(() => this.#kernel.addKey(block, block + text.length, wanted, column, where));
      this.#kernel.release(block, text.length);
    }
    this.#attach();
  }

  /** Views of memory, which are no good any more when it has grown. */
  #attach(): void {
    const { buffer } = this.#kernel.memory;
    const slots = this.#kernel.rowSlots() >>> 0;
    this.bytes = new Uint8Array(buffer, this.#window, this.#size);
    this.slots = new Float64Array(buffer, slots, MAX_ROWS * ROW_SLOTS);
    this.words = new Uint32Array(buffer, slots, MAX_ROWS * ROW_SLOTS * 2);
    this.kinds = new Uint8Array(buffer, this.#kernel.rowKinds() >>> 0, MAX_ROWS * ROW_SLOTS);
    this.#starts = new Uint32Array(buffer, this.#kernel.rowStarts() >>> 0, MAX_ROWS);
    this.#depths = new Uint32Array(buffer, this.#kernel.rowDepths() >>> 0, MAX_ROWS);
    this.listed = new Float64Array(buffer, this.#kernel.rowLists() >>> 0, MAX_LIST_NUMBERS);
  }

  /** Memory that was not enough is the input's fault, any other trap is ours. */
  #guarded<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      if (this.#kernel.exhausted.value === 0) throw error;
      throw new FlambeauError("too-large", "reading the input needs more than 4 GiB");
    }
  }
}
