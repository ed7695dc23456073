import { cull, type LevelGraph, levelCount, matchColumns, VisibleFrames } from "../graph/index.ts";
import type { View } from "./camera.ts";
import { cssColor } from "./color.ts";
import type { FrameColors } from "./frame-colors.ts";
import type { Theme } from "./theme.ts";

/** What the minimap asks for. */
export interface MinimapActions {
  move(view: { from: number; to: number }, started: boolean): void;
  reset(): void;
}

/** CSS pixels around an edge of the window in which the edge is taken. */
const EDGE = 6;

const PLAIN = { matched: undefined, highlighted: -1, marked: -1, zoomLevel: 0 };

/** The whole graph in small: what of it is seen, and where the search found something. */
export class Minimap {
  readonly canvas: HTMLCanvasElement;
  readonly #actions: MinimapActions;
  readonly #context: CanvasRenderingContext2D;
  /** The picture without window and matches; drawn anew only when the graph or the size changes. */
  readonly #picture: HTMLCanvasElement = document.createElement("canvas");
  #graph: LevelGraph | null = null;
  #colors: FrameColors | undefined;
  #theme: Theme | undefined;
  #upward = false;
  #matches: Int32Array | undefined;
  #stale = true;
  #view: View = { rect: 0, from: 0, to: 0 };
  #grip:
    | { kind: "left" | "right" | "window" | "new"; weight: number; view: View; began: boolean }
    | undefined;

  constructor(actions: MinimapActions) {
    this.#actions = actions;
    this.canvas = document.createElement("canvas");
    this.canvas.className = "minimap";
    this.canvas.setAttribute("part", "minimap");
    this.canvas.ariaHidden = "true";
    this.#context = this.canvas.getContext("2d", { alpha: false })!;
    this.canvas.addEventListener("pointerdown", (event) => this.#down(event));
    this.canvas.addEventListener("pointermove", (event) => this.#moved(event));
    for (const type of ["pointerup", "pointercancel"] as const) {
      this.canvas.addEventListener(type, () => {
        this.#grip = undefined;
      });
    }
    this.canvas.addEventListener("dblclick", () => actions.reset());
  }

  show(graph: LevelGraph | null, colors: FrameColors | undefined, theme: Theme, upward: boolean): void {
    this.#graph = graph;
    this.#colors = colors;
    this.#theme = theme;
    this.#upward = upward;
    this.#stale = true;
  }

  /** The topmost matches of the search. */
  set matches(matches: Int32Array | undefined) {
    this.#matches = matches;
  }

  resize(ratio: number): void {
    const width = Math.max(1, Math.round(this.canvas.clientWidth * ratio));
    const height = Math.max(1, Math.round(this.canvas.clientHeight * ratio));
    if (this.canvas.width === width && this.canvas.height === height) return;
    for (const canvas of [this.canvas, this.#picture]) {
      canvas.width = width;
      canvas.height = height;
    }
    this.#stale = true;
  }

  draw(view: View): void {
    this.#view = view;
    const theme = this.#theme;
    if (theme === undefined) return;
    if (this.#stale) this.#drawPicture(theme);
    const context = this.#context;
    const { width, height } = this.canvas;
    context.drawImage(this.#picture, 0, 0);
    const graph = this.#graph;
    if (graph === null || !(graph.total[0]! > 0)) return;
    this.#drawMatches(graph, theme);
    const scale = width / graph.total[0]!;
    const left = Math.round(view.from * scale);
    const right = Math.max(left + 2, Math.round(view.to * scale));
    context.fillStyle = cssColor(theme.colors.background);
    context.globalAlpha = 0.7;
    context.fillRect(0, 0, left, height);
    context.fillRect(right, 0, width - right, height);
    context.globalAlpha = 1;
    if (left <= 0 && right >= width) return;
    const line = Math.max(2, Math.round(height / 24));
    context.strokeStyle = cssColor(theme.colors.selected);
    context.lineWidth = line;
    context.strokeRect(left + line / 2, line / 2, Math.max(1, right - left - line), height - line);
  }

  #drawPicture(theme: Theme): void {
    this.#stale = false;
    const context = this.#picture.getContext("2d", { alpha: false })!;
    const { width, height } = this.#picture;
    context.fillStyle = cssColor(theme.colors.background);
    context.fillRect(0, 0, width, height);
    const graph = this.#graph;
    const colors = this.#colors;
    if (graph === null || colors === undefined) return;
    const levels = levelCount(graph);
    const rows = Math.min(levels, Math.floor(height / 2));
    const visible = new VisibleFrames();
    for (let row = 0; row < rows; row++) {
      // More levels than pixels: every so many-th stands for those between.
      const level = Math.floor((row * levels) / rows);
      const top = Math.round(((this.#upward ? rows - 1 - row : row) * height) / rows);
      const bottom = Math.round(((this.#upward ? rows - row : row + 1) * height) / rows);
      const window = {
        from: 0,
        to: graph.total[0]!,
        width,
        minWidth: 1,
        firstLevel: level,
        lastLevel: level,
      };
      cull(graph, window, visible);
      for (let at = 0; at < visible.length; at++) {
        const block = visible.count[at]! > 1;
        const color = block ? colors.block(level, PLAIN) : colors.color(visible.first[at]!, level, PLAIN);
        context.fillStyle = cssColor(color);
        context.fillRect(visible.left[at]!, top, visible.right[at]! - visible.left[at]!, bottom - top);
      }
    }
  }

  #drawMatches(graph: LevelGraph, theme: Theme): void {
    if (this.#matches === undefined) return;
    const { width, height } = this.canvas;
    const hit = matchColumns(graph, this.#matches, width);
    const context = this.#context;
    context.fillStyle = cssColor(theme.colors.match);
    const mark = Math.max(3, Math.round(height / 8));
    for (let x = 0; x < width; x++) {
      if (hit[x] === 0) continue;
      let end = x + 1;
      while (end < width && hit[end] === 1) end++;
      // A single column is hard to see.
      context.fillRect(x, this.#upward ? 0 : height - mark, Math.max(2, end - x), mark);
      x = end;
    }
  }

  #weightAt(event: PointerEvent): number {
    const { left, width } = this.canvas.getBoundingClientRect();
    return ((event.clientX - left) / Math.max(1, width)) * (this.#graph?.total[0] ?? 0);
  }

  #grabbed(event: PointerEvent): "left" | "right" | "window" | "new" {
    const { width } = this.canvas.getBoundingClientRect();
    const total = this.#graph?.total[0] ?? 0;
    const near = (EDGE * total) / Math.max(1, width);
    const weight = this.#weightAt(event);
    const { from, to } = this.#view;
    if (from <= 0 && to >= total) return "new";
    if (Math.abs(weight - from) <= near) return "left";
    if (Math.abs(weight - to) <= near) return "right";
    return weight > from && weight < to ? "window" : "new";
  }

  #down(event: PointerEvent): void {
    if (event.button !== 0 || this.#graph === null) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.#grip = {
      kind: this.#grabbed(event),
      weight: this.#weightAt(event),
      view: this.#view,
      began: false,
    };
  }

  #moved(event: PointerEvent): void {
    const grip = this.#grip;
    if (grip === undefined) {
      const cursors = { left: "ew-resize", right: "ew-resize", window: "grab", new: "crosshair" };
      this.canvas.style.cursor = cursors[this.#grabbed(event)];
      return;
    }
    const weight = this.#weightAt(event);
    const { from, to } = grip.view;
    if (!grip.began) {
      this.#actions.move(grip.view, true);
      grip.began = true;
    }
    if (grip.kind === "window") {
      this.#actions.move({ from: from + weight - grip.weight, to: to + weight - grip.weight }, false);
      return;
    }
    const fixed = grip.kind === "left" ? to : grip.kind === "right" ? from : grip.weight;
    this.#actions.move({ from: Math.min(fixed, weight), to: Math.max(fixed, weight) }, false);
  }
}
