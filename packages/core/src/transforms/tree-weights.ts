import type { Profile } from "../model/profile.ts";
import { type FlameTree, type Side, totalsFromSelf } from "./flame-tree.ts";
import type { TreeShape } from "./tree-shape.ts";

/** Which weights a tree carries. */
export interface WeightOptions {
  /** Row of `valueTypes`; default `meta.defaultValueType`. Given for a differential: that side alone. */
  readonly valueType?: number | undefined;
  /**
   * Differentials: what gives the width. "both", the default, is base + head: what exists on one side only has a
   * width. "head" is what difffolded.pl with flamegraph.pl draws.
   */
  readonly side?: "base" | "head" | "both" | undefined;
  /** One element per sample; samples with 0 do not count (a selected time range, without a new profile). */
  readonly keep?: Uint8Array | undefined;
}

/** The value types whose sum is a tree's width. */
export function widthTypes({ meta }: Profile, options: WeightOptions): number[] {
  if (options.valueType !== undefined) return [options.valueType];
  if (meta.differential === undefined) return [meta.defaultValueType];
  const { base, head } = meta.differential;
  const side = options.side ?? "both";
  return side === "both" ? [base, head] : [meta.differential[side]];
}

/** The shape with the weights of the samples. */
export function weighTree(profile: Profile, shape: TreeShape, options: WeightOptions): FlameTree {
  const { length, parent, name, names } = shape;
  const differential = options.valueType === undefined ? profile.meta.differential : undefined;
  const type = widthTypes(profile, options)[0]!;
  const unit = unitOf(profile, type);
  const sideOf = (valueType: number): Side => {
    const self = selfWeights(profile, shape, valueType, options.keep);
    return { self, total: totalsFromSelf(parent, self) };
  };
  if (differential === undefined) return { length, parent, name, names, ...unit, ...sideOf(type) };
  const sides = { base: sideOf(differential.base), head: sideOf(differential.head) };
  const side = options.side ?? "both";
  const width = side === "both" ? sumOf(sides.base, sides.head) : sides[side];
  return { length, parent, name, names, ...unit, ...width, sides };
}

function selfWeights(
  profile: Profile,
  shape: TreeShape,
  valueType: number,
  keep: Uint8Array | undefined,
): Float64Array {
  const self = new Float64Array(shape.length);
  const weights = profile.samples.weights[valueType];
  if (weights === undefined) return self;
  const { nodeOfSample } = shape;
  for (let sample = 0; sample < nodeOfSample.length; sample++) {
    if (keep !== undefined && keep[sample] === 0) continue;
    const node = nodeOfSample[sample]!;
    self[node] = self[node]! + weights[sample]!;
  }
  return self;
}

function sumOf(base: Side, head: Side): Side {
  return {
    self: base.self.map((weight, node) => weight + head.self[node]!),
    total: base.total.map((weight, node) => weight + head.total[node]!),
  };
}

/** "samples" for `samples/count`; "nanoseconds" of "cpu" for `cpu/nanoseconds`. */
function unitOf({ valueTypes, meta }: Profile, valueType: number): Pick<FlameTree, "unit" | "measured"> {
  const type = valueTypes[valueType];
  if (type === undefined) return { unit: "" };
  const name = meta.differential === undefined ? type.name : type.name.replace(/ \((?:base|head)\)$/, "");
  if (type.unit === "count" || type.unit === "") return { unit: name };
  return name === "" ? { unit: type.unit } : { unit: type.unit, measured: name };
}
