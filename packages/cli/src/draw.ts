import { existsSync, readFileSync, writeFileSync } from "node:fs";
import {
  type ByteSink,
  buildFlameChart,
  buildFlameTree,
  type FlameTree,
  focus,
  formatPaletteMap,
  invertTree,
  type NameAttributes,
  type Profile,
  parseNameAttributes,
  parsePaletteMap,
  renderSvg,
  type SvgOptions,
  type TreeOptions,
  trimRoot,
} from "@flambeau/core";
import { ioError } from "./io/source.ts";
import type { DrawValues } from "./options/graph.ts";
import { say } from "./report/terminal.ts";

/** Where `--cp` keeps its colours: in the working directory, as flamegraph.pl does. */
const PALETTE_FILE = "palette.map";

/** Draws a profile as the options say, and says what the picture could not show. */
export async function drawProfile(
  profile: Profile,
  values: DrawValues & { readonly quiet?: true },
  sink: ByteSink,
): Promise<void> {
  profile = values.base === undefined ? profile : above(profile, values.base);
  const tree: TreeOptions = { side: values.widthBy };
  const whole = values.flamechart === true ? buildFlameChart(profile, tree) : buildFlameTree(profile, tree);
  const least = leastWeight(whole, values);
  const shown = values.reverse === true ? invertTree(whole, least) : whole;
  const paletteMap = values.cp === true && shown.sides === undefined ? readPalette() : undefined;
  const options: SvgOptions = {
    ...svgOptions(values),
    ...(paletteMap === undefined ? {} : { paletteMap }),
    ...(values.reverse === true || values.flamechart === true
      ? {}
      : { invertedTree: invertTree(whole, least) }),
  };
  const summary = await renderSvg(shown, options, sink);
  if (paletteMap !== undefined && summary.paletteMap !== undefined) writePalette(summary.paletteMap);
  if (values.quiet !== true) for (const warning of summary.warnings) say(`flambeau: note: ${warning}`);
}

/** inferno's --base: only stacks with one of these functions, from it on. */
function above(profile: Profile, functions: readonly string[]): Profile {
  return trimRoot(focus(profile, functions), functions);
}

/** Weight below which nobody sees a frame of the inverted tree: it need not be taken apart further. */
function leastWeight(tree: FlameTree, { minwidth, width }: DrawValues): number {
  const total = Math.abs(tree.total[0] ?? 0);
  const narrowest = minwidth ?? { amount: 0.1, unit: "pixels" };
  return narrowest.unit === "percent"
    ? (total * narrowest.amount) / 100
    : (total * narrowest.amount) / (width ?? 1200);
}

function svgOptions(values: DrawValues): SvgOptions {
  const nameAttributes = values.nameattr === undefined ? undefined : readNameAttributes(values.nameattr);
  const options: { [K in keyof SvgOptions]: SvgOptions[K] | undefined } = {
    title: values.title,
    subtitle: values.subtitle,
    width: values.width,
    frameHeight: values.height,
    minWidth: values.minwidth && `${values.minwidth.amount}${values.minwidth.unit === "percent" ? "%" : ""}`,
    fontType: values.fonttype,
    fontSize: values.fontsize,
    fontWidth: values.fontwidth,
    countName: values.countname,
    nameType: values.nametype,
    notes: values.notes,
    colors: values.colors,
    bgColors: values.bgcolors,
    hash: values.hash,
    random: values.random,
    deterministic: values.deterministic,
    colorDiffusion: values.colordiffusion,
    icicle: values.inverted,
    encoding: values.encoding,
    nameAttributes,
    total: values.total,
    factor: values.factor,
    uiColor: values.uicolor,
    searchColor: values.searchColor,
    strokeColor: values.strokeColor,
    noSort: values.sort ? undefined : true,
    truncate: values.truncateTextRight && "right",
    negate: values.negate,
    diffColor: values.diffColor,
    diffScale: values.diffScale,
    diffPalette: values.diffPalette,
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function readNameAttributes(path: string): ReadonlyMap<string, NameAttributes> {
  return parseNameAttributes(readText(path));
}

function readPalette(): ReadonlyMap<string, string> {
  return existsSync(PALETTE_FILE) ? parsePaletteMap(readText(PALETTE_FILE)) : new Map();
}

function writePalette(map: ReadonlyMap<string, string>): void {
  try {
    writeFileSync(PALETTE_FILE, formatPaletteMap(map));
  } catch (error) {
    throw ioError(error, `cannot write ${PALETTE_FILE}`);
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw ioError(error, `cannot read ${path}`);
  }
}
