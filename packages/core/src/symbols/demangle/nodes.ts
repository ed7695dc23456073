/**
 * What a mangled C++ name says, as a tree that shares its parts: a substitution is the same node again. Bounded by the
 * name's length; what it prints is not, so the printer has a limit of its own.
 */
export type Node =
  /** Printed as it is. `literal` says how numbers of this type are written: a suffix, or `bool`. */
  | { readonly kind: "text"; readonly text: string; readonly literal?: string }
  /** `Ss` and its like: a short name and what it stands for; `base` names its constructor. */
  | { readonly kind: "standard"; readonly text: string; readonly full: string; readonly base: string }
  | { readonly kind: "nested"; readonly scope: Node; readonly name: Node }
  /** Something in a function: `outer` is the function's encoding. */
  | { readonly kind: "local"; readonly outer: Node; readonly name: Node }
  | { readonly kind: "tagged"; readonly name: Node; readonly tag: string }
  | { readonly kind: "template"; readonly name: Node; readonly args: Node }
  | { readonly kind: "list"; readonly items: readonly Node[] }
  /** The elements that one template parameter stands for. */
  | { readonly kind: "pack"; readonly items: readonly Node[] }
  | { readonly kind: "expansion"; readonly base: Node }
  /** `T_`: told by the arguments of the name around it when it is printed, for a substitution may mean another one. */
  | { readonly kind: "parameter"; readonly index: number }
  /** `sizeof...(T)`. */
  | { readonly kind: "count"; readonly of: Node }
  | { readonly kind: "constructor"; readonly of: Node; readonly destructor: boolean }
  | { readonly kind: "conversion"; readonly to: Node }
  | { readonly kind: "lambda"; readonly parameters: Node; readonly number: number }
  /** `before`, a node, `after`. */
  | { readonly kind: "wrapped"; readonly before: string; readonly node: Node; readonly after: string }
  | { readonly kind: "several"; readonly nodes: readonly Node[] }
  /** A type with ` const`, ` volatile` or ` restrict` behind it. */
  | { readonly kind: "qualified"; readonly base: Node; readonly qualifiers: string }
  | { readonly kind: "pointer"; readonly base: Node; readonly sign: "*" | "&" | "&&" }
  | { readonly kind: "member"; readonly of: Node; readonly base: Node }
  | { readonly kind: "array"; readonly base: Node; readonly size: Node | undefined }
  | FunctionNode
  /** A function with its type; `type` undefined where its name alone is to be written. */
  | { readonly kind: "encoding"; readonly name: Node; readonly type: FunctionNode | undefined }
  | { readonly kind: "literal"; readonly type: Node; readonly value: string }
  /** An operand: in brackets, unless it is a plain name. */
  | { readonly kind: "operand"; readonly node: Node };

/** A function's type; `result` undefined where it is not told. */
export interface FunctionNode {
  readonly kind: "function";
  readonly result: Node | undefined;
  readonly parameters: Node;
  /** ` const`, ` &`, ` noexcept` behind the parameters. */
  readonly suffix: string;
}

export const text = (value: string, literal?: string): Node =>
  literal === undefined ? { kind: "text", text: value } : { kind: "text", text: value, literal };

export const several = (...nodes: readonly Node[]): Node => ({ kind: "several", nodes });

export const list = (items: readonly Node[]): Node => ({ kind: "list", items });

/** How deep names are read and printed: far deeper than any compiler nests them. */
export const DEEPEST = 256;

/** Thrown where a symbol is no C++ name, or one beyond the limits; made once, for it is thrown often. */
export const UNREADABLE: Error = new Error("this is no mangled name that can be read");
