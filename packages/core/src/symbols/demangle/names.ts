import { type Cursor, isDigit, type NameFacts, qualifiers, sourceName } from "./cursor.ts";
import { list, type Node, several, text, UNREADABLE } from "./nodes.ts";
import { OPERATORS, STANDARD } from "./tables.ts";

const STD = text("std");

/** Itanium C++ ABI 5.1.3, `<name>`. */
export function name(cursor: Cursor, facts?: NameFacts): Node {
  return cursor.nested(() => {
    if (cursor.peek() === "N") return nestedName(cursor, facts);
    if (cursor.peek() === "Z") return localName(cursor, facts);
    const substituted = cursor.peek() === "S" && cursor.peek(1) !== "t";
    const base = substituted ? substitution(cursor) : unscopedName(cursor, facts);
    if (cursor.peek() !== "I") {
      if (substituted) throw UNREADABLE;
      return base;
    }
    if (!substituted) cursor.substitute(base);
    return withArguments(cursor, base, facts);
  });
}

function withArguments(cursor: Cursor, base: Node, facts: NameFacts | undefined): Node {
  if (facts !== undefined) facts.endsInArguments = true;
  return { kind: "template", name: base, args: templateArguments(cursor) };
}

function unscopedName(cursor: Cursor, facts: NameFacts | undefined): Node {
  if (!cursor.take("St")) return unqualifiedName(cursor, facts, undefined);
  return { kind: "nested", scope: STD, name: unqualifiedName(cursor, facts, STD) };
}

/** `N [qualifiers] [&|&&] <prefix> … E`. */
function nestedName(cursor: Cursor, facts: NameFacts | undefined): Node {
  cursor.expect("N");
  const suffix = qualifiers(cursor) + (cursor.take("R") ? " &" : cursor.take("O") ? " &&" : "");
  if (facts !== undefined) facts.suffix = suffix;
  let found: Node | undefined;
  let fresh = false;
  while (!cursor.take("E")) {
    // A lambda in the initialiser of a member: `M` follows the member's name.
    if (cursor.take("M")) continue;
    if (facts !== undefined) facts.endsInArguments = false;
    const substituted: boolean = cursor.peek() === "S";
    const next = found === undefined ? firstPart(cursor, facts) : laterPart(cursor, found, facts);
    fresh = !substituted;
    found = fresh ? cursor.substitute(next) : next;
  }
  if (found === undefined || !fresh) throw UNREADABLE;
  // The whole is no substitution as a name; as a type it becomes one.
  cursor.substitutions.pop();
  return found;
}

function firstPart(cursor: Cursor, facts: NameFacts | undefined): Node {
  const [first, second] = [cursor.peek(), cursor.peek(1)];
  if (first === "T") return templateParameter(cursor);
  if (first === "D" && (second === "t" || second === "T")) return decltype(cursor);
  if (first !== "S") return unqualifiedName(cursor, facts, undefined);
  return cursor.take("St") ? STD : substitution(cursor);
}

function laterPart(cursor: Cursor, scope: Node, facts: NameFacts | undefined): Node {
  if (cursor.peek() === "I") return withArguments(cursor, scope, facts);
  return { kind: "nested", scope, name: unqualifiedName(cursor, facts, scope) };
}

/** `<unqualified-name>`, with its ABI tags. */
export function unqualifiedName(cursor: Cursor, facts: NameFacts | undefined, scope: Node | undefined): Node {
  if (facts !== undefined) facts.withoutResult = false;
  cursor.take("L");
  const found = untagged(cursor, facts, scope);
  return tagged(cursor, found);
}

function tagged(cursor: Cursor, found: Node): Node {
  let node = found;
  while (cursor.take("B")) node = { kind: "tagged", name: node, tag: sourceName(cursor) };
  return node;
}

function untagged(cursor: Cursor, facts: NameFacts | undefined, scope: Node | undefined): Node {
  const first = cursor.peek();
  const second = cursor.peek(1);
  if (isDigit(first)) return text(sourceName(cursor));
  if (first === "U" && second === "l") return lambda(cursor);
  if (first === "U" && second === "t") {
    cursor.at += 2;
    return text(`{unnamed type#${cursor.sequence() + 1}}`);
  }
  if (first === "D" && second === "C") {
    cursor.at += 2;
    const names = cursor.until((at) => text(sourceName(at)));
    return { kind: "wrapped", before: "[", node: list(names), after: "]" };
  }
  if ((first === "C" || first === "D") && scope !== undefined) return constructorName(cursor, facts, scope);
  return operatorName(cursor, facts);
}

function constructorName(cursor: Cursor, facts: NameFacts | undefined, of: Node): Node {
  const destructor = cursor.next() === "D";
  const inherited = !destructor && cursor.take("I");
  if (!/[0-5]/.test(cursor.next())) throw UNREADABLE;
  if (inherited) cursor.grammar.type(cursor);
  if (facts !== undefined) facts.withoutResult = true;
  return { kind: "constructor", of, destructor };
}

/** `Ul <parameters> E [number] _`. */
function lambda(cursor: Cursor): Node {
  cursor.expect("Ul");
  while (cursor.peek() === "T" && "ynptk".includes(cursor.peek(1)) && cursor.peek(1) !== "")
    skipDeclaration(cursor);
  const parameters = cursor.take("v") ? [] : undefined;
  const types = parameters === undefined ? cursor.until(cursor.grammar.type) : parameters;
  if (parameters !== undefined) cursor.expect("E");
  return { kind: "lambda", parameters: list(types), number: cursor.sequence() + 1 };
}

/** A template parameter that a lambda declares: it is not written. */
function skipDeclaration(cursor: Cursor): void {
  cursor.at += 2;
  const what = cursor.text[cursor.at - 1];
  if (what === "n") cursor.grammar.type(cursor);
  else if (what === "p") skipDeclaration(cursor);
  else if (what === "t") while (!cursor.take("E")) skipDeclaration(cursor);
}

export function operatorName(cursor: Cursor, facts: NameFacts | undefined): Node {
  if (cursor.take("cv")) {
    if (facts !== undefined) facts.withoutResult = true;
    const before = cursor.inConversion;
    cursor.inConversion = facts !== undefined || before;
    const to = cursor.grammar.type(cursor);
    cursor.inConversion = before;
    return { kind: "conversion", to };
  }
  if (cursor.take("li")) return text(`operator"" ${sourceName(cursor)}`);
  if (cursor.peek() === "v" && isDigit(cursor.peek(1))) {
    cursor.at += 2;
    return text(`operator ${sourceName(cursor)}`);
  }
  const operator = OPERATORS.get(cursor.next() + cursor.next());
  if (operator === undefined) throw UNREADABLE;
  const sign = operator[0].trimEnd();
  return text(/^[a-z]/.test(sign) ? `operator ${sign}` : `operator${sign}`);
}

/** `Z <encoding> E <name>`, `Z <encoding> E s`, `Z <encoding> E d [number] _ <name>`. */
function localName(cursor: Cursor, facts: NameFacts | undefined): Node {
  cursor.expect("Z");
  const outer = cursor.grammar.encoding(cursor);
  cursor.expect("E");
  if (cursor.take("s")) {
    discriminator(cursor);
    return { kind: "local", outer, name: text("string literal") };
  }
  if (cursor.take("d")) {
    const number = cursor.sequence() + 1;
    const inner = name(cursor, facts);
    const argument = text(`{default arg#${number}}`);
    return { kind: "local", outer, name: { kind: "nested", scope: argument, name: inner } };
  }
  const inner = name(cursor, facts);
  discriminator(cursor);
  return { kind: "local", outer, name: inner };
}

/** `_ digit` or `__ number _`: which of several of that name. */
function discriminator(cursor: Cursor): void {
  if (cursor.peek() !== "_") return;
  if (cursor.peek(1) === "_") {
    cursor.at += 2;
    cursor.number();
    cursor.expect("_");
  } else if (isDigit(cursor.peek(1))) {
    cursor.at += 2;
  }
}

/** `S_`, `S0_`, or one of the standard library's, with its tags. */
export function substitution(cursor: Cursor): Node {
  cursor.expect("S");
  const standard = STANDARD.get(cursor.peek());
  if (standard !== undefined) {
    cursor.at++;
    const [short, full, base] = standard;
    const node: Node = { kind: "standard", text: short, full, base };
    const found = tagged(cursor, node);
    return found === node ? node : cursor.substitute(found);
  }
  let number = 0;
  if (!cursor.take("_")) {
    const digits = /^[0-9A-Z]{1,8}_/.exec(cursor.text.slice(cursor.at, cursor.at + 9))?.[0];
    if (digits === undefined) throw UNREADABLE;
    cursor.at += digits.length;
    number = Number.parseInt(digits, 36) + 1;
  }
  const found = cursor.substitutions[number];
  if (found === undefined) throw UNREADABLE;
  return found;
}

/** `T_`, `T0_`, and `TL<level>_` of nested lambdas. */
export function templateParameter(cursor: Cursor): Node {
  cursor.expect("T");
  if (cursor.take("L")) {
    cursor.number();
    cursor.expect("_");
  }
  return { kind: "parameter", index: cursor.sequence() };
}

/** `I <arguments> E`. */
export function templateArguments(cursor: Cursor): Node {
  cursor.expect("I");
  const { inConversion } = cursor;
  cursor.inConversion = false;
  const items = cursor.until(templateArgument);
  cursor.inConversion = inConversion;
  return list(items);
}

function templateArgument(cursor: Cursor): Node {
  return cursor.nested(() => {
    if (cursor.take("X")) {
      const node = cursor.grammar.expression(cursor);
      cursor.expect("E");
      return node;
    }
    if (cursor.peek() === "L") return cursor.grammar.expression(cursor);
    if (cursor.take("J")) return { kind: "pack", items: cursor.until(templateArgument) };
    return cursor.grammar.type(cursor);
  });
}

/** `Dt <expression> E` and `DT <expression> E`. */
export function decltype(cursor: Cursor): Node {
  cursor.at += 2;
  const node = cursor.grammar.expression(cursor);
  cursor.expect("E");
  return several(text("decltype ("), node, text(")"));
}
