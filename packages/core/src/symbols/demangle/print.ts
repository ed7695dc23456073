import { DEEPEST, type FunctionNode, type Node, UNREADABLE } from "./nodes.ts";

/** Names that print longer than this stay mangled: a few bytes of substitutions can stand for gigabytes. */
const LONGEST = 16_384;
/** Nodes that are looked at for one name; names that print nothing can have very many. */
const MOST_STEPS = 100_000;
const NO_PACK = -1;

export interface PrintOptions {
  /** `std::basic_string<char, …>` in place of `std::string`. */
  readonly expand: boolean;
}

/** The arguments that template parameters stand for, and those of the name around. */
interface Scope {
  readonly items: readonly Node[];
  readonly outer: Scope | undefined;
}

type Sign = "*" | "&" | "&&";

/** A node, and where its own template parameters are to be looked up. */
interface Seen {
  readonly node: Node;
  readonly scope: Scope | undefined;
}

const NOTHING: Node = { kind: "text", text: "" };

/**
 * Writes a name as GNU's c++filt does. Types have two sides, as in C: of `int (*)[3]` the left one is `int (*`, the
 * right one `) [3]`.
 */
export class Printer {
  readonly #options: PrintOptions;
  #out = "";
  #depth = 0;
  #steps = 0;
  #scope: Scope | undefined;
  /** In the parameters of a lambda, whose template parameters are `auto`. */
  #inLambda = false;
  /** Where an empty pack was left out: c++filt puts no space between brackets there. */
  #dropped = -1;
  /** Which element of packs is printed at the moment. */
  #element = NO_PACK;

  constructor(options: PrintOptions) {
    this.#options = options;
  }

  get out(): string {
    return this.#out;
  }

  print(node: Node): void {
    this.#left(node);
    this.#right(node);
  }

  #add(value: string): void {
    this.#out += value;
    if (this.#out.length > LONGEST) throw UNREADABLE;
  }

  #step(): void {
    if (++this.#steps > MOST_STEPS) throw UNREADABLE;
  }

  #left(node: Node): void {
    this.#step();
    if (++this.#depth > DEEPEST) throw UNREADABLE;
    switch (node.kind) {
      case "qualified":
        this.#left(node.base);
        this.#add(this.#fresh(node.base, node.qualifiers));
        break;
      case "pointer": {
        const { node: base, scope, sign } = this.#collapsed(node.base, node.sign);
        this.#within(scope, () => this.#left(base));
        if (this.#needsBrackets(base, scope)) this.#add(this.#open());
        this.#add(sign);
        break;
      }
      case "member":
        this.#left(node.base);
        this.#add(this.#needsBrackets(node.base, this.#scope) ? this.#open() : " ");
        this.print(node.of);
        this.#add("::*");
        break;
      case "array":
        this.#left(node.base);
        break;
      case "function":
        if (node.result !== undefined) this.#result(node.result);
        break;
      case "parameter": {
        const { node: found, scope } = this.#seen(node, this.#scope);
        if (found.kind === "parameter") this.#add(`auto:${found.index + 1}`);
        else this.#within(scope, () => this.#left(found));
        break;
      }
      default:
        this.#whole(node);
    }
    this.#depth--;
  }

  #right(node: Node): void {
    this.#step();
    if (++this.#depth > DEEPEST) throw UNREADABLE;
    switch (node.kind) {
      case "qualified":
        this.#right(node.base);
        break;
      case "pointer": {
        const { node: base, scope } = this.#collapsed(node.base, node.sign);
        if (this.#needsBrackets(base, scope)) this.#add(")");
        this.#within(scope, () => this.#right(base));
        break;
      }
      case "member":
        if (this.#needsBrackets(node.base, this.#scope)) this.#add(")");
        this.#right(node.base);
        break;
      case "array":
        this.#add(this.#out.endsWith("]") ? "[" : " [");
        if (node.size !== undefined) this.print(node.size);
        this.#add("]");
        this.#right(node.base);
        break;
      case "function":
        this.#parameters(node);
        break;
      case "parameter": {
        const { node: found, scope } = this.#seen(node, this.#scope);
        if (found.kind !== "parameter") this.#within(scope, () => this.#right(found));
        break;
      }
      default:
    }
    this.#depth--;
  }

  /** What a template parameter stands for; of a pack the element that is printed. In a lambda it stays as it is. */
  #seen(node: Node, scope: Scope | undefined): Seen {
    if (node.kind !== "parameter" || this.#inLambda) return { node, scope };
    const found = scope?.items[node.index];
    if (found === undefined) throw UNREADABLE;
    const element = found.kind === "pack" && this.#element !== NO_PACK ? found.items[this.#element] : found;
    return this.#seen(element ?? NOTHING, scope!.outer);
  }

  #within(scope: Scope | undefined, print: () => void): void {
    const before = this.#scope;
    this.#scope = scope;
    print();
    this.#scope = before;
  }

  /** A function that gives a function's address stands within its brackets: `int (*f(char))(long)`. */
  #result(result: Node): void {
    this.#left(result);
    const { node, scope } = this.#seen(result, this.#scope);
    const within =
      (node.kind === "pointer" || node.kind === "member") && this.#needsBrackets(node.base, scope);
    if (!within) this.#add(" ");
  }

  #parameters(type: FunctionNode): void {
    this.#add("(");
    this.print(type.parameters);
    this.#add(`)${type.suffix}`);
    if (type.result !== undefined) this.#right(type.result);
  }

  /** What has no right side. */
  #whole(node: Node): void {
    switch (node.kind) {
      case "text":
        this.#add(node.text);
        break;
      case "standard":
        this.#add(this.#options.expand ? node.full : node.text);
        break;
      case "nested":
        this.print(node.scope);
        this.#add("::");
        this.print(node.name);
        break;
      case "local":
        this.#local(node.outer, node.name);
        break;
      case "tagged":
        this.print(node.name);
        this.#add(`[abi:${node.tag}]`);
        break;
      case "template":
        this.print(node.name);
        this.#arguments(node.args);
        break;
      case "list":
      case "pack":
        this.#items(node.items);
        break;
      case "expansion":
        this.#expansion(node.base);
        break;
      case "count":
        this.#count(node.of);
        break;
      case "constructor":
        this.#add((node.destructor ? "~" : "") + this.#baseName(node.of));
        break;
      case "conversion":
        this.#add("operator ");
        this.print(node.to);
        break;
      case "lambda":
        this.#lambda(node.parameters, node.number);
        break;
      case "wrapped":
        this.#add(node.before);
        this.print(node.node);
        this.#add(node.after);
        break;
      case "several":
        for (const one of node.nodes) this.print(one);
        break;
      case "encoding":
        this.#encoding(node.name, node.type);
        break;
      case "literal":
        this.#literal(node.type, node.value);
        break;
      case "operand":
        this.#operand(node.node);
        break;
      default:
        throw UNREADABLE;
    }
  }

  #encoding(name: Node, type: FunctionNode | undefined): void {
    this.#within(scopeOf(name, this.#scope), () => {
      if (type?.result !== undefined) this.#result(type.result);
      this.print(name);
      if (type !== undefined) this.#parameters(type);
    });
  }

  /** The function around a local name is written without its result. */
  #local(outer: Node, name: Node): void {
    if (outer.kind === "encoding" && outer.type !== undefined)
      this.#encoding(outer.name, { ...outer.type, result: undefined });
    else this.print(outer);
    this.#add("::");
    this.print(name);
  }

  #lambda(parameters: Node, number: number): void {
    const before = this.#inLambda;
    this.#inLambda = true;
    this.#add("{lambda(");
    this.print(parameters);
    this.#add(`)#${number}}`);
    this.#inLambda = before;
  }

  #arguments(args: Node): void {
    this.#add(this.#out.endsWith("<") ? " <" : "<");
    this.print(args);
    this.#add(this.#out.endsWith(">") && this.#out.length !== this.#dropped ? " >" : ">");
  }

  /** Separated by commas; an empty pack leaves none behind. */
  #items(items: readonly Node[]): void {
    let any = false;
    for (const item of items) {
      const before = this.#out;
      if (any) this.#add(", ");
      const start = this.#out.length;
      this.print(item);
      if (this.#out.length > start) any = true;
      else {
        this.#out = before;
        this.#dropped = before.length;
      }
    }
  }

  #expansion(base: Node): void {
    const element = this.#element;
    this.#element = NO_PACK;
    const count = this.#packSize(base, 0);
    if (count === undefined) {
      this.print(base);
      this.#add("...");
    } else {
      for (let i = 0; i < count; i++) {
        this.#element = i;
        if (i > 0) this.#add(", ");
        this.print(base);
      }
    }
    this.#element = element;
  }

  /** How many elements the first pack in a pattern has. */
  #packSize(node: Node, depth: number): number | undefined {
    this.#step();
    if (depth > DEEPEST) throw UNREADABLE;
    if (node.kind === "parameter") {
      const { node: found } = this.#seen(node, this.#scope);
      return found.kind === "pack" ? found.items.length : undefined;
    }
    for (const child of childrenOf(node)) {
      const size = this.#packSize(child, depth + 1);
      if (size !== undefined) return size;
    }
    return undefined;
  }

  #count(of: Node): void {
    const { node } = this.#seen(of, this.#scope);
    if (node.kind === "pack") {
      this.#add(String(node.items.length));
      return;
    }
    this.#add("sizeof...(");
    this.print(of);
    this.#add(")");
  }

  /** `T&` with `T` an `int&&` is an `int&`. */
  #collapsed(base: Node, sign: Sign): Seen & { readonly sign: Sign } {
    if (sign === "*") return { node: base, scope: this.#scope, sign };
    let kept: Sign = sign;
    let found: Seen = { node: base, scope: this.#scope };
    for (;;) {
      this.#step();
      const { node, scope } = this.#seen(found.node, found.scope);
      if (node.kind !== "pointer" || node.sign === "*") return { ...found, sign: kept };
      if (node.sign === "&") kept = "&";
      found = { node: node.base, scope };
    }
  }

  /** A constant of a type that is constant already is not more so. */
  #fresh(base: Node, qualifiers: string): string {
    const { node } = this.#seen(base, this.#scope);
    return node.kind === "qualified" && node.qualifiers.includes(qualifiers) ? "" : qualifiers;
  }

  #needsBrackets(base: Node, scope: Scope | undefined): boolean {
    const { node, scope: inner } = this.#seen(base, scope);
    if (node.kind === "qualified") return this.#needsBrackets(node.base, inner);
    return node.kind === "function" || node.kind === "array";
  }

  /** A function's left side ends in a space already. */
  #open(): string {
    return /[ (*]$/.test(this.#out) ? "(" : " (";
  }

  #literal(type: Node, value: string): void {
    const number = value.startsWith("n") ? `-${value.slice(1)}` : value;
    const style = type.kind === "text" ? type.literal : undefined;
    if (style === "bool" && (value === "0" || value === "1")) {
      this.#add(value === "1" ? "true" : "false");
      return;
    }
    if (style !== undefined && style !== "bool") {
      this.#add(number + style);
      return;
    }
    this.#add("(");
    this.print(type);
    const float = type.kind === "text" && /^(?:float|double|long double|__float128)$/.test(type.text);
    this.#add(float ? `)[${value}]` : `)${number}`);
  }

  #operand(node: Node): void {
    const plain =
      node.kind === "text" || node.kind === "nested" || node.kind === "template" || node.kind === "standard";
    if (plain) {
      this.print(node);
      return;
    }
    this.#add("(");
    this.print(node);
    this.#add(")");
  }

  /** What a constructor is called: the class's name without scope, arguments and tags. */
  #baseName(node: Node): string {
    let base = node;
    while (
      base.kind === "nested" ||
      base.kind === "local" ||
      base.kind === "template" ||
      base.kind === "tagged"
    )
      base = base.name;
    if (base.kind === "standard") return base.base;
    const start = this.#out.length;
    this.print(base);
    const name = this.#out.slice(start);
    this.#out = this.#out.slice(0, start);
    return name;
  }
}

/** The scope within an encoding: with the arguments of its name, if it ends in any. */
function scopeOf(name: Node, outer: Scope | undefined): Scope | undefined {
  let last = name;
  while (last.kind === "local") last = last.name;
  if (last.kind !== "template" || last.args.kind !== "list") return outer;
  return { items: last.args.items, outer };
}

/** Where a pack may hide in a pattern. */
function childrenOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case "nested":
      return [node.scope, node.name];
    case "template":
      return [node.name, node.args];
    case "list":
    case "pack":
      return node.items;
    case "several":
      return node.nodes;
    case "wrapped":
    case "operand":
      return [node.node];
    case "qualified":
    case "pointer":
    case "array":
      return [node.base];
    case "member":
      return [node.of, node.base];
    case "function":
      return node.result === undefined ? [node.parameters] : [node.result, node.parameters];
    case "conversion":
      return [node.to];
    case "literal":
      return [node.type];
    default:
      return [];
  }
}
