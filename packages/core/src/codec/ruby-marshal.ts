import { FlambeauError } from "../util/errors.ts";
import { decodeUtf8 } from "../util/platform.ts";

/**
 * A value of Ruby's Marshal. Symbols and strings are text alike; integers beyond 2^53 are bigints; an object, a struct
 * or anything else that a profile has no use for is undefined.
 */
export type RubyValue =
  | number
  | bigint
  | string
  | boolean
  | null
  | undefined
  | readonly RubyValue[]
  | RubyHash;

/** A hash; later values of a key replace earlier ones, as in Ruby. */
export class RubyHash {
  readonly entries: Map<RubyValue, RubyValue> = new Map();

  get(key: string): RubyValue {
    return this.entries.get(key);
  }
}

/** Containers within containers; profiles nest five deep. */
const MAX_DEPTH = 64;

const code = (letter: string): number => letter.charCodeAt(0);

/** True where bytes begin like a marshalled hash: version 4.8, then `{`. */
export function beginsMarshalledHash(bytes: Uint8Array): boolean {
  return bytes[0] === 4 && bytes[1] === 8 && bytes[2] === code("{");
}

/**
 * Decodes Ruby's Marshal format 4.8. Source: Ruby, doc/marshal.rdoc.
 * Throws FlambeauError "truncated" or "malformed" with the byte offset.
 */
export function decodeRubyMarshal(bytes: Uint8Array, format: string): RubyValue {
  const decoder = new RubyDecoder(bytes, format);
  return decoder.document();
}

class RubyDecoder {
  readonly #bytes: Uint8Array;
  readonly #format: string;
  readonly #symbols: string[] = [];
  /** Objects by the number that `@` names them by. */
  readonly #objects: RubyValue[] = [];
  #at = 0;

  constructor(bytes: Uint8Array, format: string) {
    this.#bytes = bytes;
    this.#format = format;
  }

  document(): RubyValue {
    const start = this.#take(2);
    if (this.#bytes[start] !== 4 || this.#bytes[start + 1] !== 8) {
      throw this.#malformed("it is not Marshal 4.8", start);
    }
    return this.#value(0);
  }

  #value(depth: number): RubyValue {
    if (depth > MAX_DEPTH) throw this.#malformed("values nested too deep", this.#at);
    const start = this.#take(1);
    const letter = String.fromCharCode(this.#bytes[start]!);
    switch (letter) {
      case "0":
        return null;
      case "T":
        return true;
      case "F":
        return false;
      case "i":
        return this.#integer();
      case ":":
      case ";":
        return this.#symbol(letter, start);
      case "@":
        return this.#reference(start);
      case "I":
        return this.#withVariables(depth);
      case "C":
        // A string, array or hash of a class of its own.
        this.#value(depth + 1);
        return this.#value(depth + 1);
      default:
        return this.#object(letter, start, depth);
    }
  }

  /** What gets a number by which it may be named later; containers get theirs before what is inside them. */
  #object(letter: string, start: number, depth: number): RubyValue {
    const number = this.#objects.push(undefined) - 1;
    const value = this.#content(letter, start, depth, number);
    this.#objects[number] = value;
    return value;
  }

  #content(letter: string, start: number, depth: number, number: number): RubyValue {
    switch (letter) {
      case '"':
        return decodeUtf8(this.#counted());
      case "f":
        return floatOf(decodeUtf8(this.#counted()));
      case "l":
        return this.#bignum();
      case "[":
        return this.#array(depth, number);
      case "{":
      case "}":
        return this.#hash(depth, number, letter === "}");
      case "o":
      case "S":
        this.#value(depth + 1);
        this.#pairs(depth, () => {});
        return undefined;
      case "/":
        this.#counted();
        this.#take(1);
        return undefined;
      case "c":
      case "m":
      case "M":
        return decodeUtf8(this.#counted());
      case "u":
        this.#value(depth + 1);
        this.#counted();
        return undefined;
      default:
        throw this.#malformed(`a value of unknown kind ${JSON.stringify(letter)}`, start);
    }
  }

  #array(depth: number, number: number): RubyValue {
    const count = this.#length();
    const list: RubyValue[] = [];
    this.#objects[number] = list;
    for (let i = 0; i < count; i++) list.push(this.#value(depth + 1));
    return list;
  }

  #hash(depth: number, number: number, withDefault: boolean): RubyHash {
    const hash = new RubyHash();
    this.#objects[number] = hash;
    this.#pairs(depth, (key, value) => hash.entries.set(key, value));
    if (withDefault) this.#value(depth + 1);
    return hash;
  }

  #pairs(depth: number, add: (key: RubyValue, value: RubyValue) => void): void {
    const count = this.#length();
    for (let i = 0; i < count; i++) add(this.#value(depth + 1), this.#value(depth + 1));
  }

  /** Instance variables: of a string they are its encoding. */
  #withVariables(depth: number): RubyValue {
    const value = this.#value(depth + 1);
    this.#pairs(depth, () => {});
    return value;
  }

  #symbol(letter: string, start: number): string {
    if (letter === ":") {
      const text = decodeUtf8(this.#counted());
      this.#symbols.push(text);
      return text;
    }
    const text = this.#symbols[this.#integer()];
    if (text === undefined) throw this.#malformed("a reference to a symbol that is not there", start);
    return text;
  }

  #reference(start: number): RubyValue {
    const number = this.#integer();
    if (number < 0 || number >= this.#objects.length) {
      throw this.#malformed("a reference to a value that is not there", start);
    }
    return this.#objects[number];
  }

  /** One byte for small numbers; else the count of bytes that follow, negative for a negative number. */
  #integer(): number {
    const first = (this.#bytes[this.#take(1)]! << 24) >> 24;
    if (first === 0) return 0;
    if (first > 4) return first - 5;
    if (first < -4) return first + 5;
    const count = Math.abs(first);
    const start = this.#take(count);
    let value = first < 0 ? -(256 ** count) : 0;
    for (let i = 0; i < count; i++) value += this.#bytes[start + i]! * 256 ** i;
    return value;
  }

  #bignum(): number | bigint {
    const negative = this.#bytes[this.#take(1)] === code("-");
    const count = this.#length() * 2;
    const start = this.#take(count);
    if (count > 8) return Number.POSITIVE_INFINITY;
    let value = 0n;
    for (let i = count - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.#bytes[start + i]!);
    const signed = negative ? -value : value;
    const number = Number(signed);
    return Number.isSafeInteger(number) ? number : signed;
  }

  #counted(): Uint8Array {
    const length = this.#length();
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** A count of things of at least one byte each: it may not be more than there are bytes. */
  #length(): number {
    const start = this.#at;
    const length = this.#integer();
    if (length < 0) throw this.#malformed("a negative length", start);
    if (length > this.#bytes.length - this.#at) throw this.#truncated();
    return length;
  }

  #take(count: number): number {
    const start = this.#at;
    if (count > this.#bytes.length - start) throw this.#truncated();
    this.#at = start + count;
    return start;
  }

  #truncated(): FlambeauError {
    return new FlambeauError("truncated", "the Marshal data ends in the middle of a value", {
      format: this.#format,
      offset: this.#bytes.length,
      hint: "Was the program still writing the file?",
    });
  }

  #malformed(what: string, offset: number): FlambeauError {
    return new FlambeauError("malformed", `the Marshal data is not usable: ${what}`, {
      format: this.#format,
      offset,
    });
  }
}

function floatOf(text: string): number {
  if (text === "inf") return Number.POSITIVE_INFINITY;
  return text === "-inf" ? Number.NEGATIVE_INFINITY : Number(text);
}
