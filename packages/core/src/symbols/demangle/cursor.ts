import { DEEPEST, type Node, UNREADABLE } from "./nodes.ts";

/** What a name tells about itself while it is read, for the encoding that it heads. */
export interface NameFacts {
  /** Constructors, destructors and conversions have no result. */
  withoutResult: boolean;
  endsInArguments: boolean;
  /** ` const`, ` &` of a member function. */
  suffix: string;
}

/** The parts of the grammar that need each other. */
export interface Grammar {
  readonly type: (cursor: Cursor) => Node;
  readonly name: (cursor: Cursor, facts?: NameFacts) => Node;
  readonly encoding: (cursor: Cursor) => Node;
  readonly expression: (cursor: Cursor) => Node;
}

/** Goes through a mangled name, and remembers what later parts refer to. */
export class Cursor {
  readonly text: string;
  readonly grammar: Grammar;
  at: number;
  /** What `S_`, `S0_` … stand for. */
  readonly substitutions: Node[] = [];
  /** In a conversion operator, whose type may name arguments that follow it. */
  inConversion = false;
  #depth = 0;

  constructor(text: string, at: number, grammar: Grammar) {
    this.text = text;
    this.at = at;
    this.grammar = grammar;
  }

  get done(): boolean {
    return this.at >= this.text.length;
  }

  /** The character here, or that many further; empty at the end. */
  peek(ahead = 0): string {
    return this.text[this.at + ahead] ?? "";
  }

  next(): string {
    if (this.done) throw UNREADABLE;
    return this.text[this.at++]!;
  }

  /** Steps over the given text, if it is here. */
  take(what: string): boolean {
    if (!this.text.startsWith(what, this.at)) return false;
    this.at += what.length;
    return true;
  }

  expect(what: string): void {
    if (!this.take(what)) throw UNREADABLE;
  }

  /** Digits; undefined where there are none. */
  number(): number | undefined {
    const start = this.at;
    while (isDigit(this.peek())) this.at++;
    if (this.at === start || this.at - start > 15) return undefined;
    return Number(this.text.slice(start, this.at));
  }

  /** `_` is 0, `0_` is 1, `1_` is 2. */
  sequence(): number {
    if (this.take("_")) return 0;
    const number = this.number();
    if (number === undefined) throw UNREADABLE;
    this.expect("_");
    return number + 1;
  }

  substitute(node: Node): Node {
    this.substitutions.push(node);
    return node;
  }

  /** Reads nodes until an `E`, which it steps over. */
  until(read: (cursor: Cursor) => Node): Node[] {
    const nodes: Node[] = [];
    while (!this.take("E")) nodes.push(read(this));
    return nodes;
  }

  /** Reads something that may nest; too deep is unreadable. */
  nested<T>(read: () => T): T {
    if (++this.#depth > DEEPEST) throw UNREADABLE;
    const result = read();
    this.#depth--;
    return result;
  }
}

export function isDigit(char: string): boolean {
  return char >= "0" && char <= "9" && char.length === 1;
}

/** `<length><identifier>`. */
export function sourceName(cursor: Cursor): string {
  const length = cursor.number();
  if (length === undefined || length === 0 || cursor.at + length > cursor.text.length) throw UNREADABLE;
  const name = cursor.text.slice(cursor.at, cursor.at + length);
  cursor.at += length;
  return /^_GLOBAL_[._$]N/.test(name) ? "(anonymous namespace)" : name;
}

/** ` const`, ` volatile`, ` restrict`, in the order in which they are written. */
export function qualifiers(cursor: Cursor): string {
  const restrict = cursor.take("r") ? " restrict" : "";
  const isVolatile = cursor.take("V") ? " volatile" : "";
  const isConst = cursor.take("K") ? " const" : "";
  return isConst + isVolatile + restrict;
}
