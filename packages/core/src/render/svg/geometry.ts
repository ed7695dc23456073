import type { Layout } from "../../layout/layout.ts";
import { type Settings, X_PAD } from "./options.ts";

/** Where things are, in pixels. */
export interface Geometry {
  readonly width: number;
  readonly height: number;
  readonly fontSize: number;
  readonly frameHeight: number;
  /** Top of the highest row of frames. */
  readonly framesTop: number;
  readonly framesBottom: number;
  /** Base line of the buttons; only used with script. */
  readonly toolbar: number;
  /** Base line of the search field: the toolbar's, or the next in a picture too narrow for both. */
  readonly field: number;
  /** Base line of the breadcrumb: the field's, or the next in a picture too narrow for both. */
  readonly crumbs: number;
  /** Base lines of the caption's lines. */
  readonly captions: readonly number[];
  /** Base line of the legend. */
  readonly legend: number;
  /** Base line of the details and the matched percentage. */
  readonly details: number;
}

/** Pictures narrower than this, in font sizes, have the breadcrumb on a line of its own. */
const NARROW = 80;
/** Pictures narrower than this have the search field on a line of its own as well. */
const TINY = 42;

/** Space below the frames of a picture whose footer has so many caption lines. */
function footer(fontSize: number, captions: number, legend: boolean): number {
  return captions * (fontSize + 4) + (legend ? fontSize + 8 : 0) + 2 * fontSize + 6;
}

export function geometryOf(settings: Settings, rows: number, captions: number, legend: boolean): Geometry {
  const { fontSize, frameHeight, width } = settings;
  const heading = 3 * fontSize + (settings.subtitle === "" ? 0 : 2 * fontSize);
  const line = fontSize + 10;
  const toolbar = heading + fontSize - 2;
  const field = toolbar + (width < TINY * fontSize ? line : 0);
  const crumbs = field + (width < NARROW * fontSize ? line : 0);
  const framesTop = heading + (settings.interactive ? line + crumbs - toolbar : 0);
  const framesBottom = framesTop + rows * frameHeight;
  const height = framesBottom + footer(fontSize, captions, legend);
  return {
    width,
    height,
    fontSize,
    frameHeight,
    framesTop,
    framesBottom,
    toolbar,
    field,
    crumbs,
    captions: Array.from({ length: captions }, (_, line) => framesBottom + (line + 1) * (fontSize + 4)),
    legend: framesBottom + captions * (fontSize + 4) + fontSize + 6,
    details: height - fontSize,
  };
}

/** Top of a row: the root's is the lowest in a flame graph, the highest in an icicle. */
export function rowTop(geometry: Geometry, layout: Layout, depth: number, icicle: boolean): number {
  const row = icicle ? depth : layout.rows - 1 - depth;
  return geometry.framesTop + row * geometry.frameHeight + (icicle ? 0 : 1);
}

/** Pixels per weight unit. */
export function scaleOf(width: number, total: number): number {
  return (width - 2 * X_PAD) / total;
}
