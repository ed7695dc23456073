import type { FoundStacks } from "../kernel/json-kernel.ts";
import type { NumberColumn } from "./json-column.ts";
import type { JsonKeys, OTHER_KEY } from "./json-keys.ts";
import { JsonRows, type RowLayout } from "./json-rows.ts";
import { JsonSkipper } from "./json-skip.ts";

export { ChunkPool, type Recycler } from "./chunk-pool.ts";
export { NumberColumn } from "./json-column.ts";
export { JsonKeys, OTHER_KEY } from "./json-keys.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const CLOSE_ARRAY = 0x5d;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** After an element that the kernel cannot read, at most this many go the general way before it is asked again. */
const MAX_WAIT = 64;

/** How long elements go the general way before the kernel is asked again. */
export class Patience {
  #wait = 0;
  #patience = 1;

  /** True where it is the kernel's turn; else one element less to wait for. */
  over(): boolean {
    return --this.#wait < 0;
  }

  /** `found`: the kernel could read what there was. */
  next(found: boolean): void {
    this.#wait = found ? 0 : this.#patience;
    this.#patience = found ? 1 : Math.min(this.#patience * 2, MAX_WAIT);
  }
}

/**
 * Reads JSON front to back, token by token, from bytes: no tree of the input, no recursion, no limit on its
 * length. The parsing methods are synchronous and know nothing of the source. They are called from a *step*: when
 * the buffer runs out within it, {@link run} goes back to the step's beginning, refills, and calls it again. So
 * a step is as small as a record, and what it does before its last byte must bear being done twice (interning
 * does; pushing to a list comes last).
 *
 * ```
 * await json.elements(() => {                  // one call per element
 *   json.enterObject();
 *   for (let key = json.nextKey(KEYS); key !== undefined; key = json.nextKey(KEYS)) {
 *     if (key === "at") at = json.number(); else json.skipValue();
 *   }
 *   add(at);
 * });
 * ```
 *
 * Long lists of numbers, of lists of numbers and of objects with known keys go through the WebAssembly kernel, many
 * elements at a time ({@link numbers}, {@link lists}, {@link rows}); what it does not understand, and all of it where
 * there is no kernel, is read by the methods above.
 *
 * Skipped values are not checked beyond brackets and strings. NaN and Infinity, which Python writes, are numbers.
 */
export class JsonReader extends JsonSkipper {
  #rows: JsonRows | undefined;

  /**
   * Reads a value of the running step once more: `offset` is where it begins. For values whose meaning is known
   * only from what comes behind them, which were skipped at first.
   */
  revisit(offset: number, visit: () => void): void {
    const at = this.at;
    this.at = offset - this.base;
    visit();
    this.at = at;
    this.fresh = false;
  }

  /** The first key of the object that begins at `offset`, which is part of the running step; undefined: it has none. */
  firstKeyAt<Key extends string>(offset: number, keys: JsonKeys<Key>): Key | typeof OTHER_KEY | undefined {
    const bytes = this.bytes;
    const start = offset - this.base + 2;
    if (bytes[start - 2] === OPEN_OBJECT && bytes[start - 1] === QUOTE) {
      // The usual way: neither blanks nor escapes.
      let close = start;
      let byte = bytes[close]!;
      while (byte !== QUOTE && byte !== BACKSLASH && byte !== 0) byte = bytes[++close]!;
      if (byte === QUOTE && bytes[close + 1] === COLON) return keys.find(bytes, start, close);
    } else if (bytes[start - 2] === OPEN_OBJECT && bytes[start - 1] === CLOSE_OBJECT) return undefined;
    const at = this.at;
    this.at = offset - this.base;
    let key: Key | typeof OTHER_KEY | undefined;
    if (this.token() === OPEN_OBJECT) {
      this.enterObject();
      key = this.nextKey(keys);
    }
    this.at = at;
    this.fresh = false;
    return key;
  }

  /** Reads an array of any length: `visit` reads one element, whole. Not within a step. */
  async elements(visit: () => void): Promise<void> {
    await this.take(() => this.enterArray());
    await this.run(() => {
      if (!this.nextElement()) return false;
      visit();
      return true;
    });
  }

  /**
   * Reads an array of numbers of any length into `into`. With `missing`, which stands for `null` and whatever is no
   * number, `true` is 1 and `false` 0. Not within a step.
   */
  async numbers(into: NumberColumn, missing?: number): Promise<void> {
    await this.take(() => this.enterArray());
    await this.run(() => {
      this.#manyNumbers(into, missing);
      this.setMark();
      if (!this.nextElement()) return false;
      into.push(missing === undefined ? this.number() : this.numberOr(missing));
      return true;
    });
  }

  /** Reads a number or a truth value (1, 0); skips anything else and answers `missing`. */
  numberOr(missing: number): number {
    const byte = this.token();
    if (byte === MINUS || (byte >= 0x30 && byte <= 0x39)) return this.number();
    this.skipValue();
    return byte === 0x74 ? 1 : byte === 0x66 ? 0 : missing;
  }

  /** Reads a text; skips anything else and answers `missing`. */
  textOr<Missing>(missing: Missing): string | Missing {
    if (this.token() === QUOTE) return this.text();
    this.skipValue();
    return missing;
  }

  /** Reads an array of numbers that is part of a record into `into`, which is emptied first. Within a step. */
  numbersWithin(into: NumberColumn): void {
    into.clear();
    this.enterArray();
    for (;;) {
      this.#compactIntegers(into);
      if (!this.nextElement()) return;
      into.push(this.number());
    }
  }

  /**
   * Reads an array of arrays of numbers of any length: `many` gets as many lists at once as the kernel found (list i is
   * `values[ends[i - 1] .. ends[i])` and begins at `offset(i)`), `one` reads a single list, within a step. `missing` as in {@link numbers}. Not
   * within a step.
   */
  async lists(
    missing: number | undefined,
    many: (values: Float64Array, ends: Uint32Array, offset: (list: number) => number) => void,
    one: () => void,
  ): Promise<void> {
    await this.#elements(() => {
      const kernel = this.kernel!;
      kernel.setWords(missing ?? Number.NaN, missing !== undefined);
      const { at, values, ends, start } = kernel.lists(this.at, this.end);
      this.at = at;
      if (ends.length > 0) many(values, ends, (list) => this.base + start(list));
      return ends.length > 0;
    }, one);
  }

  /**
   * Reads an array of arrays of indices of any length, most of which begin like the one before: `many` gets as many lists at
   * once as the kernel found, each but for that (see {@link FoundStacks}; `offset(i)` is where list i begins), `one` reads a
   * single list, within a step. Not within a step.
   */
  async stacks(
    many: (found: FoundStacks, offset: (list: number) => number) => void,
    one: () => void,
  ): Promise<void> {
    await this.#elements(() => {
      const found = this.kernel!.stacks(this.at, this.end);
      this.at = found.at;
      if (found.ends.length > 0) many(found, (list) => this.base + found.start(list));
      return found.ends.length > 0;
    }, one);
  }

  /**
   * Reads an array of objects of any length: `many` gets as many at once as the kernel found, in columns, and may
   * {@link revisit} what stands in them; `one` reads a single element, within a step. Not within a step.
   */
  async rows(layout: RowLayout, many: (rows: JsonRows) => void, one: () => void): Promise<void> {
    await this.#elements(() => {
      const kernel = this.kernel!;
      kernel.setWords(Number.NaN, false);
      const found = kernel.rows(this.at, this.end, layout.keys);
      this.bytes = kernel.bytes;
      this.at = found.at;
      if (found.count === 0) return false;
      this.#rows ??= new JsonRows(kernel);
      this.#rows.set(found.count, this.base);
      many(this.#rows);
      return true;
    }, one);
  }

  /**
   * Within a step and a list of objects that may list others of their kind (a key of kind "nested"), at one of them or at
   * the list's end: reads as many as the kernel finds, on whatever levels, `depth` of them being open now. `many` gets
   * them as in {@link rows}. Returns how many are open then, and is in a list again; undefined where nothing was read.
   */
  nestedRows(layout: RowLayout, depth: number, many: (rows: JsonRows) => void): number | undefined {
    const { kernel } = this;
    if (kernel === undefined) return undefined;
    kernel.setWords(Number.NaN, false);
    const found = kernel.nested(this.at, this.end, layout.keys, depth, this.fresh);
    this.bytes = kernel.bytes;
    if (found.at === this.at) return undefined;
    this.at = found.at;
    this.#rows ??= new JsonRows(kernel);
    this.#rows.set(found.count, this.base);
    many(this.#rows);
    this.fresh = found.fresh;
    this.setMark();
    return found.depth;
  }

  /** Reads an array: `many`, where there is a kernel, takes elements from behind the first; `one` takes the others. */
  async #elements(many: () => boolean, one: () => void): Promise<void> {
    const wait = new Patience();
    await this.take(() => this.enterArray());
    await this.run(() => {
      if (this.kernel !== undefined && !this.fresh && wait.over()) {
        const found = many();
        wait.next(found);
        if (found) {
          do this.setMark();
          while (many());
        }
      }
      if (!this.nextElement()) return false;
      one();
      return true;
    });
  }

  #manyNumbers(into: NumberColumn, missing: number | undefined): void {
    const { kernel } = this;
    if (this.fresh) return;
    if (kernel === undefined) {
      this.#compactIntegers(into);
      return;
    }
    kernel.setWords(missing ?? Number.NaN, missing !== undefined);
    for (;;) {
      const found = into.integers ? kernel.integers(this.at, this.end) : kernel.doubles(this.at, this.end);
      this.at = found.at;
      if (found.values.length === 0) return;
      into.append(found.values);
    }
  }

  /** The fast way through `,12,-3, 456` without a kernel: as many integers of at most nine digits as there are. */
  #compactIntegers(into: NumberColumn): void {
    if (this.fresh) return;
    const bytes = this.bytes;
    let at = this.at;
    while (bytes[at] === COMMA) {
      let look = at + 1;
      let byte = bytes[look]!;
      while (byte === 0x20 || byte === 0x0a || byte === 0x0d) byte = bytes[++look]!;
      const negative = byte === MINUS;
      if (negative) byte = bytes[++look]!;
      const first = look;
      let value = 0;
      while (byte >= 0x30 && byte <= 0x39) {
        value = (value * 10 + byte - 0x30) | 0;
        byte = bytes[++look]!;
      }
      if (look === first || look - first > 9 || (byte !== COMMA && byte !== CLOSE_ARRAY)) break;
      into.push(negative ? -value : value);
      at = look;
    }
    this.at = at;
  }
}
