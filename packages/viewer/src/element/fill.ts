import type { VisibleFrames } from "../graph/index.ts";
import { cssColor, type Packed } from "./color.ts";

/** Where the rows of a picture are, in device pixels. */
export interface Rows {
  /** Top of a level's row. */
  top(level: number): number;
  /** Height of a row, the line between rows included. */
  readonly height: number;
  /** The line between rows, and between frames that are wide enough for one. */
  readonly gap: number;
}

/** Above this many entries a scan line is faster than `fillRect`. */
const SCAN_LINE_FROM = 3000;

/**
 * Fills the rectangles of one picture: few with `fillRect`; many into an image with one line of pixels per row, which
 * is then stretched to the rows' height, so that the cost does not depend on how many rectangles there are. Both give
 * the same pixels.
 */
export class RectangleFiller {
  #lines: CanvasRenderingContext2D | undefined;
  #image: ImageData | undefined;
  #pixels: Uint32Array = new Uint32Array(0);

  fill(
    context: CanvasRenderingContext2D,
    visible: VisibleFrames,
    colors: Uint32Array,
    rows: Rows,
    background: Packed,
  ): void {
    if (visible.length < SCAN_LINE_FROM) fillRectangles(context, visible, colors, rows, background);
    else this.fillLines(context, visible, colors, rows, background);
  }

  /** Line by line. */
  fillLines(
    context: CanvasRenderingContext2D,
    visible: VisibleFrames,
    colors: Uint32Array,
    rows: Rows,
    background: Packed,
  ): void {
    const { width, height } = context.canvas;
    const count = visible.rows.length - 1;
    const top = Math.min(rows.top(visible.firstLevel), rows.top(visible.firstLevel + count - 1));
    const lines = this.#linesOf(width, count);
    const pixels = this.#pixels.fill(background, 0, width * count);
    for (let row = 0; row < count; row++) {
      const start = ((rows.top(visible.firstLevel + row) - top) / rows.height) * width;
      for (let at = visible.rows[row]!; at < visible.rows[row + 1]!; at++) {
        const left = start + Math.max(0, visible.left[at]!);
        const right = start + Math.min(width, insideRight(visible.left[at]!, visible.right[at]!, rows.gap));
        const color = colors[at]!;
        if (right - left < 12) for (let x = left; x < right; x++) pixels[x] = color;
        else pixels.fill(color, left, right);
      }
    }
    lines.putImageData(this.#image!, 0, 0, 0, 0, width, count);
    context.fillStyle = cssColor(background);
    context.fillRect(0, 0, width, height);
    context.imageSmoothingEnabled = false;
    context.drawImage(lines.canvas, 0, 0, width, count, 0, top, width, count * rows.height);
    for (let row = 1; row <= count; row++) {
      context.fillRect(0, top + row * rows.height - rows.gap, width, rows.gap);
    }
  }

  #linesOf(width: number, count: number): CanvasRenderingContext2D {
    if (this.#lines === undefined || this.#image?.width !== width || this.#image.height < count) {
      const canvas = document.createElement("canvas");
      canvas.width = width;
      canvas.height = count + 16;
      this.#lines = canvas.getContext("2d", { alpha: false })!;
      this.#image = this.#lines.createImageData(width, canvas.height);
      this.#pixels = new Uint32Array(this.#image.data.buffer);
    }
    return this.#lines;
  }
}

/** One rectangle after the other. */
export function fillRectangles(
  context: CanvasRenderingContext2D,
  visible: VisibleFrames,
  colors: Uint32Array,
  rows: Rows,
  background: Packed,
): void {
  context.fillStyle = cssColor(background);
  context.fillRect(0, 0, context.canvas.width, context.canvas.height);
  const height = rows.height - rows.gap;
  let last = background;
  for (let row = 0; row + 1 < visible.rows.length; row++) {
    const top = rows.top(visible.firstLevel + row);
    for (let at = visible.rows[row]!; at < visible.rows[row + 1]!; at++) {
      const color = colors[at]!;
      if (color !== last) {
        context.fillStyle = cssColor(color);
        last = color;
      }
      const left = visible.left[at]!;
      context.fillRect(left, top, insideRight(left, visible.right[at]!, rows.gap) - left, height);
    }
  }
}

/** Right edge of what is filled: a narrow frame has no room for a line. */
export function insideRight(left: number, right: number, gap: number): number {
  return right - left > 3 * gap ? right - gap : right;
}
