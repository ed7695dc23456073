import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { FlambeauError } from "@flambeau/core";

/** Labels of a context id, as the Java agent's `labels` part holds them. */
export type ContextLabels = ReadonlyMap<string, readonly (readonly [name: string, value: string])[]>;

type Numbers = Map<bigint, bigint>;

/**
 * Reads `LabelsSnapshot {contexts: map<int64, {labels: map<int64, int64>}>, strings: map<int64, string>}` of the
 * Java agent: what the context ids in its recording stand for.
 * @throws FlambeauError malformed
 */
export function readLabelsSnapshot(bytes: Uint8Array): ContextLabels {
  const contexts = new Map<bigint, Numbers>();
  const strings = new Map<bigint, string>();
  try {
    eachField(bytes, (field, content) => {
      const [key, value] = entryOf(content);
      if (field === 2) strings.set(key, typeof value === "bigint" ? "" : new TextDecoder().decode(value));
      if (field === 1 && typeof value !== "bigint") contexts.set(key, readContext(value));
    });
  } catch (cause) {
    throw new FlambeauError("malformed", "the labels of the recording cannot be read", {
      format: "labels-snapshot",
      cause,
    });
  }
  const named = new Map<string, (readonly [string, string])[]>();
  for (const [id, labels] of contexts) {
    const pairs = [...labels].map(
      ([name, value]) => [strings.get(name) ?? "", strings.get(value) ?? ""] as const,
    );
    named.set(String(id), pairs);
  }
  return named;
}

function readContext(bytes: Uint8Array): Numbers {
  const labels: Numbers = new Map();
  eachField(bytes, (_, content) => {
    const [key, value] = entryOf(content);
    if (typeof value === "bigint") labels.set(key, value);
  });
  return labels;
}

/** A map's entry: key 1 is a number, value 2 a number or bytes. */
function entryOf(bytes: Uint8Array): readonly [key: bigint, value: bigint | Uint8Array] {
  const reader = new BinaryReader(bytes);
  let key = 0n;
  let value: bigint | Uint8Array = 0n;
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (field === 1 && wire === WireType.Varint) key = BigInt(reader.int64());
    else if (field === 2 && wire === WireType.Varint) value = BigInt(reader.int64());
    else if (field === 2 && wire === WireType.LengthDelimited) value = reader.bytes();
    else reader.skip(wire, field);
  }
  return [key, value];
}

function eachField(bytes: Uint8Array, visit: (field: number, content: Uint8Array) => void): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (wire === WireType.LengthDelimited) visit(field, reader.bytes());
    else reader.skip(wire, field);
  }
}
