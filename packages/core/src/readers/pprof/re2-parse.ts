import { CharSet, type CharSetParts, complement, PERL_CLASSES, POSIX_CLASSES } from "./re2-set.ts";

/** A regular expression as a tree. `max` is -1 where there is no upper limit. */
export type RegexNode =
  | { readonly type: "set"; readonly set: CharSet }
  | { readonly type: "all"; readonly items: readonly RegexNode[] }
  | { readonly type: "any"; readonly items: readonly RegexNode[] }
  | { readonly type: "repeat"; readonly item: RegexNode; readonly min: number; readonly max: number }
  | { readonly type: "assert"; readonly what: Assertion };

export type Assertion = "textStart" | "textEnd" | "lineStart" | "lineEnd" | "word" | "notWord";

/** RE2's own limits: a repetition count, and the nesting of groups (its limit is 1000). */
const MAX_REPEAT = 1000;
const MAX_DEPTH = 200;

/** What is wrong with a pattern, as the end of a sentence. */
export class RegexError extends Error {}

interface Flags {
  readonly fold: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
}

/**
 * Parses Go's regular expressions (RE2 syntax, https://github.com/google/re2/wiki/Syntax). Captures and
 * laziness are read and forgotten: only whether a text matches is asked. Throws RegexError.
 */
export function parseRegex(pattern: string): RegexNode {
  const parser = new Parser(pattern);
  const node = parser.alternatives(0);
  if (!parser.done) throw new RegexError("has a closing parenthesis too many");
  return node;
}

/** Marks a letter that stands for itself because it stood between `\Q` and `\E`. */
const QUOTED = "\\Q";

/** The pattern's characters, quoted ones marked. */
function lettersOf(pattern: string): string[] {
  const letters = Array.from(pattern);
  const marked: string[] = [];
  let quoted = false;
  for (let i = 0; i < letters.length; i++) {
    const escaped = letters[i] === "\\" ? letters[i + 1] : undefined;
    if (escaped === (quoted ? "E" : "Q")) {
      quoted = !quoted;
      i++;
    } else if (quoted) marked.push(QUOTED + letters[i]!);
    else {
      marked.push(letters[i]!);
      if (escaped !== undefined) marked.push(letters[++i]!);
    }
  }
  return marked;
}

class Parser {
  readonly #text: readonly string[];
  #at = 0;
  #flags: Flags = { fold: false, multiline: false, dotAll: false };

  constructor(pattern: string) {
    this.#text = lettersOf(pattern);
  }

  get done(): boolean {
    return this.#at >= this.#text.length;
  }

  /** `a|b|c`, up to a closing parenthesis or the end. */
  alternatives(depth: number): RegexNode {
    if (depth > MAX_DEPTH) throw new RegexError("is nested too deep");
    const items = [this.#sequence(depth)];
    while (this.#take("|")) items.push(this.#sequence(depth));
    return items.length === 1 ? items[0]! : { type: "any", items };
  }

  #sequence(depth: number): RegexNode {
    const items: RegexNode[] = [];
    while (!this.done && !this.#peek("|") && !this.#peek(")")) {
      const item = this.#item(depth);
      if (item !== undefined) items.push(this.#repeated(item));
    }
    return items.length === 1 ? items[0]! : { type: "all", items };
  }

  #item(depth: number): RegexNode | undefined {
    const letter = this.#text[this.#at++]!;
    const { multiline, dotAll } = this.#flags;
    if (letter.startsWith(QUOTED)) return this.#literal(letter.codePointAt(QUOTED.length)!);
    if (letter === "(") return this.#group(depth);
    if (letter === "[") return { type: "set", set: this.#charClass() };
    if (letter === "\\") return this.#escape();
    if (letter === "^") return { type: "assert", what: multiline ? "lineStart" : "textStart" };
    if (letter === "$") return { type: "assert", what: multiline ? "lineEnd" : "textEnd" };
    if (letter === ".") return this.#set(dotAll ? [0, 0x10ffff] : [0, 9, 11, 0x10ffff], false);
    if (letter === "*" || letter === "+" || letter === "?") throw new RegexError("repeats nothing");
    return this.#literal(letter.codePointAt(0)!);
  }

  #repeated(item: RegexNode): RegexNode {
    const count = this.#count();
    if (count === undefined) return item;
    this.#take("?");
    if (this.#count() !== undefined) throw new RegexError("repeats a repetition");
    return { type: "repeat", item, min: count.min, max: count.max };
  }

  /** `*`, `+`, `?`, `{2}`, `{2,}`, `{2,5}`; a brace that is none of these stands for itself. */
  #count(): { min: number; max: number } | undefined {
    if (this.#take("*")) return { min: 0, max: -1 };
    if (this.#take("+")) return { min: 1, max: -1 };
    if (this.#take("?")) return { min: 0, max: 1 };
    if (!this.#peek("{")) return undefined;
    const match = /^\{(\d{1,9})(,(\d{0,9}))?\}/.exec(this.#text.slice(this.#at, this.#at + 24).join(""));
    if (match === null) return undefined;
    this.#at += match[0].length;
    const min = Number(match[1]);
    const max = match[2] === undefined ? min : match[3] === "" ? -1 : Number(match[3]);
    if (min > MAX_REPEAT || max > MAX_REPEAT || (max >= 0 && max < min)) {
      throw new RegexError(`has the impossible repetition ${match[0]}`);
    }
    return { min, max };
  }

  #group(depth: number): RegexNode | undefined {
    const outer = this.#flags;
    if (this.#take("?")) {
      const rest = this.#text.slice(this.#at, this.#at + 200).join("");
      const match = /^(?:P?<\w+>|([imsU]*)(-[imsU]+)?([:)]))/.exec(rest);
      if (match === null) throw new RegexError("has a group that Go does not know");
      this.#at += match[0].length;
      if (match[3] !== undefined) this.#setFlags(match[1] ?? "", match[2] ?? "");
      if (match[3] === ")") return undefined;
    }
    const node = this.alternatives(depth + 1);
    if (!this.#take(")")) throw new RegexError("lacks a closing parenthesis");
    this.#flags = outer;
    return node;
  }

  #setFlags(on: string, off: string): void {
    const value = (letter: string, before: boolean) =>
      off.includes(letter) ? false : on.includes(letter) ? true : before;
    const { fold, multiline, dotAll } = this.#flags;
    this.#flags = { fold: value("i", fold), multiline: value("m", multiline), dotAll: value("s", dotAll) };
  }

  /** Behind a backslash, outside of a class. */
  #escape(): RegexNode {
    if (this.#take("A")) return { type: "assert", what: "textStart" };
    if (this.#take("z")) return { type: "assert", what: "textEnd" };
    if (this.#take("b")) return { type: "assert", what: "word" };
    if (this.#take("B")) return { type: "assert", what: "notWord" };
    const parts: CharSetParts = { ranges: [], classes: [] };
    if (this.#namedClass(parts)) return { type: "set", set: new CharSet(parts, false, this.#flags.fold) };
    return this.#literal(this.#escapedCode());
  }

  /** `\d`, `\W`, `\pL`, `\P{Greek}`: adds the class to `parts`. The backslash is already taken. */
  #namedClass(parts: CharSetParts): boolean {
    const letter = this.#text[this.#at];
    if (letter === undefined) throw new RegexError("ends with a backslash");
    const lower = letter.toLowerCase();
    const negated = letter !== lower;
    const perl = PERL_CLASSES.get(lower);
    if (perl !== undefined) {
      parts.ranges.push(...(negated ? complement(perl) : perl));
      this.#at++;
      return true;
    }
    if (lower !== "p") return false;
    const match = /^[pP](?:\{(\^?)(\w+)\}|(\w))/.exec(this.#text.slice(this.#at, this.#at + 64).join(""));
    if (match === null) throw new RegexError("has a Unicode class without a name");
    this.#at += match[0].length;
    parts.classes.push({
      test: unicodeClass(match[2] ?? match[3]!),
      negated: negated !== (match[1] === "^"),
    });
    return true;
  }

  /** The character that an escape stands for. The backslash is already taken. */
  #escapedCode(): number {
    const letter = this.#text[this.#at++];
    if (letter === undefined) throw new RegexError("ends with a backslash");
    const known = "afnrtv".indexOf(letter);
    if (known >= 0) return [7, 12, 10, 13, 9, 11][known]!;
    const rest = this.#text.slice(this.#at - 1, this.#at + 12).join("");
    const hex = /^x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,8})\})/.exec(rest);
    const octal = /^(0[0-7]{0,2}|[1-7][0-7]{1,2})/.exec(rest);
    const code =
      hex !== null ? Number.parseInt(hex[1] ?? hex[2]!, 16) : Number.parseInt(octal?.[0] ?? "-1", 8);
    if (code > 0x10ffff) throw new RegexError("has an escape beyond Unicode");
    if (code >= 0) {
      this.#at += (hex?.[0] ?? octal![0]).length - 1;
      return code;
    }
    if (/^[\w]|[^\0-\x7f]/u.test(letter)) throw new RegexError(`has the unknown escape \\${letter}`);
    return letter.codePointAt(0)!;
  }

  /** Behind `[`. */
  #charClass(): CharSet {
    const negated = this.#take("^");
    const parts: CharSetParts = { ranges: [], classes: [] };
    for (let first = true; first || !this.#peek("]"); first = false) {
      if (this.done) throw new RegexError("lacks a closing bracket");
      if (this.#posixClass(parts)) continue;
      if (this.#peek("\\") && /^[dswpDSWP]$/.test(this.#text[this.#at + 1] ?? "")) {
        this.#at++;
        this.#namedClass(parts);
        continue;
      }
      const low = this.#classCode();
      let high = low;
      if (this.#peek("-") && this.#text[this.#at + 1] !== undefined && this.#text[this.#at + 1] !== "]") {
        this.#at++;
        high = this.#classCode();
      }
      if (high < low) throw new RegexError("has a character range that runs backwards");
      parts.ranges.push(low, high);
    }
    this.#at++;
    return new CharSet(parts, negated, this.#flags.fold);
  }

  #classCode(): number {
    if (this.done) throw new RegexError("lacks a closing bracket");
    return this.#take("\\") ? this.#escapedCode() : this.#text[this.#at++]!.codePointAt(0)!;
  }

  #posixClass(parts: CharSetParts): boolean {
    if (!this.#peek("[") || this.#text[this.#at + 1] !== ":") return false;
    const match = /^\[:(\^?)(\w+):\]/.exec(this.#text.slice(this.#at, this.#at + 16).join(""));
    const ranges = POSIX_CLASSES.get(match?.[2] ?? "");
    if (match === null || ranges === undefined) throw new RegexError("has an unknown character class");
    this.#at += match[0].length;
    parts.ranges.push(...(match[1] === "^" ? complement(ranges) : ranges));
    return true;
  }

  #literal(code: number): RegexNode {
    return this.#set([code, code], this.#flags.fold);
  }

  #set(ranges: number[], fold: boolean): RegexNode {
    return { type: "set", set: new CharSet({ ranges, classes: [] }, false, fold) };
  }

  #peek(letter: string): boolean {
    return this.#text[this.#at] === letter;
  }

  #take(letter: string): boolean {
    if (!this.#peek(letter)) return false;
    this.#at++;
    return true;
  }
}

/** A general category or a script, as the host's own class. */
function unicodeClass(name: string): RegExp {
  for (const form of [name, `Script=${name}`]) {
    try {
      return new RegExp(`^\\p{${form}}$`, "u");
    } catch {
      // Not a name of this kind: the next form, or none.
    }
  }
  throw new RegexError(`has the unknown Unicode class ${name}`);
}
