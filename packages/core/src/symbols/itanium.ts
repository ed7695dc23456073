import { BUILTIN_TYPES, D_TYPES, LITERAL_SUFFIXES, OPERATORS, SPECIAL, STANDARD } from "./itanium-tables.ts";

/** Deeper and longer names than compilers make; what they would cost is the input's to say otherwise. */
const DEEPEST = 200;
const LONGEST_INPUT = 8192;
const LONGEST_RESULT = 1 << 16;

/** A type around the place of a declared name: `void (*` and `)(int)`. */
interface Type {
  readonly left: string;
  readonly right: string;
  /** True for functions and arrays: a pointer to it needs brackets. */
  readonly brackets: boolean;
}

/** A name and what is needed of it later. */
interface Name {
  readonly text: string;
  /** The last part without template arguments: what a constructor is called. */
  readonly own: string;
  /** True where its type begins with what it returns. */
  readonly returns: boolean;
  /** ` const` and the like behind a member function. */
  readonly qualifiers: string;
}

/**
 * A C++ symbol in readable form, without its parameters, as perf shows it: `_ZN2ns3FooIdE3barEi` is
 * `ns::Foo<double>::bar`. Undefined where it is none, or one that this does not understand (expressions in template
 * arguments): a wrong name is worse than an ugly one. Grammar: Itanium C++ ABI, 5.1.
 */
export function demangleCpp(symbol: string): string | undefined {
  if (!symbol.startsWith("_Z") || symbol.length > LONGEST_INPUT) return undefined;
  try {
    return new Demangler(symbol.slice(2)).symbol();
  } catch (error) {
    if (error === NOT_UNDERSTOOD) return undefined;
    throw error;
  }
}

const NOT_UNDERSTOOD = Symbol("not understood");

class Demangler {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  /** What `S_`, `S0_` … stand for. */
  readonly #known: { readonly type: Type; readonly own: string }[] = [];
  /** What `T_`, `T0_` … stand for. */
  #arguments: string[] = [];
  #inLambda = false;

  constructor(text: string) {
    this.#text = text;
  }

  /** Parameters of the whole symbol are not looked at. */
  symbol(): string {
    return this.#special() ?? this.#name(true).text;
  }

  #special(): string | undefined {
    const found = SPECIAL.get(this.#text.slice(this.#at, this.#at + 2));
    if (found === undefined) return undefined;
    const kind = this.#text[this.#at + 1];
    this.#at += 2;
    const [words, of] = found;
    if (of === "type") return words + shown(this.#type());
    if (of === "name") return words + this.#name(true).text;
    this.#offset();
    if (kind === "v") this.#offset();
    return words + this.#encoding();
  }

  /** How far a thunk moves its pointer: a number and `_`. */
  #offset(): void {
    this.#take("n");
    while (isDigit(this.#peek())) this.#at++;
    this.#expect("_");
  }

  /** A function with its parameters, or an object. */
  #encoding(): string {
    return this.#deeper(() => {
      const special = this.#special();
      if (special !== undefined) return special;
      const name = this.#name(true);
      const next = this.#peek();
      if (next === "" || next === "E" || next === ".") return name.text;
      const result = name.returns ? shown(this.#type()) : undefined;
      const whole = `${name.text}(${this.#parameters("E")})${name.qualifiers}`;
      return this.#checked(result === undefined ? whole : `${result} ${whole}`);
    });
  }

  /** Types up to `end` (which stays) or the symbol's. */
  #parameters(end: string): string {
    const types: string[] = [];
    while (this.#peek() !== end && this.#peek() !== "" && this.#peek() !== ".") {
      const type = shown(this.#type());
      if (type !== "") types.push(type);
    }
    return types.length === 1 && types[0] === "void" ? "" : types.join(", ");
  }

  /** `tag`: its template arguments are what T_ means from then on. */
  #name(tag: boolean): Name {
    return this.#deeper(() => {
      const letter = this.#peek();
      if (letter === "N") return this.#nested(tag);
      if (letter === "Z") return this.#local(tag);
      let base: { text: string; own: string };
      if (letter === "S" && this.#text[this.#at + 1] !== "t") {
        const { type, own } = this.#substitution();
        base = { text: shown(type), own };
        if (this.#peek() !== "I") return { ...base, returns: false, qualifiers: "" };
      } else {
        const isStd = this.#take("St");
        const own = this.#unqualified("");
        base = { text: isStd ? `std::${own}` : own, own };
        if (this.#peek() !== "I") return { ...base, returns: false, qualifiers: "" };
        this.#remember(plain(base.text), own);
      }
      const text = withArguments(base.text, this.#templateArguments(tag));
      return { text, own: base.own, returns: true, qualifiers: "" };
    });
  }

  #nested(tag: boolean): Name {
    this.#expect("N");
    const qualifiers = this.#qualifiers();
    const reference = this.#take("R") ? " &" : this.#take("O") ? " &&" : "";
    let text = "";
    let own = "";
    let returns = false;
    const join = (part: string): void => {
      text = text === "" ? part : `${text}::${part}`;
      this.#checked(text);
    };
    let pushed = false;
    while (!this.#take("E")) {
      this.#take("L");
      if (this.#take("M")) continue;
      const letter = this.#peek();
      const second = this.#text[this.#at + 1] ?? "";
      returns = letter === "I" && returns;
      if (letter === "T") join(this.#templateParameter());
      else if (letter === "I") {
        if (text === "") this.#give();
        text = withArguments(text, this.#templateArguments(tag));
        returns = !this.#isStructor;
      } else if (letter === "S" && second !== "t") {
        const found = this.#substitution(true);
        const isFirst = text === "";
        join(shown(found.type));
        own = found.own;
        pushed = !isFirst;
        if (!isFirst) this.#remember(plain(text), own);
        continue;
      } else if (letter === "S") {
        this.#at += 2;
        join("std");
        continue;
      } else {
        const part = this.#unqualified(own);
        own = part.startsWith("~") ? own : part.replace(/\[abi:.*/, "");
        join(part);
        returns = false;
      }
      this.#remember(plain(text), own);
      pushed = true;
    }
    // The whole name is no prefix of anything.
    if (pushed) this.#known.pop();
    return { text, own, returns, qualifiers: qualifiers + reference };
  }

  /** Something inside of a function. */
  #local(tag: boolean): Name {
    this.#expect("Z");
    const saved = this.#arguments;
    const outer = this.#encoding();
    this.#expect("E");
    if (this.#take("s")) {
      this.#discriminator();
      return { text: `${outer}::string literal`, own: "", returns: false, qualifiers: "" };
    }
    if (this.#take("d")) {
      while (isDigit(this.#peek())) this.#at++;
      this.#expect("_");
    }
    if (!tag) this.#arguments = saved;
    const inner = this.#name(tag);
    this.#discriminator();
    return { ...inner, text: this.#checked(`${outer}::${inner.text}`) };
  }

  #discriminator(): void {
    if (!this.#take("_")) return;
    const isLong = this.#take("_");
    while (isDigit(this.#peek())) this.#at++;
    if (isLong) this.#expect("_");
  }

  /** Set where the last unqualified name was a constructor, destructor or conversion, which return nothing. */
  #isStructor = false;

  #unqualified(classOwn: string): string {
    this.#isStructor = false;
    this.#take("L");
    const letter = this.#peek();
    const second = this.#text[this.#at + 1] ?? "";
    let name: string;
    if (isDigit(letter)) name = this.#sourceName();
    else if (letter === "U") name = this.#unnamed();
    else if (letter === "C" && /[1-5I]/.test(second)) {
      this.#at += 2;
      if (second === "I") {
        this.#at++;
        this.#type();
      }
      this.#isStructor = true;
      name = classOwn === "" ? this.#give() : classOwn;
    } else if (letter === "D" && /[0-5]/.test(second)) {
      this.#at += 2;
      this.#isStructor = true;
      name = `~${classOwn === "" ? this.#give() : classOwn}`;
    } else name = this.#operatorName();
    while (this.#take("B")) name += `[abi:${this.#sourceName()}]`;
    return name;
  }

  #operatorName(): string {
    if (this.#take("cv")) {
      this.#isStructor = true;
      return `operator ${shown(this.#type())}`;
    }
    if (this.#take("li")) return `operator"" ${this.#sourceName()}`;
    const operator = OPERATORS.get(this.#text.slice(this.#at, this.#at + 2));
    if (operator === undefined) return this.#give();
    this.#at += 2;
    return `operator${operator}`;
  }

  #unnamed(): string {
    if (this.#take("Ul")) {
      const outer = this.#inLambda;
      this.#inLambda = true;
      const parameters = this.#parameters("E");
      this.#inLambda = outer;
      this.#expect("E");
      return `{lambda(${parameters})#${this.#ordinal()}}`;
    }
    this.#expect("Ut");
    return `{unnamed type#${this.#ordinal()}}`;
  }

  /** `_` is 1, `0_` is 2 … */
  #ordinal(): number {
    const digits = this.#digits();
    this.#expect("_");
    return digits === "" ? 1 : Number(digits) + 2;
  }

  #sourceName(): string {
    const length = Number(this.#digits());
    if (length === 0 || this.#at + length > this.#text.length) return this.#give();
    const name = this.#text.slice(this.#at, this.#at + length);
    this.#at += length;
    return name.startsWith("_GLOBAL__N") ? "(anonymous namespace)" : name;
  }

  #digits(): string {
    const from = this.#at;
    while (isDigit(this.#peek())) this.#at++;
    return this.#text.slice(from, Math.min(this.#at, from + 9));
  }

  #substitution(inName = false): { type: Type; own: string } {
    this.#expect("S");
    const standard = STANDARD.get(this.#peek());
    if (standard !== undefined) {
      this.#at++;
      return { type: plain(inName ? standard[1] : standard[0]), own: standard[2] };
    }
    return this.#known[this.#sequence(36)] ?? this.#give();
  }

  #templateParameter(): string {
    this.#expect("T");
    const number = this.#sequence(10);
    // A generic lambda's own parameters.
    if (this.#inLambda) return `auto:${number + 1}`;
    return this.#arguments[number] ?? this.#give();
  }

  /** `_` is 0, `0_` is 1 … in base 36 (digits and capitals) or 10. */
  #sequence(base: number): number {
    if (this.#take("_")) return 0;
    const end = this.#text.indexOf("_", this.#at);
    const digits = this.#text.slice(this.#at, end);
    if (end < 0 || !/^[0-9A-Z]{1,6}$/.test(digits)) return this.#give();
    this.#at = end + 1;
    return Number.parseInt(digits, base) + 1;
  }

  #templateArguments(tag: boolean): string {
    this.#expect("I");
    const own: string[] = [];
    const saved = this.#arguments;
    while (!this.#take("E")) own.push(this.#templateArgument());
    this.#arguments = tag ? own : saved;
    const list = own.filter((argument) => argument !== "").join(", ");
    return this.#checked(list.endsWith(">") ? `<${list} >` : `<${list}>`);
  }

  #templateArgument(): string {
    return this.#deeper(() => {
      if (this.#take("J")) {
        const pack: string[] = [];
        while (!this.#take("E")) pack.push(this.#templateArgument());
        return pack.filter((argument) => argument !== "").join(", ");
      }
      if (this.#peek() === "L") return this.#literal();
      if (!this.#take("X")) return shown(this.#type());
      const only = this.#expression();
      this.#expect("E");
      return only;
    });
  }

  /** The few that real names have: a literal, a parameter, and the address of something. */
  #expression(): string {
    if (this.#peek() === "L") return this.#literal();
    if (!this.#take("adL_Z")) return this.#templateParameter();
    const saved = this.#arguments;
    const { text, returns } = this.#name(true);
    if (returns && this.#peek() !== "E") this.#type();
    this.#parameters("E");
    this.#expect("E");
    this.#arguments = saved;
    return `&${text}`;
  }

  #literal(): string {
    this.#expect("L");
    if (this.#take("_Z") || this.#take("Z")) {
      const encoding = this.#encoding();
      this.#expect("E");
      return encoding;
    }
    const letter = this.#peek();
    const type = shown(this.#type());
    const minus = this.#take("n") ? "-" : "";
    const end = this.#text.indexOf("E", this.#at);
    if (end < 0) return this.#give();
    const value = this.#text.slice(this.#at, end);
    this.#at = end + 1;
    if (letter === "b" && (value === "0" || value === "1")) return value === "1" ? "true" : "false";
    const suffix = LITERAL_SUFFIXES.get(letter);
    return suffix === undefined ? `(${type})${minus}${value}` : `${minus}${value}${suffix}`;
  }

  #qualifiers(): string {
    let text = "";
    if (this.#take("r")) text = " restrict";
    if (this.#take("V")) text = ` volatile${text}`;
    if (this.#take("K")) text = ` const${text}`;
    return text;
  }

  #type(): Type {
    return this.#deeper(() => {
      const letter = this.#peek();
      const builtin = BUILTIN_TYPES.get(letter);
      if (builtin !== undefined) {
        this.#at++;
        return plain(builtin);
      }
      if (letter === "S" && this.#text[this.#at + 1] !== "t") return this.#substituted();
      const type = this.#compound(letter);
      this.#checked(type.left);
      return this.#remember(type, this.#lastOwn);
    });
  }

  #lastOwn = "";

  #substituted(): Type {
    const { type, own } = this.#substitution();
    if (this.#peek() !== "I") return type;
    return this.#remember(plain(shown(type) + this.#templateArguments(false)), own);
  }

  #compound(letter: string): Type {
    this.#lastOwn = "";
    switch (letter) {
      case "r":
      case "V":
      case "K": {
        const qualifiers = this.#qualifiers();
        return qualified(this.#type(), qualifiers);
      }
      case "P":
        return this.#pointer("*");
      case "R":
        return this.#pointer("&");
      case "O":
        return this.#pointer("&&");
      case "F":
        return this.#functionType();
      case "A":
        return this.#array();
      case "M":
        return this.#memberPointer();
      case "T":
        return this.#parameterType();
      case "D":
        return this.#typeOfD();
      case "u":
        this.#at++;
        return plain(this.#sourceName());
      default: {
        const name = this.#name(false);
        this.#lastOwn = name.own;
        return plain(name.text);
      }
    }
  }

  #pointer(mark: string): Type {
    this.#at++;
    return pointerTo(this.#type(), mark);
  }

  #functionType(): Type {
    this.#expect("F");
    this.#take("Y");
    const result = this.#type();
    const parameters = this.#parameters("E");
    this.#expect("E");
    return { left: `${result.left} `, right: `(${parameters})${result.right}`, brackets: true };
  }

  #array(): Type {
    this.#expect("A");
    const size = this.#digits();
    this.#expect("_");
    const element = this.#type();
    return { left: `${element.left} `, right: `[${size}]${element.right}`, brackets: true };
  }

  #memberPointer(): Type {
    this.#expect("M");
    const owner = shown(this.#type());
    const qualifiers = this.#qualifiers();
    const member = this.#type();
    if (!member.brackets) return { ...member, left: `${member.left} ${owner}::*` };
    return { left: `${member.left}(${owner}::*`, right: `)${member.right}${qualifiers}`, brackets: false };
  }

  #parameterType(): Type {
    const parameter = plain(this.#templateParameter());
    if (this.#peek() !== "I") return parameter;
    this.#remember(parameter, "");
    return plain(shown(parameter) + this.#templateArguments(false));
  }

  #typeOfD(): Type {
    const second = this.#text[this.#at + 1] ?? "";
    this.#at += 2;
    const known = D_TYPES.get(second);
    if (known !== undefined) return plain(known);
    if (second === "p") return this.#type();
    if (second === "o") return this.#functionType();
    return this.#give();
  }

  #remember(type: Type, own: string): Type {
    this.#known.push({ type, own });
    return type;
  }

  #peek(): string {
    return this.#text[this.#at] ?? "";
  }

  #take(wanted: string): boolean {
    if (!this.#text.startsWith(wanted, this.#at)) return false;
    this.#at += wanted.length;
    return true;
  }

  #expect(wanted: string): void {
    if (!this.#take(wanted)) this.#give();
  }

  #checked(text: string): string {
    return text.length > LONGEST_RESULT ? this.#give() : text;
  }

  #deeper<T>(parse: () => T): T {
    if (++this.#depth > DEEPEST) this.#give();
    const result = parse();
    this.#depth--;
    return result;
  }

  #give(): never {
    throw NOT_UNDERSTOOD;
  }
}

function isDigit(letter: string): boolean {
  return letter >= "0" && letter <= "9" && letter.length === 1;
}

/** `operator<` and its arguments are kept apart. */
function withArguments(name: string, list: string): string {
  return name.endsWith("<") ? `${name} ${list}` : name + list;
}

function plain(text: string): Type {
  return { left: text, right: "", brackets: false };
}

function shown({ left, right }: Type): string {
  return left + right;
}

function pointerTo(type: Type, mark: string): Type {
  if (!type.brackets) return { ...type, left: type.left + mark };
  const space = type.right.startsWith("[") ? " " : "";
  return { left: `${type.left}(${mark}`, right: `)${space}${type.right}`, brackets: false };
}

function qualified(type: Type, qualifiers: string): Type {
  return type.brackets
    ? { ...type, right: type.right + qualifiers }
    : { ...type, left: type.left + qualifiers };
}
