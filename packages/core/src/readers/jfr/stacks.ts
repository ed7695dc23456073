import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FrameKind, type FrameKindCode } from "../../model/profile.ts";
import type { JfrBytes, Key } from "./bytes.ts";
import { type Chunk, fieldType, Pool } from "./chunk.ts";
import { Plan } from "./plan.ts";

/** What a frame's type says, by its description in the recording. */
const KINDS: ReadonlyMap<string, FrameKindCode> = new Map<string, FrameKindCode>([
  ["Interpreted", FrameKind.interpreted],
  ["JIT compiled", FrameKind.jit],
  ["Inlined", FrameKind.jit],
  ["Native", FrameKind.native],
  ["C++", FrameKind.native],
  ["Kernel", FrameKind.kernel],
  ["C1 compiled", FrameKind.c1],
]);

/** Code outside Java. The JDK calls a native method of a Java class "Native", too; async-profiler's list is longer. */
const CODE: ReadonlySet<string> = new Set(["Native", "C++", "Kernel"]);

/** A method as frames of code and of Java name it: string ids. */
interface Method {
  readonly bare: number;
  /** With its class in front. */
  readonly full: number;
  /** The class: for code outside Java, async-profiler puts the library there. */
  readonly owner: string;
  /** False where the signature is the one that async-profiler gives code outside Java. */
  readonly isJava: boolean;
}

/** Turns the keys of a chunk's stack traces into rows of the profile; each is decoded once. */
export class Stacks {
  readonly #chunk: Chunk;
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  readonly #traces: Pool;
  readonly #methods: Pool;
  readonly #classes: Pool;
  readonly #symbols: Pool;
  readonly #frameTypes: Pool;
  readonly #frame: Plan | undefined;
  readonly #frameInput: JfrBytes;
  /** True where the recording tells code outside Java from native methods. */
  readonly #knowsCode: boolean;
  readonly #rows = new Map<Key, number>();
  readonly #truncated = new Set<Key>();
  readonly #names = new Map<Key, Method>();
  readonly #types = new Map<Key, string>();
  /** Frames of the stack being decoded, leaf first. */
  readonly #frames: number[] = [];

  /** `type`: id of the type of stack traces. */
  constructor(chunk: Chunk, type: number, strings: Pool, into: ProfileBuilder, notes: Notes) {
    this.#chunk = chunk;
    this.#into = into;
    this.#notes = notes;
    this.#traces = new Pool(chunk, type, ["truncated", "frames"]);
    const frame = fieldType(chunk, type, "frames");
    const method = fieldType(chunk, frame, "method");
    const owner = fieldType(chunk, method, "type");
    this.#methods = new Pool(chunk, method, ["type", "name", "descriptor"]);
    this.#classes = new Pool(chunk, owner, ["name"]);
    this.#symbols = new Pool(chunk, fieldType(chunk, method, "name"), ["string"], strings);
    this.#frameTypes = new Pool(chunk, fieldType(chunk, frame, "type"), ["description"], strings);
    const kinds = chunk.keys(fieldType(chunk, frame, "type")).map((key) => this.#frameType(key));
    this.#knowsCode = kinds.includes("C++") || kinds.includes("Kernel");
    const known = frame === undefined ? undefined : chunk.types.get(frame);
    this.#frame = known && new Plan(chunk.types, known, ["method", "lineNumber", "type"], () => "", false);
    this.#frameInput = chunk.input();
  }

  /** Row of a stack; -1 where the event has none. */
  row(key: Key): number {
    if (key === 0) return -1;
    let row = this.#rows.get(key);
    if (row === undefined) {
      row = this.#decode(key);
      this.#rows.set(key, row);
    }
    if (this.#truncated.has(key)) {
      this.#notes.add(
        "truncated",
        "jfr-stack-depth",
        "The virtual machine cut stacks at its depth limit: frames near the root are missing.",
      );
    }
    return row;
  }

  /** Name of a class, as Java writes it: `java.lang.String`, `byte[]`. Empty where it is not known. */
  className(key: Key, type: number | undefined): string {
    const symbol = new Pool(this.#chunk, type, ["name"]).get(key)?.[0];
    return symbol === undefined ? "" : javaClassName(this.#symbol(symbol));
  }

  #decode(key: Key): number {
    const trace = this.#traces.get(key);
    const position = trace?.[1];
    if (typeof position !== "number" || this.#frame === undefined) {
      this.#missing();
      return -1;
    }
    if (trace![0] === 1) this.#truncated.add(key);
    const input = this.#frameInput;
    const count = Plan.arrayAt(input, position);
    this.#frames.length = 0;
    for (let i = 0; i < count; i++) this.#frames.push(this.#readFrame(input, this.#frame));
    let row = -1;
    for (let i = count - 1; i >= 0; i--) row = this.#into.stack(row, this.#frames[i]!);
    return row;
  }

  #readFrame(input: JfrBytes, plan: Plan): number {
    const [method, line, type] = plan.read(input);
    const description = this.#frameType(type as Key | undefined);
    const { bare, full, owner, isJava } = this.#method((method as Key | undefined) ?? 0);
    const isCode = this.#knowsCode && !isJava && CODE.has(description);
    return this.#into.frame({
      name: isCode ? bare : full,
      mapping: isCode && owner !== "" ? this.#into.mapping({ path: owner }) : -1,
      line: typeof line === "number" && line > 0 && line < 2 ** 31 ? line : 0,
      kind: KINDS.get(description) ?? FrameKind.unknown,
      inlined: description === "Inlined",
    });
  }

  #method(key: Key): Method {
    let method = this.#names.get(key);
    if (method === undefined) {
      method = this.#readMethod(key);
      this.#names.set(key, method);
    }
    return method;
  }

  #readMethod(key: Key): Method {
    const found = this.#methods.get(key);
    if (found === undefined) {
      this.#missing();
      const unknown = this.#into.string("[unknown]");
      return { bare: unknown, full: unknown, owner: "", isJava: false };
    }
    const [owner, symbol, descriptor] = found as readonly (Key | undefined)[];
    const signature = descriptor === undefined ? "" : this.#symbol(descriptor);
    const name = symbol === undefined ? "" : this.#symbol(symbol);
    const ownerName = owner === undefined ? undefined : this.#classes.get(owner)?.[0];
    const type = ownerName === undefined ? "" : this.#symbol(ownerName as Key | string);
    const bare = this.#into.string(name === "" ? "[unknown]" : name);
    const full = type === "" ? bare : this.#into.string(name === "" ? type : `${type}.${name}`);
    return { bare, full, owner: type, isJava: signature !== "" && signature !== "()L;" };
  }

  #symbol(key: Key | string): string {
    return typeof key === "string" ? key : String(this.#symbols.get(key)?.[0] ?? "");
  }

  #frameType(key: Key | undefined): string {
    if (key === undefined) return "";
    let text = this.#types.get(key);
    if (text === undefined) {
      text = String(this.#frameTypes.get(key)?.[0] ?? "");
      this.#types.set(key, text);
    }
    return text;
  }

  #missing(): void {
    this.#notes.add(
      "skipped",
      "jfr-missing-constant",
      "A stack or method is not among the recording's constants; it is unknown.",
    );
  }
}

const PRIMITIVES: ReadonlyMap<string, string> = new Map([
  ["B", "byte"],
  ["C", "char"],
  ["S", "short"],
  ["I", "int"],
  ["J", "long"],
  ["Z", "boolean"],
  ["F", "float"],
  ["D", "double"],
]);

function javaClassName(symbol: string): string {
  const name = symbol.replace(/^\[+/, "");
  const depth = symbol.length - name.length;
  if (depth === 0) return symbol.replaceAll("/", ".");
  const element = PRIMITIVES.get(name) ?? name.replace(/^L(.*);$/, "$1").replaceAll("/", ".");
  return element + "[]".repeat(depth);
}
