import { FlambeauError, mergeProfiles, type Profile, type ValueType } from "@flambeau/core";
import { say } from "./report/terminal.ts";

/**
 * Merges a command's inputs. They need a value type in common: where an input lacks the first one's default, its
 * own default stands in if it has the same unit (a pprof `cpu` and a V8 `wall`, both nanoseconds), with a note;
 * otherwise it would silently weigh nothing.
 */
export function mergeInputs(
  profiles: readonly Profile[],
  values: { readonly type?: string; readonly quiet?: true },
): Profile {
  const first = profiles[0]!;
  if (profiles.length === 1) return first;
  const wanted = first.valueTypes[first.meta.defaultValueType];
  if (wanted === undefined || values.type !== undefined) return mergeProfiles(profiles);
  return mergeProfiles(profiles.map((profile) => counting(profile, wanted, values)));
}

function counting(profile: Profile, wanted: ValueType, { quiet }: { readonly quiet?: true }): Profile {
  const { valueTypes, meta } = profile;
  const own = valueTypes[meta.defaultValueType];
  const has = valueTypes.some((type) => type.name === wanted.name && type.unit === wanted.unit);
  if (own === undefined || has) return profile;
  if (own.unit !== wanted.unit) {
    throw new FlambeauError(
      "usage",
      `the inputs count different things: ${nameOf(wanted)} and ${nameOf(own)}`,
      {
        hint: "Draw them one by one, or choose a value type that all have with --type.",
      },
    );
  }
  if (quiet !== true) say(`flambeau: note: ${nameOf(own)} of one input is taken as ${nameOf(wanted)}`);
  return {
    ...profile,
    valueTypes: valueTypes.map((type, row) => (row === meta.defaultValueType ? wanted : type)),
  };
}

function nameOf(type: ValueType): string {
  return `${type.name}/${type.unit}`;
}
