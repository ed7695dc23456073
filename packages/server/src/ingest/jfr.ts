import type { Label, Profile } from "@flambeau/core";
import type { Decoded } from "./decode/decode.ts";
import type { ContextLabels } from "./decode/labels-snapshot.ts";
import { jfrTypeId } from "./profile-types.ts";
import type { Splitting } from "./split.ts";

const SLEEPING = "STATE_SLEEPING";

/**
 * Makes processor time of a recording what Pyroscope's users know: samples of `event=wall` (written as
 * ExecutionSample) that were not sleeping count as processor time, too, and sleeping ones never do. With a sample
 * rate, each sample stands for that much time whatever the recording's settings say.
 */
export function withCpuOfWall(decoded: Decoded, sampleRate: number | undefined): Decoded {
  const { profile } = decoded;
  const row = (name: string): number => profile.valueTypes.findIndex((type) => type.name === name);
  const weights = [...profile.samples.weights];
  const valueTypes = [...profile.valueTypes];
  const period = sampleRate === undefined ? undefined : 1e9 / sampleRate;
  for (const name of ["cpu", "wall"]) {
    const counts = weights[row(`${name}_samples`)];
    const known = row(name);
    if (counts === undefined || (name === "wall" && decoded.ownWallSamples)) continue;
    const time =
      known >= 0 && period === undefined ? weights[known]! : counts.map((count) => count * (period ?? 1e7));
    if (known >= 0) weights[known] = time;
    else {
      weights.push(time);
      valueTypes.push({ name, unit: "nanoseconds" });
    }
  }
  const indexOf = (name: string): number => valueTypes.findIndex((type) => type.name === name);
  const sleeping = sleepingRows(profile);
  const awake = (column: Float64Array): Float64Array => column.map((weight, i) => (sleeping(i) ? 0 : weight));
  const cpu = indexOf("cpu");
  const wall = indexOf("wall");
  if (cpu >= 0) weights[cpu] = awake(weights[cpu]!);
  else if (wall >= 0 && !decoded.ownWallSamples) {
    weights.push(awake(weights[wall]!));
    valueTypes.push({ name: "cpu", unit: "nanoseconds" });
  }
  return { ...decoded, profile: { ...profile, valueTypes, samples: { ...profile.samples, weights } } };
}

function sleepingRows({ labelSets, samples }: Profile): (row: number) => boolean {
  const sets = new Set<number>();
  labelSets.forEach((set, id) => {
    if (set.some(({ key, value }) => key === "state" && value === SLEEPING)) sets.add(id);
  });
  return (row) => sets.size > 0 && sets.has(samples.labels?.[row] ?? 0);
}

/** How a recording is taken apart: by the labels that the agent gave to its contexts, not by class or state. */
export function jfrSplitting(
  profile: Profile,
  contexts: ContextLabels,
): Pick<Splitting, "typeOf" | "labelsOf"> {
  return {
    typeOf: (valueType) => jfrTypeId(profile.valueTypes[valueType]!),
    labelsOf: (set) => contextOf(set, contexts),
  };
}

function contextOf(set: readonly Label[], contexts: ContextLabels): Iterable<readonly [string, string]> {
  const id = set.find(({ key }) => key === "context_id");
  return id === undefined ? [] : (contexts.get(String(id.value)) ?? []);
}
