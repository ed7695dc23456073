import { grouped } from "@flambeau/core";
import { type LevelGraph, textAt, type VisibleFrames } from "../graph/index.ts";
import type { ChangeView } from "./change.ts";
import { cssColor, mix, wantsBlackText } from "./color.ts";
import { RectangleFiller, type Rows } from "./fill.ts";
import type { Emphasis, FrameColors } from "./frame-colors.ts";
import { LabelFitter, shownName } from "./labels.ts";
import type { Theme } from "./theme.ts";

/** Labels drawn while the picture moves: the widest. The others come when it stands still. */
const LABELS_IN_MOTION = 350;

/** One picture of a pane. All lengths in device pixels. */
export interface Picture {
  readonly graph: LevelGraph;
  readonly visible: VisibleFrames;
  readonly colors: FrameColors;
  readonly emphasis: Emphasis;
  readonly change: ChangeView | undefined;
  readonly rows: Rows;
  /** Device pixels per CSS pixel. */
  readonly ratio: number;
  readonly moving: boolean;
  /** Entry under the pointer, and the rectangles that are selected and have the keyboard focus; -1 for none. */
  readonly hovered: number;
  readonly selected: number;
  readonly focused: number;
}

/** Paints pictures on one canvas. */
export class Painter {
  readonly #context: CanvasRenderingContext2D;
  readonly #filler = new RectangleFiller();
  #theme: Theme;
  #fitter: LabelFitter;
  #ratio = 0;
  #fills = new Uint32Array(1024);

  constructor(context: CanvasRenderingContext2D, theme: Theme) {
    this.#context = context;
    this.#theme = theme;
    this.#fitter = this.#newFitter(1);
  }

  set theme(theme: Theme) {
    this.#theme = theme;
    this.#ratio = 0;
  }

  paint(picture: Picture): void {
    const { visible } = picture;
    if (picture.ratio !== this.#ratio) {
      this.#ratio = picture.ratio;
      this.#fitter = this.#newFitter(picture.ratio);
    }
    if (this.#fills.length < visible.length) this.#fills = new Uint32Array(visible.length * 2);
    this.#chooseColors(picture);
    this.#filler.fill(this.#context, visible, this.#fills, picture.rows, this.#theme.colors.background);
    this.#paintBlocks(picture);
    this.#paintChanges(picture);
    this.#paintOutlines(picture);
    this.#paintLabels(picture);
  }

  #chooseColors({ visible, colors, emphasis }: Picture): void {
    const fills = this.#fills;
    for (let row = 0; row + 1 < visible.rows.length; row++) {
      const level = visible.firstLevel + row;
      const block = colors.block(level, emphasis);
      for (let at = visible.rows[row]!; at < visible.rows[row + 1]!; at++) {
        fills[at] = visible.count[at] === 1 ? colors.color(visible.first[at]!, level, emphasis) : block;
      }
    }
  }

  /** Hatches blocks that are wide enough to tell them from a frame. */
  #paintBlocks({ visible, rows, ratio }: Picture): void {
    const context = this.#context;
    context.beginPath();
    forEachWide(visible, 4 * ratio, (at, level) => {
      if (visible.count[at] === 1) return;
      hatch(context, visible, at, rows, level, 5 * ratio);
    });
    context.strokeStyle = cssColor(mix(this.#theme.colors.block, this.#theme.colors.muted, 0.35));
    context.lineWidth = ratio;
    context.stroke();
  }

  /** New frames get a solid edge, vanished ones are hatched and dashed: seen without telling colours apart. */
  #paintChanges({ visible, change, rows, ratio }: Picture): void {
    if (change === undefined) return;
    const context = this.#context;
    const edge = cssColor(this.#theme.colors.text);
    const gone: number[] = [];
    const levels: number[] = [];
    context.strokeStyle = edge;
    context.lineWidth = ratio;
    forEachWide(visible, 5 * ratio, (at, level) => {
      if (visible.count[at] !== 1) return;
      const kind = change.kind(visible.first[at]!);
      if (kind === "new") outline(context, visible, at, rows, level, ratio);
      if (kind !== "vanished") return;
      gone.push(at);
      levels.push(level);
    });
    context.setLineDash([3 * ratio, 2 * ratio]);
    gone.forEach((at, i) => {
      outline(context, visible, at, rows, levels[i]!, ratio);
    });
    context.setLineDash([]);
    context.globalAlpha = 0.35;
    context.beginPath();
    gone.forEach((at, i) => {
      hatch(context, visible, at, rows, levels[i]!, 6 * ratio);
    });
    context.stroke();
    context.globalAlpha = 1;
  }

  #paintLabels(picture: Picture): void {
    const { visible, ratio, rows } = picture;
    const context = this.#context;
    const padding = 4 * ratio;
    const least = picture.moving ? widthOfWidest(visible, LABELS_IN_MOTION, 26 * ratio) : 26 * ratio;
    context.font = this.#font(ratio);
    context.textBaseline = "middle";
    const middle = (rows.height - rows.gap) / 2 + 0.5 * ratio;
    let last = "";
    forEachWide(visible, least, (at, level) => {
      const left = Math.max(0, visible.left[at]!);
      const room = Math.min(context.canvas.width, visible.right[at]!) - left - 2 * padding;
      if (room < 12 * ratio) return;
      const count = visible.count[at]!;
      const text =
        count > 1 ? this.#blockLabel(count, room) : this.#fitter.fit(this.#label(picture, at), room);
      if (text === "") return;
      const style = wantsBlackText(this.#fills[at]!) ? "#000" : "#fff";
      if (style !== last) {
        context.fillStyle = style;
        last = style;
      }
      context.fillText(text, left + padding, rows.top(level) + middle);
    });
  }

  /** How many small frames there are, in as many words as fit. */
  #blockLabel(count: number, room: number): string {
    const number = grouped(count);
    const texts = [`${number} small frames`, `${number} small`, number];
    return texts.find((text) => this.#fitter.width(text) <= room) ?? "";
  }

  #label({ graph, visible, change }: Picture, at: number): string {
    const rect = visible.first[at]!;
    const name = shownName(textAt(graph.names, graph.name[rect]!)) || (rect === 0 ? "all" : "(no name)");
    const kind = change?.kind(rect);
    return kind === "new" ? `+ ${name}` : kind === "vanished" ? `− ${name}` : name;
  }

  #paintOutlines({ visible, rows, ratio, hovered, selected, focused }: Picture): void {
    const context = this.#context;
    const { colors } = this.#theme;
    const ring = (wanted: (at: number) => boolean, color: number, width: number): void => {
      context.strokeStyle = cssColor(color);
      context.lineWidth = width;
      forEachWide(visible, 0, (at, level) => {
        if (wanted(at)) outline(context, visible, at, rows, level, width);
      });
    };
    const holds = (rect: number) => (at: number) =>
      visible.first[at]! <= rect && rect < visible.first[at]! + visible.count[at]!;
    if (hovered >= 0) ring((at) => at === hovered, colors.text, ratio);
    if (selected >= 0) ring(holds(selected), colors.selected, 2 * ratio);
    if (focused < 0) return;
    // Two lines, so that one of them stands out from whatever is below.
    ring(holds(focused), colors.background, 3 * ratio);
    ring(holds(focused), colors.focus, 2 * ratio);
  }

  #font(ratio: number): string {
    return `${this.#theme.fontSize * ratio}px ${this.#theme.fontFamily}`;
  }

  #newFitter(ratio: number): LabelFitter {
    const context = this.#context;
    return new LabelFitter((text) => {
      context.font = this.#font(ratio);
      return context.measureText(text).width;
    });
  }
}

/** Visits the entries of at least a width, with their level. */
function forEachWide(
  visible: VisibleFrames,
  least: number,
  visit: (at: number, level: number) => void,
): void {
  for (let row = 0; row + 1 < visible.rows.length; row++) {
    for (let at = visible.rows[row]!; at < visible.rows[row + 1]!; at++) {
      if (visible.right[at]! - visible.left[at]! >= least) visit(at, visible.firstLevel + row);
    }
  }
}

/** The width that at most `count` entries reach, but not less than `least`. */
function widthOfWidest(visible: VisibleFrames, count: number, least: number): number {
  const widths: number[] = [];
  forEachWide(visible, least, (at) => {
    widths.push(visible.right[at]! - visible.left[at]!);
  });
  if (widths.length <= count) return least;
  return widths.sort((a, b) => b - a)[count]!;
}

function outline(
  context: CanvasRenderingContext2D,
  visible: VisibleFrames,
  at: number,
  rows: Rows,
  level: number,
  line: number,
): void {
  const left = Math.max(0, visible.left[at]!);
  const right = Math.min(context.canvas.width, visible.right[at]!);
  const height = rows.height - rows.gap;
  context.strokeRect(
    left + line / 2,
    rows.top(level) + line / 2,
    Math.max(0, right - left - line),
    Math.max(0, height - line),
  );
}

/** Diagonal lines, cut to the rectangle, from a grid that does not depend on where the rectangle begins. */
function hatch(
  context: CanvasRenderingContext2D,
  visible: VisibleFrames,
  at: number,
  rows: Rows,
  level: number,
  step: number,
): void {
  const left = Math.max(0, visible.left[at]!);
  const right = Math.min(context.canvas.width, visible.right[at]!);
  const top = rows.top(level);
  const height = rows.height - rows.gap;
  const first = Math.ceil(left / step) * step;
  for (let x = first; x < right + height; x += step) {
    const upper = Math.min(x, right);
    const lower = Math.max(x - height, left);
    if (upper <= lower) continue;
    context.moveTo(upper, top + (x - upper));
    context.lineTo(lower, top + (x - lower));
  }
}
