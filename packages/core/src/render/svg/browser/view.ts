import type { Config } from "./config.ts";
import type { LayerModel } from "./model.ts";
import type { LabelFitter } from "./text.ts";

const SVG = "http://www.w3.org/2000/svg";

/** Draws one layer for a zoomed frame and a direction, touching only what changes. */
export class LayerView {
  readonly layer: LayerModel;
  readonly #config: Config;
  readonly #fitter: LabelFitter;
  readonly #rects: (SVGRectElement | null)[];
  readonly #texts: (SVGTextElement | null)[];
  /** Labels as the file has them, for the picture that is not zoomed. */
  readonly #original: (string | null)[];
  readonly #hidden: Uint8Array;
  readonly #ancestor: Uint8Array;
  #icicle: boolean;
  #zoomed = 0;

  /** True once every rectangle has its place: a layer made by the script has none at first. */
  #placed: boolean;

  constructor(layer: LayerModel, config: Config, fitter: LabelFitter, placed: boolean) {
    this.layer = layer;
    this.#config = config;
    this.#fitter = fitter;
    this.#icicle = config.icicle;
    this.#placed = placed;
    this.#rects = layer.groups.map((group) => group.querySelector("rect"));
    this.#texts = layer.groups.map((group) => group.querySelector("text"));
    this.#original = this.#texts.map((text) => text?.textContent ?? null);
    this.#hidden = new Uint8Array(layer.length);
    this.#ancestor = new Uint8Array(layer.length);
  }

  get zoomed(): number {
    return this.#zoomed;
  }

  /** True where the rectangle is on screen in the current zoom. */
  shows(rect: number): boolean {
    return this.#hidden[rect] === 0;
  }

  /** Places a layer that was made by the script, before it is shown. */
  prepare(icicle: boolean): void {
    if (this.#placed) return;
    this.#icicle = !icicle;
    this.turn(icicle);
    this.zoom(0);
    this.#placed = true;
    this.#texts.forEach((text, rect) => {
      this.#original[rect] = text?.textContent ?? null;
    });
  }

  zoom(root: number): void {
    const { layer } = this;
    const { pad, width } = this.#config;
    const room = width - 2 * pad;
    const path = new Set<number>();
    for (let up = layer.parent[root] ?? -1; up >= 0; up = layer.parent[up] ?? -1) path.add(up);
    const origin = layer.x[root] ?? 0;
    const scale = room / (layer.w[root] || 1);
    const end = layer.end[root] ?? 0;
    const refit = root !== 0 || !this.#placed;
    this.#zoomed = root;
    for (let rect = 0; rect < layer.length; rect++) {
      const above = path.has(rect);
      const inside = rect >= root && rect < end;
      this.#mark(rect, above, !above && !inside);
      if (above) this.#place(rect, pad, room, refit);
      else if (inside) {
        const left = ((layer.x[rect] ?? 0) - origin) * scale;
        this.#place(rect, pad + left, (layer.w[rect] ?? 0) * scale, refit);
      }
    }
  }

  /** Root at the top (icicle) or at the bottom. */
  turn(icicle: boolean): void {
    if (icicle === this.#icicle) return;
    this.#icicle = icicle;
    const { top, rowHeight } = this.#config;
    for (let rect = 0; rect < this.layer.length; rect++) {
      const depth = this.layer.depth[rect] ?? 0;
      const row = icicle ? depth : this.layer.rows - 1 - depth;
      const y = top + row * rowHeight + (icicle ? 0 : 1);
      this.#rects[rect]?.setAttribute("y", String(y));
      this.#texts[rect]?.setAttribute("y", String(3 + y + (rowHeight - 1) / 2));
    }
  }

  #mark(rect: number, above: boolean, hidden: boolean): void {
    const group = this.layer.groups[rect];
    if (group === undefined) return;
    if (this.#hidden[rect] !== Number(hidden)) {
      this.#hidden[rect] = Number(hidden);
      if (hidden) group.setAttribute("display", "none");
      else group.removeAttribute("display");
    }
    if (this.#ancestor[rect] !== Number(above)) {
      this.#ancestor[rect] = Number(above);
      group.classList.toggle("a", above);
    }
  }

  #place(rect: number, left: number, width: number, refit: boolean): void {
    const box = this.#rects[rect];
    box?.setAttribute("x", left.toFixed(1));
    box?.setAttribute("width", Math.max(0, width).toFixed(1));
    const label = refit
      ? width < 2 * this.#config.fontSize * this.#config.fontWidth
        ? ""
        : this.#fitter.fit(this.layer.name(rect), width - 6)
      : (this.#original[rect] ?? "");
    this.#label(rect, label, left + 3);
  }

  #label(rect: number, label: string, x: number): void {
    let text = this.#texts[rect] ?? null;
    if (text === null) {
      if (label === "") return;
      text = document.createElementNS(SVG, "text");
      const y = Number(this.#rects[rect]?.getAttribute("y") ?? 0);
      text.setAttribute("y", String(3 + y + (this.#config.rowHeight - 1) / 2));
      this.layer.groups[rect]?.append(text);
      this.#texts[rect] = text;
    }
    if (text.textContent !== label) text.textContent = label;
    if (label !== "") text.setAttribute("x", x.toFixed(2));
  }
}
