import { javaClassName } from "../../codec/java-names.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FrameKind, type FrameKindCode } from "../../model/profile.ts";
import { StackPath } from "../../model/stack-path.ts";
import { grown } from "../../util/growable.ts";
import type { JfrBytes, Key } from "./bytes.ts";
import { type Chunk, fieldType, Pool } from "./chunk.ts";
import { FrameRows } from "./frame-rows.ts";
import { KeyTable } from "./keys.ts";
import type { JfrField } from "./metadata.ts";
import { Plan } from "./plan.ts";
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

/** A method as frames of code and of Java name it: string ids. */
interface Method {
  readonly bare: number;
  /** With its class in front. */
  readonly full: number;
  /** The class: for code outside Java, async-profiler puts the library there. */
  readonly owner: Key | string | undefined;
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
  /** True where frames lie as all known writers lay them out: see {@link FrameRows.findNext}. */
  readonly #usual: boolean;
  /** True where the recording tells code outside Java from native methods. */
  readonly #knowsCode: boolean;
  /** Per trace: twice its row + 1, and 1 where it was cut. */
  readonly #rows = new KeyTable(1 << 16);
  readonly #names = new Map<Key, Method>();
  readonly #types = new Map<Key, string>();
  readonly #frameRows = new FrameRows();
  readonly #text = new Text();
  /** Frames of the stack being decoded, leaf first. */
  #frames: Int32Array = new Int32Array(256);
  readonly #path: StackPath;

  /** `type`: id of the type of stack traces. */
  constructor(chunk: Chunk, type: number, strings: Pool, into: ProfileBuilder, notes: Notes) {
    this.#chunk = chunk;
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
    let known = this.#rows.get(key);
    if (known < 0) {
      known = this.#decode(key);
      this.#rows.set(key, known);
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
      const known = this.#usual ? this.#frameRows.findNext(input) : -1;
      this.#frames[i] = known < 0 ? this.#readFrame(input, this.#frame) : known;
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
    const known = this.#frameRows.find(method, line, type);
    if (known >= 0) return known;
    const keys = plan.others.map((other, i) => (Number.isNaN(numbers[i]!) ? other : numbers[i]!));
    const row = this.#addFrame(keys[0] as Key | undefined, line, keys[2] as Key | undefined);
    this.#frameRows.add(method, line, type, row);
    return row;
  }

  #addFrame(method: Key | undefined, line: number, type: Key | undefined): number {
    const description = this.#frameType(type);
    const { bare, full, owner, isJava } = this.#method(method ?? 0);
    const isCode = this.#knowsCode && !isJava && CODE.has(description);
    const library = isCode && owner !== undefined ? this.#symbol(owner) : "";
    return this.#into.frame({
      name: isCode ? bare : full,
      mapping: library === "" ? -1 : this.#into.mapping({ path: library }),
      line,
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
      return { bare: unknown, full: unknown, owner: undefined, isJava: false };
    }
    const [owner, symbol, descriptor] = found as readonly (Key | string | undefined)[];
    const ownerName = typeof owner === "string" ? owner : this.#nameOfClass(owner);
    const text = this.#text;
    text.length = 0;
    this.#append(ownerName);
    const dot = text.length;
    if (dot > 0) text.addCode(DOT);
    const start = text.length;
    this.#append(symbol);
    const end = text.length;
    const bare =
      end === start ? this.#into.string("[unknown]") : this.#into.stringBytes(text.bytes, start, end);
    const whole = end === start ? dot : end;
    const full = dot === 0 ? bare : this.#into.stringBytes(text.bytes, 0, whole);
    this.#append(descriptor);
    return { bare, full, owner: ownerName, isJava: text.length > end && !text.is(NOT_JAVA, end) };
  }

  #nameOfClass(key: Key | undefined): Key | string | undefined {
    return key === undefined ? undefined : (this.#classes.get(key)?.[0] as Key | string | undefined);
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
