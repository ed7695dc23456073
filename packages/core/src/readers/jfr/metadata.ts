import type { JfrBytes } from "./bytes.ts";

/** A field of a type. */
export interface JfrField {
  readonly name: string;
  /** Id of its type. */
  readonly type: number;
  /** True: the value is the key of an entry of its type's constant pool. */
  readonly pooled: boolean;
  readonly array: boolean;
  /** What its annotations say of its unit: `TICKS`, `NANOSECONDS`, `BYTES`; empty where they say nothing. */
  unit: string;
}

/** A type of values or of events, as the chunk describes it. */
export interface JfrType {
  readonly id: number;
  /** `jdk.ExecutionSample`, `java.lang.Thread`, `long`. */
  readonly name: string;
  readonly fields: readonly JfrField[];
}

/** Recordings nest their metadata five deep. */
const MAX_DEPTH = 64;

/** An element whose children are being read. */
interface Open {
  left: number;
  /** Of a class: where its fields go. */
  readonly fields: JfrField[] | undefined;
  /** Of a field: itself. */
  readonly field: JfrField | undefined;
}

const UNITS: ReadonlySet<string> = new Set([
  "TICKS",
  "NANOSECONDS",
  "MICROSECONDS",
  "MILLISECONDS",
  "SECONDS",
  "BYTES",
]);

/** The types of a recording's chunks: nearly always each chunk repeats the description of the one before. */
export class Metadata {
  /** What was read last, without its first three numbers, which differ. */
  #bytes: Uint8Array = new Uint8Array(0);
  #types: ReadonlyMap<number, JfrType> = new Map();

  /** Reads a metadata event behind its size and type and adds its types to `types`, by id. */
  read(input: JfrBytes, types: Map<number, JfrType>): void {
    input.long(); // start
    input.long(); // duration
    input.long(); // id
    const { bytes, at, end } = input;
    if (!this.#isSame(bytes, at, end)) {
      this.#bytes = new Uint8Array(0);
      const found = new Map<number, JfrType>();
      try {
        readTypes(input, found);
      } finally {
        // What a malformed description says before it breaks off is used, too.
        for (const [id, type] of found) types.set(id, type);
      }
      this.#types = found;
      this.#bytes = bytes.slice(at, end);
    } else for (const [id, type] of this.#types) types.set(id, type);
  }

  #isSame(bytes: Uint8Array, start: number, end: number): boolean {
    const known = this.#bytes;
    if (known.length === 0 || known.length !== end - start) return false;
    for (let i = 0; i < known.length; i++) if (known[i] !== bytes[start + i]) return false;
    return true;
  }
}

/**
 * Reads a description of types: the strings, then a tree of elements `class` with children `field`, written depth
 * first.
 */
function readTypes(input: JfrBytes, types: Map<number, JfrType>): void {
  const strings = readStrings(input);
  const open: Open[] = [{ left: 1, fields: undefined, field: undefined }];
  while (open.length > 0) {
    const top = open[open.length - 1]!;
    if (top.left-- === 0) {
      open.pop();
      continue;
    }
    if (open.length > MAX_DEPTH) throw input.malformed("the metadata are nested too deep");
    const name = text(input, strings);
    const attributes = readAttributes(input, strings);
    const field = name === "field" ? fieldOf(attributes) : undefined;
    if (field !== undefined) top.fields?.push(field);
    if (name === "annotation" && top.field !== undefined) addUnit(top.field, attributes);
    const fields = name === "class" ? addType(types, attributes) : undefined;
    open.push({ left: input.int(), fields, field });
  }
}

function readStrings(input: JfrBytes): string[] {
  const count = input.int();
  const strings: string[] = [];
  for (let i = 0; i < count; i++) strings.push(input.string(() => ""));
  return strings;
}

function text(input: JfrBytes, strings: readonly string[]): string {
  const index = input.int();
  const found = strings[index];
  if (found === undefined) throw input.malformed(`the metadata have no string ${index}`);
  return found;
}

function readAttributes(input: JfrBytes, strings: readonly string[]): Map<string, string> {
  const attributes = new Map<string, string>();
  const count = input.int();
  for (let i = 0; i < count; i++) attributes.set(text(input, strings), text(input, strings));
  return attributes;
}

function fieldOf(attributes: ReadonlyMap<string, string>): JfrField {
  return {
    name: attributes.get("name") ?? "",
    type: Number(attributes.get("class") ?? attributes.get("type")),
    pooled: attributes.get("constantPool") === "true",
    array: Number(attributes.get("dimension") ?? 0) > 0,
    unit: "",
  };
}

function addUnit(field: JfrField, attributes: ReadonlyMap<string, string>): void {
  const unit = attributes.get("value") ?? attributes.get("value-0") ?? "";
  if (UNITS.has(unit)) field.unit = unit;
}

function addType(types: Map<number, JfrType>, attributes: ReadonlyMap<string, string>): JfrField[] {
  const fields: JfrField[] = [];
  const id = Number(attributes.get("id"));
  types.set(id, { id, name: attributes.get("name") ?? "", fields });
  return fields;
}
