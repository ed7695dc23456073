import { ProtobufReader, WireType } from "../../codec/protobuf.ts";
import { decodeUtf8 } from "../../util/platform.ts";

/** Id of the reader. */
export const FORMAT = "perfetto";

/**
 * A message of which any field may be asked for: fields are noted while it is walked once, values are decoded when
 * they are wanted. For messages that come seldom or are short; the ones that come by the million are walked by hand.
 */
export class Message {
  readonly #bytes: Uint8Array;
  /** Varints (as int64), or -1 - index into `views` for what is length-delimited. */
  readonly #fields = new Map<number, (number | Uint8Array)[]>();

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    const reader = new ProtobufReader(this.#bytes, 0, bytes.length, FORMAT);
    while (reader.next()) {
      const { field, wire } = reader;
      const value =
        wire === WireType.varint
          ? reader.signed()
          : wire === WireType.bytes
            ? reader.view()
            : wire === WireType.fixed64
              ? floatOf(reader)
              : undefined;
      if (value === undefined) {
        reader.skip();
        continue;
      }
      const known = this.#fields.get(field);
      if (known === undefined) this.#fields.set(field, [value]);
      else known.push(value);
    }
  }

  has(field: number): boolean {
    return this.#fields.has(field);
  }

  /** An integer (or a double); the last one counts. */
  number(field: number): number | undefined {
    const value = this.#fields.get(field)?.at(-1);
    return typeof value === "number" ? value : undefined;
  }

  text(field: number): string | undefined {
    const value = this.#fields.get(field)?.at(-1);
    return value instanceof Uint8Array ? decodeUtf8(value) : undefined;
  }

  bytes(field: number): Uint8Array | undefined {
    const value = this.#fields.get(field)?.at(-1);
    return value instanceof Uint8Array ? value : undefined;
  }

  message(field: number): Message | undefined {
    const bytes = this.bytes(field);
    return bytes === undefined ? undefined : new Message(bytes);
  }

  /** The same with bytes of its own: for what is asked after the packet, when its place in memory holds another. */
  kept(field: number): Message | undefined {
    const bytes = this.bytes(field);
    return bytes === undefined ? undefined : new Message(bytes.slice());
  }

  texts(field: number): string[] {
    return this.#views(field).map((view) => decodeUtf8(view));
  }

  messages(field: number): Message[] {
    return this.#views(field).map((view) => new Message(view));
  }

  /** A repeated integer, packed or not. */
  numbers(field: number): number[] {
    const list: number[] = [];
    for (const value of this.#fields.get(field) ?? []) {
      if (typeof value === "number") list.push(value);
      else {
        const reader = new ProtobufReader(value, 0, value.length, FORMAT);
        while (reader.at < reader.end) list.push(reader.signed());
      }
    }
    return list;
  }

  #views(field: number): Uint8Array[] {
    return (this.#fields.get(field) ?? []).filter((value) => value instanceof Uint8Array);
  }
}

/** The eight bytes as a double: what the fields of this width are, where they matter here. */
function floatOf(reader: ProtobufReader): number {
  const start = reader.at;
  reader.fixed64();
  const value = new DataView(reader.bytes.buffer, reader.bytes.byteOffset + start, 8).getFloat64(0, true);
  return Number.isFinite(value) ? value : 0;
}
