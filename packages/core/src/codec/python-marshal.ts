import { FlambeauError } from "../util/errors.ts";
import { decodeLatin1, decodeUtf8 } from "../util/platform.ts";

/** A value of Python's marshal; bytes come as a Latin-1 string, dictionaries as pairs, since keys are tuples. */
export type Marshalled = number | bigint | string | boolean | null | readonly Marshalled[] | MarshalledDict;

/** A dictionary: keys may be of any kind. */
export class MarshalledDict {
  readonly entries: (readonly [key: Marshalled, value: Marshalled])[] = [];
}

/** A value's code may have this bit set: it gets a number by which later values refer to it. */
const REF = 0x80;
/** Containers within containers; profiles nest four deep. */
const MAX_DEPTH = 64;

/** The parts of a code object: integers, values (the file's name stands before the function's), a line, values. */
interface CodeLayout {
  readonly integers: number;
  readonly before: number;
  /** Index of the function's name. */
  readonly name: number;
  readonly after: number;
}

/** Python 3.11 and newer, 3.8 to 3.10, 3.0 to 3.7. */
const CODE_LAYOUTS: readonly CodeLayout[] = [
  { integers: 5, before: 8, name: 6, after: 2 },
  { integers: 6, before: 8, name: 7, after: 1 },
  { integers: 5, before: 8, name: 7, after: 1 },
];

const code = (letter: string): number => letter.charCodeAt(0);
const NULL = code("0");

/**
 * Decodes Python's marshal format, versions 0 to 4. Code objects become their name.
 * Source: CPython, Python/marshal.c. Throws FlambeauError "truncated" or "malformed" with the byte offset.
 */
export function decodeMarshal(bytes: Uint8Array, format: string): Marshalled {
  return new MarshalDecoder(bytes, format).value(0);
}

class MarshalDecoder {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #format: string;
  readonly #refs: Marshalled[] = [];
  /** Version 0 to 2 number their interned strings apart. */
  readonly #interned: string[] = [];
  #at = 0;
  /** Layouts of code objects that may still be tried: nested ones multiply. */
  #attempts = 1000;

  constructor(bytes: Uint8Array, format: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#format = format;
  }

  value(depth: number): Marshalled {
    const start = this.#at;
    const value = this.#optional(depth);
    if (value === undefined) throw this.#malformed("a value is missing", start);
    return value;
  }

  /** A value, or undefined at the mark that ends a dictionary. */
  #optional(depth: number): Marshalled | undefined {
    if (depth > MAX_DEPTH) throw this.#malformed("values nested too deep", this.#at);
    const start = this.#take(1);
    const tag = this.#bytes[start]!;
    const kind = tag & ~REF;
    if (kind === NULL) return undefined;
    if (kind === code("r")) return this.#reference(start);
    if ((tag & REF) === 0) return this.#read(kind, start, depth);
    // The number is given before what is inside gets its own.
    const index = this.#refs.push(null) - 1;
    const value = this.#read(kind, start, depth);
    this.#refs[index] = value;
    return value;
  }

  #read(kind: number, start: number, depth: number): Marshalled {
    switch (String.fromCharCode(kind)) {
      case "N":
      case ".":
      case "S":
        return null;
      case "c":
        return this.#code(start, depth);
      case "y":
        return this.#view.getFloat64(this.#take(16), true);
      case "T":
        return true;
      case "F":
        return false;
      case "i":
        return this.#int();
      case "I":
        return this.#view.getBigInt64(this.#take(8), true);
      case "l":
        return this.#long();
      case "g":
        return this.#view.getFloat64(this.#take(8), true);
      case "f":
        return Number(this.#latin1(this.#view.getUint8(this.#take(1))));
      case "s":
      case "a":
      case "A":
        return this.#latin1(this.#length());
      case "z":
      case "Z":
        return this.#latin1(this.#view.getUint8(this.#take(1)));
      case "u":
        return this.#utf8();
      case "t":
        return this.#interning(this.#utf8());
      case "R":
        return this.#internedAt(start);
      case "(":
      case "[":
      case "<":
      case ">":
        return this.#list(this.#length(), depth);
      case ")":
        return this.#list(this.#view.getUint8(this.#take(1)), depth);
      case "{":
        return this.#dict(depth);
      default:
        throw this.#malformed(`no marshal value begins with byte ${kind}`, start);
    }
  }

  /**
   * A code object, as text: the module profile names what it ran by one. Its layout differs between Python's
   * versions and nothing says which it is, so they are tried in turn.
   */
  #code(start: number, depth: number): string {
    const { length } = this.#refs;
    const at = this.#at;
    for (const layout of CODE_LAYOUTS) {
      if (this.#attempts-- <= 0) break;
      const name = this.#codeName(layout, depth);
      if (name !== undefined) return `<code object ${name}>`;
      this.#at = at;
      this.#refs.length = length;
    }
    throw this.#malformed("a code object of an unknown layout", start);
  }

  #codeName({ integers, before, name, after }: CodeLayout, depth: number): string | undefined {
    try {
      this.#take(integers * 4);
      const objects: Marshalled[] = [];
      for (let i = 0; i < before; i++) objects.push(this.value(depth + 1));
      this.#take(4); // first line
      for (let i = 0; i < after; i++) this.value(depth + 1);
      const [file, text] = [objects[name - 1], objects[name]];
      return typeof file === "string" && typeof text === "string" ? text : undefined;
    } catch (error) {
      if (error instanceof FlambeauError) return undefined;
      throw error;
    }
  }

  #list(length: number, depth: number): Marshalled[] {
    const list: Marshalled[] = [];
    for (let i = 0; i < length; i++) list.push(this.value(depth + 1));
    return list;
  }

  #dict(depth: number): MarshalledDict {
    const dict = new MarshalledDict();
    for (;;) {
      const key = this.#optional(depth + 1);
      if (key === undefined) return dict;
      dict.entries.push([key, this.value(depth + 1)]);
    }
  }

  #reference(start: number): Marshalled {
    const value = this.#refs[this.#int()];
    if (value === undefined) throw this.#malformed("a reference to a value that is not there", start);
    return value;
  }

  #interning(text: string): string {
    this.#interned.push(text);
    return text;
  }

  #internedAt(start: number): string {
    const text = this.#interned[this.#int()];
    if (text === undefined) throw this.#malformed("a reference to a string that is not there", start);
    return text;
  }

  #int(): number {
    return this.#view.getInt32(this.#take(4), true);
  }

  /** An integer of any size: digits of 15 bits, their number negative for a negative integer. */
  #long(): bigint {
    const count = this.#int();
    const digits = Math.abs(count);
    const start = this.#take(digits * 2);
    if (digits > 1000) throw this.#malformed(`an integer of ${digits} digits`, start);
    let value = 0n;
    for (let i = digits - 1; i >= 0; i--)
      value = (value << 15n) | BigInt(this.#view.getUint16(start + i * 2, true));
    return count < 0 ? -value : value;
  }

  /** A length, of which at least as many bytes must be left: nothing is shorter than a byte. */
  #length(): number {
    const start = this.#at;
    const length = this.#int();
    if (length < 0) throw this.#malformed(`a length of ${length}`, start);
    if (length > this.#bytes.length - this.#at) throw this.#truncated();
    return length;
  }

  #latin1(length: number): string {
    const start = this.#take(length);
    return decodeLatin1(this.#bytes.subarray(start, start + length));
  }

  #utf8(): string {
    const length = this.#length();
    const start = this.#take(length);
    return decodeUtf8(this.#bytes.subarray(start, start + length));
  }

  #take(count: number): number {
    const start = this.#at;
    if (count > this.#bytes.length - start) throw this.#truncated();
    this.#at = start + count;
    return start;
  }

  #truncated(): FlambeauError {
    return new FlambeauError("truncated", "the marshalled data end within a value", {
      format: this.#format,
      offset: this.#at,
    });
  }

  #malformed(what: string, offset: number): FlambeauError {
    return new FlambeauError("malformed", `bad marshal data: ${what}`, { format: this.#format, offset });
  }
}
