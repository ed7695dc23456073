import { DEEPEST, UNREADABLE } from "./nodes.ts";
import { punycode } from "./punycode.ts";

/** Names that print longer than this stay mangled. */
const LONGEST = 16_384;
const MOST_STEPS = 50_000;

const BASIC: ReadonlyMap<string, string> = new Map([
  ["a", "i8"],
  ["b", "bool"],
  ["c", "char"],
  ["d", "f64"],
  ["e", "str"],
  ["f", "f32"],
  ["h", "u8"],
  ["i", "isize"],
  ["j", "usize"],
  ["l", "i32"],
  ["m", "u32"],
  ["n", "i128"],
  ["o", "u128"],
  ["p", "_"],
  ["s", "i16"],
  ["t", "u16"],
  ["u", "()"],
  ["v", "..."],
  ["x", "i64"],
  ["y", "u64"],
  ["z", "!"],
]);

/**
 * Reads a Rust name of the second mangling scheme: `_RNvCs1234_7mycrate3foo` is `mycrate::foo`. Hashes of crates are left
 * out. Undefined where it is none. Source: Rust RFC 2603, "v0" symbol names.
 */
export function demangleRust(mangled: string): string | undefined {
  if (!/^_R[A-Z]/.test(mangled)) return undefined;
  try {
    return new RustName(mangled).read();
  } catch (error) {
    if (error === UNREADABLE) return undefined;
    throw error;
  }
}

/** Reads and writes at once: what a name refers back to is read again. */
class RustName {
  readonly #text: string;
  #at = 2;
  #out = "";
  #depth = 0;
  #steps = 0;
  /** Lifetimes that binders have brought in so far. */
  #lifetimes = 0;
  /** Above 0 while something is read that is not written. */
  #silent = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): string {
    this.#path(true);
    // The crate that instantiated a generic function is not part of its name.
    if (this.#at < this.#text.length) {
      this.#silent++;
      this.#path(false);
    }
    if (this.#at < this.#text.length) throw UNREADABLE;
    return this.#out;
  }

  #add(text: string): void {
    if (this.#silent === 0) this.#out += text;
    if (this.#out.length > LONGEST || ++this.#steps > MOST_STEPS) throw UNREADABLE;
  }

  #next(): string {
    const char = this.#text[this.#at++];
    if (char === undefined || ++this.#steps > MOST_STEPS) throw UNREADABLE;
    return char;
  }

  #take(char: string): boolean {
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  /** `_` is 0, `0_` is 1, `a_` is 11: base 62. */
  #base62(): number {
    if (this.#take("_")) return 0;
    let value = 0;
    for (;;) {
      const char = this.#next();
      if (char === "_") return value + 1;
      // Hashes of crates go beyond what is exact; nobody looks at them.
      value = value * 62 + digit62(char);
    }
  }

  #optional62(tag: string): number {
    return this.#take(tag) ? this.#base62() + 1 : 0;
  }

  /** Reads what a back reference points to. */
  #back(read: () => void): void {
    const start = this.#at - 1;
    const target = this.#base62() + 2;
    if (target >= start) throw UNREADABLE;
    if (this.#silent > 0) return;
    const after = this.#at;
    this.#at = target;
    this.#nested(read);
    this.#at = after;
  }

  #nested(read: () => void): void {
    if (++this.#depth > DEEPEST) throw UNREADABLE;
    read();
    this.#depth--;
  }

  /** An identifier: `[u]<length>[_]<bytes>`; with `u` it is punycode. */
  #identifier(): string {
    const puny = this.#take("u");
    const digits = /^(?:0|[1-9]\d{0,5})/.exec(this.#text.slice(this.#at, this.#at + 6))?.[0];
    if (digits === undefined) throw UNREADABLE;
    this.#at += digits.length;
    this.#take("_");
    const end = this.#at + Number(digits);
    if (end > this.#text.length) throw UNREADABLE;
    const name = this.#text.slice(this.#at, end);
    this.#at = end;
    return puny ? punycode(name) : name;
  }

  #path(inValue: boolean): void {
    this.#nested(() => this.#pathOf(this.#next(), inValue));
  }

  #pathOf(tag: string, inValue: boolean): void {
    switch (tag) {
      case "C":
        this.#optional62("s");
        this.#add(this.#identifier());
        break;
      case "N":
        this.#nestedPath(inValue);
        break;
      case "M":
      case "X": {
        this.#optional62("s");
        // Where the block stands is not written: what it is for is.
        this.#silent++;
        this.#path(inValue);
        this.#silent--;
        this.#implementation(tag === "X");
        break;
      }
      case "Y":
        this.#implementation(true);
        break;
      case "I":
        this.#path(inValue);
        this.#add(inValue ? "::<" : "<");
        this.#separated(() => this.#argument());
        this.#add(">");
        break;
      case "B":
        this.#back(() => this.#path(inValue));
        break;
      default:
        throw UNREADABLE;
    }
  }

  #implementation(ofTrait: boolean): void {
    this.#add("<");
    this.#type();
    if (ofTrait) {
      this.#add(" as ");
      this.#path(false);
    }
    this.#add(">");
  }

  #nestedPath(inValue: boolean): void {
    const space = this.#next();
    if (!/[A-Za-z]/.test(space)) throw UNREADABLE;
    this.#path(inValue);
    const number = this.#optional62("s");
    const name = this.#identifier();
    if (/[A-Z]/.test(space)) {
      const kind = space === "C" ? "closure" : space === "S" ? "shim" : space;
      this.#add(`::{${kind}${name === "" ? "" : `:${name}`}#${number}}`);
    } else if (name !== "") {
      this.#add(`::${name}`);
    }
  }

  #separated(read: () => void): number {
    let count = 0;
    for (; !this.#take("E"); count++) {
      if (count > 0) this.#add(", ");
      read();
    }
    return count;
  }

  #argument(): void {
    if (this.#take("L")) this.#lifetime(this.#base62());
    else if (this.#take("K")) this.#constant();
    else this.#type();
  }

  /** 0 is the erased one, 1 the innermost that a binder brought in. */
  #lifetime(index: number): void {
    if (index === 0) {
      this.#add("'_");
      return;
    }
    if (this.#silent > 0) return;
    const depth = this.#lifetimes - index;
    if (depth < 0) throw UNREADABLE;
    this.#add(depth < 26 ? `'${String.fromCharCode(97 + depth)}` : `'_${depth}`);
  }

  #binder(read: () => void): void {
    const bound = this.#optional62("G");
    if (bound > 1000) throw UNREADABLE;
    if (bound > 0) {
      this.#add("for<");
      for (let i = 0; i < bound; i++) {
        if (i > 0) this.#add(", ");
        this.#lifetimes++;
        this.#lifetime(1);
      }
      this.#add("> ");
    }
    read();
    if (bound > 0) this.#lifetimes -= bound;
  }

  #type(): void {
    this.#nested(() => this.#typeOf(this.#next()));
  }

  #typeOf(tag: string): void {
    const basic = BASIC.get(tag);
    if (basic !== undefined) {
      this.#add(basic);
      return;
    }
    switch (tag) {
      case "R":
      case "Q":
        this.#reference(tag === "Q");
        break;
      case "P":
      case "O":
        this.#add(tag === "P" ? "*const " : "*mut ");
        this.#type();
        break;
      case "A":
      case "S":
        this.#add("[");
        this.#type();
        if (tag === "A") {
          this.#add("; ");
          this.#constant();
        }
        this.#add("]");
        break;
      case "T": {
        this.#add("(");
        const count = this.#separated(() => this.#type());
        this.#add(count === 1 ? ",)" : ")");
        break;
      }
      case "F":
        this.#binder(() => this.#function());
        break;
      case "D":
        this.#dynamic();
        break;
      case "B":
        this.#back(() => this.#type());
        break;
      default:
        this.#pathOf(tag, false);
    }
  }

  #reference(mutable: boolean): void {
    this.#add("&");
    if (this.#take("L")) {
      const index = this.#base62();
      if (index > 0) {
        this.#lifetime(index);
        this.#add(" ");
      }
    }
    if (mutable) this.#add("mut ");
    this.#type();
  }

  #function(): void {
    if (this.#take("U")) this.#add("unsafe ");
    if (this.#take("K")) {
      const abi = this.#take("C") ? "C" : this.#identifier().replaceAll("_", "-");
      this.#add(`extern "${abi}" `);
    }
    this.#add("fn(");
    this.#separated(() => this.#type());
    this.#add(")");
    if (this.#take("u")) return;
    this.#add(" -> ");
    this.#type();
  }

  #dynamic(): void {
    this.#add("dyn ");
    this.#binder(() => {
      let any = false;
      while (!this.#take("E")) {
        if (any) this.#add(" + ");
        any = true;
        this.#trait();
      }
    });
    if (!this.#take("L")) throw UNREADABLE;
    const index = this.#base62();
    if (index > 0) {
      this.#add(" + ");
      this.#lifetime(index);
    }
  }

  /** A trait with its arguments, and with what its associated types are: `Iterator<Item = u8>`. */
  #trait(): void {
    const open = this.#openTrait();
    let started = open;
    while (this.#take("p")) {
      this.#add(started ? ", " : "<");
      started = true;
      this.#add(`${this.#identifier()} = `);
      this.#type();
    }
    if (started) this.#add(">");
  }

  /** True where the brackets of its arguments are still open. */
  #openTrait(): boolean {
    if (this.#take("B")) {
      let open = false;
      this.#back(() => {
        open = this.#openTrait();
      });
      return open;
    }
    if (!this.#take("I")) {
      this.#path(false);
      return false;
    }
    this.#path(false);
    this.#add("<");
    this.#separated(() => this.#argument());
    return true;
  }

  #constant(): void {
    this.#nested(() => this.#constantOf(this.#next()));
  }

  #constantOf(tag: string): void {
    if (tag === "B") {
      this.#back(() => this.#constant());
      return;
    }
    if (tag === "p") {
      this.#add("_");
      return;
    }
    if ("hjmoty".includes(tag)) {
      this.#integer(this.#hexadecimal());
      return;
    }
    if ("ailnsx".includes(tag)) {
      if (this.#take("n")) this.#add("-");
      this.#integer(this.#hexadecimal());
      return;
    }
    if (tag === "b") {
      const value = this.#hexadecimal();
      if (value !== "0" && value !== "1") throw UNREADABLE;
      this.#add(value === "1" ? "true" : "false");
      return;
    }
    if (tag === "c") {
      const point = Number.parseInt(this.#hexadecimal() || "0", 16);
      if (!(point <= 0x10ffff) || (point >= 0xd800 && point < 0xe000)) throw UNREADABLE;
      this.#add(quoted(point));
      return;
    }
    throw UNREADABLE;
  }

  #integer(digits: string): void {
    this.#add(digits.length > 16 ? `0x${digits}` : String(BigInt(`0x${digits || "0"}`)));
  }

  /** Hexadecimal digits up to a `_`. */
  #hexadecimal(): string {
    const start = this.#at;
    while (/[0-9a-f]/.test(this.#text[this.#at] ?? "")) this.#at++;
    const digits = this.#text.slice(start, this.#at);
    if (!this.#take("_") || digits.length > 32) throw UNREADABLE;
    return digits;
  }
}

function digit62(char: string): number {
  const code = char.charCodeAt(0);
  if (code >= 48 && code < 58) return code - 48;
  if (code >= 97 && code < 123) return code - 97 + 10;
  if (code >= 65 && code < 91) return code - 65 + 36;
  throw UNREADABLE;
}

/** A character as Rust writes it. */
function quoted(point: number): string {
  const escapes = new Map([
    [9, "\\t"],
    [10, "\\n"],
    [13, "\\r"],
    [39, "\\'"],
    [92, "\\\\"],
  ]);
  const plain = point >= 0x20 && point !== 0x7f;
  const char = escapes.get(point) ?? (plain ? String.fromCodePoint(point) : `\\u{${point.toString(16)}}`);
  return `'${char}'`;
}
