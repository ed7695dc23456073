import { ProtobufWriter } from "../../packages/core/src/codec/protobuf-writer.ts";

/** A field's value: numbers become varints (int64), text and bytes length-delimited, lists nested messages. */
export type Value = number | bigint | string | Uint8Array | Fields;

/** A message as pairs of field number and value, in the order in which they are written. */
export type Fields = readonly (readonly [field: number, value: Value])[];

/** Encodes a message drawn as nested lists: `[[1, 150], [2, "name"], [3, [[1, 7]]]]`. */
export function encoded(fields: Fields): Uint8Array {
  const writer = new ProtobufWriter();
  for (const [field, value] of fields) {
    if (typeof value === "number" || typeof value === "bigint") writer.signed(field, value);
    else if (typeof value === "string") writer.text(field, value);
    else if (value instanceof Uint8Array) writer.bytes(field, value);
    else writer.bytes(field, encoded(value));
  }
  return writer.view().slice();
}

/** A packed list of int64 varints, to be used as a value. */
export function packed(...values: (number | bigint)[]): Uint8Array {
  return packedList(values);
}

/** The same for long lists. */
export function packedList(values: readonly (number | bigint)[]): Uint8Array {
  const writer = new ProtobufWriter();
  for (const value of values) writer.signedVarint(value);
  return writer.view().slice();
}
