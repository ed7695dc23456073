import { type Cursor, isDigit, qualifiers, sourceName } from "./cursor.ts";
import { decltype, substitution, templateArguments, templateParameter } from "./names.ts";
import { type FunctionNode, list, type Node, several, text, UNREADABLE } from "./nodes.ts";
import { BUILTINS } from "./tables.ts";

/** Itanium C++ ABI 5.1.5, `<type>`. All but builtin types and substitutions become substitutions. */
export function type(cursor: Cursor): Node {
  return cursor.nested(() => {
    const first = cursor.peek();
    const builtin = BUILTINS.get(first) ?? (first === "D" ? BUILTINS.get(first + cursor.peek(1)) : undefined);
    if (builtin !== undefined) {
      cursor.at += BUILTINS.has(first) ? 1 : 2;
      return text(...builtin);
    }
    if (first === "S") return substituted(cursor);
    if (first === "u") return vendorType(cursor);
    if (first === "T") return templateType(cursor);
    if (first === "D" && (cursor.peek(1) === "F" || cursor.peek(1) === "B" || cursor.peek(1) === "U"))
      return sizedType(cursor);
    return cursor.substitute(compound(cursor));
  });
}

function substituted(cursor: Cursor): Node {
  if (cursor.peek(1) === "t") return cursor.substitute(cursor.grammar.name(cursor));
  const base = substitution(cursor);
  if (cursor.peek() !== "I") return base;
  return cursor.substitute({ kind: "template", name: base, args: templateArguments(cursor) });
}

/** `u <name>`, perhaps with arguments. */
function vendorType(cursor: Cursor): Node {
  cursor.next();
  const base = text(sourceName(cursor));
  const node: Node =
    cursor.peek() === "I" ? { kind: "template", name: base, args: templateArguments(cursor) } : base;
  return cursor.substitute(node);
}

function templateType(cursor: Cursor): Node {
  const elaborated = { s: "struct ", u: "union ", e: "enum " }[cursor.peek(1)];
  if (elaborated !== undefined) {
    cursor.at += 2;
    return cursor.substitute(cursor.grammar.name(cursor));
  }
  const base = cursor.substitute(templateParameter(cursor));
  // Behind the type of a conversion operator the arguments are the operator's.
  if (cursor.peek() !== "I" || cursor.inConversion) return base;
  return cursor.substitute({ kind: "template", name: base, args: templateArguments(cursor) });
}

/** `DF16_`, `DF16b`, `DB8_`, `DU8_`. */
function sizedType(cursor: Cursor): Node {
  cursor.next();
  const kind = cursor.next();
  const bits = cursor.number();
  if (bits === undefined) throw UNREADABLE;
  if (kind === "F") {
    if (cursor.take("b")) return text("std::bfloat16_t");
    const extended = cursor.take("x");
    if (!extended) cursor.expect("_");
    return text(`_Float${bits}${extended ? "x" : ""}`);
  }
  cursor.expect("_");
  return text(kind === "B" ? `signed _BitInt(${bits})` : `unsigned _BitInt(${bits})`);
}

function compound(cursor: Cursor): Node {
  const first = cursor.peek();
  switch (first) {
    case "r":
    case "V":
    case "K":
      return qualified(cursor);
    case "P":
      return pointer(cursor, "*");
    case "R":
      return pointer(cursor, "&");
    case "O":
      return pointer(cursor, "&&");
    case "F":
      return functionType(cursor, "");
    case "A":
      return array(cursor);
    case "M":
      return member(cursor);
    case "C":
    case "G":
      cursor.next();
      return several(type(cursor), text(first === "C" ? " _Complex" : " _Imaginary"));
    case "U":
      return vendorQualified(cursor);
    case "D":
      return dType(cursor);
    default:
      if (first === "N" || first === "Z" || isDigit(first)) return cursor.grammar.name(cursor);
      throw UNREADABLE;
  }
}

function qualified(cursor: Cursor): Node {
  const found = qualifiers(cursor);
  if (startsFunction(cursor)) return functionType(cursor, found);
  return { kind: "qualified", base: type(cursor), qualifiers: found };
}

function startsFunction(cursor: Cursor): boolean {
  return cursor.peek() === "F" || (cursor.peek() === "D" && /[oOwx]/.test(cursor.peek(1)));
}

function pointer(cursor: Cursor, sign: "*" | "&" | "&&"): Node {
  cursor.next();
  return { kind: "pointer", base: type(cursor), sign };
}

function array(cursor: Cursor): Node {
  cursor.next();
  let size: Node | undefined;
  if (isDigit(cursor.peek())) size = text(String(cursor.number()));
  else if (cursor.peek() !== "_") size = cursor.grammar.expression(cursor);
  cursor.expect("_");
  return { kind: "array", size, base: type(cursor) };
}

function member(cursor: Cursor): Node {
  cursor.next();
  const of = type(cursor);
  return { kind: "member", of, base: type(cursor) };
}

/** `U <name> [arguments] <type>`: written behind the type. */
function vendorQualified(cursor: Cursor): Node {
  cursor.next();
  const base = text(sourceName(cursor));
  const qualifier: Node =
    cursor.peek() === "I" ? { kind: "template", name: base, args: templateArguments(cursor) } : base;
  return several(type(cursor), text(" "), qualifier);
}

function dType(cursor: Cursor): Node {
  const second = cursor.peek(1);
  if (second === "t" || second === "T") return decltype(cursor);
  if (startsFunction(cursor)) return functionType(cursor, "");
  cursor.at += 2;
  if (second === "p") return { kind: "expansion", base: type(cursor) };
  if (second === "v") return vector(cursor);
  throw UNREADABLE;
}

/** `Dv <number> _ <type>`, `Dv _ <expression> _ <type>`. */
function vector(cursor: Cursor): Node {
  const size = cursor.take("_") ? cursor.grammar.expression(cursor) : text(String(cursor.number()));
  cursor.expect("_");
  return several(type(cursor), text(" __vector("), size, text(")"));
}

/** `[Do|DO…E|Dw…E] [Dx] F [Y] <result> <parameters> [R|O] E`. */
function functionType(cursor: Cursor, before: string): FunctionNode {
  let exceptions = "";
  if (cursor.take("Do")) exceptions = " noexcept";
  else if (cursor.take("DO")) {
    cursor.grammar.expression(cursor);
    cursor.expect("E");
    exceptions = " noexcept";
  } else if (cursor.take("Dw")) {
    cursor.until(type);
    exceptions = " throw";
  }
  const safe = cursor.take("Dx") ? " transaction_safe" : "";
  cursor.expect("F");
  cursor.take("Y");
  const result = type(cursor);
  const parameters: Node[] = [];
  let reference = "";
  while (!cursor.take("E")) {
    if (cursor.take("RE")) reference = " &";
    else if (cursor.take("OE")) reference = " &&";
    else {
      parameters.push(type(cursor));
      continue;
    }
    break;
  }
  return {
    kind: "function",
    result,
    parameters: parameterList(parameters),
    suffix: before + reference + safe + exceptions,
  };
}

/** A single `void` means none. */
export function parameterList(types: readonly Node[]): Node {
  const [only] = types;
  if (types.length === 1 && only!.kind === "text" && only!.text === "void") return list([]);
  return list(types);
}
