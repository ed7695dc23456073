import { demangleRustLegacy } from "../codec/rust-names.ts";
import { encodeUtf8 } from "../util/platform.ts";

/**
 * The plain part of a mangled C++ or Rust name (Itanium C++ ABI, 5.1): `_ZN3foo3barEi` is `foo::bar`, `_Z4mainv` is
 * `main`. Parameters are left out. Names with templates, operators or substitutions stay as they are: a wrong name is
 * worse than an ugly one.
 */
export function readableName(symbol: string): string {
  // Compilers add `.part.0`, `.constprop.0`, `.cold` to clones of a function.
  const [, mangled = symbol, clone = ""] = /^(_Z[^.]*)((?:\.[a-z]+(?:\.\d+)*)*)$/.exec(symbol) ?? [];
  const name = mangled.startsWith("_ZN") ? nestedName(mangled) : plainName(mangled);
  if (name === undefined) return symbol;
  const bytes = encodeUtf8(name);
  return (demangleRustLegacy(bytes, 0, bytes.length) ?? name) + clone;
}

/** `_ZN[K]<length><identifier>…E…`. */
function nestedName(mangled: string): string | undefined {
  const parts: string[] = [];
  let at = mangled[3] === "K" ? 4 : 3;
  while (mangled[at] !== "E") {
    const part = identifierAt(mangled, at);
    if (part === undefined) return undefined;
    parts.push(part.text);
    at = part.end;
  }
  return parts.length === 0 ? undefined : parts.join("::");
}

/** `_Z<length><identifier>…`; what follows are parameters, unless it is a template. */
function plainName(mangled: string): string | undefined {
  if (!mangled.startsWith("_Z")) return undefined;
  const part = identifierAt(mangled, 2);
  return part === undefined || mangled[part.end] === "I" ? undefined : part.text;
}

function identifierAt(mangled: string, at: number): { text: string; end: number } | undefined {
  const digits = /^[1-9]\d{0,3}/.exec(mangled.slice(at, at + 4))?.[0];
  if (digits === undefined) return undefined;
  const start = at + digits.length;
  const end = start + Number(digits);
  if (end > mangled.length) return undefined;
  const text = mangled.slice(start, end);
  return { text: text.startsWith("_GLOBAL__N") ? "(anonymous namespace)" : text, end };
}
