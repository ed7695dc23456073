import { Cursor, type Grammar, isDigit, type NameFacts } from "./cursor.ts";
import { expression } from "./expressions.ts";
import { name } from "./names.ts";
import { type FunctionNode, type Node, several, text, UNREADABLE } from "./nodes.ts";
import { Printer } from "./print.ts";
import { parameterList, type } from "./types.ts";

const GRAMMAR: Grammar = { type, name, encoding, expression };

/** How much of a C++ name is written. */
export interface CppNameOptions {
  /** The parameters of the function, what qualifies it, and the result of templates. */
  readonly parameters: boolean;
  /** `std::basic_string<char, …>` in place of `std::string`. */
  readonly expand: boolean;
}

/**
 * Reads a mangled C++ name: `_ZNSt6vectorIiSaIiEE9push_backERKi` is `std::vector<int, std::allocator<int> >::push_back`.
 * Undefined where it is none, or where it prints more than 16,384 characters. Source: Itanium C++ ABI, chapter 5;
 * written as GNU's c++filt does.
 * @param mangled begins with `_Z`, a character for each byte
 */
export function demangleCpp(mangled: string, options: CppNameOptions): string | undefined {
  if (!mangled.startsWith("_Z")) return undefined;
  const cursor = new Cursor(mangled, 2, GRAMMAR);
  try {
    const node = encoding(cursor, options.parameters);
    if (!cursor.done) return undefined;
    const printer = new Printer(options);
    printer.print(node);
    return printer.out;
  } catch (error) {
    if (error === UNREADABLE) return undefined;
    throw error;
  }
}

/** `<encoding>`: the name of a function with its type, of a variable, or something that compilers make. */
function encoding(cursor: Cursor, withType = true): Node {
  return cursor.nested(() => {
    if (cursor.peek() === "T" || (cursor.peek() === "G" && /[VRATI]/.test(cursor.peek(1))))
      return special(cursor);
    const facts: NameFacts = { withoutResult: false, endsInArguments: false, suffix: "" };
    const found = name(cursor, facts);
    return endOfEncoding(cursor) ? found : functionEncoding(cursor, found, facts, withType);
  });
}

const endOfEncoding = (cursor: Cursor): boolean =>
  cursor.done || cursor.peek() === "E" || cursor.peek() === "." || cursor.peek() === "_";

function functionEncoding(cursor: Cursor, found: Node, facts: NameFacts, withType: boolean): Node {
  const result = facts.endsInArguments && !facts.withoutResult ? type(cursor) : undefined;
  const types: Node[] = [];
  while (!endOfEncoding(cursor)) types.push(type(cursor));
  const made: FunctionNode = {
    kind: "function",
    result,
    parameters: parameterList(types),
    suffix: facts.suffix,
  };
  return { kind: "encoding", name: found, type: withType ? made : undefined };
}

const OF_TYPE: ReadonlyMap<string, string> = new Map([
  ["TV", "vtable for "],
  ["TT", "VTT for "],
  ["TI", "typeinfo for "],
  ["TS", "typeinfo name for "],
  ["TF", "typeinfo fn for "],
]);

const OF_NAME: ReadonlyMap<string, string> = new Map([
  ["TH", "TLS init function for "],
  ["TW", "TLS wrapper function for "],
  ["GV", "guard variable for "],
]);

/** Virtual tables, thunks, guards: ABI 5.1.4. */
function special(cursor: Cursor): Node {
  const code = cursor.next() + cursor.next();
  const ofType = OF_TYPE.get(code);
  if (ofType !== undefined) return several(text(ofType), type(cursor));
  const ofName = OF_NAME.get(code);
  if (ofName !== undefined) return several(text(ofName), name(cursor));
  switch (code) {
    case "TC": {
      const derived = type(cursor);
      cursor.number();
      cursor.expect("_");
      return several(text("construction vtable for "), type(cursor), text("-in-"), derived);
    }
    case "Th":
    case "Tv":
      cursor.at--;
      offset(cursor);
      return several(text(code === "Th" ? "non-virtual thunk to " : "virtual thunk to "), encoding(cursor));
    case "Tc":
      offset(cursor);
      offset(cursor);
      return several(text("covariant return thunk to "), encoding(cursor));
    case "TA":
      return several(text("template parameter object for "), expression(cursor));
    case "GR": {
      const of = name(cursor);
      const number = cursor.done ? 0 : cursor.sequence();
      return several(text(`reference temporary #${number} for `), of);
    }
    case "GA":
      return several(text("hidden alias for "), encoding(cursor));
    case "GT": {
      const transaction = cursor.next() === "n" ? "non-transaction clone for " : "transaction clone for ";
      return several(text(transaction), encoding(cursor));
    }
    default:
      throw UNREADABLE;
  }
}

/** `h <number> _` or `v <number> _ <number> _`. */
function offset(cursor: Cursor): void {
  const virtual = cursor.next() === "v";
  signed(cursor);
  cursor.expect("_");
  if (!virtual) return;
  signed(cursor);
  cursor.expect("_");
}

function signed(cursor: Cursor): void {
  cursor.take("n");
  if (!isDigit(cursor.peek())) throw UNREADABLE;
  cursor.number();
}
