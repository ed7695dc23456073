import { type ProtobufReader, WireType } from "../../codec/protobuf.ts";
import { decodeUtf8 } from "../../util/platform.ts";
import { double, integer } from "./numbers.ts";

/** A key with a value; lists and maps are written as JSON-like text. */
export interface Attribute {
  readonly key: string;
  readonly value: string | number;
  readonly unit: string;
}

/** Lists within lists are cut here. */
const MAX_DEPTH = 8;

/**
 * Reads a KeyValue (v1.5 to v1.7, and resources) or a KeyValueAndUnit (since v1.8), whose key is a string's index.
 * `text` looks strings up.
 */
export function readAttribute(reader: ProtobufReader, text: (index: number) => string): Attribute {
  let key = "";
  let value: string | number = "";
  let third = "";
  while (reader.next()) {
    const { field, wire } = reader;
    if (field === 1 && wire === WireType.bytes) key = decodeUtf8(reader.view());
    else if (field === 1) key = text(integer(reader));
    else if (field === 2 && wire === WireType.bytes) value = readNested(reader, text, 0);
    else if (field === 3) third = text(integer(reader));
    else reader.skip();
  }
  // A resource's key may be an index, too, at the place where a unit is elsewhere.
  return key === "" ? { key: third, value, unit: "" } : { key, value, unit: third };
}

function readNested(reader: ProtobufReader, text: (index: number) => string, depth: number): string | number {
  const outer = reader.enter();
  const value = readValue(reader, text, depth);
  reader.leave(outer);
  return value;
}

/** An AnyValue: string 1, bool 2, int 3, double 4, list 5, map 6, bytes 7, index of a string 8. */
function readValue(reader: ProtobufReader, text: (index: number) => string, depth: number): string | number {
  let value: string | number = "";
  while (reader.next()) {
    const { field, wire } = reader;
    if (field === 1 && wire === WireType.bytes) value = decodeUtf8(reader.view());
    else if (field === 2) value = integer(reader) === 0 ? "false" : "true";
    else if (field === 3) value = integer(reader);
    else if (field === 4) value = double(reader);
    else if (field === 5 && wire === WireType.bytes) value = readList(reader, text, depth);
    else if (field === 7 && wire === WireType.bytes) value = hex(reader.view());
    else if (field === 8) value = text(integer(reader));
    else reader.skip();
  }
  return value;
}

function readList(reader: ProtobufReader, text: (index: number) => string, depth: number): string {
  const outer = reader.enter();
  const values: (string | number)[] = [];
  while (reader.next()) {
    if (reader.field !== 1 || reader.wire !== WireType.bytes || depth >= MAX_DEPTH) reader.skip();
    else values.push(readNested(reader, text, depth + 1));
  }
  reader.leave(outer);
  return values.join(", ");
}

/** Bytes as hexadecimal digits. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
