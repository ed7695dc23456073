import { javaClassName } from "../../codec/java-names.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FrameKind, type FrameKindCode } from "../../model/profile.ts";
import { StackPath } from "../../model/stack-path.ts";
import { grown } from "../../util/growable.ts";
import type { JfrBytes, Key } from "./bytes.ts";
import { type Chunk, fieldType, Pool } from "./chunk.ts";
import type { JfrField } from "./metadata.ts";
import { Plan } from "./plan.ts";
import type { StackTables } from "./tables.ts";
import { Text } from "./text.ts";

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

/** The signature that async-profiler gives code outside Java. */
const NOT_JAVA = "()L;";
const DOT = 0x2e;
const UNKNOWN = "[unknown]";

/** What a method says of itself: keys of constants, or texts. */
interface Method {
  /** The class: for code outside Java, async-profiler puts the library there. */
  readonly owner: Key | string | undefined;
  readonly symbol: Key | string | undefined;
  readonly descriptor: Key | string | undefined;
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
  /** True where frames lie as all known writers lay them out: see {@link StackTables.seen}. */
  readonly #usual: boolean;
  /** True where the recording tells code outside Java from native methods. */
  readonly #knowsCode: boolean;
  readonly #tables: StackTables;
  readonly #types = new Map<Key, string>();
  readonly #text = new Text();
  /** Frames of the stack being decoded, leaf first. */
  #frames: Int32Array = new Int32Array(256);
  readonly #path: StackPath;

  /** `type`: id of the type of stack traces. */
  constructor(chunk: Chunk, type: number, strings: Pool, into: ProfileBuilder, notes: Notes) {
    this.#chunk = chunk;
    this.#tables = chunk.tables.stacks(type);
    this.#into = into;
    this.#path = new StackPath(into);
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
    this.#frame = known && new Plan(chunk, known, ["method", "lineNumber", "type"], () => "", false);
    this.#frameInput = chunk.input();
    this.#usual = chunk.header.compressed && isUsual(known?.fields);
  }

  /** Row of a stack; -1 where the event has none. `times`: how many events have it, for the notes. */
  row(key: Key, times: number): number {
    if (key === 0) return -1;
    let known = this.#tables.rows.get(key);
    if (known < 0) {
      known = this.#decode(key);
      this.#tables.rows.set(key, known);
    }
    if ((known & 1) === 1) {
      this.#notes.add(
        "truncated",
        "jfr-stack-depth",
        "The virtual machine cut stacks at its depth limit: frames near the root are missing.",
        undefined,
        times,
      );
    }
    return (known >> 1) - 1;
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
      return 0;
    }
    const cut = trace![0] === 1 ? 1 : 0;
    const input = this.#frameInput;
    const count = Plan.arrayAt(input, position);
    for (let i = 0; i < count; i++) {
      if (i >= this.#frames.length) this.#frames = grown(this.#frames, i + 1);
      let row = this.#usual ? this.#tables.seen.next(input) : -1;
      if (row < 0) {
        row = this.#readFrame(input, this.#frame);
        if (this.#usual) this.#tables.seen.add(row, input.at);
      }
      this.#frames[i] = row;
    }
    const frames = this.#frames;
    this.#path.begin();
    for (let i = count - 1; i >= 0; i--) this.#path.add(frames[i]!);
    return (this.#path.end() + 1) * 2 + cut;
  }

  #readFrame(input: JfrBytes, plan: Plan): number {
    plan.readNumbers(input);
    const { numbers } = plan;
    const method = numbers[0]!;
    const type = numbers[2]!;
    const line = numbers[1]! > 0 && numbers[1]! < 2 ** 31 ? numbers[1]! : 0;
    const known = this.#tables.frames.find(method, line, type);
    if (known >= 0) return known;
    const keys = plan.others.map((other, i) => (Number.isNaN(numbers[i]!) ? other : numbers[i]!));
    const row = this.#addFrame((keys[0] as Key | undefined) ?? 0, line, keys[2] as Key | undefined);
    this.#tables.frames.add(method, line, type, row);
    return row;
  }

  #addFrame(key: Key, line: number, type: Key | undefined): number {
    const description = this.#frameType(type);
    const code = this.#knowsCode && CODE.has(description) ? this.#code(key) : undefined;
    return this.#into.frame({
      name: code?.name ?? this.#name(key),
      mapping: code === undefined || code.library === "" ? -1 : this.#into.mapping({ path: code.library }),
      line,
      kind: KINDS.get(description) ?? FrameKind.unknown,
      inlined: description === "Inlined",
    });
  }

  /** Name and library of code outside Java; undefined where the method is Java's. */
  #code(key: Key): { readonly name: number; readonly library: string } | undefined {
    const method = this.#method(key);
    if (method === undefined) return { name: this.#into.string(UNKNOWN), library: "" };
    const text = this.#text;
    text.length = 0;
    this.#append(method.descriptor);
    if (text.length > 0 && !text.is(NOT_JAVA)) return undefined;
    text.length = 0;
    this.#append(method.symbol);
    const owner = this.#nameOfClass(method.owner);
    return {
      name: text.length === 0 ? this.#into.string(UNKNOWN) : this.#textId(),
      library: owner === undefined ? "" : this.#symbol(owner),
    };
  }

  /** Name of a method with its class in front. */
  #name(key: Key): number {
    let name = this.#tables.names.get(key);
    if (name < 0) {
      name = this.#readName(key);
      this.#tables.names.set(key, name);
    }
    return name;
  }

  #readName(key: Key): number {
    const method = this.#method(key);
    const text = this.#text;
    text.length = 0;
    if (method !== undefined) {
      this.#append(this.#nameOfClass(method.owner));
      const owner = text.length;
      if (owner > 0) text.addCode(DOT);
      const start = text.length;
      this.#append(method.symbol);
      if (text.length === start) text.length = owner;
    }
    return text.length === 0 ? this.#into.string(UNKNOWN) : this.#textId();
  }

  #textId(): number {
    return this.#into.stringBytes(this.#text.bytes, 0, this.#text.length);
  }

  #method(key: Key): Method | undefined {
    const found = this.#methods.get(key);
    if (found === undefined) {
      this.#missing();
      return undefined;
    }
    const [owner, symbol, descriptor] = found as readonly (Key | string | undefined)[];
    return { owner, symbol, descriptor };
  }

  /** What names a class; `owner`: its key, or its name itself. */
  #nameOfClass(owner: Key | string | undefined): Key | string | undefined {
    if (typeof owner === "string") return owner;
    return owner === undefined ? undefined : (this.#classes.get(owner)?.[0] as Key | string | undefined);
  }

  /** Appends the text that a field refers to or is. */
  #append(symbol: Key | string | undefined): void {
    if (typeof symbol === "string") this.#text.addText(symbol);
    else if (symbol !== undefined) this.#symbols.copyText(symbol, this.#text);
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

function isUsual(fields: readonly JfrField[] | undefined): boolean {
  const names = fields?.map(({ name, array }) => (array ? "" : name)).join();
  const [method, , , type] = fields ?? [];
  return names === "method,lineNumber,bytecodeIndex,type" && method!.pooled && type!.pooled;
}
