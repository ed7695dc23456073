import { FlambeauError } from "../util/errors.ts";
import { grown } from "../util/growable.ts";
import { decodeLatin1, decodeUtf8 } from "../util/platform.ts";
import type { ByteSource } from "../util/source.ts";
import type { NumberColumn } from "./json-column.ts";
import type { JsonKeys, OTHER_KEY } from "./json-keys.ts";
import { decimal, isScalarByte } from "./json-number.ts";
import { unescapeJson } from "./json-unescape.ts";

export { NumberColumn } from "./json-column.ts";
export { JsonKeys, OTHER_KEY } from "./json-keys.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Thrown when the buffer ran out in the middle of a step; {@link JsonReader.run} refills and repeats the step. */
const STARVED: unique symbol = Symbol("the buffer ran out");

const BUFFER_SIZE = 1 << 20;
/** A single step (a record) longer than this is refused rather than buffered. */
const MAX_BUFFER = 1 << 30;

/** 1: a byte that matters when a value is skipped: `"`, brackets, and NUL, which stands behind the buffer's end. */
const STRUCTURE: Uint8Array = new Uint8Array(256);
for (const byte of [0, QUOTE, OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT]) STRUCTURE[byte] = 1;

export interface JsonOptions {
  /** Id of the format, for error messages. */
  readonly format?: string;
  readonly onProgress?: ((bytes: number) => void) | undefined;
  /** Bytes held at first; grows for a step that is longer. */
  readonly bufferSize?: number;
  /** Accept a comma before a closing bracket. */
  readonly trailingCommas?: boolean;
}

/**
 * Reads JSON front to back, token by token, from bytes: no tree of the input, no recursion, no limit on its
 * length. The parsing methods are synchronous and know nothing of the source. They are called from a *step*: when
 * the buffer runs out within it, {@link run} goes back to the step's beginning, refills, and calls it again. So
 * a step is as small as a record, and what it does before its last byte must bear being done twice (interning
 * does; pushing to a list comes last).
 *
 * ```
 * await json.run(() => { json.enterArray(); return false; });
 * await json.run(() => {                       // one call per element
 *   if (!json.nextElement()) return false;
 *   json.enterObject();
 *   for (let key = json.nextKey(KEYS); key !== undefined; key = json.nextKey(KEYS)) {
 *     if (key === "at") at = json.number(); else json.skipValue();
 *   }
 *   add(at);
 *   return true;
 * });
 * ```
 *
 * Skipped values are not checked beyond brackets and strings. NaN and Infinity, which Python writes, are numbers.
 */
export class JsonReader {
  /** Where the string read last stands: valid until the next call. See {@link string}. */
  spanBytes: Uint8Array;
  spanStart = 0;
  spanEnd = 0;

  readonly #source: ByteSource;
  readonly #options: JsonOptions;
  /** `bytes[end]` is always NUL, so that loops need not ask for the end at each byte. */
  #bytes: Uint8Array;
  #at = 0;
  #end = 0;
  /** Offset in the input of `bytes[0]`. */
  #base = 0;
  #mark = 0;
  /** True right after an opening bracket: no comma is due. */
  #fresh = false;
  #markFresh = false;
  #scratch: Uint8Array = new Uint8Array(0);
  /** State of a skip that goes on after a refill. */
  #skipDepth = 0;
  #skipInString = false;

  constructor(source: ByteSource, options: JsonOptions = {}) {
    this.#source = source;
    this.#options = options;
    this.#bytes = new Uint8Array((options.bufferSize ?? BUFFER_SIZE) + 1);
    this.spanBytes = this.#bytes;
  }

  /** Offset in the input of the next byte. */
  get offset(): number {
    return this.#base + this.#at;
  }

  /**
   * Reads a value of the running step once more: `offset` is where it begins. For values whose meaning is known
   * only from what comes behind them, which were skipped at first.
   */
  revisit(offset: number, visit: () => void): void {
    const at = this.#at;
    this.#at = offset - this.#base;
    visit();
    this.#at = at;
    this.#fresh = false;
  }

  /** After an input ended too early: true where nothing but blanks and commas was left of it. */
  get endedBetweenValues(): boolean {
    const rest = this.#bytes.subarray(this.#at, this.#end);
    return rest.every((byte) => byte === COMMA || byte <= 0x20);
  }

  /** Calls `step` until it returns false. See the class for what a step may do. */
  async run(step: () => boolean): Promise<void> {
    for (;;) {
      try {
        do {
          this.#mark = this.#at;
          this.#markFresh = this.#fresh;
        } while (step());
        return;
      } catch (error) {
        if (error !== STARVED) throw error;
        this.#at = this.#mark;
        this.#fresh = this.#markFresh;
      }
      const filled = this.#fill();
      if (!(typeof filled === "number" ? filled : await filled)) throw this.#truncated();
    }
  }

  /** Calls `step` once (again after a refill) and returns its answer. */
  async take<T>(step: () => T): Promise<T> {
    let answer: { readonly value: T } | undefined;
    await this.run(() => {
      answer = { value: step() };
      return false;
    });
    return answer!.value;
  }

  /** First byte of the next value, which stays unread. */
  peek(): number {
    return this.#token();
  }

  /** True (and read) where the next value is `null`. */
  null(): boolean {
    if (this.#token() !== 0x6e) return false;
    this.#word("null");
    return true;
  }

  enterObject(): void {
    this.#open(OPEN_OBJECT, "an object");
  }

  enterArray(): void {
    this.#open(OPEN_ARRAY, "an array");
  }

  /** Goes on to the next element of the array; false at its end, which is then read. */
  nextElement(): boolean {
    return this.#next(CLOSE_ARRAY) !== CLOSE_ARRAY;
  }

  /**
   * Goes on to the next key of the object: one of `keys`, or {@link OTHER_KEY} (its bytes are the span); undefined
   * at the object's end, which is then read. The value must be read or skipped before the next call.
   */
  nextKey<Key extends string>(keys: JsonKeys<Key>): Key | typeof OTHER_KEY | undefined {
    const byte = this.#next(CLOSE_OBJECT);
    if (byte === CLOSE_OBJECT) return undefined;
    if (byte !== QUOTE) throw this.#unexpected("a key");
    this.#string();
    const key = keys.find(this.spanBytes, this.spanStart, this.spanEnd);
    if (this.#token() !== COLON) throw this.#unexpected('":"');
    this.#at++;
    return key;
  }

  /**
   * Reads a string: its bytes, without escapes, are `spanBytes[spanStart, spanEnd)`. Bytes that are no UTF-8 stay
   * as they are; half of a surrogate pair becomes the three bytes of its code point. `null` reads as empty.
   */
  string(): void {
    const byte = this.#token();
    if (byte === QUOTE) this.#string();
    else if (byte === 0x6e) {
      this.#word("null");
      this.spanStart = this.spanEnd = 0;
    } else throw this.#unexpected("a string");
  }

  /** Reads a string and decodes it. */
  text(): string {
    this.string();
    return this.spanText();
  }

  /** The string read last, decoded. */
  spanText(): string {
    return decodeUtf8(this.spanBytes.subarray(this.spanStart, this.spanEnd));
  }

  /** Reads a number, exactly as JSON.parse would; `null` and `NaN` read as NaN, `Infinity` as itself. */
  number(): number {
    let byte = this.#token();
    const bytes = this.#bytes;
    const negative = byte === MINUS;
    let at = this.#at;
    if (negative) byte = bytes[++at]!;
    const first = at;
    let value = 0;
    while (byte >= 0x30 && byte <= 0x39) {
      value = value * 10 + (byte - 0x30);
      byte = bytes[++at]!;
    }
    // Up to 15 digits are exact; "." and "e", more digits, words and the buffer's end go the long way.
    if (at === first || at - first > 15 || byte === 0x2e || (byte | 0x20) === 0x65 || at >= this.#end) {
      return this.#longNumber();
    }
    this.#at = at;
    this.#fresh = false;
    return negative ? -value : value;
  }

  /** Reads a number; `exact` is its value as an integer where it is written as one. */
  exactNumber(): { readonly value: number; readonly exact: bigint | undefined } {
    this.#token();
    const start = this.#at;
    const value = this.number();
    const text = decodeLatin1(this.#bytes.subarray(start, Math.min(this.#at, start + 400)));
    return { value, exact: /^-?\d+$/.test(text) && Number.isFinite(value) ? BigInt(text) : undefined };
  }

  /** Skips a value that is small enough to stand in the buffer; for a longer one between steps see {@link skip}. */
  skipValue(): void {
    if (!this.#startSkip() && !this.#goOnSkipping()) throw STARVED;
  }

  /** Skips a value of any length with the memory of one buffer. Not within a step. */
  async skip(): Promise<void> {
    if (await this.take(() => this.#startSkip())) return;
    while (!this.#goOnSkipping()) {
      this.#mark = this.#at;
      const filled = this.#fill();
      if (!(typeof filled === "number" ? filled : await filled)) throw this.#truncated();
    }
  }

  /**
   * Reads an array of numbers of any length into `into`. With `missing`, which stands for `null` and whatever is no
   * number, `true` is 1 and `false` 0. Not within a step.
   */
  async numbers(into: NumberColumn, missing?: number): Promise<void> {
    await this.take(() => this.enterArray());
    await this.run(() => {
      this.#compactIntegers(into);
      this.#mark = this.#at;
      this.#markFresh = this.#fresh;
      if (!this.nextElement()) return false;
      into.push(missing === undefined ? this.number() : this.numberOr(missing));
      return true;
    });
  }

  /** Reads a number or a truth value (1, 0); skips anything else and answers `missing`. */
  numberOr(missing: number): number {
    const byte = this.#token();
    if (byte === MINUS || (byte >= 0x30 && byte <= 0x39)) return this.number();
    this.skipValue();
    return byte === 0x74 ? 1 : byte === 0x66 ? 0 : missing;
  }

  /** Reads an array of numbers that is part of a record into `into`, which is emptied first. Within a step. */
  numbersWithin(into: NumberColumn): void {
    into.setLength(0);
    this.enterArray();
    for (;;) {
      this.#compactIntegers(into);
      if (!this.nextElement()) return;
      into.push(this.number());
    }
  }

  /** True where nothing but blanks is left. Not within a step. */
  async atEnd(): Promise<boolean> {
    for (;;) {
      this.#skipBlanks();
      if (this.#at < this.#end) return false;
      this.#mark = this.#at;
      const filled = this.#fill();
      if (!(typeof filled === "number" ? filled : await filled)) return true;
    }
  }

  /** An error at a place of the input; `offset` is that of the next byte unless given. */
  fail(message: string, offset: number = this.offset): FlambeauError {
    const { format } = this.#options;
    return new FlambeauError("malformed", message, { ...(format === undefined ? {} : { format }), offset });
  }

  #truncated(): FlambeauError {
    const { format } = this.#options;
    return new FlambeauError("truncated", "The input ends in the middle of the JSON", {
      ...(format === undefined ? {} : { format }),
      offset: this.#base + this.#end,
      hint: "The recording or the copy was cut off: record again, or copy the whole file.",
    });
  }

  #unexpected(wanted: string): FlambeauError {
    const byte = this.#bytes[this.#at]!;
    const found = byte > 32 && byte < 127 ? `"${String.fromCharCode(byte)}"` : `byte ${byte}`;
    return this.fail(`Expected ${wanted}, found ${found}`);
  }

  /**
   * Makes room behind what is still needed (from the mark on) and reads more. Answers the number of new bytes;
   * 0 at the input's end.
   */
  #fill(): number | Promise<number> {
    const kept = this.#end - this.#mark;
    let target = this.#bytes;
    if (kept * 2 >= target.length) {
      if (target.length >= MAX_BUFFER) {
        throw new FlambeauError("too-large", "A single value is longer than 1 GiB", { offset: this.offset });
      }
      target = new Uint8Array(Math.max(64, (target.length - 1) * 2) + 1);
      target.set(this.#bytes.subarray(this.#mark, this.#end));
      this.#bytes = target;
    } else {
      target.copyWithin(0, this.#mark, this.#end);
    }
    this.#base += this.#mark;
    this.#at -= this.#mark;
    this.#end = kept;
    this.#mark = 0;
    const room = target.subarray(kept, target.length - 1);
    const count = this.#source.read(room);
    return typeof count === "number" ? this.#filled(count) : count.then((late) => this.#filled(late));
  }

  #filled(count: number): number {
    const atStart = this.#base === 0 && this.#end === 0;
    this.#end += count;
    this.#bytes[this.#end] = 0;
    if (atStart) this.#skipByteOrderMark();
    this.#options.onProgress?.(this.#base + this.#end);
    return count;
  }

  /** A source that gives less than three bytes at first keeps its byte order mark; none does. */
  #skipByteOrderMark(): void {
    const bytes = this.#bytes;
    if (this.#end >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) this.#at = 3;
  }

  #skipBlanks(): void {
    const bytes = this.#bytes;
    let at = this.#at;
    let byte = bytes[at];
    while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = bytes[++at];
    this.#at = at;
  }

  /** First byte of the next token, unread. */
  #token(): number {
    const bytes = this.#bytes;
    let byte = bytes[this.#at]!;
    if (byte <= 0x20) {
      this.#skipBlanks();
      byte = bytes[this.#at]!;
      if (this.#at >= this.#end) throw STARVED;
    }
    return byte;
  }

  #open(bracket: number, wanted: string): void {
    if (this.#token() !== bracket) throw this.#unexpected(wanted);
    this.#at++;
    this.#fresh = true;
  }

  /** Reads the comma that is due; answers the next token's first byte: `close` (read) or a value's (unread). */
  #next(close: number): number {
    let byte = this.#token();
    if (byte === close) return this.#close();
    if (this.#fresh) this.#fresh = false;
    else {
      if (byte !== COMMA) throw this.#unexpected(`"," or "${String.fromCharCode(close)}"`);
      this.#at++;
      byte = this.#token();
      if (byte === close) {
        if (this.#options.trailingCommas !== true) throw this.#unexpected("a value after the comma");
        return this.#close();
      }
    }
    return byte;
  }

  #close(): number {
    this.#fresh = false;
    return this.#bytes[this.#at++]!;
  }

  /** Reads a string whose opening quote is the next byte. */
  #string(): void {
    const bytes = this.#bytes;
    const start = this.#at + 1;
    let at = start;
    let byte = bytes[at];
    let escaped = false;
    for (;;) {
      while (byte !== QUOTE && byte !== BACKSLASH && byte !== 0) byte = bytes[++at];
      if (byte === QUOTE) break;
      if (byte === BACKSLASH) {
        escaped = true;
        at++;
      }
      if (at >= this.#end) throw STARVED;
      byte = bytes[++at];
    }
    this.#at = at + 1;
    this.#fresh = false;
    this.spanBytes = bytes;
    this.spanStart = start;
    this.spanEnd = at;
    if (escaped) this.#unescape(start, at);
  }

  #unescape(start: number, end: number): void {
    this.#scratch = grown(this.#scratch, end - start);
    const length = unescapeJson(this.#bytes, start, end, this.#scratch);
    if (length < 0) throw this.fail("This escape in a string is none of JSON's", this.#base + ~length);
    this.spanBytes = this.#scratch;
    this.spanStart = 0;
    this.spanEnd = length;
  }

  /** A number with a fraction, an exponent or many digits, or a word that stands for one. */
  #longNumber(): number {
    const bytes = this.#bytes;
    const start = this.#at;
    let at = start;
    let byte = bytes[at]!;
    if (byte === 0x6e || byte === 0x4e || byte === 0x49 || (byte === MINUS && bytes[at + 1] === 0x49)) {
      return this.#numberWord(byte);
    }
    while (
      (byte >= 0x30 && byte <= 0x39) ||
      byte === 0x2e ||
      byte === 0x2b ||
      byte === MINUS ||
      (byte | 0x20) === 0x65
    )
      byte = bytes[++at]!;
    if (at >= this.#end) throw STARVED;
    if (at === start) throw this.#unexpected("a number");
    const value = decimal(bytes, start, at) ?? Number(decodeLatin1(bytes.subarray(start, at)));
    if (Number.isNaN(value)) throw this.fail("This is no number");
    this.#at = at;
    this.#fresh = false;
    return value;
  }

  #numberWord(byte: number): number {
    if (byte === 0x6e || byte === 0x4e) {
      this.#word(byte === 0x6e ? "null" : "NaN");
      return Number.NaN;
    }
    this.#word(byte === MINUS ? "-Infinity" : "Infinity");
    return byte === MINUS ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }

  #word(word: string): void {
    if (this.#at + word.length >= this.#end) {
      throw STARVED;
    }
    for (let i = 0; i < word.length; i++) {
      if (this.#bytes[this.#at + i] !== word.charCodeAt(i)) throw this.#unexpected(`"${word}"`);
    }
    this.#at += word.length;
    this.#fresh = false;
  }

  /** Begins to skip a value: true where that was all of it. */
  #startSkip(): boolean {
    const byte = this.#token();
    const bracket = byte === OPEN_OBJECT || byte === OPEN_ARRAY;
    this.#skipDepth = bracket ? 1 : 0;
    this.#skipInString = byte === QUOTE;
    if (bracket || byte === QUOTE) {
      this.#at++;
      return false;
    }
    const bytes = this.#bytes;
    let at = this.#at;
    while (isScalarByte(bytes[at]!)) at++;
    if (at >= this.#end) throw STARVED;
    if (at === this.#at) throw this.#unexpected("a value");
    this.#at = at;
    this.#fresh = false;
    return true;
  }

  /** Skips as much of a string, object or array as the buffer holds: true where that was the rest of it. */
  #goOnSkipping(): boolean {
    for (;;) {
      if (this.#skipInString && !this.#skipString()) return false;
      if (this.#skipDepth === 0) break;
      if (!this.#skipStructure()) return false;
      if (this.#skipDepth === 0) break;
    }
    this.#fresh = false;
    return true;
  }

  /** Goes on behind the closing quote; false where the buffer ends first. */
  #skipString(): boolean {
    const bytes = this.#bytes;
    const end = this.#end;
    let at = this.#at;
    for (;;) {
      let byte = bytes[at];
      while (byte !== QUOTE && byte !== BACKSLASH && byte !== 0) byte = bytes[++at];
      // An escape that the buffer cuts in two is looked at again after the refill.
      if (at >= end || (byte === BACKSLASH && at + 1 >= end)) break;
      at += byte === BACKSLASH ? 2 : 1;
      if (byte === QUOTE) {
        this.#at = at;
        this.#skipInString = false;
        return true;
      }
    }
    this.#at = at;
    return false;
  }

  /** Goes on behind the next opening quote or the last closing bracket; false where the buffer ends first. */
  #skipStructure(): boolean {
    const bytes = this.#bytes;
    const end = this.#end;
    let at = this.#at;
    let depth = this.#skipDepth;
    while (depth > 0) {
      let byte = bytes[at]!;
      while (STRUCTURE[byte] === 0) byte = bytes[++at]!;
      if (at >= end) break;
      at++;
      if (byte === QUOTE) {
        this.#skipInString = true;
        break;
      }
      // Opening brackets (5b, 7b) have bit 1 set, closing ones (5d, 7d) have not.
      if (byte !== 0) depth += (byte & 2) === 2 ? 1 : -1;
    }
    this.#at = at;
    this.#skipDepth = depth;
    return this.#skipInString || depth === 0;
  }

  /** The fast way through `,12,-3, 456`: as many integers of at most nine digits as the buffer holds whole. */
  #compactIntegers(into: NumberColumn): void {
    let values = into.integers();
    if (values === undefined || this.#fresh) return;
    const bytes = this.#bytes;
    let length = into.length;
    let at = this.#at;
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
      if (length === values.length) {
        into.setLength(length);
        values = into.integers()!;
      }
      values[length++] = negative ? -value : value;
      at = look;
    }
    into.setLength(length);
    this.#at = at;
  }
}
