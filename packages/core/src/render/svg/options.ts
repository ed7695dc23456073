import type { FlameTree } from "../../transforms/flame-tree.ts";
import { FlambeauError } from "../../util/errors.ts";
import { type Amounts, amountsOf } from "./amounts.ts";
import type { NameAttributes } from "./name-attributes.ts";
import { backgroundColors, PALETTES, type PaletteName } from "./palettes.ts";

/** How a differential is coloured. */
export interface DiffOptions {
  /** "blue-orange" (default) can be told apart by colour-blind readers; "classic" is flamegraph.pl's blue and red. */
  readonly diffPalette?: "blue-orange" | "classic";
  /** The change in a frame's own weight, as difffolded and flamegraph.pl show it, or (default) with all it calls. */
  readonly diffColor?: "self" | "total";
  /** Colour strength: by the change against the largest change (default), or against the frame's larger side. */
  readonly diffScale?: "absolute" | "relative";
  /** Switches the hues: head and base swap roles. */
  readonly negate?: boolean;
}

/** flamegraph.pl's options with its defaults, and what goes beyond. All lengths are pixels. */
export interface SvgOptions extends DiffOptions {
  /** Default: "Flame Graph", "Icicle Graph" or "Flame Chart", after what is drawn. */
  readonly title?: string;
  readonly subtitle?: string;
  /** Default 1200. */
  readonly width?: number;
  /** Height of a frame, default 16. */
  readonly frameHeight?: number;
  /** Default Verdana. */
  readonly fontType?: string;
  /** Default 12. */
  readonly fontSize?: number;
  /** Mean width of a character relative to the font size, default 0.59. */
  readonly fontWidth?: number;
  /** What the weights are, default: the tree's unit; times and bytes are then written as `12.3 ms`. */
  readonly countName?: string;
  /** What the names are, default "Function:". */
  readonly nameType?: string;
  /** Kept in the file as a comment. */
  readonly notes?: string;
  /** Pixels, or a share of the whole as "N%". Default 0.1. */
  readonly minWidth?: number | string;
  /** Default hot. */
  readonly colors?: PaletteName;
  /** yellow, blue, green, grey or #rrggbb; default: by palette. */
  readonly bgColors?: string;
  /** Like names get like colours. */
  readonly hash?: boolean;
  /** A new colour for each frame, each time. */
  readonly random?: boolean;
  /** inferno's colours by name. Flambeau's (and flamegraph.pl's) own are deterministic too. */
  readonly deterministic?: boolean;
  /** The wider, the redder. */
  readonly colorDiffusion?: boolean;
  /** `--cp`: colours by name that win over the palette; the summary holds the map with what was added. */
  readonly paletteMap?: ReadonlyMap<string, string>;
  /** Draw with the root at the top: flamegraph.pl's --inverted. */
  readonly icicle?: boolean;
  /** Encoding to declare; all else than ASCII is then written as character references. */
  readonly encoding?: string;
  /** `--nameattr`: extra attributes by function name. */
  readonly nameAttributes?: ReadonlyMap<string, NameAttributes>;
  /** Weight of the whole width; ignored where it is less than the tree's. */
  readonly total?: number;
  /** Multiplies the weights in titles, default 1. */
  readonly factor?: number;
  /** Colour of the text around the frames, #rrggbb. */
  readonly uiColor?: string;
  /** #rrggbb, default #e600e6. */
  readonly searchColor?: string;
  /** Outline of the frames: #rrggbb or none (default). */
  readonly strokeColor?: string;
  /** Keep siblings in the tree's order instead of sorting them by name. */
  readonly noSort?: boolean;
  /** Which end of a label that does not fit is cut, default "right". */
  readonly truncate?: "left" | "right";
  /** The same samples from leaf to caller: drawn by the picture's "bottom-up" switch. */
  readonly invertedTree?: FlameTree;
  /** Frames in the highest picture, default 2000 rows (32,000 px of 16 each, the limit of many viewers). */
  readonly maxRows?: number;
  /** False leaves the script out. */
  readonly interactive?: boolean;
  /** Source of `random`'s numbers in [0, 1). */
  readonly randomNumber?: () => number;
}

/** Options with every default filled in and every value checked. */
export interface Settings {
  readonly title: string;
  readonly subtitle: string;
  readonly width: number;
  readonly frameHeight: number;
  readonly fontType: string;
  readonly fontSize: number;
  readonly fontWidth: number;
  readonly amounts: Amounts;
  readonly nameType: string;
  readonly minWidth: { readonly value: number; readonly percent: boolean };
  readonly colors: PaletteName;
  readonly background: readonly [string, string];
  readonly icicle: boolean;
  readonly factor: number;
  readonly uiColor: string;
  readonly searchColor: string;
  readonly strokeColor: string;
  readonly truncate: "left" | "right";
  readonly maxRows: number;
  readonly interactive: boolean;
}

/** Space left and right of the frames. */
export const X_PAD = 10;

export function resolveOptions(options: SvgOptions, tree: FlameTree): Settings {
  const colors = paletteOf(options);
  const icicle = options.icicle ?? false;
  const frameHeight = positive("frame height", options.frameHeight ?? 16);
  return {
    title: options.title || defaultTitle(tree, icicle, options.diffPalette === "classic"),
    subtitle: options.subtitle ?? "",
    width: positive("width", options.width ?? 1200, 2 * X_PAD + 1),
    frameHeight,
    fontType: fontFamily(options.fontType ?? "Verdana"),
    fontSize: positive("font size", options.fontSize ?? 12),
    fontWidth: positive("font width", options.fontWidth ?? 0.59),
    amounts: amountsOf(options, tree),
    nameType: options.nameType ?? "Function:",
    minWidth: parseMinWidth(options.minWidth ?? 0.1),
    colors,
    background: backgroundOf(options, colors, tree),
    icicle,
    factor: finite("factor", options.factor ?? 1),
    uiColor: hexColor("UI color", options.uiColor ?? "#000000"),
    searchColor: hexColor("search color", options.searchColor ?? "#e600e6"),
    strokeColor:
      (options.strokeColor ?? "none") === "none" ? "none" : hexColor("stroke color", options.strokeColor!),
    truncate: options.truncate ?? "right",
    maxRows: Math.max(2, Math.floor(options.maxRows ?? 32_000 / frameHeight)),
    interactive: options.interactive ?? true,
  };
}

function paletteOf(options: SvgOptions): PaletteName {
  const colors = options.colors ?? "hot";
  if (PALETTES.includes(colors)) return colors;
  throw usage(`Unknown palette "${String(colors)}".`, `Choose one of ${PALETTES.join(", ")}.`);
}

function backgroundOf(options: SvgOptions, colors: PaletteName, tree: FlameTree): readonly [string, string] {
  // flamegraph.pl's yellow would hide the orange of a change.
  const plain = tree.sides !== undefined && options.diffPalette !== "classic" ? "grey" : undefined;
  const background = backgroundColors(options.bgColors || plain, colors);
  if (background !== undefined) return background;
  throw usage(`Unknown background "${options.bgColors}".`, "Use yellow, blue, green, grey or #rrggbb.");
}

function defaultTitle(tree: FlameTree, icicle: boolean, classic: boolean): string {
  if (tree.ordered === true) return "Flame Chart";
  const name = icicle ? "Icicle Graph" : "Flame Graph";
  return tree.sides === undefined || classic ? name : `Differential ${name}`;
}

/** `0.1` (pixels) or `0.5%` (of the whole). */
function parseMinWidth(value: number | string): { value: number; percent: boolean } {
  const match = /^([0-9]*\.?[0-9]+|[0-9]+\.)(%?)$/.exec(String(value));
  if (match === null) {
    throw usage(`"${value}" is no minimum width.`, "Give pixels (0.1) or a share of the whole (0.5%).");
  }
  return { value: Number(match[1]), percent: match[2] === "%" };
}

function positive(what: string, value: number, least = Number.MIN_VALUE): number {
  if (!(value >= least) || !Number.isFinite(value)) throw usage(`The ${what} cannot be ${value}.`);
  return value;
}

function finite(what: string, value: number): number {
  if (!Number.isFinite(value)) throw usage(`The ${what} cannot be ${value}.`);
  return value;
}

function hexColor(what: string, value: string): string {
  if (!/^#[0-9a-fA-F]{6}$/.test(value)) throw usage(`The ${what} "${value}" is not of the form #rrggbb.`);
  return value;
}

/** A list of font names: it goes into a style sheet, so nothing else may be in it. */
function fontFamily(value: string): string {
  if (!/^[\p{L}\p{N} ,'"_.-]+$/u.test(value)) throw usage(`"${value}" is no font name.`);
  return value;
}

function usage(message: string, hint?: string): FlambeauError {
  return new FlambeauError("usage", message, hint === undefined ? {} : { hint });
}
