import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import { WireType } from "@bufbuild/protobuf/wire";
import type { HandlerContext } from "@connectrpc/connect";
import type { Flamebearer } from "../trees/flamebearer.ts";
import type { FlamebearerDiff } from "../trees/flamebearer-diff.ts";
import { VarintBytes } from "../trees/varint-bytes.ts";

/** True where the caller takes protobuf's bytes, not JSON. */
export function takesBytes({ requestHeader }: HandlerContext): boolean {
  return /^application\/(?:proto|grpc(?:-web)?(?:\+proto)?)(?:;|$)/.test(
    requestHeader.get("content-type") ?? "",
  );
}

/**
 * A message with one field that is written already. The field is put among those that the library does not know: it
 * writes them as they are. In JSON they would be missing: see {@link takesBytes}.
 */
export function encodedField<Desc extends DescMessage>(
  schema: Desc,
  no: number,
  field: VarintBytes,
): MessageShape<Desc> {
  const data = new VarintBytes();
  data.bytes(field.written);
  const message = create(schema);
  message.$unknown = [{ no, wireType: WireType.LengthDelimited, data: data.finish() }];
  return message;
}

/** querier.v1.FlameGraph as the protocol's bytes: its tens of thousands of numbers need no bigints. */
export function flameGraphBytes({ names, levels, total, maxSelf }: Flamebearer): VarintBytes {
  const out = new VarintBytes();
  writeBoxes(out, names, levels);
  writeNumbers(out, [total, maxSelf]);
  return out;
}

/** querier.v1.FlameGraphDiff likewise. */
export function flameGraphDiffBytes(picture: FlamebearerDiff): VarintBytes {
  const { names, levels, maxSelf, leftTotal, rightTotal } = picture;
  const out = new VarintBytes();
  writeBoxes(out, names, levels);
  writeNumbers(out, [leftTotal + rightTotal, maxSelf, leftTotal, rightTotal]);
  return out;
}

const key = (no: number, wireType: WireType): number => (no << 3) | wireType;

/** Fields 1 and 2: the names, and a message for each level with its numbers in field 1. */
function writeBoxes(
  out: VarintBytes,
  names: readonly string[],
  levels: readonly (readonly number[])[],
): void {
  for (const name of names) {
    out.varint(key(1, WireType.LengthDelimited));
    out.text(name);
  }
  const numbers = new VarintBytes();
  const level = new VarintBytes();
  for (const values of levels) {
    numbers.clear();
    numbers.int64s(values);
    level.clear();
    level.varint(key(1, WireType.LengthDelimited));
    level.bytes(numbers.written);
    out.varint(key(2, WireType.LengthDelimited));
    out.bytes(level.written);
  }
}

/** Numbers in the fields from 3 on; 0 is not written. */
function writeNumbers(out: VarintBytes, values: readonly number[]): void {
  values.forEach((value, i) => {
    if (Math.round(value) === 0) return;
    out.varint(key(3 + i, WireType.Varint));
    out.int64(value);
  });
}
