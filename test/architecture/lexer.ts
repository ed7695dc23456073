/** A piece of TypeScript source, as far as the architecture rules need to tell pieces apart. */
export interface Token {
  readonly kind: "word" | "string" | "template" | "regex" | "comment" | "punctuation";
  /** A string's content without its quotes; everything else as it stands. */
  readonly text: string;
  /** From 1. */
  readonly line: number;
}

/** Words after which a slash begins a regular expression, not a division. */
const BEFORE_REGEX = new Set(
  "return typeof instanceof in of new delete void throw case do else yield await".split(" "),
);

/**
 * Splits source into tokens: enough of a lexer that an `import` inside a comment, a string, a template or a
 * regular expression is not taken for one. Not a parser: it never fails, and takes what it does not know as
 * punctuation.
 */
export function tokens(source: string): Token[] {
  const out: Token[] = [];
  /** For each open `{`: true where it belongs to a template's `${`. */
  const braces: boolean[] = [];
  let at = 0;
  let line = 1;
  while (at < source.length) {
    const space = /^\s+/.exec(source.slice(at, at + 200))?.[0] ?? "";
    line += newlines(space);
    at += space.length;
    if (space !== "" || at === source.length) continue;
    const inTemplate = source[at] === "}" && braces.at(-1) === true;
    const { kind, end } = nextToken(source, at, inTemplate, out);
    const whole = source.slice(at, end);
    if (whole[0] === "}") braces.pop();
    if (whole === "{" || (kind === "template" && whole.endsWith("${"))) braces.push(whole !== "{");
    out.push({ kind, text: kind === "string" ? whole.slice(1, -1) : whole, line });
    line += newlines(whole);
    at = end;
  }
  return out;
}

function newlines(text: string): number {
  return text.split("\n").length - 1;
}

/** Kind of the token at `at`, and the index after it. */
function nextToken(
  source: string,
  at: number,
  inTemplate: boolean,
  before: readonly Token[],
): { kind: Token["kind"]; end: number } {
  const c = source[at]!;
  if (source.startsWith("//", at)) return { kind: "comment", end: indexOrEnd(source, "\n", at) };
  if (source.startsWith("/*", at)) {
    return { kind: "comment", end: Math.min(indexOrEnd(source, "*/", at + 2) + 2, source.length) };
  }
  if (c === '"' || c === "'") return { kind: "string", end: quotedEnd(source, at) };
  if (c === "`" || inTemplate) return { kind: "template", end: templateEnd(source, at + 1) };
  if (c === "/" && regexMayStart(before)) return { kind: "regex", end: regexEnd(source, at) };
  const word = /^[\w$#]+/.exec(source.slice(at, at + 200))?.[0];
  return word === undefined ? { kind: "punctuation", end: at + 1 } : { kind: "word", end: at + word.length };
}

function indexOrEnd(source: string, text: string, from: number): number {
  const found = source.indexOf(text, from);
  return found < 0 ? source.length : found;
}

/** Index after the closing quote (or the end of the line, in broken source). */
function quotedEnd(source: string, at: number): number {
  const quote = source[at];
  let i = at + 1;
  while (i < source.length && source[i] !== quote && source[i] !== "\n") i += source[i] === "\\" ? 2 : 1;
  return Math.min(i + 1, source.length);
}

/** Index after the closing backtick, or after the `${` that interrupts the text. */
function templateEnd(source: string, at: number): number {
  let i = at;
  while (i < source.length) {
    if (source[i] === "\\") i += 2;
    else if (source[i] === "`") return i + 1;
    else if (source[i] === "$" && source[i + 1] === "{") return i + 2;
    else i++;
  }
  return source.length;
}

function regexEnd(source: string, at: number): number {
  let inClass = false;
  let i = at + 1;
  while (i < source.length && source[i] !== "\n") {
    const c = source[i];
    if (c === "\\") i++;
    else if (c === "[") inClass = true;
    else if (c === "]") inClass = false;
    else if (c === "/" && !inClass) break;
    i++;
  }
  i++;
  while (i < source.length && /[a-z]/.test(source[i]!)) i++;
  return Math.min(i, source.length);
}

/** A slash divides after a value (a name, a number, a closing bracket), and begins an expression elsewhere. */
function regexMayStart(before: readonly Token[]): boolean {
  const last = before.findLast((token) => token.kind !== "comment");
  if (last === undefined) return true;
  if (last.kind === "word") return BEFORE_REGEX.has(last.text);
  if (last.kind === "punctuation") return !(last.text === ")" || last.text === "]" || last.text === "}");
  return last.kind === "template" && last.text.endsWith("${");
}
