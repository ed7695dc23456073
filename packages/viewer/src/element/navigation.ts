import { type LevelGraph, levelOf } from "../graph/index.ts";

/** Where an arrow key leads from a frame. */
export type Direction = "caller" | "callee" | "previous" | "next";

/**
 * The frame that a key leads to, or -1 where there is none. The callee is the heaviest; previous and next go along the
 * row: siblings first, then the neighbours behind them.
 */
export function neighbour(graph: LevelGraph, rect: number, direction: Direction): number {
  switch (direction) {
    case "caller":
      return graph.parent[rect]!;
    case "callee":
      return heaviestChild(graph, rect);
    case "previous":
      return along(graph, rect, -1);
    case "next":
      return along(graph, rect, 1);
  }
}

function heaviestChild(graph: LevelGraph, rect: number): number {
  const end = graph.firstChild[rect + 1]!;
  let best = -1;
  for (let child = graph.firstChild[rect]!; child < end; child++) {
    if (best < 0 || graph.total[child]! > graph.total[best]!) best = child;
  }
  return best;
}

/** Frames without weight are not drawn: they are passed over. */
function along(graph: LevelGraph, rect: number, step: 1 | -1): number {
  const level = levelOf(graph, rect);
  const [first, end] = [graph.levels[level]!, graph.levels[level + 1]!];
  for (let at = rect + step; at >= first && at < end; at += step) if (graph.total[at]! > 0) return at;
  return -1;
}
