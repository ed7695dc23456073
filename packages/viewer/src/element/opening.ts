import type { LevelGraph } from "../graph/index.ts";
import type { View } from "./camera.ts";
import type { Hit } from "./pane.ts";

/** The view of one frame with all it calls. */
export function viewOf(graph: LevelGraph, rect: number): View {
  return { rect, from: graph.x[rect]!, to: graph.x[rect]! + graph.total[rect]! };
}

/** Pixels that a small frame has at least once its block was opened. */
const OPENED_WIDTH = 6;

/**
 * The view that opens a block of small frames: its extent, unless that is so much of what is seen already that its
 * frames would stay small; then the neighbours of the frame under the pointer, as many as can be told apart.
 *
 * ```
 *   |▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒|  →  |a|b|c|d|e|f|g|▒▒|
 * ```
 */
export function viewOfBlock(graph: LevelGraph, hit: Hit, under: number, width: number): View {
  const { rect, count } = hit;
  const last = rect + count - 1;
  const from = graph.x[rect]!;
  const to = graph.x[last]! + graph.total[last]!;
  const parent = Math.max(0, graph.parent[rect]!);
  const shown = Math.max(4, Math.floor(width / OPENED_WIDTH));
  if (count <= shown) return { rect: parent, from, to };
  const middle = Math.min(last, Math.max(rect, under));
  const first = Math.max(rect, Math.min(last - shown + 1, middle - (shown >> 1)));
  const end = Math.min(last, first + shown - 1);
  return { rect: parent, from: graph.x[first]!, to: graph.x[end]! + graph.total[end]! };
}
