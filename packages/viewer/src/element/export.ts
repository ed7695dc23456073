import { Pane } from "./pane.ts";

/** Size of a picture in pixels; what is left out is as on the screen. */
export interface PictureSize {
  readonly width?: number;
  readonly height?: number;
}

/** More than this no browser gives a canvas. */
const LARGEST = 16_384;

/** Draws panes one below the other, as they are seen, on a canvas of its own or the given one; gives a PNG. */
export function pictureOf(panes: readonly Pane[], target: HTMLCanvasElement | PictureSize): Promise<Blob> {
  const given = target instanceof HTMLCanvasElement ? target : undefined;
  const seen = panes.map(({ canvas }) => canvas);
  const width = clamp(target.width ?? Math.max(...seen.map((canvas) => canvas.width)));
  const seenHeight = seen.reduce((sum, canvas) => sum + canvas.height, 0);
  const height = clamp(target.height ?? seenHeight);
  const canvas = given ?? document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d")!;
  let top = 0;
  panes.forEach((pane, i) => {
    const bottom =
      i + 1 === panes.length
        ? height
        : top + Math.round((height * seen[i]!.height) / Math.max(1, seenHeight));
    if (bottom > top) context.drawImage(copyOf(pane, width, bottom - top), 0, top);
    top = bottom;
  });
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => {
      if (blob === null) reject(new Error("The browser made no picture of the canvas."));
      else resolve(blob);
    });
  });
}

/** The same view at another size, drawn apart from the page; without marks of pointer and keyboard. */
function copyOf(pane: Pane, width: number, height: number): HTMLCanvasElement {
  const copy = new Pane(pane.look);
  const ratio = pane.canvas.clientWidth > 0 ? pane.canvas.width / pane.canvas.clientWidth : 1;
  copy.show(pane.graph, pane.change, pane.camera.now);
  copy.matched = pane.matched;
  copy.selected = pane.selected;
  copy.area.pinned = pane.area.offset;
  copy.resize(width / ratio, height / ratio, width, height);
  copy.draw(0);
  return copy.canvas;
}

function clamp(size: number): number {
  return Math.max(1, Math.min(LARGEST, Math.round(size)));
}
