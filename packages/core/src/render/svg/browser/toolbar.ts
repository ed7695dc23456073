import type { Config } from "./config.ts";
import type { LabelFitter } from "./text.ts";

const SVG = "http://www.w3.org/2000/svg";
const HTML = "http://www.w3.org/1999/xhtml";

/** What the toolbar's controls do. */
export interface Actions {
  reset(): void;
  icicle(): void;
  invert(): void;
  theme(): void;
  ignoreCase(): void;
  next(): void;
  previous(): void;
  search(term: string): void;
  zoom(rect: number): void;
}

/** What the toolbar shows. */
export interface ToolbarState {
  readonly zoomed: boolean;
  readonly icicle: boolean;
  readonly inverted: boolean;
  readonly dark: boolean;
  readonly ignoreCase: boolean;
  readonly searching: boolean;
  /** From the root to the zoomed frame. */
  readonly path: readonly { readonly rect: number; readonly name: string }[];
}

/** The line of buttons, breadcrumb and search field: made here, since a static picture has no use for it. */
export class Toolbar {
  readonly input: HTMLInputElement;
  readonly group: SVGGElement;
  readonly #config: Config;
  readonly #fitter: LabelFitter;
  readonly #actions: Actions;
  readonly #crumbs: SVGGElement;
  readonly #reset: SVGTextElement;
  readonly #icicle: SVGTextElement;
  readonly #invert: SVGTextElement | undefined;
  readonly #theme: SVGTextElement;
  readonly #case: SVGTextElement;
  readonly #next: SVGTextElement;
  readonly #previous: SVGTextElement;
  /** Left end of the buttons on the right, and the leftmost of what is there. */
  #edge: number;
  #leftmost: SVGElement;

  constructor(svg: SVGSVGElement, config: Config, fitter: LabelFitter, actions: Actions) {
    this.#config = config;
    this.#fitter = fitter;
    this.#actions = actions;
    this.group = element("g", { id: "tools" });
    this.#crumbs = element("g", { id: "crumbs" });
    const height = config.fontSize + 8;
    this.group.append(
      bar(config.toolbar - config.fontSize - 2, config.width, config.crumbs - config.toolbar + height + 2),
    );
    svg.append(this.group);
    const right = config.width - config.pad;
    const alone = config.field !== config.toolbar;
    const field = alone ? right - config.pad : Math.min(200, config.width / 3);
    this.#edge = alone ? right : right - field - 8;
    this.input = this.#field(right - field, field, height);
    this.#leftmost = this.group.lastElementChild as SVGElement;
    this.#case = this.#button(
      "Ignore case",
      "Search without regard to case (Ctrl-I)",
      () => actions.ignoreCase(),
      "ignorecase",
    );
    this.#next = this.#button("\u25b6", "Next match (F3)", () => actions.next(), "next");
    this.#previous = this.#button(
      "\u25c0",
      "Previous match (Shift-F3)",
      () => actions.previous(),
      "previous",
    );
    this.#edge -= 10;
    this.#theme = this.#button("Light", "Light or dark", () => actions.theme(), "theme");
    this.#invert =
      config.layers.length > 1
        ? this.#button(
            "Bottom-up",
            "From leaf to caller, or from root to leaf",
            () => actions.invert(),
            "invert",
          )
        : undefined;
    this.#icicle = this.#button(
      "Icicle",
      "Root at the top or at the bottom",
      () => actions.icicle(),
      "icicle",
    );
    this.#reset = element("text", buttonAttributes("unzoom", config.pad, config.crumbs), "Reset Zoom");
    wire(this.#reset, () => actions.reset());
    // The order of the elements is that in which Tab visits them: as they are read.
    if (config.crumbs === config.toolbar) this.#leftmost.before(this.#reset, this.#crumbs);
    else this.group.append(this.#reset, this.#crumbs);
  }

  show(state: ToolbarState): void {
    setVisible(this.#reset, state.zoomed);
    setVisible(this.#next, state.searching);
    setVisible(this.#previous, state.searching);
    label(this.#icicle, state.icicle ? "Flame" : "Icicle");
    label(this.#theme, state.dark ? "Light" : "Dark");
    if (this.#invert !== undefined) label(this.#invert, state.inverted ? "Top-down" : "Bottom-up");
    this.#case.setAttribute("aria-pressed", String(state.ignoreCase));
    this.#showPath(state.zoomed ? state.path : []);
  }

  /** The way from the root to the zoomed frame; where it is too long, its middle is left out. */
  #showPath(path: ToolbarState["path"]): void {
    this.#crumbs.replaceChildren();
    if (path.length === 0) return;
    const start = this.#config.pad + this.#fitter.width("Reset Zoom") + 16;
    const own = this.#config.crumbs !== this.#config.toolbar;
    const room = (own ? this.#config.width - this.#config.pad : this.#edge - 12) - start;
    const separator = " \u203a ";
    const names = path.map(({ name }) => this.#fitter.fit(name, 160) || name.slice(0, 3));
    const widths = names.map((name) => this.#fitter.width(name + separator));
    const shown = new Set<number>([0]);
    let used = (widths[0] ?? 0) + this.#fitter.width(`\u2026${separator}`);
    for (let at = path.length - 1; at > 0 && used + (widths[at] ?? 0) <= room; at--) {
      used += widths[at] ?? 0;
      shown.add(at);
    }
    let x = start;
    const put = (text: string, rect: number | undefined, full: string): void => {
      const node = element("text", { class: "u", x: String(x), y: String(this.#config.crumbs) }, text);
      if (rect !== undefined) {
        node.setAttribute("class", "u k");
        node.setAttribute("role", "button");
        node.setAttribute("tabindex", "0");
        node.append(element("title", {}, full));
        wire(node, () => this.#actions.zoom(rect));
      }
      this.#crumbs.append(node);
      x += this.#fitter.width(text);
    };
    let skipped = false;
    path.forEach(({ rect, name }, at) => {
      if (!shown.has(at)) {
        if (!skipped) put(`\u2026${separator}`, undefined, "");
        skipped = true;
        return;
      }
      put(names[at] ?? "", rect, name);
      if (at < path.length - 1) put(separator, undefined, "");
    });
  }

  #field(x: number, width: number, height: number): HTMLInputElement {
    const holder = element("foreignObject", {
      x: String(x),
      y: String(this.#config.field - this.#config.fontSize - 1),
      width: String(width),
      height: String(height),
    });
    const input = document.createElementNS(HTML, "input") as HTMLInputElement;
    input.type = "text";
    input.className = "q";
    input.id = "search";
    input.placeholder = "Search: regexp (Ctrl-F)";
    input.setAttribute("aria-label", "Search frames by regular expression");
    input.spellcheck = false;
    input.autocomplete = "off";
    input.addEventListener("input", () => this.#actions.search(input.value));
    holder.append(input);
    this.group.append(holder);
    return input;
  }

  /** Buttons are placed from right to left. */
  #button(text: string, title: string, act: () => void, id: string): SVGTextElement {
    this.#edge -= this.#fitter.width(text === "Light" ? "Light." : text) + 4;
    const node = element("text", buttonAttributes(id, this.#edge, this.#config.toolbar), text);
    node.append(element("title", {}, title));
    wire(node, act);
    this.#leftmost.before(node);
    this.#leftmost = node;
    this.#edge -= 10;
    return node;
  }
}

/** A strip of background behind text that may come to lie over frames. */
export function bar(y: number, width: number, height: number): SVGRectElement {
  return element("rect", {
    class: "bar",
    x: "0",
    y: String(y),
    width: String(width),
    height: String(height),
    fill: "#f4f4f4",
    "fill-opacity": ".93",
    display: "none",
  });
}

export function element<K extends keyof SVGElementTagNameMap>(
  name: K,
  attributes: Readonly<Record<string, string>>,
  text?: string,
): SVGElementTagNameMap[K] {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  return node;
}

export function setVisible(node: SVGElement, visible: boolean): void {
  if (visible) node.removeAttribute("display");
  else node.setAttribute("display", "none");
}

function buttonAttributes(id: string, x: number, y: number): Record<string, string> {
  return { id, class: "u k", role: "button", tabindex: "0", x: x.toFixed(1), y: String(y) };
}

function wire(node: SVGElement, act: () => void): void {
  node.addEventListener("click", act);
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    event.stopPropagation();
    act();
  });
}

function label(node: SVGTextElement, text: string): void {
  const first = node.firstChild;
  if (first !== null && first.nodeValue !== text) first.nodeValue = text;
}
