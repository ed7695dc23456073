import { grown } from "../util/growable.ts";
import { sortRows } from "../util/merge-sort.ts";
import { decodeUtf8 } from "../util/platform.ts";

/** How well known a name is: the linker's binding of its symbol. */
export const Binding = { local: 0, weak: 1, global: 2 } as const;

/** Longest name that is kept whole. */
const LONGEST = 65_536;
/** What the last function of a table reaches to where nothing says its size. */
const LAST_SIZE = 4096;

/**
 * The functions of a binary or a kernel, sorted by where they start. Names stay bytes until they are asked for.
 * Addresses are doubles: offsets in a file, or virtual addresses (signed, so that the kernel's are exact).
 */
export class FunctionTable {
  readonly length: number;
  readonly start: Float64Array;
  /** Exclusive. */
  readonly end: Float64Array;
  readonly #bytes: Uint8Array;
  readonly #from: Uint32Array;
  readonly #to: Uint32Array;
  readonly #readable: (name: string) => string;
  readonly #names: (string | undefined)[] = [];

  constructor(
    columns: { length: number; start: Float64Array; end: Float64Array; from: Uint32Array; to: Uint32Array },
    bytes: Uint8Array,
    readable: (name: string) => string,
  ) {
    this.length = columns.length;
    this.start = columns.start;
    this.end = columns.end;
    this.#from = columns.from;
    this.#to = columns.to;
    this.#bytes = bytes;
    this.#readable = readable;
  }

  /** Row of the function at an address, or -1. */
  find(address: number): number {
    let from = 0;
    let to = this.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.start[middle]! <= address) from = middle + 1;
      else to = middle;
    }
    return from > 0 && address < this.end[from - 1]! ? from - 1 : -1;
  }

  name(row: number): string {
    let name = this.#names[row];
    if (name === undefined) {
      name = this.#readable(decodeUtf8(this.#bytes.subarray(this.#from[row]!, this.#to[row]!)));
      this.#names[row] = name;
    }
    return name;
  }
}

/** Collects functions in any order. */
export class FunctionCollector {
  readonly #bytes: Uint8Array;
  #length = 0;
  #start = new Float64Array(1024);
  #size = new Float64Array(1024);
  #from = new Uint32Array(1024);
  #to = new Uint32Array(1024);
  #binding = new Uint8Array(1024);

  /** Names are parts of `bytes`. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get length(): number {
    return this.#length;
  }

  /** A function; size 0: it reaches to the next one. `[from, to)` is its name. */
  add(start: number, size: number, from: number, to: number, binding: number): void {
    const row = this.#length++;
    if (row >= this.#start.length) {
      this.#start = grown(this.#start, row + 1);
      this.#size = grown(this.#size, row + 1);
      this.#from = grown(this.#from, row + 1);
      this.#to = grown(this.#to, row + 1);
      this.#binding = grown(this.#binding, row + 1);
    }
    this.#start[row] = start;
    this.#size[row] = size;
    this.#from[row] = from;
    this.#to[row] = Math.min(to, from + LONGEST);
    this.#binding[row] = binding;
  }

  /** The table: of several names for one place the one that perf chooses. */
  finish(readable: (name: string) => string): FunctionTable {
    const rows = new Uint32Array(this.#length);
    for (let row = 0; row < rows.length; row++) rows[row] = row;
    sortRows(rows, this.#start.subarray(0, this.#length));
    let kept = 0;
    for (const row of rows) {
      const before = kept > 0 ? rows[kept - 1]! : -1;
      if (before < 0 || this.#start[before] !== this.#start[row]) rows[kept++] = row;
      else if (this.#isBetter(row, before)) rows[kept - 1] = row;
    }
    return this.#table(rows.subarray(0, kept), readable);
  }

  #table(rows: Uint32Array, readable: (name: string) => string): FunctionTable {
    const columns = {
      length: rows.length,
      start: new Float64Array(rows.length),
      end: new Float64Array(rows.length),
      from: new Uint32Array(rows.length),
      to: new Uint32Array(rows.length),
    };
    rows.forEach((row, i) => {
      const start = this.#start[row]!;
      const next = i + 1 < rows.length ? this.#start[rows[i + 1]!]! : start + LAST_SIZE;
      columns.start[i] = start;
      columns.end[i] = this.#size[row]! > 0 ? start + this.#size[row]! : next;
      columns.from[i] = this.#from[row]!;
      columns.to[i] = this.#to[row]!;
    });
    return new FunctionTable(columns, this.#bytes, readable);
  }

  /** perf's order (`choose_best_symbol` in util/symbol.c): with a size, global, few underscores, a long name. */
  #isBetter(a: number, b: number): boolean {
    const sized = Number(this.#size[a]! > 0) - Number(this.#size[b]! > 0);
    if (sized !== 0) return sized > 0;
    const known = bindingOrder(this.#binding[a]!) - bindingOrder(this.#binding[b]!);
    if (known !== 0) return known > 0;
    const underscores = this.#underscores(a) - this.#underscores(b);
    if (underscores !== 0) return underscores < 0;
    return this.#to[a]! - this.#from[a]! > this.#to[b]! - this.#from[b]!;
  }

  #underscores(row: number): number {
    const from = this.#from[row]!;
    let at = from;
    while (at < this.#to[row]! && this.#bytes[at] === 0x5f) at++;
    return at - from;
  }
}

/** A weak symbol is the last choice, even behind a local one. */
function bindingOrder(binding: number): number {
  return binding === Binding.weak ? -1 : binding;
}
