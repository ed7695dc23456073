import type { LevelGraph } from "../graph/index.ts";
import type { View } from "./camera.ts";
import type { Hit } from "./pane.ts";

/** The view of one frame with all it calls; of one without weight, which cannot be seen, its caller's. */
export function viewOf(graph: LevelGraph, rect: number): View {
  while (rect > 0 && graph.total[rect] === 0) rect = graph.parent[rect]!;
  return { rect, from: graph.x[rect]!, to: graph.x[rect]! + graph.total[rect]! };
}

/** Frames that the focus goes to, or that were searched for, are shown with at least this many pixels. */
const FOUND_WIDTH = 24;

/**
 * The view that shows a frame, when what is seen now does not: moved so far that it is seen, and closer where it would
 * be narrower than a pixel. Undefined where nothing has to change.
 */
export function viewShowing(
  graph: LevelGraph,
  rect: number,
  { from, to }: Pick<View, "from" | "to">,
  width: number,
): { from: number; to: number } | undefined {
  const total = graph.total[rect]!;
  const [left, right] = [graph.x[rect]!, graph.x[rect]! + total];
  const middle = (left + right) / 2;
  if (total > 0 && (total * width) / (to - from) < 1) {
    const span = (total * width) / FOUND_WIDTH;
    return { from: middle - span / 2, to: middle + span / 2 };
  }
  if (right > from && left < to) return undefined;
  const span = Math.max(total, to - from);
  return { from: middle - span / 2, to: middle + span / 2 };
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
