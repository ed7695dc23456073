import {
  cull,
  type LevelGraph,
  levelCount,
  levelOf,
  levelsBelow,
  rectAt,
  VisibleFrames,
} from "../graph/index.ts";
import { Camera, type View } from "./camera.ts";
import type { ChangeView } from "./change.ts";
import { cssColor } from "./color.ts";
import type { Rows } from "./fill.ts";
import { type Colorize, FrameColors } from "./frame-colors.ts";
import { Painter } from "./painter.ts";
import type { GraphPalette } from "./palettes.ts";
import { ScrollArea } from "./scroll-area.ts";
import type { Theme } from "./theme.ts";
import { AXIS_HEIGHT, drawAxis } from "./time-axis.ts";

/** Frames narrower than this, in CSS pixels, are gathered into blocks. */
const LEAST_WIDTH = 1;

/** How a pane is drawn. */
export interface PaneLook {
  readonly theme: Theme;
  readonly palette: GraphPalette;
  /** The root at the bottom. */
  readonly upward: boolean;
  /** A time axis above the rows. */
  readonly axis: boolean;
  readonly colorize?: Colorize | undefined;
}

/** What is at a point: a frame, or a block of `count` neighbouring siblings from `rect` on. */
export interface Hit {
  readonly rect: number;
  readonly count: number;
  readonly level: number;
}

/** One drawing: a graph, what of it is seen, and the canvas that it is drawn on. */
export class Pane {
  readonly node: HTMLElement;
  readonly area: ScrollArea = new ScrollArea();
  readonly camera: Camera = new Camera();
  readonly visible: VisibleFrames = new VisibleFrames();
  /** Rectangles that are selected and have the keyboard focus, or -1. */
  selected = -1;
  focused = -1;
  hovered: Hit | null = null;
  /** Rows of the names that are highlighted everywhere: the one under the pointer and the page's; -1 for none. */
  highlighted = -1;
  marked = -1;
  /** A chosen part, in weight units. */
  range: { readonly from: number; readonly to: number } | undefined;
  /** True while something is dragged: only the widest labels are drawn. */
  dragging = false;
  matched: Uint8Array | undefined;
  change: ChangeView | undefined;
  #graph: LevelGraph | null = null;
  #look: PaneLook;
  #colors: FrameColors | undefined;
  readonly #painter: Painter;
  readonly #context: CanvasRenderingContext2D;
  #pendingScroll: "keep" | "start" | "end" = "keep";
  #width = 0;
  #height = 0;
  #ratio = 1;

  constructor(look: PaneLook) {
    this.#look = look;
    this.node = document.createElement("div");
    this.node.className = "pane";
    this.node.append(this.area.node);
    this.#context = this.canvas.getContext("2d", { alpha: false })!;
    this.#painter = new Painter(this.#context, look.theme);
  }

  get canvas(): HTMLCanvasElement {
    return this.area.canvas;
  }

  get graph(): LevelGraph | null {
    return this.#graph;
  }

  get look(): PaneLook {
    return this.#look;
  }

  set look(look: PaneLook) {
    const turned = look.upward !== this.#look.upward || look.axis !== this.#look.axis;
    this.#look = look;
    this.#painter.theme = look.theme;
    this.#colors = undefined;
    this.#layOut(turned ? (look.upward ? "end" : "start") : "keep");
  }

  /** Another graph; `view` says what of it is seen. */
  show(graph: LevelGraph | null, change: ChangeView | undefined, view?: View): void {
    this.#graph = graph;
    this.change = change;
    this.#colors = undefined;
    this.selected = -1;
    this.focused = -1;
    this.hovered = null;
    this.highlighted = -1;
    this.marked = -1;
    this.matched = undefined;
    this.camera.open(graph === null ? 0 : graph.total[0]!);
    if (view !== undefined) this.camera.jump(view);
    this.#layOut(this.#look.upward ? "end" : "start");
  }

  /** The window's size in CSS pixels, and the canvas's width and height in device pixels. */
  resize(width: number, height: number, deviceWidth: number, deviceHeight: number): void {
    this.#ratio = width > 0 ? deviceWidth / width : 1;
    this.#width = width;
    this.#height = height;
    if (this.canvas.width !== deviceWidth) this.canvas.width = deviceWidth;
    if (this.canvas.height !== deviceHeight) this.canvas.height = deviceHeight;
    this.#layOut("keep");
  }

  /** Draws what is seen at `time`; true where it goes on moving. */
  draw(time: number): boolean {
    this.camera.step(time);
    const graph = this.#graph;
    if (this.canvas.width === 0 || this.canvas.height === 0) return false;
    if (graph === null) {
      this.#context.fillStyle = cssColor(this.#look.theme.colors.background);
      this.#context.fillRect(0, 0, this.canvas.width, this.canvas.height);
      return false;
    }
    const rows = this.rows();
    this.#cull(graph, rows);
    const { theme } = this.#look;
    this.#colors ??= new FrameColors(graph, theme, this.#look.palette, this.change, this.#look.colorize);
    this.#painter.paint({
      graph,
      visible: this.visible,
      colors: this.#colors,
      emphasis: {
        matched: this.matched,
        highlighted: this.highlighted,
        marked: this.marked,
        zoomLevel: levelOf(graph, this.camera.target.rect),
      },
      change: this.change,
      rows,
      ratio: this.#ratio,
      moving: this.camera.moving || this.dragging,
      hovered: this.hovered === null ? -1 : this.#entryOf(this.hovered),
      selected: this.selected,
      focused: this.focused,
    });
    if (this.range !== undefined) this.#drawRange(this.range);
    if (this.#look.axis) {
      const height = this.#axisHeight();
      drawAxis(this.#context, { graph, view: this.camera.now, height, ratio: this.#ratio, theme });
    }
    return this.camera.moving;
  }

  /** Where the rows are at this moment. */
  rows(): Rows {
    const ratio = this.#ratio;
    const height = this.#rowHeight();
    const gap = Math.max(1, Math.round(ratio));
    const offset = Math.round(this.area.offset * ratio);
    const axis = this.#axisHeight();
    if (!this.#look.upward) return { height, gap, top: (level) => axis + level * height - offset };
    const bottom = Math.round(this.area.content * ratio) - offset;
    return { height, gap, top: (level) => bottom - (level + 1) * height };
  }

  /** What is drawn at a point of the window. */
  hit(clientX: number, clientY: number): Hit | null {
    if (this.#graph === null) return null;
    const { x, y } = this.#devicePoint(clientX, clientY);
    if (x < 0 || y < this.#axisHeight() || x >= this.canvas.width || y >= this.canvas.height) return null;
    const level = this.#levelAt(y, this.rows());
    const at = this.visible.at(level, Math.floor(x));
    if (at < 0) return null;
    return { rect: this.visible.first[at]!, count: this.visible.count[at]!, level };
  }

  /** True on the time axis. */
  onAxis(clientY: number): boolean {
    return (clientY - this.canvas.getBoundingClientRect().top) * this.#ratio < this.#axisHeight();
  }

  /** The very rectangle of a level at a point, though it be too narrow to draw; -1 for none. */
  rectUnder(level: number, clientX: number): number {
    return this.#graph === null ? -1 : rectAt(this.#graph, level, this.weightAt(clientX));
  }

  /** Position in weight units. */
  weightAt(clientX: number): number {
    const { from, to } = this.camera.now;
    const { left, width } = this.canvas.getBoundingClientRect();
    return from + ((clientX - left) / Math.max(1, width)) * (to - from);
  }

  /** Weight per CSS pixel. */
  get weightPerPixel(): number {
    const { from, to } = this.camera.now;
    return (to - from) / Math.max(1, this.#width);
  }

  /** Where a rectangle is in the window, in CSS pixels: cut to the canvas's sides, not to its top and bottom. */
  boxOf(rect: number): DOMRect {
    const graph = this.#graph!;
    const { from, to } = this.camera.now;
    const bounds = this.canvas.getBoundingClientRect();
    const scale = bounds.width / (to - from);
    const left = Math.max(0, (graph.x[rect]! - from) * scale);
    const right = Math.min(bounds.width, (graph.x[rect]! + graph.total[rect]! - from) * scale);
    const top = this.rows().top(levelOf(graph, rect)) / this.#ratio;
    const height = this.#rowHeight() / this.#ratio;
    return new DOMRect(bounds.left + left, bounds.top + top, Math.max(0, right - left), height);
  }

  /** Scrolls so far that a rectangle's row is seen. */
  reveal(rect: number): void {
    if (this.#graph !== null) this.#revealLevel(levelOf(this.#graph, rect));
  }

  /** Scrolls so far that a rectangle's row is seen, and as many of the rows of its callees as there is room for. */
  revealBelow(rect: number): void {
    if (this.#graph === null) return;
    const room = Math.floor((this.canvas.height - this.#axisHeight()) / this.#rowHeight()) - 1;
    const level = levelOf(this.#graph, rect);
    this.#revealLevel(level + levelsBelow(this.#graph, rect, Math.max(0, room)));
    this.#revealLevel(level);
  }

  #revealLevel(level: number): void {
    const top = this.rows().top(level) / this.#ratio;
    const height = this.#rowHeight() / this.#ratio;
    const axis = this.#axisHeight() / this.#ratio;
    if (top < axis) this.area.offset += top - axis;
    else if (top + height > this.#height) this.area.offset += top + height - this.#height;
  }

  /** The chosen part: what is outside of it is faint, its edges are drawn. */
  #drawRange({ from, to }: { from: number; to: number }): void {
    const view = this.camera.now;
    const { width, height } = this.canvas;
    const scale = width / (view.to - view.from);
    const [left, right] = [(from - view.from) * scale, (to - view.from) * scale];
    const { colors } = this.#look.theme;
    const context = this.#context;
    context.fillStyle = cssColor(colors.background);
    context.globalAlpha = 0.6;
    context.fillRect(0, 0, Math.max(0, left), height);
    context.fillRect(Math.max(0, right), 0, width, height);
    context.globalAlpha = 1;
    context.fillStyle = cssColor(colors.selected);
    const line = Math.max(1, Math.round(1.5 * this.#ratio));
    context.fillRect(left - line / 2, 0, line, height);
    context.fillRect(right - line / 2, 0, line, height);
  }

  #cull(graph: LevelGraph, rows: Rows): void {
    const { from, to } = this.camera.now;
    const { width, height } = this.canvas;
    const [one, other] = [this.#levelAt(this.#axisHeight(), rows), this.#levelAt(height - 1, rows)];
    const firstLevel = Math.max(0, Math.min(one, other));
    const lastLevel = Math.max(one, other);
    cull(
      graph,
      { from, to, width, minWidth: LEAST_WIDTH * this.#ratio, firstLevel, lastLevel },
      this.visible,
    );
  }

  #levelAt(y: number, rows: Rows): number {
    const first = rows.top(0);
    return this.#look.upward ? -Math.floor((y - first) / rows.height) : Math.floor((y - first) / rows.height);
  }

  #entryOf(hit: Hit): number {
    const { visible } = this;
    const row = hit.level - visible.firstLevel;
    if (row < 0 || row + 1 >= visible.rows.length) return -1;
    for (let at = visible.rows[row]!; at < visible.rows[row + 1]!; at++) {
      if (visible.first[at] === hit.rect) return at;
    }
    return -1;
  }

  #devicePoint(clientX: number, clientY: number): { x: number; y: number } {
    const { left, top } = this.canvas.getBoundingClientRect();
    return { x: (clientX - left) * this.#ratio, y: (clientY - top) * this.#ratio };
  }

  #rowHeight(): number {
    return Math.max(4, Math.round(this.#look.theme.rowHeight * this.#ratio));
  }

  #axisHeight(): number {
    return this.#look.axis ? Math.round(AXIS_HEIGHT * this.#ratio) : 0;
  }

  #layOut(wanted: "keep" | "start" | "end"): void {
    // Without a height nothing scrolls: then it is done as soon as there is one.
    const scroll = wanted === "keep" ? this.#pendingScroll : wanted;
    this.#pendingScroll = this.#height === 0 ? scroll : "keep";
    const atEnd = this.#look.upward && this.area.atEnd;
    const levels = this.#graph === null ? 0 : levelCount(this.#graph);
    this.area.resize((levels * this.#rowHeight() + this.#axisHeight()) / this.#ratio, this.#height);
    if (scroll === "end" || (scroll === "keep" && atEnd)) this.area.offset = this.area.content;
    else if (scroll === "start") this.area.offset = 0;
  }
}
