import { type Token, tokens } from "./lexer.ts";

/** One dependency that a source file names. */
export interface Import {
  readonly specifier: string;
  /** "dynamic": `import(…)`; "url": `new URL(…, import.meta.url)`, which is how workers and assets are found. */
  readonly kind: "static" | "type" | "dynamic" | "url";
  readonly line: number;
}

/** Every dependency of a source file: imports, re-exports, dynamic imports, `require`, and URLs of modules. */
export function importsOf(source: string): Import[] {
  const code = tokens(source).filter((token) => token.kind !== "comment");
  const found: Import[] = [];
  for (let i = 0; i < code.length; i++) {
    const dependency = startsAt(code, i);
    if (dependency !== undefined) found.push(dependency);
  }
  return found;
}

function startsAt(code: readonly Token[], i: number): Import | undefined {
  const token = code[i]!;
  if (token.kind !== "word" || is(code[i - 1], ".")) return undefined;
  const next = code[i + 1];
  const called = is(next, "(") && code[i + 2]?.kind === "string" ? code[i + 2]!.text : undefined;
  if (token.text === "import" || token.text === "require") {
    if (called !== undefined) return { specifier: called, kind: "dynamic", line: token.line };
    if (token.text === "require" || is(next, "(") || is(next, ".")) return undefined;
    if (next?.kind === "string") return { specifier: next.text, kind: "static", line: token.line };
    return fromClause(code, i);
  }
  if (token.text === "export") return fromClause(code, i);
  if (
    token.text === "URL" &&
    called !== undefined &&
    is(code[i + 3], ",") &&
    code[i + 4]?.text === "import"
  ) {
    return { specifier: called, kind: "url", line: token.line };
  }
  return undefined;
}

/** `import type { a } from "x"`, `export * as b from "x"`: names, braces, commas and stars up to `from "x"`. */
function fromClause(code: readonly Token[], i: number): Import | undefined {
  const type = code[i + 1]?.text === "type" && !is(code[i + 2], ",") && code[i + 2]?.text !== "from";
  for (let j = i + 1; j < code.length; j++) {
    const token = code[j]!;
    const after = code[j + 1];
    if (token.kind === "word" && token.text === "from" && after?.kind === "string") {
      return { specifier: after.text, kind: type ? "type" : "static", line: code[i]!.line };
    }
    const belongs = token.kind === "word" || token.kind === "string" || "{},*".includes(token.text);
    if (!belongs) return undefined;
  }
  return undefined;
}

function is(token: Token | undefined, punctuation: string): boolean {
  return token?.kind === "punctuation" && token.text === punctuation;
}
