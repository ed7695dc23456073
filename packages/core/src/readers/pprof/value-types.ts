import { FORMAT, ValueTypeField } from "../../codec/pprof-schema.ts";
import { ProtobufReader, WireType } from "../../codec/protobuf.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import type { ValueType } from "../../model/profile.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Sections } from "./sections.ts";
import type { Strings } from "./tables.ts";

/** A ValueType message; parts that the file does not give are empty. */
export function readValueType(
  bytes: Uint8Array,
  start: number,
  end: number,
  strings: Strings,
  notes: Notes,
): ValueType {
  const message = new ProtobufReader(bytes, start, end, FORMAT);
  let name = 0;
  let unit = 0;
  try {
    while (message.next()) {
      if (message.wire !== WireType.varint) message.skip();
      else {
        const value = message.signed();
        if (message.field === ValueTypeField.type) name = value;
        else if (message.field === ValueTypeField.unit) unit = value;
      }
    }
  } catch (error) {
    if (!(error instanceof FlambeauError)) throw error;
    notes.add("skipped", "malformed-value-type", "A value type is no sound protobuf message.", {
      offset: error.offset ?? start,
    });
  }
  return { name: strings.text(name), unit: strings.text(unit) };
}

/** Profilers write up to a dozen value types; far more make a file that only costs memory. */
const MAX_TYPES = 4096;

/**
 * Adds the value types in file order. Two of the same name and unit stay two: adding them up would count twice.
 * A file with samples but without value types gets one unnamed type, for the first value.
 */
export function addValueTypes(
  bytes: Uint8Array,
  { sampleTypes, sampleCount }: Sections,
  strings: Strings,
  into: ProfileBuilder,
  notes: Notes,
): void {
  const cells = sampleTypes.length * sampleCount;
  if (sampleTypes.length > MAX_TYPES || (sampleTypes.length > 64 && cells > bytes.length)) {
    throw new FlambeauError(
      "malformed",
      `${sampleTypes.length} value types and ${sampleCount} samples cannot be in ${bytes.length} bytes`,
      { format: FORMAT, offset: sampleTypes.start[0]! },
    );
  }
  for (let row = 0; row < sampleTypes.length; row++) {
    const type = readValueType(bytes, sampleTypes.start[row]!, sampleTypes.end[row]!, strings, notes);
    let { name } = type;
    for (
      let copy = 2;
      into.valueTypes.some((known) => known.name === name && known.unit === type.unit);
      copy++
    ) {
      name = `${type.name} (${copy})`;
    }
    if (name !== type.name) {
      notes.add(
        "approximated",
        "duplicate-value-type",
        "Two value types have the same name and unit; the later ones got a number.",
      );
    }
    into.valueType(name, type.unit);
  }
  if (sampleTypes.length > 0 || sampleCount === 0) return;
  notes.add(
    "approximated",
    "no-value-types",
    "The file does not say what its values are; the first one is shown.",
  );
  into.valueType("value", "count");
}

/** The value type to show first: the one that the file names, else the last one, as in pprof. */
export function defaultValueType(
  { defaultSampleType }: Sections,
  strings: Strings,
  into: ProfileBuilder,
  notes: Notes,
): number {
  const last = Math.max(0, into.valueTypes.length - 1);
  if (defaultSampleType === 0) return last;
  const name = strings.text(defaultSampleType);
  const row = into.valueTypes.findIndex((type) => type.name === name);
  if (row >= 0) return row;
  if (name !== "") {
    notes.add(
      "approximated",
      "unknown-default",
      "The file's default value type is none of its value types; the last one is shown.",
    );
  }
  return last;
}
