import type { Int64Rounding } from "../../codec/int64.ts";
import type { Profile, SampleTable } from "../../model/profile.ts";
import { joins } from "./locations.ts";

/** What came up while writing. */
interface Outcome {
  readonly withTimes: boolean;
  readonly weights: Int64Rounding;
  readonly labels: Int64Rounding;
  /** The samples as written. */
  readonly samples: SampleTable;
}

/** A sentence for each thing of the profile that the file does not hold. */
export function lossesOf(profile: Profile, { withTimes, weights, labels, samples }: Outcome): string[] {
  const { meta, valueTypes } = profile;
  const losses: string[] = [];
  if (weights.rounded > 0) {
    losses.push(
      `${count(weights.rounded, "weight")} rounded to whole numbers, which pprof demands: ${signed(weights.change)} in total.`,
    );
  }
  if (labels.rounded > 0) losses.push(`${count(labels.rounded, "numeric label")} rounded to whole numbers.`);
  const clamped = weights.clamped + labels.clamped;
  if (clamped > 0) losses.push(`${count(clamped, "number")} cut to the 64 bits that pprof has.`);
  if (profile.samples.time !== undefined && !withTimes) {
    losses.push(
      `pprof has no time per sample: the times are left out, and ${profile.samples.length} samples became ${samples.length}.`,
    );
  }
  if (meta.timeOrigin !== undefined && meta.clock !== "unix") {
    losses.push("The recording's clock is not wall-clock time: its beginning is left out.");
  }
  const facts: [string, unknown][] = [
    ["the profiler's name", meta.producer],
    ["the title", meta.title],
    ["that the profile is a comparison", meta.differential],
    ["that the samples are in the order of time", meta.samplesInOrder],
  ];
  for (const [what, value] of facts) {
    if (value !== undefined && value !== false) losses.push(`pprof has no place for ${what}.`);
  }
  const wanted = valueTypes[meta.defaultValueType]?.name;
  const shown = valueTypes.findIndex((type) => type.name === wanted);
  if (shown < meta.defaultValueType && meta.defaultValueType < valueTypes.length - 1) {
    losses.push(`Two value types are called ${wanted}: readers will show the first of them.`);
  }
  losses.push(...frameLosses(profile));
  return losses;
}

function frameLosses({ frames, stacks }: Profile): string[] {
  let kinds = 0;
  let alone = 0;
  for (let row = 0; row < frames.length; row++) if (frames.kind[row] !== 0) kinds++;
  for (let row = 0; row < stacks.length; row++) {
    const frame = stacks.frame[row]!;
    const parent = stacks.parent[row]!;
    if (frames.inlined[frame] !== 1) continue;
    if (parent < 0 || !joins(frames, frame, stacks.frame[parent]!)) alone++;
  }
  const losses: string[] = [];
  if (kinds > 0)
    losses.push(`pprof has no frame kinds (kernel, JIT …): left out of ${count(kinds, "frame")}.`);
  if (alone > 0) {
    losses.push(
      `${count(alone, "inlined frame")} written as not inlined, because the caller's address is another or there is none.`,
    );
  }
  return losses;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

/** With its sign and at most six digits behind the point. */
function signed(change: number): string {
  return `${change >= 0 ? "+" : ""}${Number(change.toFixed(6))}`;
}
