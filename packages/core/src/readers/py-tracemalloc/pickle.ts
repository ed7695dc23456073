import { FlambeauError } from "../../util/errors.ts";
import { decodeLatin1, decodeUtf8 } from "../../util/platform.ts";

/** A value of a pickle. Tuples and lists are arrays; objects are what their class's name says, and a state. */
export type Pickled =
  | null
  | boolean
  | number
  | string
  | Pickled[]
  | Map<Pickled, Pickled>
  | PickledObject
  | PickledClass;

/** A class or function by its name: it is never looked up, and never called. */
export class PickledClass {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** An object of a class. */
export class PickledObject {
  readonly type: string;
  state: Pickled = null;

  constructor(type: string) {
    this.type = type;
  }
}

/** How objects of protocols 0 and 1 are made: with the class as the first argument. */
const RECONSTRUCTORS: ReadonlySet<string> = new Set(["copyreg._reconstructor", "copy_reg._reconstructor"]);
/** Stands on the stack where a group of values begins. */
const MARK = Symbol("mark");
type Item = Pickled | typeof MARK;
const code = (letter: string): number => letter.charCodeAt(0);

/**
 * Reads a pickle of plain values and of objects with a state: protocols 0 to 5, as far as snapshots need them. Nothing of
 * it is executed: a pickle can name any function and have it called, which ends the reading here. Source of the format:
 * Lib/pickletools.py in CPython.
 */
export class Unpickler {
  readonly #bytes: Uint8Array;
  readonly #format: string;
  readonly #allowed: (name: string) => boolean;
  readonly #memo = new Map<number, Pickled>();
  readonly #stack: Item[] = [];
  #at = 0;

  /** `allowed`: names of classes, as `module.Class`, that may occur. */
  constructor(bytes: Uint8Array, format: string, allowed: (name: string) => boolean) {
    this.#bytes = bytes;
    this.#format = format;
    this.#allowed = allowed;
  }

  read(): Pickled {
    for (;;) {
      const opcode = this.#byte();
      if (opcode === code(".")) return this.#pop();
      if (!this.#atom(opcode) && !this.#container(opcode) && !this.#object(opcode)) {
        throw this.#malformed(`a pickle's code 0x${opcode.toString(16)} is not known`);
      }
    }
  }

  /** Values without parts, and the memo. */
  #atom(opcode: number): boolean {
    switch (opcode) {
      case 0x80: // PROTO
        this.#byte();
        return true;
      case 0x95: // FRAME
        this.#skip(8);
        return true;
      case code("N"):
        return this.#push(null);
      case 0x88:
      case 0x89:
        return this.#push(opcode === 0x88);
      case code("K"):
        return this.#push(this.#byte());
      case code("M"):
        return this.#push(this.#unsigned(2));
      case code("J"):
        return this.#push(this.#unsigned(4) | 0);
      case 0x8a: // LONG1
        return this.#push(this.#long(this.#byte()));
      case 0x8b: // LONG4
        return this.#push(this.#long(this.#unsigned(4)));
      case code("I"):
      case code("L"):
      case code("F"):
        return this.#push(this.#written(this.#line()));
      case code("G"):
        return this.#push(this.#double());
      case code("V"):
        return this.#push(this.#line());
      case code("X"):
        return this.#push(decodeUtf8(this.#view(this.#unsigned(4))));
      case 0x8c: // SHORT_BINUNICODE
        return this.#push(decodeUtf8(this.#view(this.#byte())));
      case 0x8d: // BINUNICODE8
        return this.#push(decodeUtf8(this.#view(this.#unsigned(8))));
      default:
        return this.#memoised(opcode);
    }
  }

  #memoised(opcode: number): boolean {
    switch (opcode) {
      case 0x94: // MEMOIZE
        this.#memo.set(this.#memo.size, this.#top());
        return true;
      case code("q"):
        this.#memo.set(this.#byte(), this.#top());
        return true;
      case code("r"):
        this.#memo.set(this.#unsigned(4), this.#top());
        return true;
      case code("p"):
        this.#memo.set(this.#written(this.#line()), this.#top());
        return true;
      case code("h"):
        return this.#push(this.#recalled(this.#byte()));
      case code("j"):
        return this.#push(this.#recalled(this.#unsigned(4)));
      case code("g"):
        return this.#push(this.#recalled(this.#written(this.#line())));
      case code("0"):
        this.#pop();
        return true;
      default:
        return false;
    }
  }

  #container(opcode: number): boolean {
    switch (opcode) {
      case code("("):
        this.#stack.push(MARK);
        return true;
      case code(")"):
      case code("]"):
        return this.#push([]);
      case code("}"):
        return this.#push(new Map());
      case code("t"):
      case code("l"):
        return this.#push(this.#group());
      case 0x85:
      case 0x86:
      case 0x87: {
        const items = Array.from({ length: opcode - 0x84 }, () => this.#pop());
        return this.#push(items.reverse());
      }
      case code("a"):
        return this.#append([this.#pop()]);
      case code("e"):
        return this.#append(this.#group());
      case code("s"): {
        const value = this.#pop();
        return this.#setItems([this.#pop(), value]);
      }
      case code("u"):
        return this.#setItems(this.#group());
      case code("d"): {
        const items = this.#group();
        this.#push(new Map());
        return this.#setItems(items);
      }
      default:
        return false;
    }
  }

  #object(opcode: number): boolean {
    switch (opcode) {
      case code("c"): {
        const module = this.#line();
        return this.#push(this.#global(`${module}.${this.#line()}`));
      }
      case 0x93: {
        const name = this.#pop();
        const module = this.#pop();
        return this.#push(this.#global(`${String(module)}.${String(name)}`));
      }
      case 0x81: {
        this.#pop();
        return this.#push(this.#instance(this.#pop()));
      }
      case code("R"): {
        const args = this.#pop();
        const made = this.#pop();
        const type = Array.isArray(args) ? args[0] : undefined;
        if (!(made instanceof PickledClass) || !RECONSTRUCTORS.has(made.name) || type === undefined) {
          throw this.#malformed("the pickle wants a function to be called, which is not done");
        }
        return this.#push(this.#instance(type));
      }
      case code("b"): {
        const state = this.#pop();
        const target = this.#top();
        if (!(target instanceof PickledObject)) throw this.#malformed("a state belongs to no object");
        target.state = state;
        return true;
      }
      default:
        return false;
    }
  }

  #instance(type: Pickled): PickledObject {
    if (!(type instanceof PickledClass)) throw this.#malformed("an object's class is none");
    return new PickledObject(type.name);
  }

  #global(name: string): PickledClass {
    const isKnown =
      RECONSTRUCTORS.has(name) || /^(?:__builtin__|builtins)\.object$/.test(name) || this.#allowed(name);
    if (isKnown) return new PickledClass(name);
    throw new FlambeauError(
      "malformed",
      `the pickle refers to ${name.slice(0, 100)}: that is no part of a snapshot`,
      {
        format: this.#format,
        offset: this.#at,
        hint: "Nothing of a pickle is ever executed here.",
      },
    );
  }

  #append(items: readonly Pickled[]): boolean {
    const list = this.#top();
    if (!Array.isArray(list)) throw this.#malformed("values are added to what is no list");
    for (const item of items) list.push(item);
    return true;
  }

  #setItems(items: readonly Pickled[]): boolean {
    const dict = this.#top();
    if (!(dict instanceof Map)) throw this.#malformed("keys are set in what is no dictionary");
    for (let i = 0; i + 1 < items.length; i += 2) dict.set(items[i]!, items[i + 1]!);
    return true;
  }

  #push(value: Pickled): true {
    this.#stack.push(value);
    return true;
  }

  #pop(): Pickled {
    const value = this.#top();
    this.#stack.pop();
    return value;
  }

  #top(): Pickled {
    const value = this.#stack.at(-1);
    if (value === undefined || value === MARK) throw this.#malformed("a value is missing");
    return value as Pickled;
  }

  /** The values since the last mark. */
  #group(): Pickled[] {
    const mark = this.#stack.lastIndexOf(MARK);
    if (mark < 0) throw this.#malformed("a group of values has no beginning");
    const items = this.#stack.splice(mark + 1) as Pickled[];
    this.#stack.pop();
    return items;
  }

  #recalled(id: number): Pickled {
    const value = this.#memo.get(id);
    if (value === undefined) throw this.#malformed(`there is no value ${id} to refer to`);
    return value;
  }

  #byte(): number {
    return this.#view(1)[0]!;
  }

  #skip(length: number): void {
    this.#view(length);
  }

  #unsigned(size: number): number {
    const bytes = this.#view(size);
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = value * 256 + bytes[i]!;
    return value;
  }

  /** Two's complement, little-endian, of any length. */
  #long(size: number): number {
    const bytes = this.#view(size);
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = value * 256 + bytes[i]!;
    const isNegative = size > 0 && bytes[size - 1]! > 127;
    return this.#finite(isNegative ? value - 256 ** size : value);
  }

  #written(text: string): number {
    return this.#finite(Number(text.replace(/L$/, "")));
  }

  #double(): number {
    const bytes = this.#view(8);
    return this.#finite(new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0));
  }

  #finite(value: number): number {
    if (!Number.isFinite(value)) throw this.#malformed("a number is none");
    return value;
  }

  #line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0) throw this.#truncated();
    const line = decodeLatin1(this.#bytes.subarray(this.#at, end));
    this.#at = end + 1;
    return line;
  }

  #view(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#at) throw this.#truncated();
    const start = this.#at;
    this.#at += length;
    return this.#bytes.subarray(start, this.#at);
  }

  #truncated(): FlambeauError {
    return new FlambeauError("truncated", "the pickle ends in the middle", {
      format: this.#format,
      offset: this.#at,
    });
  }

  #malformed(what: string): FlambeauError {
    return new FlambeauError("malformed", what, { format: this.#format, offset: this.#at });
  }
}
