import type { Profile } from "../model/profile.ts";
import { FlambeauError } from "../util/errors.ts";

/** Row of the value type that a user means: its row, its name, or `name/unit`. */
export function findValueType(profile: Profile, wanted: number | string): number {
  const { valueTypes } = profile;
  const row =
    typeof wanted === "number"
      ? wanted
      : [
          valueTypes.findIndex((type) => `${type.name}/${type.unit}` === wanted),
          valueTypes.findIndex((type) => type.name === wanted),
        ].find((found) => found >= 0);
  if (row !== undefined && valueTypes[row] !== undefined) return row;
  throw new FlambeauError("usage", `The profile has no value type ${JSON.stringify(wanted)}.`, {
    hint:
      valueTypes.length === 0
        ? "It counts nothing."
        : `It has ${valueTypes.map((type) => `${type.name}/${type.unit}`).join(", ")}.`,
  });
}

/** The profile with one value type alone. */
export function selectValueType(profile: Profile, wanted: number | string): Profile {
  const row = findValueType(profile, wanted);
  const { differential: _, ...meta } = profile.meta;
  return {
    ...profile,
    meta: { ...meta, defaultValueType: 0 },
    valueTypes: [profile.valueTypes[row]!],
    samples: { ...profile.samples, weights: [profile.samples.weights[row]!] },
  };
}

/** Multiplies the weights of one value type, or of all. The factor must be finite. */
export function scaleWeights(profile: Profile, factor: number, valueType?: number): Profile {
  if (!Number.isFinite(factor)) throw new FlambeauError("usage", `Weights cannot be scaled by ${factor}.`);
  const weights = profile.samples.weights.map((column, type) =>
    valueType === undefined || valueType === type ? column.map((weight) => weight * factor) : column,
  );
  return { ...profile, samples: { ...profile.samples, weights } };
}
