import { type Profile, totalsOf, type ValueType } from "../model/profile.ts";
import { buildFlameTree, type TreeOptions } from "./build-tree.ts";
import { functionTable } from "./function-table.ts";
import { nameFrames } from "./names.ts";

/** A function's share of a profile, in the unit of the value type. */
export interface FunctionWeight {
  readonly name: string;
  readonly self: number;
  /** Once per sample despite recursion. */
  readonly total: number;
}

/** What `flambeau info` tells of a profile. */
export interface ProfileSummary {
  readonly format: string;
  readonly samples: number;
  /** Observations behind the samples, which may have been merged. */
  readonly observations: number;
  /** Different stacks that samples have; samples without frames aside. */
  readonly distinctStacks: number;
  readonly frames: number;
  /** Different labels of frames. */
  readonly functions: number;
  readonly threads: number;
  /** Frames in the deepest stack that a sample has. */
  readonly maxDepth: number;
  /** Frames per sample, on average over samples. */
  readonly meanDepth: number;
  readonly valueTypes: readonly (ValueType & { readonly total: number })[];
  /** Nanoseconds: as the input says, else from the first to the last sample's time. */
  readonly duration: number | undefined;
  /** Value type of `top`. */
  readonly topValueType: ValueType | undefined;
  /** The functions with the most self weight, heaviest first. */
  readonly top: readonly FunctionWeight[];
}

/** Counts and totals of a profile, and its heaviest functions. */
export function profileSummary(
  profile: Profile,
  options: Pick<TreeOptions, "valueType" | "naming"> & { readonly top?: number | undefined } = {},
): ProfileSummary {
  const { meta, samples, frames, threads, valueTypes } = profile;
  const totals = totalsOf(profile);
  const naming = options.naming ?? nameFrames(profile);
  const valueType = options.valueType ?? meta.defaultValueType;
  const tree = buildFlameTree(profile, { valueType, naming, threadRoots: "none" });
  const { self, total } = functionTable(tree);
  const heaviest = Array.from({ length: tree.names.length - 1 }, (_, index) => index + 1)
    .filter((row) => self[row] !== 0)
    .sort((a, b) => Math.abs(self[b]!) - Math.abs(self[a]!) || a - b)
    .slice(0, options.top ?? 10);
  return {
    format: meta.format,
    samples: samples.length,
    observations: meta.observations ?? samples.length,
    ...stackStatistics(profile),
    frames: frames.length,
    functions: naming.names.length - 1,
    threads: threads.length,
    valueTypes: valueTypes.map((type, row) => ({ ...type, total: totals[row]! })),
    duration: meta.duration ?? timeRange(samples.time),
    topValueType: valueTypes[valueType],
    top: heaviest.map((row) => ({ name: tree.names.text(row), self: self[row]!, total: total[row]! })),
  };
}

function stackStatistics({
  stacks,
  samples,
}: Profile): Pick<ProfileSummary, "distinctStacks" | "maxDepth" | "meanDepth"> {
  const depth = new Int32Array(stacks.length);
  for (let row = 0; row < stacks.length; row++) {
    const parent = stacks.parent[row]!;
    depth[row] = 1 + (parent < 0 ? 0 : depth[parent]!);
  }
  const seen = new Uint8Array(stacks.length);
  let distinctStacks = 0;
  let maxDepth = 0;
  let sum = 0;
  for (const stack of samples.stack) {
    if (stack < 0) continue;
    sum += depth[stack]!;
    if (seen[stack] === 1) continue;
    seen[stack] = 1;
    distinctStacks++;
    maxDepth = Math.max(maxDepth, depth[stack]!);
  }
  return { distinctStacks, maxDepth, meanDepth: samples.length === 0 ? 0 : sum / samples.length };
}

function timeRange(time: Float64Array | undefined): number | undefined {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const at of time ?? []) {
    if (at < first) first = at;
    if (at > last) last = at;
  }
  return last >= first ? last - first : undefined;
}
