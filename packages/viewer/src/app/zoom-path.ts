import { type LevelGraph, pathOf } from "../graph/index.ts";

/**
 * The way from the root to a rectangle, as the ordinal of each child among its siblings: `2.0x5.1` is the third
 * child, five times the first, the second. Short, and the same in every session, because siblings are sorted.
 */
export function zoomPath(graph: LevelGraph, rect: number): string {
  const path = pathOf(graph, rect);
  const runs: { ordinal: number; count: number }[] = [];
  for (let level = 1; level < path.length; level++) {
    const ordinal = path[level]! - graph.firstChild[path[level - 1]!]!;
    const last = runs.at(-1);
    if (last?.ordinal === ordinal) last.count++;
    else runs.push({ ordinal, count: 1 });
  }
  return runs.map(({ ordinal, count }) => (count === 1 ? `${ordinal}` : `${ordinal}x${count}`)).join(".");
}

/** The rectangle that a path leads to, or the deepest one on the way that is there. */
export function rectOfPath(graph: LevelGraph, path: string): number {
  let rect = 0;
  if (path === "") return rect;
  for (const part of path.split(".")) {
    const [, digits, times = "1"] = /^(\d{1,9})(?:x(\d{1,7}))?$/.exec(part) ?? [];
    if (digits === undefined) return rect;
    for (let i = Number(times); i > 0; i--) {
      const child = graph.firstChild[rect]! + Number(digits);
      if (child >= graph.firstChild[rect + 1]!) return rect;
      rect = child;
    }
  }
  return rect;
}
