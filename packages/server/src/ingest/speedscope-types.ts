import { type Profile, scaleWeights } from "@flambeau/core";
import { type TypeParts, typeId } from "./profile-types.ts";

const TIME_FACTORS: ReadonlyMap<string, number> = new Map([
  ["nanoseconds", 1],
  ["microseconds", 1e3],
  ["milliseconds", 1e6],
  ["seconds", 1e9],
]);

/** What the name of the application says of weights without a unit. */
interface Naming {
  readonly parts: TypeParts;
  readonly sampled: boolean;
  readonly sampleRate: number;
}

/**
 * Types of a speedscope file's value types: times in nanoseconds, bytes as they are; weights without a unit are
 * samples, which the sample rate turns into time.
 */
export function speedscopeTypes(
  profile: Profile,
  { parts, sampled, sampleRate }: Naming,
): { readonly profile: Profile; readonly ids: readonly string[] } {
  let scaled = profile;
  const ids = profile.valueTypes.map(({ unit }, valueType) => {
    const factor = TIME_FACTORS.get(unit) ?? (unit === "bytes" || !sampled ? 1 : 1e9 / sampleRate);
    if (factor !== 1) scaled = scaleWeights(scaled, factor, valueType);
    if (unit !== "bytes" || parts.unit === "bytes") return typeId(parts);
    return typeId({ name: "memory", type: "space", unit, periodType: "space", periodUnit: unit });
  });
  return { profile: scaled, ids };
}
