/** A set of code points: what one step of a regular expression accepts. */
export class CharSet {
  /** Pairs of first and last code point. */
  readonly #ranges: readonly number[];
  readonly #classes: readonly { readonly test: RegExp; readonly negated: boolean }[];
  readonly #negated: boolean;
  readonly #fold: boolean;
  /** The answer for each ASCII character, made once. */
  readonly #ascii: Uint8Array = new Uint8Array(128);

  constructor(parts: CharSetParts, negated: boolean, fold: boolean) {
    this.#ranges = parts.ranges;
    this.#classes = parts.classes;
    this.#negated = negated;
    this.#fold = fold;
    for (let code = 0; code < 128; code++) this.#ascii[code] = this.#find(code) ? 1 : 0;
  }

  has(code: number): boolean {
    return code < 128 ? this.#ascii[code] === 1 : this.#find(code);
  }

  #find(code: number): boolean {
    let found = this.#contains(code);
    if (!found && this.#fold) {
      const text = String.fromCodePoint(code);
      found =
        this.#contains(text.toLowerCase().codePointAt(0)!) ||
        this.#contains(text.toUpperCase().codePointAt(0)!);
    }
    return found !== this.#negated;
  }

  #contains(code: number): boolean {
    for (let i = 0; i < this.#ranges.length; i += 2) {
      if (code >= this.#ranges[i]! && code <= this.#ranges[i + 1]!) return true;
    }
    const text = this.#classes.length > 0 ? String.fromCodePoint(code) : "";
    return this.#classes.some((one) => one.test.test(text) !== one.negated);
  }
}

/** What a character class lists, while it is being read. */
export interface CharSetParts {
  readonly ranges: number[];
  readonly classes: { readonly test: RegExp; readonly negated: boolean }[];
}

const DIGIT = [0x30, 0x39];
const WORD = [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a];
const SPACE = [0x09, 0x0a, 0x0c, 0x0d, 0x20, 0x20];

/** RE2's `\d`, `\s`, `\w`: ASCII only. */
export const PERL_CLASSES: ReadonlyMap<string, readonly number[]> = new Map([
  ["d", DIGIT],
  ["s", SPACE],
  ["w", WORD],
]);

/** The classes of `[[:name:]]`. */
export const POSIX_CLASSES: ReadonlyMap<string, readonly number[]> = new Map([
  ["alnum", [0x30, 0x39, 0x41, 0x5a, 0x61, 0x7a]],
  ["alpha", [0x41, 0x5a, 0x61, 0x7a]],
  ["ascii", [0, 0x7f]],
  ["blank", [0x09, 0x09, 0x20, 0x20]],
  ["cntrl", [0, 0x1f, 0x7f, 0x7f]],
  ["digit", DIGIT],
  ["graph", [0x21, 0x7e]],
  ["lower", [0x61, 0x7a]],
  ["print", [0x20, 0x7e]],
  ["punct", [0x21, 0x2f, 0x3a, 0x40, 0x5b, 0x60, 0x7b, 0x7e]],
  ["space", [0x09, 0x0d, 0x20, 0x20]],
  ["upper", [0x41, 0x5a]],
  ["word", WORD],
  ["xdigit", [0x30, 0x39, 0x41, 0x46, 0x61, 0x66]],
]);

/** The code points that `ranges` (sorted pairs) leave out. */
export function complement(ranges: readonly number[]): number[] {
  const others: number[] = [];
  let next = 0;
  for (let i = 0; i < ranges.length; i += 2) {
    if (ranges[i]! > next) others.push(next, ranges[i]! - 1);
    next = ranges[i + 1]! + 1;
  }
  if (next <= 0x10ffff) others.push(next, 0x10ffff);
  return others;
}
