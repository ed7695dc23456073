import { svgScript } from "../../generated/svg-script.ts";
import { gatherNames } from "../../layout/gathered-names.ts";
import { type Layout, layoutTree } from "../../layout/layout.ts";
import { type ChildLists, childLists, type FlameTree } from "../../transforms/flame-tree.ts";
import { FlambeauError } from "../../util/errors.ts";
import { type ByteSink, TextSink } from "../../util/sink.ts";
import { captionsOf } from "./captions.ts";
import { chromeOf } from "./chrome.ts";
import { FrameColors } from "./colors.ts";
import { drawnData, type LayerData, layerData } from "./data.ts";
import { diffView, drawableTree } from "./differential.ts";
import { type Geometry, geometryOf, scaleOf } from "./geometry.ts";
import { type Layer, LayerWriter, type WriteText } from "./layer.ts";
import { withCommas } from "./numbers.ts";
import { resolveOptions, type Settings, type SvgOptions, X_PAD } from "./options.ts";
import { styleSheet } from "./style.ts";
import { asciiOnly, xmlComment, xmlData, xmlText } from "./xml.ts";

/** What was drawn, and what the user should be told. */
export interface SvgSummary {
  readonly width: number;
  readonly height: number;
  /** Frames drawn as themselves, and those gathered in blocks. */
  readonly frames: number;
  readonly hiddenFrames: number;
  readonly rows: number;
  /** Rows of the whole tree; more than `rows` where the picture would have been too high. */
  readonly treeRows: number;
  /** With `paletteMap`: the map with the colours that were added. */
  readonly paletteMap?: ReadonlyMap<string, string>;
  /** Sentences for the user. */
  readonly warnings: readonly string[];
}

/** Table of gathered names: characters in the file, rows while it is made, and the share that is not worth a row. */
const TABLE_BUDGET = 1_000_000;
/** The inverted layer's: bottom-up trees are ragged, and what matches of all samples is known from the main layer. */
const INVERTED_TABLE_BUDGET = 100_000;
/** Rectangles of the inverted layer. */
const MAX_INVERTED = 20_000;
const TABLE_ROWS = 150_000;
const TABLE_LEAST_SHARE = 1e-6;

/**
 * Draws a tree as an SVG: a static picture that any renderer shows, and, in a browser, an interactive one with
 * nothing but what is in the file. Throws "nothing-left" where there is no weight to draw.
 */
export async function renderSvg(tree: FlameTree, options: SvgOptions, sink: ByteSink): Promise<SvgSummary> {
  const warnings: string[] = [];
  const settings = resolveOptions(options, tree);
  const main = prepare(tree, settings, options, warnings);
  const data = settings.interactive ? [describeLayer(main.layer, TABLE_BUDGET)] : [];
  const captions = captionsOf(main.layer, settings, options, main.signed);
  captions.push(...data.flatMap(unlistedSentence));
  const { layout, diff } = main.layer;
  const geometry = geometryOf(settings, layout.rows, captions.length, diff !== undefined);
  const colors = new FrameColors(options, settings);
  const out = new TextSink(sink);
  // Character references are readable under whatever encoding is declared.
  const write: WriteText =
    options.encoding === undefined ? (text) => out.write(text) : (text) => out.write(asciiOnly(text));
  const { head, foot } = chromeOf(settings, geometry, captions, diff);

  await write(opening(settings, options, geometry, diff !== undefined));
  await write(head);
  await write('<g id="frames" class="f">\n');
  await new LayerWriter(main.layer, geometry, settings, options, colors).write(write);
  await write("</g>\n");
  await write(foot);
  const inverted = settings.interactive ? options.invertedTree : undefined;
  if (inverted !== undefined && inverted.length > 1) {
    const layer = prepareInverted(inverted, settings, options);
    const drawn = drawnData(layer, new LayerWriter(layer, geometry, settings, options, colors));
    data.push({ ...describeLayer(layer, INVERTED_TABLE_BUDGET), drawn });
  }
  if (settings.interactive) await write(interaction(settings, geometry, data));
  await write("</svg>\n");
  await out.flush();
  return {
    width: geometry.width,
    height: geometry.height,
    frames: layout.frames,
    hiddenFrames: layout.hiddenFrames,
    rows: layout.rows,
    treeRows: layout.treeRows,
    ...(colors.map === undefined ? {} : { paletteMap: colors.map }),
    warnings,
  };
}

/** Tree to layer: weights that can be drawn, the whole width's weight, and the layout. */
function prepare(
  source: FlameTree,
  settings: Settings,
  options: SvgOptions,
  warnings: string[],
): { layer: Layer; signed: boolean } {
  if (source.length === 0) throw nothing();
  const { tree, signed } = drawableTree(source);
  const own = tree.total[0]!;
  if (!Number.isFinite(own)) throw new FlambeauError("malformed", `The total weight ${own} cannot be drawn.`);
  if (own <= 0) throw nothing();
  if (signed) warnings.push("Some weights are negative: widths show weights without their sign.");
  const total = wholeWidth(own, options.total, warnings);
  const { minWidth } = settings;
  const least = minWidth.percent
    ? (total * minWidth.value) / 100
    : minWidth.value / scaleOf(settings.width, total);
  const children = childLists(tree);
  const layout = layOut(tree, children, least, settings, options);
  if (layout.limited) {
    warnings.push(
      `Only ${withCommas(layout.rows)} of ${withCommas(layout.treeRows)} rows are drawn: the deeper frames are gathered in the outermost row.`,
    );
  }
  return { layer: { tree, layout, diff: diffView(tree, options), total, minWidth: least, children }, signed };
}

function layOut(
  tree: FlameTree,
  children: ChildLists,
  minWidth: number,
  settings: Settings,
  options: SvgOptions,
): Layout {
  return layoutTree(tree, {
    children,
    minWidth,
    maxDepth: settings.maxRows,
    unsorted: options.noSort === true,
  });
}

/**
 * Bottom-up trees are ragged: thousands of narrow frames where the tree itself has hundreds. They are gathered until
 * the rest can be handled by a browser.
 */
function prepareInverted(tree: FlameTree, settings: Settings, options: SvgOptions): Layer {
  const { layer } = prepare(tree, settings, options, []);
  const narrowest = Math.max(layer.minWidth, 0.1 / scaleOf(settings.width, layer.total));
  let { layout, minWidth } = layer;
  for (let factor = 4; layout.length > MAX_INVERTED && factor < 1000; factor *= 4) {
    minWidth = narrowest * factor;
    layout = layOut(layer.tree, layer.children, minWidth, settings, options);
  }
  return { ...layer, layout, minWidth };
}

function nothing(): FlambeauError {
  return new FlambeauError("nothing-left", "There are no stacks with a weight to draw.", {
    hint: "Check that the input holds samples and that no filter removed them all.",
  });
}

/** `--total` widens the picture's scale; it cannot make it narrower than what there is. */
function wholeWidth(own: number, asked: number | undefined, warnings: string[]): number {
  if (asked === undefined || asked === 0) return own;
  if (!(asked >= own)) {
    if (asked / own > 0.02) {
      warnings.push(`The given total ${asked} is less than the actual total ${own}, so it is ignored.`);
    }
    return own;
  }
  return asked;
}

function describeLayer(layer: Layer, budget: number): LayerData {
  const names = gatherNames(layer.tree, layer.layout, {
    minWidth: layer.minWidth,
    threshold: layer.total * TABLE_LEAST_SHARE,
    maxRows: TABLE_ROWS,
    children: layer.children,
  });
  return layerData(layer, names, budget);
}

function unlistedSentence(data: LayerData): string[] {
  if (data.unlistedNames === 0) return [];
  const count = withCommas(data.unlistedNames);
  return [
    `Search misses ${count} of the lightest entries among the small frames (left out to keep the file small).`,
  ];
}

function opening(settings: Settings, options: SvgOptions, geometry: Geometry, differential: boolean): string {
  const { width, height } = geometry;
  const [top, bottom] = settings.background;
  const encoding = options.encoding === undefined ? "" : ` encoding="${encodingName(options.encoding)}"`;
  const notes =
    options.notes === undefined || options.notes === ""
      ? ""
      : `<!-- NOTES: ${xmlComment(options.notes)} -->\n`;
  return `<?xml version="1.0"${encoding} standalone="no"?>
<svg version="1.1" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" xmlns="http://www.w3.org/2000/svg" font-family="${xmlText(settings.fontType)},'DejaVu Sans',sans-serif" font-size="${settings.fontSize}">
<!-- Flame graph by Flambeau. Open it in a browser to zoom and search. -->
${notes}<title>${xmlText(settings.title)}</title>
<defs><linearGradient id="background" y1="0" y2="1" x1="0" x2="0"><stop stop-color="${top}" offset="5%"/><stop stop-color="${bottom}" offset="95%"/></linearGradient></defs>
<style>${xmlText(styleSheet(settings, differential))}</style>
<rect class="bg" x="0" y="0" width="100%" height="100%" fill="url(#background)"/>
`;
}

function encodingName(name: string): string {
  if (/^[A-Za-z][A-Za-z0-9._-]*$/.test(name)) return name;
  throw new FlambeauError("usage", `"${name}" is no name of an encoding.`);
}

/** The data as text, never as code, and the script that reads it. */
function interaction(settings: Settings, geometry: Geometry, data: readonly LayerData[]): string {
  const config = {
    pad: X_PAD,
    width: geometry.width,
    top: geometry.framesTop,
    rowHeight: geometry.frameHeight,
    toolbar: geometry.toolbar,
    field: geometry.field,
    crumbs: geometry.crumbs,
    bottom: geometry.framesBottom,
    details: geometry.details,
    fontSize: settings.fontSize,
    fontWidth: settings.fontWidth,
    nameType: settings.nameType,
    countName: settings.amounts.countName,
    icicle: settings.icicle,
    truncate: settings.truncate,
    layers: data,
  };
  return `<metadata id="data">${xmlData(JSON.stringify(config))}</metadata>
<script>//<![CDATA[
${svgScript}
//]]></script>
`;
}
