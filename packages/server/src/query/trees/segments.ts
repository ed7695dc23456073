import { type LeftOut, leastTotal } from "./node-limit.ts";

/** Weights by node. */
export interface WeightColumns {
  readonly self: Float64Array;
  readonly total: Float64Array;
}

/**
 * Parts of heavy runs, as segments: stretches of nodes within a run that all weigh the same, because no path ends and no
 * other run hangs between them. Ascending, so that a segment's parent is before it.
 *
 * ```
 *   run   a b c d        a path ends at b, another run hangs at c, a path ends at d:  segments  [a b] [c] [d]
 * ```
 */
export interface Segments {
  readonly length: number;
  /** First and last node; the root is a segment of its own. */
  readonly head: Int32Array;
  readonly end: Int32Array;
  /** Segment above; -1 for the root. */
  readonly parent: Int32Array;
}

/** Heavy segments with their weights by side. */
export interface WeighedSegments {
  readonly segments: Segments;
  readonly selves: readonly Float64Array[];
  readonly totals: readonly Float64Array[];
}

/** Segments that stay, and how many nodes they are. */
export interface Kept {
  readonly segments: Uint8Array;
  readonly nodes: number;
  readonly leftOut: LeftOut;
}

/** The larger of two sides, place by place. */
export function largerOf(sides: readonly Float64Array[]): Float64Array {
  const [left, right] = sides;
  if (right === undefined) return left!;
  const larger = left!.slice();
  for (let i = 0; i < larger.length; i++) if (right[i]! > larger[i]!) larger[i] = right[i]!;
  return larger;
}

/** Chooses the segments that stay, of `touched` nodes. */
export function keptOf({ segments, selves, totals }: WeighedSegments, touched: number, nodes: number): Kept {
  const { length, head, end, parent } = segments;
  const sizes = new Int32Array(length);
  for (let i = 1; i < length; i++) sizes[i] = end[i]! - head[i]! + 1;
  const larger = largerOf(totals);
  // Weight can cancel out or be zero: such nodes have nothing to show.
  const least = Math.max(leastTotal(larger, nodes, sizes), Number.MIN_VALUE);
  const stays = new Uint8Array(length);
  stays[0] = 1;
  let stay = 1;
  const shown = selves.map((self) => self[0]!);
  for (let i = 1; i < length; i++) {
    // Below a node that was cut off, everything is.
    if (stays[parent[i]!] === 0 || larger[i]! < least) continue;
    stays[i] = 1;
    stay += sizes[i]!;
    for (let side = 0; side < selves.length; side++) shown[side]! += selves[side]![i]!;
  }
  const weight = Math.max(...totals.map((total, side) => total[0]! - shown[side]!));
  return { segments: stays, nodes: stay, leftOut: { nodes: touched - stay, weight } };
}

/** Weights of the kept nodes: all of a segment weigh the same, and its last one has what ends there. */
export function columnsOf(
  { length, head, end }: Segments,
  kept: Kept,
  self: Float64Array,
  total: Float64Array,
): WeightColumns {
  const columns = { self: new Float64Array(kept.nodes), total: new Float64Array(kept.nodes) };
  columns.self[0] = self[0]!;
  columns.total[0] = total[0]!;
  let at = 1;
  for (let i = 1; i < length; i++) {
    if (kept.segments[i] === 0) continue;
    const behind = at + end[i]! - head[i]! + 1;
    while (at < behind) columns.total[at++] = total[i]!;
    columns.self[at - 1] = self[i]!;
  }
  return columns;
}
