import { grown } from "../util/growable.ts";
import { encodeUtf8 } from "../util/platform.ts";

/**
 * Writes protobuf messages into a buffer that grows. Fields are written as given, zeros included: whether a
 * default value is left out is the caller's choice.
 *
 * A nested message of unknown length is written between `open` and `close`, which moves it if its length needs
 * more than one byte; the moved bytes are few, because messages that hold much are written on their own.
 */
export class ProtobufWriter {
  #bytes: Uint8Array = new Uint8Array(1 << 10);
  #length = 0;

  /** Bytes written since the last `clear`. */
  get length(): number {
    return this.#length;
  }

  /** The bytes so far, as a view that the next write may change. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Starts over, keeping the buffer. */
  clear(): void {
    this.#length = 0;
  }

  /** A varint field holding an integer ≥ 0; beyond 2^53 give a bigint. */
  unsigned(field: number, value: number | bigint): void {
    this.#tag(field, 0);
    this.varint(value);
  }

  /** An int64 field: negative numbers take ten bytes. */
  signed(field: number, value: number | bigint): void {
    this.#tag(field, 0);
    this.varint(value < 0 ? BigInt.asUintN(64, BigInt(value)) : value);
  }

  /** A fixed64 field. */
  fixed64(field: number, value: bigint): void {
    this.#tag(field, 1);
    this.rawFixed64(value);
  }

  /** Eight bytes without a tag, little-endian: an element of a packed list. */
  rawFixed64(value: bigint): void {
    this.#reserve(8);
    let rest = BigInt.asUintN(64, value);
    for (let i = 0; i < 8; i++, rest >>= 8n) this.#bytes[this.#length++] = Number(rest & 255n);
  }

  /** A double field. */
  double(field: number, value: number): void {
    this.#tag(field, 1);
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, value, true);
    this.raw(bytes);
  }

  /** A length-delimited field. */
  bytes(field: number, value: Uint8Array): void {
    this.#tag(field, 2);
    this.varint(value.length);
    this.raw(value);
  }

  /** A text field, in UTF-8. */
  text(field: number, value: string): void {
    this.bytes(field, encodeUtf8(value));
  }

  /** Begins a nested message; give the result to `close`. */
  open(field: number): number {
    this.#tag(field, 2);
    this.#reserve(1);
    return ++this.#length;
  }

  /** Ends the nested message that began at `start`: fills in its length. */
  close(start: number): void {
    const length = this.#length - start;
    const more = varintLength(length) - 1;
    if (more > 0) {
      this.#reserve(more);
      this.#bytes.copyWithin(start + more, start, this.#length);
    }
    this.#length = start - 1;
    this.varint(length);
    this.#length += length;
  }

  /** Bytes without a tag. */
  raw(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  /** A varint without a tag: an element of a packed list. */
  varint(value: number | bigint): void {
    this.#reserve(10);
    const bytes = this.#bytes;
    let at = this.#length;
    if (typeof value === "bigint") {
      let rest = value;
      for (; rest > 0x1fffffffffffffn; rest >>= 7n) bytes[at++] = Number(rest & 127n) | 128;
      value = Number(rest);
    }
    for (; value >= 0x80000000; value = Math.floor(value / 128)) bytes[at++] = (value % 128) | 128;
    for (; value >= 128; value >>>= 7) bytes[at++] = (value & 127) | 128;
    bytes[at++] = value;
    this.#length = at;
  }

  /** An int64 without a tag. */
  signedVarint(value: number | bigint): void {
    this.varint(value < 0 ? BigInt.asUintN(64, BigInt(value)) : value);
  }

  #tag(field: number, wire: number): void {
    this.varint(field * 8 + wire);
  }

  #reserve(count: number): void {
    this.#bytes = grown(this.#bytes, this.#length + count);
  }
}

/** Bytes that a length takes as a varint. */
function varintLength(value: number): number {
  let length = 1;
  for (; value >= 128; value = Math.floor(value / 128)) length++;
  return length;
}
