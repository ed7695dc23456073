import { cleanName } from "../../store/label-name.ts";
import type { LabelMatcher } from "../../store/store.ts";
import { QueryError } from "../query-error.ts";

/** A selector with the metric name that may stand before its braces (`/pyroscope/render` writes the type there). */
export interface ParsedSelector {
  readonly name: string | undefined;
  readonly matchers: readonly LabelMatcher[];
}

const NAME = /[a-zA-Z_][a-zA-Z0-9_.:/-]*/y;
const OPERATOR = /=~|!~|!=|=/y;
const SPACE = /[ \t\r\n]*/y;

/**
 * Parses Prometheus's selector syntax: `name{label="value",other=~"re.*"}`, quotes `"`, `'` or backticks, a trailing
 * comma allowed. Label names may also be quoted, as in Prometheus 3. Their dots are underscores, as in what is kept.
 *
 * @throws QueryError with the place of what it did not understand
 */
export function parseSelector(text: string): ParsedSelector {
  return new SelectorParser(text).parse();
}

class SelectorParser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): ParsedSelector {
    this.#take(SPACE);
    const name = this.#take(NAME);
    this.#take(SPACE);
    const matchers = this.#at < this.#text.length ? this.#braces() : [];
    this.#take(SPACE);
    if (this.#at < this.#text.length) this.#fail("the end");
    return { name: name === "" ? undefined : name, matchers };
  }

  #braces(): LabelMatcher[] {
    if (this.#text[this.#at] !== "{") this.#fail('"{"');
    this.#at++;
    const matchers: LabelMatcher[] = [];
    for (;;) {
      this.#take(SPACE);
      if (this.#text[this.#at] === "}") break;
      matchers.push(this.#matcher());
      this.#take(SPACE);
      if (this.#text[this.#at] === ",") this.#at++;
      else if (this.#text[this.#at] !== "}") this.#fail('"," or "}"');
    }
    this.#at++;
    return matchers;
  }

  #matcher(): LabelMatcher {
    const quoted = /["'`]/.test(this.#text[this.#at] ?? "");
    const name = quoted ? this.#string() : this.#take(NAME);
    if (name === "") this.#fail("a label name");
    this.#take(SPACE);
    const operator = this.#take(OPERATOR);
    if (operator === "") this.#fail("one of = != =~ !~");
    this.#take(SPACE);
    const value = this.#string();
    const matcher: LabelMatcher = {
      name: cleanName(name),
      operator: operator as LabelMatcher["operator"],
      value,
    };
    requireExpression(matcher);
    return matcher;
  }

  /** A string in quotes with Go's escapes; between backticks nothing is escaped. */
  #string(): string {
    const quote = this.#text[this.#at];
    if (quote !== '"' && quote !== "'" && quote !== "`") this.#fail("a value in quotes");
    let value = "";
    for (let i = this.#at + 1; i < this.#text.length; i++) {
      const char = this.#text[i]!;
      if (char === quote) {
        this.#at = i + 1;
        return value;
      }
      if (char === "\\" && quote !== "`") {
        const [text, length] = this.#escape(i + 1);
        value += text;
        i += length;
      } else {
        value += char;
      }
    }
    return this.#fail(`the closing ${quote}`, this.#text.length);
  }

  #escape(at: number): [string, number] {
    const char = this.#text[at];
    const simple = char === undefined ? undefined : SIMPLE_ESCAPES.get(char);
    if (simple !== undefined) return [simple, 1];
    for (const [letter, digits] of CODE_ESCAPES) {
      if (char !== letter) continue;
      const hex = this.#text.slice(at + 1, at + 1 + digits);
      const code = /^[0-9a-fA-F]+$/.test(hex) && hex.length === digits ? Number.parseInt(hex, 16) : -1;
      if (code >= 0 && code <= 0x10ffff) return [String.fromCodePoint(code), 1 + digits];
    }
    return this.#fail("an escape such as \\\\ or \\n", at);
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }

  #fail(expected: string, at: number = this.#at): never {
    throw new QueryError(
      "invalid",
      `the selector ${quoteShort(this.#text)}: expected ${expected} at character ${at + 1}`,
    );
  }
}

const SIMPLE_ESCAPES: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["t", "\t"],
  ["r", "\r"],
  ["a", "\x07"],
  ["b", "\b"],
  ["f", "\f"],
  ["v", "\v"],
  ["\\", "\\"],
  ['"', '"'],
  ["'", "'"],
]);
const CODE_ESCAPES: readonly (readonly [string, number])[] = [
  ["x", 2],
  ["u", 4],
  ["U", 8],
];

/** Refuses what cannot be a regular expression before the engine does, with the label's name in the message. */
function requireExpression({ name, operator, value }: LabelMatcher): void {
  if (operator !== "=~" && operator !== "!~") return;
  try {
    // RE2 knows inline flags and \z, ECMAScript does not: those are left to the engine.
    if (!/\(\?[a-zA-Z]|\\[zAQEC]|\[\[:|\\p[A-Z]/.test(value)) new RegExp(value, "u");
  } catch {
    // Escapes that only Unicode mode refuses are fine in RE2.
    try {
      new RegExp(value);
    } catch (error) {
      throw new QueryError(
        "invalid",
        `${name}${operator}: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
}

function quoteShort(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}
