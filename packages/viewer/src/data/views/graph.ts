import {
  type FlameTree,
  type FrameNaming,
  type NameTable,
  type Profile,
  type Side,
  sandwich,
} from "@flambeau/core";
import { buildLevelGraph, type LevelGraph, transferList } from "../../graph/index.ts";
import type { Reply } from "../rpc.ts";
import type { DataSpec } from "../spec.ts";

export interface GraphRequest {
  readonly data: DataSpec;
  /** From leaves to callers. */
  readonly inverted: boolean;
}

export interface GraphResult {
  readonly graph: LevelGraph;
  /** Inverted: groups of callers that weigh less than this share of the whole are not taken apart further. */
  readonly cutBelow: number;
}

/** A tree as a graph that can be handed over. */
export function graphView(
  tree: FlameTree,
  placeOf: (name: number) => string,
  cutBelow: number,
): Reply<GraphResult> {
  const graph = buildLevelGraph(tree, { placeOf });
  return { value: { graph, cutBelow }, transfer: transferList(graph) };
}

export interface SandwichRequest {
  readonly data: DataSpec;
  readonly name: string;
}

/** Undefined: the function is not among the samples. */
export type SandwichResult = { readonly callers: LevelGraph; readonly callees: LevelGraph } | undefined;

/** Callers and callees of a function, as two graphs. */
export function sandwichView(
  tree: FlameTree,
  name: string,
  placeOf: (name: number) => string,
): Reply<SandwichResult> {
  const row = rowOfName(tree, name);
  if (row < 0) return { value: undefined, transfer: [] };
  const trees = sandwich(tree, row);
  const callers = buildLevelGraph(rooted(trees.callers), { placeOf });
  const callees = buildLevelGraph(rooted(trees.callees), { placeOf });
  return { value: { callers, callees }, transfer: [...transferList(callers), ...transferList(callees)] };
}

/** A tree whose only root is node 1, without the node "all" above it: the function itself is then the root. */
function rooted(tree: FlameTree): FlameTree {
  const { length, sides } = tree;
  if (length < 2) return tree;
  const shorter = <T extends Float64Array | Uint32Array>(column: T): T => column.subarray(1, length) as T;
  const sideOf = (side: Side): Side => ({ self: shorter(side.self), total: shorter(side.total) });
  return {
    ...tree,
    length: length - 1,
    parent: tree.parent.subarray(1, length).map((parent) => parent - 1),
    name: shorter(tree.name),
    ...sideOf(tree),
    ...(sides === undefined ? {} : { sides: { base: sideOf(sides.base), head: sideOf(sides.head) } }),
  };
}

/** Row of a name that some node has, the heaviest where kinds make several of one text; -1: none. */
export function rowOfName({ names, name, total, length }: FlameTree, wanted: string): number {
  const rows = new Map<number, number>();
  for (let row = 1; row < names.length; row++) if (names.text(row) === wanted) rows.set(row, -1);
  if (rows.size === 0) return -1;
  for (let node = 1; node < length; node++) {
    const row = name[node]!;
    const known = rows.get(row);
    if (known !== undefined) rows.set(row, Math.max(known, Math.abs(total[node]!)));
  }
  let best = -1;
  for (const [row, weight] of rows) if (weight >= 0 && weight > (rows.get(best) ?? -1)) best = row;
  return best;
}

/**
 * Where the function of each name is: `file:line` where all its frames agree on the line, `file` where they agree
 * on the file (the first one seen where they do not), empty where none is known.
 */
export function placesOf(
  { frames, strings }: Profile,
  naming: FrameNaming,
  names: NameTable,
): (name: number) => string {
  const file = new Uint32Array(names.length);
  const line = new Int32Array(names.length);
  for (let frame = 0; frame < frames.length; frame++) {
    const name = naming.row[frame]!;
    const own = frames.file[frame]!;
    if (own === 0) continue;
    if (file[name] === 0) {
      file[name] = own;
      line[name] = frames.line[frame]!;
    } else if (file[name] !== own || line[name] !== frames.line[frame]) {
      line[name] = -1;
    }
  }
  return (name) => {
    const id = file[name] ?? 0;
    if (id === 0) return "";
    return line[name]! > 0 ? `${strings.get(id)}:${line[name]}` : strings.get(id);
  };
}

/** Nodes beyond which an inverted tree is not made complete. */
const MAX_INVERTED = 2_000_000;

/** The least share of the whole that an inversion should take apart, so that it stays of a size to draw. */
export function inversionShare({ length, parent, self }: FlameTree): number {
  const depth = new Int32Array(length);
  let nodes = 0;
  for (let node = 1; node < length; node++) {
    depth[node] = depth[parent[node]!]! + 1;
    if (self[node] !== 0) nodes += depth[node]!;
  }
  return nodes <= MAX_INVERTED ? 0 : 0.00002;
}
