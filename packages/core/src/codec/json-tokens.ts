import type { FlambeauError } from "../util/errors.ts";
import { grown } from "../util/growable.ts";
import { decodeLatin1, decodeUtf8 } from "../util/platform.ts";
import { JsonBuffer, STARVED } from "./json-buffer.ts";
import type { JsonKeys, OTHER_KEY } from "./json-keys.ts";
import { decimal } from "./json-number.ts";
import { unescapeJson } from "./json-unescape.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** The tokens of JSON, one at a time. All of it is for use within a step. */
export class JsonTokens extends JsonBuffer {
  /** Where the string read last stands: valid until the next call. See {@link string}. */
  spanBytes: Uint8Array = new Uint8Array(0);
  spanStart = 0;
  spanEnd = 0;
  #scratch: Uint8Array = new Uint8Array(0);

  /** First byte of the next value, which stays unread. */
  peek(): number {
    return this.token();
  }

  /** True (and read) where the next value is `null`. */
  null(): boolean {
    if (this.token() !== 0x6e) return false;
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
    if (byte !== QUOTE) throw this.unexpected("a key");
    this.#string();
    const key = keys.find(this.spanBytes, this.spanStart, this.spanEnd);
    if (this.token() !== COLON) throw this.unexpected('":"');
    this.at++;
    return key;
  }

  /**
   * Reads a string: its bytes, without escapes, are `spanBytes[spanStart, spanEnd)`. Bytes that are no UTF-8 stay
   * as they are; half of a surrogate pair becomes the three bytes of its code point. `null` reads as empty.
   */
  string(): void {
    const byte = this.token();
    if (byte === QUOTE) this.#string();
    else if (byte === 0x6e) {
      this.#word("null");
      this.spanStart = this.spanEnd = 0;
    } else throw this.unexpected("a string");
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
    let byte = this.token();
    const bytes = this.bytes;
    const negative = byte === MINUS;
    let at = this.at;
    if (negative) byte = bytes[++at]!;
    const first = at;
    let value = 0;
    while (byte >= 0x30 && byte <= 0x39) {
      value = value * 10 + (byte - 0x30);
      byte = bytes[++at]!;
    }
    // Up to 15 digits are exact; "." and "e", more digits, words and the buffer's end go the long way.
    if (at === first || at - first > 15 || byte === 0x2e || (byte | 0x20) === 0x65 || at >= this.end) {
      return this.#longNumber();
    }
    this.at = at;
    this.fresh = false;
    return negative ? -value : value;
  }

  /** Reads a number; `exact` is its value as an integer where it is written as one. */
  exactNumber(): { readonly value: number; readonly exact: bigint | undefined } {
    this.token();
    const start = this.at;
    const value = this.number();
    const text = decodeLatin1(this.bytes.subarray(start, Math.min(this.at, start + 400)));
    return { value, exact: /^-?\d+$/.test(text) && Number.isFinite(value) ? BigInt(text) : undefined };
  }

  protected unexpected(wanted: string): FlambeauError {
    const byte = this.bytes[this.at]!;
    const found = byte > 32 && byte < 127 ? `"${String.fromCharCode(byte)}"` : `byte ${byte}`;
    return this.fail(`Expected ${wanted}, found ${found}`);
  }

  /** First byte of the next token, unread. */
  protected token(): number {
    const bytes = this.bytes;
    let byte = bytes[this.at]!;
    if (byte <= 0x20) {
      this.skipBlanks();
      byte = bytes[this.at]!;
      if (this.at >= this.end) throw STARVED;
    }
    return byte;
  }

  #open(bracket: number, wanted: string): void {
    if (this.token() !== bracket) throw this.unexpected(wanted);
    this.at++;
    this.fresh = true;
  }

  /** Reads the comma that is due; answers the next token's first byte: `close` (read) or a value's (unread). */
  #next(close: number): number {
    let byte = this.token();
    if (byte === close) return this.#close();
    if (this.fresh) this.fresh = false;
    else {
      if (byte !== COMMA) throw this.unexpected(`"," or "${String.fromCharCode(close)}"`);
      this.at++;
      byte = this.token();
      if (byte === close) {
        if (this.options.trailingCommas !== true) throw this.unexpected("a value after the comma");
        return this.#close();
      }
    }
    return byte;
  }

  #close(): number {
    this.fresh = false;
    return this.bytes[this.at++]!;
  }

  /** Reads a string whose opening quote is the next byte. */
  #string(): void {
    const bytes = this.bytes;
    const start = this.at + 1;
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
      if (at >= this.end) throw STARVED;
      byte = bytes[++at];
    }
    this.at = at + 1;
    this.fresh = false;
    this.spanBytes = bytes;
    this.spanStart = start;
    this.spanEnd = at;
    if (escaped) this.#unescape(start, at);
  }

  #unescape(start: number, end: number): void {
    this.#scratch = grown(this.#scratch, end - start);
    const length = unescapeJson(this.bytes, start, end, this.#scratch);
    if (length < 0) throw this.fail("This escape in a string is none of JSON's", this.base + ~length);
    this.spanBytes = this.#scratch;
    this.spanStart = 0;
    this.spanEnd = length;
  }

  /** A number with a fraction, an exponent or many digits, or a word that stands for one. */
  #longNumber(): number {
    const bytes = this.bytes;
    const start = this.at;
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
    if (at >= this.end) throw STARVED;
    if (at === start) throw this.unexpected("a number");
    const value = decimal(bytes, start, at) ?? Number(decodeLatin1(bytes.subarray(start, at)));
    if (Number.isNaN(value)) throw this.fail("This is no number");
    this.at = at;
    this.fresh = false;
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
    if (this.at + word.length >= this.end) throw STARVED;
    for (let i = 0; i < word.length; i++) {
      if (this.bytes[this.at + i] !== word.charCodeAt(i)) throw this.unexpected(`"${word}"`);
    }
    this.at += word.length;
    this.fresh = false;
  }
}
