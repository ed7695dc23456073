import { type Cursor, isDigit, sourceName } from "./cursor.ts";
import { operatorName, templateArguments, templateParameter, unqualifiedName } from "./names.ts";
import { list, type Node, several, text, UNREADABLE } from "./nodes.ts";
import { OPERATORS } from "./tables.ts";
import { type } from "./types.ts";

const operand = (node: Node): Node => ({ kind: "operand", node });

/** Itanium C++ ABI 5.1.6, `<expression>`. */
export function expression(cursor: Cursor): Node {
  return cursor.nested(() => {
    const first = cursor.peek();
    if (first === "L") return literal(cursor);
    if (first === "T") return templateParameter(cursor);
    if (isDigit(first)) return simpleName(cursor);
    const special = SPECIAL.get(first + cursor.peek(1));
    if (special !== undefined) {
      cursor.at += 2;
      return special(cursor);
    }
    return operation(cursor);
  });
}

/** `L <type> <value> E` and `L _Z <encoding> E`. */
function literal(cursor: Cursor): Node {
  cursor.expect("L");
  if (cursor.take("_Z") || cursor.take("Z")) {
    const node = cursor.grammar.encoding(cursor);
    cursor.expect("E");
    return node;
  }
  const of = type(cursor);
  const start = cursor.at;
  while (!cursor.done && cursor.peek() !== "E") cursor.at++;
  const value = cursor.text.slice(start, cursor.at);
  cursor.expect("E");
  if (value === "" && of.kind === "text") return of.text === "decltype(nullptr)" ? text("nullptr") : of;
  return { kind: "literal", type: of, value };
}

const join = (sign: string, left: Node, right: Node): Node =>
  several(operand(left), text(sign), operand(right));

function operation(cursor: Cursor): Node {
  const global = cursor.take("gs") ? "::" : "";
  const code = cursor.next() + cursor.next();
  if (code === "nw" || code === "na") return creation(cursor, global + (code === "nw" ? "new " : "new[] "));
  const operator = OPERATORS.get(code);
  if (operator === undefined) throw UNREADABLE;
  const [sign, operands] = operator;
  if (operands === 1) return unary(cursor, code, global + sign);
  const left = expression(cursor);
  if (code === "qu") {
    const middle = expression(cursor);
    return several(operand(left), text("?"), operand(middle), text(" : "), operand(expression(cursor)));
  }
  if (operands !== 2) throw UNREADABLE;
  const right = expression(cursor);
  if (code === "ix") return several(operand(left), text("["), right, text("]"));
  if (code === "dt" || code === "pt") return several(operand(left), text(sign), right);
  const node = join(sign, left, right);
  // Else it would end the list of template arguments.
  return code === "gt" ? several(text("("), node, text(")")) : node;
}

function unary(cursor: Cursor, code: string, sign: string): Node {
  if (code === "st" || code === "at") {
    return several(text(`${sign.trimEnd()} (`), type(cursor), text(")"));
  }
  // `pp_ x` and `mm_ x` stand before their operand.
  const before = (code !== "pp" && code !== "mm") || cursor.take("_");
  const inner = expression(cursor);
  // The address of a function is written as its name alone, unless it is a template.
  const named =
    code === "ad" && inner.kind === "encoding" && inner.name.kind === "nested" && inner.type?.suffix === "";
  const node = operand(named ? inner.name : inner);
  return before ? several(text(sign), node) : several(node, text(sign));
}

/** `nw <placement> _ <type> (E | pi <arguments> E | il …)`. */
function creation(cursor: Cursor, sign: string): Node {
  const placement: Node[] = [];
  while (!cursor.take("_")) placement.push(expression(cursor));
  const of = type(cursor);
  const before = placement.length === 0 ? [] : [text("("), list(placement), text(") ")];
  if (cursor.take("E")) return several(text(sign), ...before, of);
  if (cursor.take("pi"))
    return several(text(sign), ...before, of, text("("), list(cursor.until(expression)), text(")"));
  return several(text(sign), ...before, of, expression(cursor));
}

const braced = (cursor: Cursor): Node => ({
  kind: "wrapped",
  before: "{",
  node: list(cursor.until(expression)),
  after: "}",
});

const inBrackets = (word: string, read: (cursor: Cursor) => Node) => (cursor: Cursor) =>
  several(text(`${word} (`), read(cursor), text(")"));

const cast = (word: string) => (cursor: Cursor) => {
  const to = type(cursor);
  return several(text(`${word}<`), to, text(">("), expression(cursor), text(")"));
};

/** What does not look like `<operator> <operands>`. */
const SPECIAL: ReadonlyMap<string, (cursor: Cursor) => Node> = new Map([
  ["fp", functionParameter],
  ["fl", (cursor: Cursor) => fold(cursor, true, false)],
  ["fr", (cursor: Cursor) => fold(cursor, false, false)],
  ["fL", (cursor: Cursor) => (isDigit(cursor.peek()) ? outerParameter(cursor) : fold(cursor, true, true))],
  ["fR", (cursor: Cursor) => fold(cursor, false, true)],
  ["cl", call],
  ["cp", call],
  ["cv", conversion],
  ["tl", (cursor: Cursor) => several(type(cursor), braced(cursor))],
  ["il", braced],
  ["sr", unresolved],
  ["on", (cursor: Cursor) => withArguments(cursor, operatorName(cursor, undefined))],
  ["dn", destructor],
  ["sp", (cursor: Cursor) => ({ kind: "expansion", base: expression(cursor) })],
  ["sZ", (cursor: Cursor) => ({ kind: "count", of: expression(cursor) })],
  ["sP", (cursor: Cursor) => several(text("sizeof...("), list(cursor.until(expression)), text(")"))],
  ["nx", inBrackets("noexcept", expression)],
  ["ti", inBrackets("typeid", type)],
  ["te", inBrackets("typeid", expression)],
  ["sc", cast("static_cast")],
  ["dc", cast("dynamic_cast")],
  ["rc", cast("reinterpret_cast")],
  ["cc", cast("const_cast")],
  ["tw", (cursor: Cursor) => several(text("throw "), expression(cursor))],
  ["tr", () => text("throw")],
]);

/** `fp_` is the first one, `fpT` is `this`. */
function functionParameter(cursor: Cursor): Node {
  if (cursor.take("T")) return text("this");
  while ("rVK".includes(cursor.peek()) && cursor.peek() !== "") cursor.at++;
  return text(`{parm#${cursor.sequence() + 1}}`);
}

function outerParameter(cursor: Cursor): Node {
  cursor.number();
  cursor.expect("p");
  return functionParameter(cursor);
}

function fold(cursor: Cursor, left: boolean, binary: boolean): Node {
  const operator = OPERATORS.get(cursor.next() + cursor.next());
  if (operator === undefined) throw UNREADABLE;
  const first = expression(cursor);
  const [sign] = operator;
  if (binary) {
    const second = expression(cursor);
    return several(text("("), operand(first), text(`${sign}...${sign}`), operand(second), text(")"));
  }
  return left
    ? several(text(`(...${sign}`), operand(first), text(")"))
    : several(text("("), operand(first), text(`${sign}...)`));
}

function call(cursor: Cursor): Node {
  const [callee, ...args] = cursor.until(expression);
  if (callee === undefined) throw UNREADABLE;
  return several(operand(callee), text("("), list(args), text(")"));
}

function conversion(cursor: Cursor): Node {
  const to = type(cursor);
  const from = cursor.take("_") ? list(cursor.until(expression)) : expression(cursor);
  return several(text("("), to, text(")("), from, text(")"));
}

function destructor(cursor: Cursor): Node {
  const of = isDigit(cursor.peek()) ? simpleName(cursor) : type(cursor);
  return several(text("~"), of);
}

function withArguments(cursor: Cursor, base: Node): Node {
  return cursor.peek() === "I" ? { kind: "template", name: base, args: templateArguments(cursor) } : base;
}

function simpleName(cursor: Cursor): Node {
  return withArguments(cursor, text(sourceName(cursor)));
}

/** `sr <type> <name>`, `srN <type> <level> … E <name>`, `sr <level> … E <name>`. */
function unresolved(cursor: Cursor): Node {
  if (isDigit(cursor.peek())) return levels(cursor, simpleName(cursor));
  if (!cursor.take("N")) {
    const of = withArguments(cursor, type(cursor));
    return { kind: "nested", scope: of, name: lastName(cursor, of) };
  }
  return levels(cursor, withArguments(cursor, type(cursor)));
}

function levels(cursor: Cursor, first: Node): Node {
  let scope = first;
  while (isDigit(cursor.peek())) scope = { kind: "nested", scope, name: simpleName(cursor) };
  // Older compilers leave the end of the levels out: the last one is the name.
  const ended = cursor.peek() === "E" && /[0-9od]/.test(cursor.peek(1));
  if (!ended) return scope;
  cursor.next();
  return { kind: "nested", scope, name: lastName(cursor, scope) };
}

function lastName(cursor: Cursor, scope: Node): Node {
  if (cursor.take("on")) return withArguments(cursor, operatorName(cursor, undefined));
  if (cursor.take("dn")) return destructor(cursor);
  return withArguments(cursor, unqualifiedName(cursor, undefined, scope));
}
