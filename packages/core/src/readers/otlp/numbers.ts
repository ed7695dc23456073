import { type ProtobufReader, WireType } from "../../codec/protobuf.ts";
import { grown } from "../../util/growable.ts";

/** Indices into a table; -1 for a number that cannot be one. */
export class Indices {
  items: Int32Array = new Int32Array(64);
  length = 0;

  /** Adds a repeated index's values, packed or not. */
  take(reader: ProtobufReader): void {
    if (reader.wire === WireType.varint) this.#push(reader.signed());
    else if (reader.wire !== WireType.bytes) reader.skip();
    else {
      const outer = reader.enter();
      // Each takes a byte at least.
      this.items = grown(this.items, this.length + reader.end - reader.at);
      while (reader.at < reader.end) this.#push(reader.signed());
      reader.leave(outer);
    }
  }

  #push(value: number): void {
    if (this.length === this.items.length) this.items = grown(this.items, this.length + 1);
    this.items[this.length++] = value >= 0 && value <= 0x7fffffff ? value : -1;
  }
}

/** Adds a repeated integer's values, packed or not, to a list. */
export function addIntegers(reader: ProtobufReader, into: number[]): void {
  if (reader.wire === WireType.varint) into.push(reader.signed());
  else if (reader.wire !== WireType.bytes) reader.skip();
  else {
    const outer = reader.enter();
    while (reader.at < reader.end) into.push(reader.signed());
    reader.leave(outer);
  }
}

/** Adds times: fixed64 since v1.8, varints before it, packed or not. */
export function addTimes(reader: ProtobufReader, fixed: boolean, into: bigint[]): void {
  if (reader.wire === WireType.varint) into.push(reader.bigUnsigned());
  else if (reader.wire === WireType.fixed64) into.push(reader.fixed64());
  else if (reader.wire !== WireType.bytes) reader.skip();
  else {
    const outer = reader.enter();
    while (reader.at < reader.end) into.push(fixed ? reader.fixed64() : reader.bigUnsigned());
    reader.leave(outer);
  }
}

/** A single integer; another wire type is passed over. */
export function integer(reader: ProtobufReader): number {
  if (reader.wire === WireType.varint) return reader.signed();
  reader.skip();
  return 0;
}

/** A time or an address: all 64 bits. */
export function big(reader: ProtobufReader): bigint {
  if (reader.wire === WireType.varint) return reader.bigUnsigned();
  if (reader.wire === WireType.fixed64) return reader.fixed64();
  reader.skip();
  return 0n;
}

/** A fixed64 or varint amount as a double. */
export function double(reader: ProtobufReader): number {
  if (reader.wire !== WireType.fixed64) return integer(reader);
  const at = reader.at;
  reader.skip();
  return new DataView(reader.bytes.buffer, reader.bytes.byteOffset + at).getFloat64(0, true);
}
