import {
  type FlameTree,
  type FrameNaming,
  type FrameTable,
  frameLibraries,
  type NameTable,
  neighbours,
  type Profile,
} from "@flambeau/core";
import type { DataSpec } from "../spec.ts";
import { rowOfName } from "./graph.ts";
import { tableOf } from "./table.ts";

export interface FunctionRequest {
  readonly data: DataSpec;
  readonly name: string;
}

/** A function's own weight and that with all it calls; of both sides in a comparison. */
export interface Weights {
  readonly self: number;
  readonly total: number;
}

/** A function that calls, or is called by, the one that was asked for. */
export interface Neighbour {
  /** Empty: none, the function is outermost. */
  readonly name: string;
  readonly weight: number;
}

/** What the details pane says of one function. */
export interface FunctionResult extends Weights {
  readonly name: string;
  /** Weight of everything. */
  readonly all: number;
  readonly unit: string;
  readonly sides: { readonly base: Weights; readonly head: Weights } | undefined;
  /** Heaviest first. */
  readonly callers: readonly Neighbour[];
  readonly callees: readonly Neighbour[];
  /** Source files and lines of its frames, heaviest aside: the first few. */
  readonly places: readonly { readonly file: string; readonly line: number }[];
  readonly module: string | undefined;
  readonly library: string | undefined;
}

/** Callers and callees listed. */
const MAX_NEIGHBOURS = 100;
const MAX_PLACES = 20;

const libraries = new WeakMap<FrameTable, readonly (string | undefined)[]>();

/** The libraries of a profile's frames, found out once. */
function librariesOf(profile: Profile): readonly (string | undefined)[] {
  const known = libraries.get(profile.frames) ?? frameLibraries(profile);
  libraries.set(profile.frames, known);
  return known;
}

/** Undefined where the function is not among the samples. */
export function functionView(
  profile: Profile,
  tree: FlameTree,
  naming: FrameNaming | undefined,
  name: string,
): FunctionResult | undefined {
  const row = rowOfName(tree, name);
  if (row < 0) return undefined;
  const { callers, callees } = neighbours(tree, row);
  const weightsOf = (side: Pick<FlameTree, "self" | "total">): Weights => {
    const table = tableOf(tree, side);
    return { self: table.self[row]!, total: table.total[row]! };
  };
  return {
    name,
    ...weightsOf(tree),
    all: tree.total[0] ?? 0,
    unit: tree.unit,
    sides: tree.sides && { base: weightsOf(tree.sides.base), head: weightsOf(tree.sides.head) },
    callers: listed(callers, tree.names),
    callees: listed(callees, tree.names),
    ...origin(profile, naming, row),
  };
}

function listed(weights: Float64Array, names: NameTable): Neighbour[] {
  const rows: number[] = [];
  for (let row = 0; row < weights.length; row++) if (weights[row] !== 0) rows.push(row);
  rows.sort((a, b) => Math.abs(weights[b]!) - Math.abs(weights[a]!) || a - b);
  return rows.slice(0, MAX_NEIGHBOURS).map((row) => ({ name: names.text(row), weight: weights[row]! }));
}

function origin(
  profile: Profile,
  naming: FrameNaming | undefined,
  row: number,
): Pick<FunctionResult, "places" | "module" | "library"> {
  const { frames, strings, mappings } = profile;
  const places = new Map<string, { file: string; line: number }>();
  let module: string | undefined;
  let library: string | undefined;
  const known = librariesOf(profile);
  for (let frame = 0; frame < frames.length; frame++) {
    if (naming?.row[frame] !== row) continue;
    module ??= mappings[frames.mapping[frame]!]?.path;
    library ??= known[frame];
    if (frames.file[frame] === 0 || places.size === MAX_PLACES) continue;
    const file = strings.get(frames.file[frame]!);
    places.set(`${file}:${frames.line[frame]}`, { file, line: frames.line[frame]! });
  }
  return { places: [...places.values()], module, library };
}
