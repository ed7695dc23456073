import type { FlameTree, Profile } from "@flambeau/core";
import type { DataSpec } from "../spec.ts";
import { treeOptions } from "../tree-options.ts";

export interface SummaryRequest {
  readonly data: DataSpec;
}

/** What the status line says of a selection. */
export interface SummaryResult {
  /** With a weight of the value type that is shown. */
  readonly samples: number;
  readonly total: number;
  readonly sides: { readonly base: number; readonly head: number } | undefined;
  readonly unit: string;
  readonly measured: string | undefined;
  /** Share of the weight whose innermost frame has no name. */
  readonly unknown: number;
}

/** Counts a selection, and says how much of it ends in frames without a name. */
export function summaryView(profile: Profile, tree: FlameTree, data: DataSpec): SummaryResult {
  const { names, name, self, length } = tree;
  const nameless = new Uint8Array(names.length);
  for (let row = 1; row < names.length; row++) {
    if (/^(?:\[?unknown\]?|0x[0-9a-f]+|\?+)$/i.test(names.text(row))) nameless[row] = 1;
  }
  let unknown = 0;
  let whole = 0;
  for (let node = 0; node < length; node++) {
    const weight = Math.abs(self[node]!);
    whole += weight;
    if (nameless[name[node]!] === 1) unknown += weight;
  }
  return {
    samples: weighing(profile, treeOptions(profile, data).valueType),
    total: tree.total[0] ?? 0,
    sides: tree.sides && { base: tree.sides.base.total[0] ?? 0, head: tree.sides.head.total[0] ?? 0 },
    unit: tree.unit,
    measured: tree.measured,
    unknown: whole === 0 ? 0 : unknown / whole,
  };
}

/** Samples with a weight; of a comparison, on either side. */
function weighing({ samples, meta }: Profile, valueType: number | undefined): number {
  const sides = valueType === undefined ? meta.differential : undefined;
  const types = sides === undefined ? [valueType ?? meta.defaultValueType] : [sides.base, sides.head];
  const columns = types.flatMap((type) => samples.weights[type] ?? []);
  let count = 0;
  for (let row = 0; row < samples.length; row++) if (columns.some((column) => column[row] !== 0)) count++;
  return count;
}
