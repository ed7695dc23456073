import { countBelow, type LevelGraph, levelOf, nameOf, placeOf, selfOf } from "../graph/index.ts";

/** What is known of one frame, in the graph's units. */
export interface FrameInfo {
  readonly rect: number;
  readonly name: string;
  /** `file:line`; empty where not known. */
  readonly place: string;
  readonly level: number;
  readonly self: number;
  readonly total: number;
  readonly shareOfAll: number;
  /** Share of the frame that was zoomed to. */
  readonly shareOfView: number;
  readonly shareOfParent: number;
  /** Where it begins: in a chart the time. */
  readonly start: number;
  /** Both sides of a differential. */
  readonly base?: number;
  readonly head?: number;
}

export function frameInfo(graph: LevelGraph, rect: number, zoomed: number): FrameInfo {
  const total = graph.total[rect]!;
  const parent = graph.parent[rect]!;
  return {
    rect,
    name: nameOf(graph, rect),
    place: placeOf(graph.names, graph.name[rect]!),
    level: levelOf(graph, rect),
    self: selfOf(graph, rect),
    total,
    shareOfAll: share(total, graph.total[0]!),
    shareOfView: share(total, graph.total[zoomed]!),
    shareOfParent: parent < 0 ? 1 : share(total, graph.total[parent]!),
    start: graph.x[rect]!,
    ...(graph.base === undefined || graph.head === undefined
      ? {}
      : { base: graph.base[rect]!, head: graph.head[rect]! }),
  };
}

/** What is known of a block of small frames: `count` siblings from `rect` on, and all below them. */
export interface BlockInfo {
  readonly rect: number;
  readonly count: number;
  /** Frames in all, with those below. */
  readonly frames: number;
  readonly total: number;
  readonly shareOfAll: number;
  readonly shareOfView: number;
}

export function blockInfo(graph: LevelGraph, rect: number, count: number, zoomed: number): BlockInfo {
  const last = rect + count - 1;
  let total = graph.x[last]! + graph.total[last]! - graph.x[rect]!;
  if (graph.ordered) {
    // There may be pauses between them.
    total = 0;
    for (let at = rect; at <= last; at++) total += graph.total[at]!;
  }
  return {
    rect,
    count,
    frames: countBelow(graph, rect, rect + count),
    total,
    shareOfAll: share(total, graph.total[0]!),
    shareOfView: share(total, graph.total[zoomed]!),
  };
}

function share(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0;
}

/** `12.3%`; tiny shares keep two digits that say something. */
export function percent(value: number): string {
  if (value === 0) return "0%";
  const shown = value * 100;
  if (Math.abs(shown) < 0.01) return `${shown < 0 ? "−" : ""}<0.01%`;
  return `${shown.toFixed(Math.abs(shown) < 10 ? 2 : 1)}%`;
}
