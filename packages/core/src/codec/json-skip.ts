import { STARVED } from "./json-buffer.ts";
import { isScalarByte } from "./json-number.ts";
import { JsonTokens } from "./json-tokens.ts";

const QUOTE = 0x22;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** 1: a byte that matters when a value is skipped: `"`, brackets, and NUL, which stands behind the buffer's end. */
const STRUCTURE: Uint8Array = new Uint8Array(256);
for (const byte of [0, QUOTE, OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT]) STRUCTURE[byte] = 1;

/** Skips values; they are not checked beyond brackets and strings. */
export class JsonSkipper extends JsonTokens {
  /** State of a skip that goes on after a refill. */
  #depth = 0;
  #inString = false;

  /** Skips a value that is small enough to stand in the buffer; for a longer one between steps see {@link skip}. */
  skipValue(): void {
    if (!this.#start() && !this.#goOn()) throw STARVED;
  }

  /** Skips a value of any length with the memory of one buffer. Not within a step. */
  async skip(): Promise<void> {
    if (await this.take(() => this.#start())) return;
    while (!this.#goOn()) {
      this.mark = this.at;
      const filled = this.fill();
      if (!(typeof filled === "number" ? filled : await filled)) throw this.truncated();
    }
  }

  /** Begins to skip a value: true where that was all of it. */
  #start(): boolean {
    const byte = this.token();
    const bracket = byte === OPEN_OBJECT || byte === OPEN_ARRAY;
    this.#depth = bracket ? 1 : 0;
    this.#inString = byte === QUOTE;
    if (bracket || byte === QUOTE) {
      this.at++;
      return false;
    }
    const bytes = this.bytes;
    let at = this.at;
    while (isScalarByte(bytes[at]!)) at++;
    if (at >= this.end) throw STARVED;
    if (at === this.at) throw this.unexpected("a value");
    this.at = at;
    this.fresh = false;
    return true;
  }

  /** Skips as much of a string, object or array as the buffer holds: true where that was the rest of it. */
  #goOn(): boolean {
    const { kernel } = this;
    if (kernel !== undefined) {
      this.at = kernel.skip(this.at, this.end, this.#depth, this.#inString);
      this.#depth = kernel.skipDepth;
      this.#inString = kernel.skipInString;
      if (this.#depth > 0 || this.#inString) return false;
    }
    while (this.#depth > 0 || this.#inString) {
      if (this.#inString ? !this.#string() : !this.#structure()) return false;
    }
    this.fresh = false;
    return true;
  }

  /** Goes on behind the closing quote; false where the buffer ends first. */
  #string(): boolean {
    const { bytes, end } = this;
    let at = this.at;
    for (;;) {
      let byte = bytes[at];
      while (byte !== QUOTE && byte !== BACKSLASH && byte !== 0) byte = bytes[++at];
      // An escape that the buffer cuts in two is looked at again after the refill.
      if (at >= end || (byte === BACKSLASH && at + 1 >= end)) break;
      at += byte === BACKSLASH ? 2 : 1;
      if (byte === QUOTE) {
        this.at = at;
        this.#inString = false;
        return true;
      }
    }
    this.at = at;
    return false;
  }

  /** Goes on behind the next opening quote or the last closing bracket; false where the buffer ends first. */
  #structure(): boolean {
    const { bytes, end } = this;
    let at = this.at;
    let depth = this.#depth;
    while (depth > 0) {
      let byte = bytes[at]!;
      while (STRUCTURE[byte] === 0) byte = bytes[++at]!;
      if (at >= end) break;
      at++;
      if (byte === QUOTE) {
        this.#inString = true;
        break;
      }
      // Opening brackets (5b, 7b) have bit 1 set, closing ones (5d, 7d) have not.
      if (byte !== 0) depth += (byte & 2) === 2 ? 1 : -1;
    }
    this.at = at;
    this.#depth = depth;
    return this.#inString || depth === 0;
  }
}
