// What the pages of these tests run: bundled by page.ts, inside the browser.
import { fillRectangles, RectangleFiller } from "../../../packages/viewer/src/element/fill.ts";
import "../../../packages/viewer/src/element/index.ts";
import {
  buildLevelGraph,
  cull,
  type LevelGraph,
  levelOf,
  pathNames,
  VisibleFrames,
} from "../../../packages/viewer/src/graph/index.ts";
import { foldedTree } from "../../support/folded-tree.ts";
import { deepGraph, syntheticGraph, treeOf } from "./synthetic.ts";

/** Rectangle of a path like `main;parse`, or the `nth` of several (charts). */
function rectOf(graph: LevelGraph, path: string, nth = 0): number {
  for (let at = 0, found = 0; at < graph.length; at++) {
    if (pathNames(graph, at).join(";") === path && found++ === nth) return at;
  }
  throw new Error(`no frame ${path}`);
}

/** Where a frame is in the window, from what the element says in public and how it is documented to draw. */
function boxOf(
  path: string,
  nth = 0,
  pane = "main",
): { x: number; y: number; width: number; height: number } {
  const element = document.querySelector("flame-graph")!;
  const graph = (pane === "main" ? element.graph : element.callers)!;
  const rect = rectOf(graph, path, nth);
  const panes = [...element.shadowRoot!.querySelectorAll<HTMLElement>(".pane")];
  const scroller = panes.at(pane === "main" ? -1 : 0)!.querySelector<HTMLElement>(".scroller")!;
  const box = scroller.getBoundingClientRect();
  const { from, to } = pane === "main" ? element.view : { from: 0, to: graph.total[0]! };
  const scale = scroller.clientWidth / (to - from);
  const font = getComputedStyle(element.shadowRoot!.querySelector(".probe-font")!);
  const row = Number.parseFloat(font.lineHeight);
  const level = levelOf(graph, rect);
  const axis = element.mode === "chart" ? 22 : 0;
  const upward = element.mode === "flame" || pane === "callers";
  const top = upward ? scroller.scrollHeight - (level + 1) * row : axis + level * row;
  return {
    x: box.left + (graph.x[rect]! - from) * scale,
    y: box.top + top - scroller.scrollTop,
    width: graph.total[rect]! * scale,
    height: row,
  };
}

/** How many bytes of a picture of many rectangles depend on the way it is drawn. */
function differenceOfFills(
  graph: LevelGraph,
  width: number,
  height: number,
): { bytes: number; entries: number } {
  const visible = new VisibleFrames();
  const total = graph.total[0]!;
  cull(
    graph,
    { from: total * 0.1, to: total * 0.6, width, minWidth: 1, firstLevel: 0, lastLevel: 100 },
    visible,
  );
  const colors = Uint32Array.from({ length: visible.length }, (_, at) => (0xff000000 | (at * 7919)) >>> 0);
  const pixelsOf = (draw: (context: CanvasRenderingContext2D) => void): Uint8ClampedArray => {
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true })!;
    draw(context);
    return context.getImageData(0, 0, width, height).data;
  };
  const rows = { height: 9, gap: 1, top: (level: number) => level * 9 - 30 };
  const one = pixelsOf((context) => fillRectangles(context, visible, colors, rows, 0xff102030));
  const other = pixelsOf((context) =>
    new RectangleFiller().fillLines(context, visible, colors, rows, 0xff102030),
  );
  let bytes = 0;
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) bytes++;
  return { bytes, entries: visible.length };
}

Object.assign(globalThis, {
  fixture: {
    buildLevelGraph,
    foldedTree,
    syntheticGraph,
    treeOf,
    deepGraph,
    rectOf,
    boxOf,
    pathNames,
    differenceOfFills,
  },
});
