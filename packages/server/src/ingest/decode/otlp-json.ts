import { FlambeauError } from "@flambeau/core";

/**
 * OTLP profiles as JSON, written as protobuf so that one reader reads both. Field names are those of
 * opentelemetry-proto (camelCase; snake_case as well), numbers those of v1.10, which the reader knows. Source:
 * open-telemetry/opentelemetry-proto, profiles/v1development/profiles.proto and collector/…/profiles_service.proto.
 */
export function otlpOfJson(bytes: Uint8Array): Uint8Array {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new FlambeauError("malformed", `the JSON cannot be parsed: ${(error as Error).message}`, {
      format: "otlp-json",
    });
  }
  return encode(value, REQUEST, "").finish();
}

type Kind =
  | "string"
  | "int"
  | "fixed64"
  | "hex"
  | "base64"
  | "bool"
  | "double"
  | "packedInt"
  | "packedFixed64";
type Field = readonly [number: number, kind: Kind | (() => Message), repeated?: true];
type Message = ReadonlyMap<string, Field>;

const message = (fields: Record<string, Field>): Message => new Map(Object.entries(fields));

const ANY_VALUE: Message = message({
  stringValue: [1, "string"],
  boolValue: [2, "bool"],
  intValue: [3, "int"],
  doubleValue: [4, "double"],
  arrayValue: [5, () => ARRAY],
  kvlistValue: [6, () => LIST],
  bytesValue: [7, "base64"],
  stringValueStrindex: [8, "int"],
});
const ARRAY: Message = message({ values: [1, () => ANY_VALUE, true] });
const KEY_VALUE: Message = message({
  key: [1, "string"],
  value: [2, () => ANY_VALUE],
  keyStrindex: [3, "int"],
});
const LIST: Message = message({ values: [1, () => KEY_VALUE, true] });
const VALUE_TYPE: Message = message({ typeStrindex: [1, "int"], unitStrindex: [2, "int"] });
const SAMPLE: Message = message({
  stackIndex: [1, "int"],
  attributeIndices: [2, "packedInt"],
  linkIndex: [3, "int"],
  values: [4, "packedInt"],
  timestampsUnixNano: [5, "packedFixed64"],
});
const PROFILE: Message = message({
  sampleType: [1, () => VALUE_TYPE],
  samples: [2, () => SAMPLE, true],
  sample: [2, () => SAMPLE, true],
  timeUnixNano: [3, "fixed64"],
  timeNanos: [3, "fixed64"],
  durationNano: [4, "int"],
  durationNanos: [4, "int"],
  periodType: [5, () => VALUE_TYPE],
  period: [6, "int"],
  profileId: [7, "hex"],
  attributeIndices: [11, "packedInt"],
});
const SCOPE: Message = message({ name: [1, "string"], version: [2, "string"] });
const SCOPE_PROFILES: Message = message({ scope: [1, () => SCOPE], profiles: [2, () => PROFILE, true] });
const RESOURCE: Message = message({ attributes: [1, () => KEY_VALUE, true] });
const RESOURCE_PROFILES: Message = message({
  resource: [1, () => RESOURCE],
  scopeProfiles: [2, () => SCOPE_PROFILES, true],
});
const LINE: Message = message({ functionIndex: [1, "int"], line: [2, "int"], column: [3, "int"] });
const MAPPING: Message = message({
  memoryStart: [1, "int"],
  memoryLimit: [2, "int"],
  fileOffset: [3, "int"],
  filenameStrindex: [4, "int"],
  attributeIndices: [5, "packedInt"],
});
const LOCATION: Message = message({
  mappingIndex: [1, "int"],
  address: [2, "int"],
  lines: [3, () => LINE, true],
  line: [3, () => LINE, true],
  attributeIndices: [4, "packedInt"],
});
const FUNCTION: Message = message({
  nameStrindex: [1, "int"],
  systemNameStrindex: [2, "int"],
  filenameStrindex: [3, "int"],
  startLine: [4, "int"],
});
const LINK: Message = message({ traceId: [1, "hex"], spanId: [2, "hex"] });
const ATTRIBUTE: Message = message({
  keyStrindex: [1, "int"],
  value: [2, () => ANY_VALUE],
  unitStrindex: [3, "int"],
});
const STACK: Message = message({ locationIndices: [1, "packedInt"] });
const DICTIONARY: Message = message({
  mappingTable: [1, () => MAPPING, true],
  locationTable: [2, () => LOCATION, true],
  functionTable: [3, () => FUNCTION, true],
  linkTable: [4, () => LINK, true],
  stringTable: [5, "string", true],
  attributeTable: [6, () => ATTRIBUTE, true],
  stackTable: [7, () => STACK, true],
});
const REQUEST: Message = message({
  resourceProfiles: [1, () => RESOURCE_PROFILES, true],
  dictionary: [2, () => DICTIONARY],
});

const MAX_DEPTH = 32;

function encode(value: unknown, schema: Message, path: string, depth = 0): Writer {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw wrong(path, "an object", value);
  if (depth > MAX_DEPTH) throw wrong(path, `at most ${MAX_DEPTH} levels`, value);
  const writer = new Writer();
  for (const [key, content] of Object.entries(value)) {
    const field = schema.get(key) ?? schema.get(camelCase(key));
    // Fields that later versions add say nothing that is read here.
    if (field === undefined || content === null || content === undefined) continue;
    const at = path === "" ? key : `${path}.${key}`;
    const [number, kind, repeated] = field;
    if (repeated !== true) writeField(writer, number, kind, content, at, depth);
    else {
      listOf(content, at).forEach((item, i) => {
        writeField(writer, number, kind, item, `${at}[${i}]`, depth);
      });
    }
  }
  return writer;
}

function writeField(
  writer: Writer,
  number: number,
  kind: Field[1],
  value: unknown,
  path: string,
  depth: number,
): void {
  if (typeof kind === "function") {
    writer.bytes(number, encode(value, kind(), path, depth + 1).finish());
    return;
  }
  switch (kind) {
    case "string":
      if (typeof value !== "string") throw wrong(path, "a text", value);
      writer.bytes(number, new TextEncoder().encode(value));
      break;
    case "hex":
      writer.bytes(number, Buffer.from(textOf(value, path), "hex"));
      break;
    case "base64":
      writer.bytes(number, Buffer.from(textOf(value, path), "base64"));
      break;
    case "bool":
      writer.varint(number, value === true ? 1n : 0n);
      break;
    case "double":
      writer.double(number, Number(value));
      break;
    case "int":
      writer.varint(number, integerOf(value, path));
      break;
    case "fixed64":
      writer.fixed64(number, integerOf(value, path));
      break;
    default: {
      const packed = new Writer();
      listOf(value, path).forEach((item, i) => {
        const integer = integerOf(item, `${path}[${i}]`);
        if (kind === "packedInt") packed.rawVarint(integer);
        else packed.rawFixed64(integer);
      });
      writer.bytes(number, packed.finish());
    }
  }
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function listOf(value: unknown, path: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw wrong(path, "a list", value);
}

function textOf(value: unknown, path: string): string {
  if (typeof value === "string") return value;
  throw wrong(path, "a text", value);
}

/** JSON writes 64-bit numbers as texts. */
function integerOf(value: unknown, path: string): bigint {
  if (typeof value === "number" && Number.isInteger(value)) return BigInt(value);
  if (typeof value === "string" && /^-?\d{1,20}$/.test(value)) return BigInt(value);
  throw wrong(path, "a whole number", value);
}

function wrong(path: string, wanted: string, value: unknown): FlambeauError {
  const found = (JSON.stringify(value) ?? String(value)).slice(0, 60);
  return new FlambeauError("malformed", `${path === "" ? "the body" : path} is not ${wanted}: ${found}`, {
    format: "otlp-json",
  });
}

/** Protobuf's wire format. */
class Writer {
  #buffer = Buffer.alloc(256);
  #length = 0;

  finish(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  bytes(field: number, bytes: Uint8Array): void {
    this.rawVarint(BigInt(field * 8 + 2));
    this.rawVarint(BigInt(bytes.length));
    this.#room(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  varint(field: number, value: bigint): void {
    this.rawVarint(BigInt(field * 8));
    this.rawVarint(value);
  }

  fixed64(field: number, value: bigint): void {
    this.rawVarint(BigInt(field * 8 + 1));
    this.rawFixed64(value);
  }

  double(field: number, value: number): void {
    this.rawVarint(BigInt(field * 8 + 1));
    this.#room(8);
    this.#length = this.#buffer.writeDoubleLE(value, this.#length);
  }

  rawVarint(value: bigint): void {
    this.#room(10);
    let rest = BigInt.asUintN(64, value);
    while (rest >= 0x80n) {
      this.#buffer[this.#length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#buffer[this.#length++] = Number(rest);
  }

  rawFixed64(value: bigint): void {
    this.#room(8);
    this.#length = this.#buffer.writeBigUInt64LE(BigInt.asUintN(64, value), this.#length);
  }

  #room(count: number): void {
    if (this.#length + count <= this.#buffer.length) return;
    const bigger = Buffer.alloc(Math.max(this.#buffer.length * 2, this.#length + count));
    bigger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = bigger;
  }
}
