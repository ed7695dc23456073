import { ProfileBuilder, type SampleMode } from "../../packages/core/src/model/builder.ts";
import type { Profile } from "../../packages/core/src/model/profile.ts";
import { pprofReader } from "../../packages/core/src/readers/pprof/pprof.ts";
import { sourceOfBytes } from "../../packages/core/src/util/source.ts";
import { validated } from "./letters.ts";
import { encoded, type Fields, packed, type Value } from "./protobuf.ts";

type Field = Fields[number];

/** Reads a pprof file; what comes out must be sound. */
export async function read(bytes: Uint8Array, mode: SampleMode = "each"): Promise<Profile> {
  const into = new ProfileBuilder(mode);
  await pprofReader.read(sourceOfBytes(bytes), into, into.notes, {});
  return validated(into.finish());
}

export function readFields(fields: Fields, mode: SampleMode = "each"): Promise<Profile> {
  return read(encoded(fields), mode);
}

/** String fields, the empty one first: index 1 is the first of `texts`. */
export function strings(...texts: (string | Uint8Array)[]): Fields {
  return ["", ...texts].map((text): Field => [6, text]);
}

/** A sample type, its name and unit as indices of strings. */
export function valueType(name: number, unit: number): Field {
  const fields: Fields = [
    [1, name],
    [2, unit],
  ];
  return [1, fields];
}

/** A sample: packed location ids, leaf first, packed values, and labels. */
export function sample(stack: Uint8Array, values: Uint8Array, ...labels: Field[]): Field {
  return [2, [[1, stack], [2, values], ...labels]];
}

/** A label with a text (both indices of strings). */
export function textLabel(key: number, text: number): Field {
  const fields: Fields = [
    [1, key],
    [2, text],
  ];
  return [3, fields];
}

/** A label with a number. */
export function numberLabel(key: number, number: Value): Field {
  const fields: Fields = [
    [1, key],
    [3, number],
  ];
  return [3, fields];
}

/**
 * Locations 1…n with one line each, calling functions 1…n with the strings `first`, `first` + 1, …
 * Addresses are 16 times the id.
 */
export function locations(count: number, first: number): Fields {
  const fields: Field[] = [];
  for (let id = 1; id <= count; id++) {
    const line: Fields = [
      [1, id],
      [2, id + 100],
    ];
    const called: Fields = [
      [1, id],
      [2, first + id - 1],
    ];
    fields.push([
      4,
      [
        [1, id],
        [3, id * 16],
        [4, line],
      ],
    ]);
    fields.push([5, called]);
  }
  return fields;
}

/** The codes of a profile's notes with their counts. */
export const codes = (profile: Profile): string[] =>
  profile.notes.map((note) => `${note.code} ${note.count}`);

/** cpu/nanoseconds, stacks main;a, main;b, main, in Go's field order: tables behind the samples. */
export const SMALL: Fields = [
  valueType(1, 2),
  sample(packed(2, 1), packed(10)),
  sample(packed(3, 1), packed(20)),
  sample(packed(1), packed(5)),
  ...locations(3, 3),
  ...strings("cpu", "nanoseconds", "main", "a", "b"),
];
