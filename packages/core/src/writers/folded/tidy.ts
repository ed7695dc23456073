const SEMICOLON = /;/g;
/** `Lorg/mozilla/javascript/MemberBox:.<init>`: a JVM class descriptor's leading L. */
const JAVA_DESCRIPTOR = /^L(?=[\w$]+\/)/;

/**
 * A function name as stackcollapse-perf.pl shortens it: without its arguments, which begin at the first
 * parenthesis outside of all brackets. Go's `net/http.(*Client).Do` and C++'s `(anonymous namespace)` are part of
 * the name. Where the Perl script cuts at the first parenthesis of all, `foo<void (int)>::bar` stays whole here.
 */
export function tidyName(name: string): string {
  return withoutArguments(name.replace(SEMICOLON, ":")).replace(JAVA_DESCRIPTOR, "");
}

function withoutArguments(name: string): string {
  if (!name.includes("(")) return name;
  let depth = 0;
  for (let i = 0; i < name.length; i++) {
    const c = name[i];
    if (c === "<" && isOperator(name, i)) continue;
    if (c === "<" || c === "{" || c === "[") depth++;
    else if (c === ">" && (name[i - 1] === "-" || isOperator(name, i))) continue;
    else if (c === ">" || c === "}" || c === "]" || c === ")") depth--;
    else if (c === "(") {
      if (depth === 0 && i > 0 && !isPartOfName(name, i)) return name.slice(0, i);
      depth++;
    }
  }
  return name;
}

/** True for the < and > of `operator<<`, `operator->` and the like: no brackets. */
function isOperator(name: string, at: number): boolean {
  let start = at;
  while (start > 0 && "<>=-".includes(name[start - 1]!)) start--;
  return name.endsWith("operator", start) && !/[\w]operator$/.test(name.slice(0, start));
}

function isPartOfName(name: string, at: number): boolean {
  // `.(` is Go's receiver; `operator()` is a name whose parentheses are not arguments.
  if (name[at - 1] === "." || name.startsWith("(anonymous namespace)", at)) return true;
  return name.startsWith("()", at) && name.endsWith("operator", at);
}
