import type { GatheredNames } from "../../layout/gathered-names.ts";
import type { FlameTree } from "../../transforms/flame-tree.ts";
import { rankNames } from "../../transforms/order.ts";
import type { Layer, LayerWriter } from "./layer.ts";
import { visibleText } from "./xml.ts";

/**
 * What the script needs beyond what is drawn. Positions are whole numbers: weight units where all weights are whole
 * and the total is below a billion, else billionths of the total, so that zooming stays exact where pixels are not.
 */
export interface LayerData {
  /**
   * One token per rectangle in the order of the file, separated by blanks: `[up^][gap+]width` in base 36. The depth is
   * the previous one's + 1 − up; the left edge is gap to the right of the previous sibling's end (of the parent's
   * left edge for a first child).
   */
  readonly frames: string;
  /** Names that the table refers to. */
  readonly names: string[];
  /**
   * Gathered children: `frame:hidden[,unlisted] name,weight name,weight …;` in base 36, frames as the distance from
   * the entry before, names as rows of `names`, each as the distance from the one before in the same entry.
   */
  readonly gathered: string;
  /** Gathered weight that no listed name covers, and the names left out of the table. */
  readonly unlistedNames: number;
  readonly rows: number;
  /** Of a layer that is not in the file as elements: what the script makes them from. */
  readonly drawn?: DrawnData;
}

/**
 * Rectangles as rows of tables, one base-36 token per rectangle: a tenth of what they take as elements. For the layer
 * that only the script ever shows.
 */
export interface DrawnData {
  readonly labels: readonly string[];
  /** What a title has after its label. */
  readonly endings: readonly string[];
  /** `fill` or `fill class`. */
  readonly looks: readonly string[];
  /** `label,ending,look` per rectangle, separated by blanks. */
  readonly rectangles: string;
}

/** Encodes a layer; `budget` bounds the table of gathered names, in characters. */
export function layerData(layer: Layer, names: GatheredNames, budget: number): LayerData {
  const grid = gridOf(layer);
  const table = encodeGathered(layer, names, grid, budget);
  return { frames: encodeFrames(layer, grid), rows: layer.layout.rows, ...table };
}

/** Encodes what is drawn; links and other attributes of single functions are left to the main layer. */
export function drawnData(layer: Layer, writer: LayerWriter): DrawnData {
  const labels = new Table();
  const endings = new Table();
  const looks = new Table();
  const tokens: string[] = [];
  for (let rect = 0; rect < layer.layout.length; rect++) {
    const { label, title, fill, classes } = writer.describe(rect);
    const ending = title.startsWith(label) ? title.slice(label.length) : `: ${title}`;
    const look = classes === "" ? fill : `${fill} ${classes}`;
    tokens.push(`${labels.row(label)},${endings.row(ending)},${looks.row(look)}`);
  }
  return { labels: labels.list, endings: endings.list, looks: looks.list, rectangles: tokens.join(" ") };
}

/** Distinct texts, numbered in base 36. */
class Table {
  readonly list: string[] = [];
  readonly #rows = new Map<string, string>();

  row(text: string): string {
    let row = this.#rows.get(text);
    if (row === undefined) {
      row = (this.list.push(visibleText(text)) - 1).toString(36);
      this.#rows.set(text, row);
    }
    return row;
  }
}

/** Weight units to whole numbers. */
function gridOf({ layout, total }: Layer): (value: number) => number {
  let whole = Number.isInteger(total) && total <= 1e9;
  for (let rect = 0; whole && rect < layout.length; rect++) {
    whole = Number.isInteger(layout.x[rect]) && Number.isInteger(layout.w[rect]);
  }
  if (whole) return (value) => Math.round(value);
  const scale = 1e9 / total;
  return (value) => Math.round(value * scale);
}

function encodeFrames({ layout, total }: Layer, grid: (value: number) => number): string {
  const tokens: string[] = [];
  // Per depth: where the next sibling would begin without a gap.
  const cursor = new Float64Array(layout.rows + 1);
  let before = -1;
  for (let rect = 0; rect < layout.length; rect++) {
    const depth = layout.depth[rect]!;
    const left = grid(layout.x[rect]!);
    const right = rect === 0 ? grid(total) : grid(layout.x[rect]! + layout.w[rect]!);
    const up = before + 1 - depth;
    const gap = left - cursor[depth]!;
    tokens.push(
      (up > 0 ? `${up.toString(36)}^` : "") +
        (gap !== 0 ? `${gap.toString(36)}+` : "") +
        (right - left).toString(36),
    );
    cursor[depth] = right;
    cursor[depth + 1] = left;
    before = depth;
  }
  return tokens.join(" ");
}

function encodeGathered(
  { tree, layout }: Layer,
  names: GatheredNames,
  grid: (value: number) => number,
  budget: number,
): Pick<LayerData, "names" | "gathered" | "unlistedNames"> {
  const threshold = affordableThreshold(tree, names, budget);
  const { id, list } = nameIds(tree, names, threshold);
  const entries: string[] = [];
  // Per row of the entry at hand: the id, and behind it the place of the row.
  const room = 2 ** Math.ceil(Math.log2(names.length + 1));
  const keys = new Float64Array(names.length);
  let left = names.unlistedNames;
  let row = 0;
  let previous = 0;
  for (let rect = 0; rect < layout.length; rect++) {
    if (layout.hiddenWeight[rect] === 0) continue;
    let unlisted = names.unlistedWeight[rect]!;
    let count = 0;
    for (; row < names.length && names.rect[row] === rect; row++) {
      const weight = names.weight[row]!;
      if (weight < threshold) {
        left++;
        unlisted += weight;
      } else keys[count++] = id[names.name[row]!]! * room + row;
    }
    const hidden = layout.hiddenWeight[rect]!;
    const rest = Math.min(hidden, unlisted);
    let entry = `${(rect - previous).toString(36)}:${grid(hidden).toString(36)}`;
    if (grid(rest) > 0) entry += `,${grid(rest).toString(36)}`;
    let before = 0;
    for (const key of keys.subarray(0, count).sort()) {
      const own = Math.floor(key / room);
      entry += ` ${(own - before).toString(36)},${grid(names.weight[key % room]!).toString(36)}`;
      before = own;
    }
    entries.push(entry);
    previous = rect;
  }
  return { names: list, gathered: entries.join(";"), unlistedNames: left };
}

/** Numbers the listed names: those in the most entries first, so that they take the fewest digits, then by name. */
function nameIds(
  tree: FlameTree,
  names: GatheredNames,
  threshold: number,
): { id: Int32Array; list: string[] } {
  const uses = new Int32Array(tree.names.length);
  const listed = new Uint8Array(tree.names.length);
  for (let row = 0; row < names.length; row++) {
    if (names.weight[row]! < threshold) continue;
    const name = names.name[row]!;
    uses[name] = uses[name]! + 1;
    listed[name] = 1;
  }
  const rank = rankNames(tree.names, listed);
  const rows: number[] = [];
  for (let name = 0; name < listed.length; name++) if (listed[name] === 1) rows.push(name);
  rows.sort((a, b) => uses[b]! - uses[a]! || rank[a]! - rank[b]!);
  const id = new Int32Array(tree.names.length);
  rows.forEach((name, at) => {
    id[name] = at;
  });
  return { id, list: rows.map((name) => visibleText(tree.names.text(name))) };
}

/** The lowest weight that a row must have for the table to stay within `budget` characters. */
function affordableThreshold(tree: FlameTree, names: GatheredNames, budget: number): number {
  const lengths = new Int32Array(tree.names.length);
  for (let row = 0; row < names.length; row++) {
    const name = names.name[row]!;
    if (lengths[name] === 0) lengths[name] = tree.names.bytes(name).length + 3;
  }
  if (costOf(names, lengths, 0) <= budget) return 0;
  const weights = names.weight.slice().sort();
  let low = 0;
  let high = weights.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (costOf(names, lengths, weights[middle]!) <= budget) high = middle;
    else low = middle + 1;
  }
  return low === weights.length ? Number.POSITIVE_INFINITY : weights[low]!;
}

/** About how many characters the rows of at least that weight take, with their names (`lengths`, quoted). */
function costOf(names: GatheredNames, lengths: Int32Array, threshold: number): number {
  const seen = new Uint8Array(lengths.length);
  let cost = 0;
  for (let row = 0; row < names.length; row++) {
    if (names.weight[row]! < threshold) continue;
    cost += 8;
    const name = names.name[row]!;
    if (seen[name] === 1) continue;
    seen[name] = 1;
    cost += lengths[name]!;
  }
  return cost;
}
