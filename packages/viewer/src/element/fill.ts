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
 * Fills the rectangles of one picture: few with `fillRect`, which a graphics processor does; many line by line into
 * an ImageData, whose cost does not depend on their number. Both give the same pixels.
 */
export class RectangleFiller {
  #image: ImageData | undefined;
  #pixels: Uint32Array = new Uint32Array(0);
  #line: Uint32Array = new Uint32Array(0);

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
    const image = this.#imageOf(context, width, height);
    const pixels = this.#pixels;
    const line = this.#line;
    pixels.fill(background);
    for (let row = 0; row + 1 < visible.rows.length; row++) {
      const top = Math.max(0, rows.top(visible.firstLevel + row));
      const bottom = Math.min(height, rows.top(visible.firstLevel + row) + rows.height - rows.gap);
      if (bottom <= top) continue;
      line.fill(background);
      for (let at = visible.rows[row]!; at < visible.rows[row + 1]!; at++) {
        const left = Math.max(0, visible.left[at]!);
        const right = Math.min(width, insideRight(visible.left[at]!, visible.right[at]!, rows.gap));
        const color = colors[at]!;
        if (right - left < 12) for (let x = left; x < right; x++) line[x] = color;
        else line.fill(color, left, right);
      }
      for (let y = top; y < bottom; y++) pixels.set(line, y * width);
    }
    context.putImageData(image, 0, 0);
  }

  #imageOf(context: CanvasRenderingContext2D, width: number, height: number): ImageData {
    if (this.#image?.width !== width || this.#image.height !== height) {
      this.#image = context.createImageData(width, height);
      this.#pixels = new Uint32Array(this.#image.data.buffer);
      this.#line = new Uint32Array(width);
    }
    return this.#image;
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
