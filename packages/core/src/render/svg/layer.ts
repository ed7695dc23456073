import { type Layout, RectangleKind } from "../../layout/layout.ts";
import { annotatedName } from "../../transforms/annotation.ts";
import type { ChildLists, FlameTree } from "../../transforms/flame-tree.ts";
import { BLOCK_COLOR, type FrameColors } from "./colors.ts";
import type { DiffView } from "./differential.ts";
import { type Geometry, rowTop, scaleOf } from "./geometry.ts";
import { fitLabel } from "./labels.ts";
import type { NameAttributes } from "./name-attributes.ts";
import { coordinate } from "./numbers.ts";
import { type Settings, type SvgOptions, X_PAD } from "./options.ts";
import { labelOf, type TitleContext, titleOf } from "./titles.ts";
import { xmlText } from "./xml.ts";

/** One tree with all that is needed to draw it. A picture has one or two: the second is the inverted tree. */
export interface Layer {
  readonly tree: FlameTree;
  readonly layout: Layout;
  readonly diff: DiffView | undefined;
  /** Weight of the whole width. */
  readonly total: number;
  readonly minWidth: number;
  readonly children: ChildLists;
}

/** A rectangle as it is drawn, apart from its place. */
export interface Described {
  readonly label: string;
  readonly title: string;
  readonly fill: string;
  readonly classes: string;
  readonly attributes: NameAttributes | undefined;
}

/** Takes a piece of the file; a promise means: wait before the next one. */
export type WriteText = (text: string) => void | Promise<void>;

/** Writes the frames of a layer: `<g><title/><rect/><text/></g>` each, parents before children. */
export class LayerWriter {
  readonly #layer: Layer;
  readonly #geometry: Geometry;
  readonly #settings: Settings;
  readonly #options: SvgOptions;
  readonly #colors: FrameColors;
  readonly #titles: TitleContext;
  readonly #scale: number;
  /** Per rectangle: below a `--`, in a chain graph. */
  readonly #wakers: Uint8Array | undefined;

  constructor(
    layer: Layer,
    geometry: Geometry,
    settings: Settings,
    options: SvgOptions,
    colors: FrameColors,
  ) {
    this.#layer = layer;
    this.#geometry = geometry;
    this.#settings = settings;
    this.#options = options;
    this.#colors = colors;
    this.#scale = scaleOf(settings.width, layer.total);
    this.#wakers = settings.colors === "chain" ? wakersOf(layer) : undefined;
    this.#titles = { ...layer, amounts: settings.amounts };
  }

  async write(write: WriteText): Promise<void> {
    for (let rect = 0; rect < this.#layer.layout.length; rect++) {
      const full = write(this.#frame(rect));
      if (full !== undefined) await full;
    }
  }

  /** What is written on a rectangle, what its title says, and how it is coloured. */
  describe(rect: number): Described {
    const label = labelOf(this.#titles, rect);
    const attributes = this.#attributes(rect);
    return {
      label,
      title: attributes?.title ?? titleOf(this.#titles, rect, label),
      fill: this.#fill(rect),
      classes: this.#classes(rect),
      attributes,
    };
  }

  #frame(rect: number): string {
    const { layout, total } = this.#layer;
    const { frameHeight, fontSize } = this.#geometry;
    const start = layout.x[rect]!;
    const exactLeft = X_PAD + start * this.#scale;
    const exactRight = X_PAD + (rect === 0 ? total : start + layout.w[rect]!) * this.#scale;
    const left = Number(coordinate(exactLeft));
    const width = coordinate(Number(coordinate(exactRight)) - left);
    const y = rowTop(this.#geometry, layout, layout.depth[rect]!, this.#settings.icicle);
    const described = this.describe(rect);
    const text = fitLabel(
      described.label,
      exactRight - exactLeft,
      fontSize * this.#settings.fontWidth,
      this.#settings.truncate,
    );
    const { open, close } = group(described);
    const textX = Number((exactLeft + 3).toFixed(2));
    const textY = 3 + y + (frameHeight - 1) / 2;
    return `${open}<title>${xmlText(described.title)}</title><rect x="${left}" y="${y}" width="${width}" height="${frameHeight - 1}" fill="${described.fill}"/>${
      text === "" ? "" : `<text x="${textX}" y="${textY}">${xmlText(text)}</text>`
    }${close}\n`;
  }

  #fill(rect: number): string {
    const { tree, layout, diff, total } = this.#layer;
    if (layout.kind[rect] !== RectangleKind.frame) return BLOCK_COLOR;
    const share = layout.w[rect]! / total;
    return this.#colors.fill(tree, layout.node[rect]!, share, diff, this.#wakers?.[rect] === 1);
  }

  #attributes(rect: number): NameAttributes | undefined {
    const { tree, layout } = this.#layer;
    const all = this.#options.nameAttributes;
    const node = layout.node[rect]!;
    if (all === undefined || node === 0 || layout.kind[rect] !== RectangleKind.frame) return undefined;
    const row = tree.name[node]!;
    return all.get(annotatedName(tree.names, row)) ?? all.get(tree.names.text(row));
  }

  /** s: a block of small frames; d: of deeper ones; h, b: only in head, only in base. */
  #classes(rect: number): string {
    const { layout, diff } = this.#layer;
    if (layout.kind[rect] === RectangleKind.small) return "s";
    if (layout.kind[rect] === RectangleKind.deeper) return "s d";
    if (diff === undefined || diff.classic) return "";
    const only = diff.only(layout.node[rect]!);
    return only === undefined ? "" : only === "head" ? "h" : "b";
  }
}

/** The element around a frame: a link where the function has one. */
function group({ label, classes, attributes: extra }: Described): { open: string; close: string } {
  if (extra === undefined) {
    return { open: classes === "" ? "<g>" : `<g class="${classes}">`, close: "</g>" };
  }
  const list: (readonly [string, string])[] = [];
  if (extra.id !== undefined) list.push(["id", extra.id]);
  const allClasses = [classes, extra.class ?? ""].filter((part) => part !== "").join(" ");
  if (allClasses !== "") list.push(["class", allClasses]);
  // A title of its own hides the name from the script.
  if (extra.title !== undefined) list.push(["data-name", label]);
  list.push(...extra.group);
  if (extra.href === undefined) return { open: `<g${attributeText(list)}>`, close: "</g>" };
  list.push(["href", extra.href], ["target", extra.target ?? "_top"], ...extra.link);
  return { open: `<a${attributeText(list)}>`, close: "</a>" };
}

/** Later attributes of the same name are dropped: XML allows each only once. */
function attributeText(list: readonly (readonly [string, string])[]): string {
  const seen = new Set<string>();
  let text = "";
  for (const [name, value] of list) {
    if (seen.has(name)) continue;
    seen.add(name);
    text += ` ${name}="${xmlText(value)}"`;
  }
  return text;
}

function wakersOf({ tree, layout }: Layer): Uint8Array {
  const below = new Uint8Array(layout.length);
  for (let rect = 1; rect < layout.length; rect++) {
    const up = layout.parent[rect]!;
    const divider = up > 0 && tree.names.text(tree.name[layout.node[up]!]!) === "--";
    if (divider || below[up] === 1) below[rect] = 1;
  }
  return below;
}
