import type { FlameTree } from "@flambeau/core";
import { buildLevelGraph, type LevelGraph, nameOf, type SearchOptions, samePath } from "../graph/index.ts";
import type { View } from "./camera.ts";
import { changeView } from "./change.ts";
import type { FlameGraphEvents, PaneName } from "./events.ts";
import type { Colorize } from "./frame-colors.ts";
import { Gestures } from "./gestures.ts";
import { blockInfo, type FrameInfo, frameInfo } from "./info.ts";
import { viewOf, viewOfBlock } from "./opening.ts";
import { paletteNamed } from "./palettes.ts";
import { type Hit, Pane, type PaneLook } from "./pane.ts";
import { type SearchResult, SearchState } from "./search-state.ts";
import { STYLES } from "./styles.ts";
import { ThemeProbe } from "./theme.ts";
import { frameLines, Tooltip } from "./tooltip.ts";

/** How a graph is drawn. */
export type GraphMode = "flame" | "icicle" | "chart" | "sandwich";

const MODES: readonly string[] = ["flame", "icicle", "chart", "sandwich"];

const ATTRIBUTES = [
  "mode",
  "palette",
  "theme",
  "search",
  "search-mode",
  "case-sensitive",
  "minimap",
  "label",
  "diff",
  "diff-noise",
] as const;

/** Where there is no DOM (a server that renders pages) the module can still be imported. */
const Host: typeof HTMLElement = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

/** `<flame-graph>`: draws a {@link LevelGraph}. */
export class FlameGraphElement extends Host {
  static readonly observedAttributes: readonly string[] = ATTRIBUTES;

  readonly #root: HTMLElement;
  readonly #panes: HTMLElement;
  readonly #probe: ThemeProbe;
  readonly #tooltip = new Tooltip();
  readonly #main: Pane;
  #callers: Pane | undefined;
  #callersGraph: LevelGraph | null = null;
  #active: Pane;
  #search: SearchState | undefined;
  #colorize: Colorize | undefined;
  #frame = 0;
  #connection: AbortController | undefined;
  #sizes: ResizeObserver | undefined;

  constructor() {
    super();
    const shadow = this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLES);
    shadow.adoptedStyleSheets = [sheet];
    this.#root = document.createElement("div");
    this.#root.className = "root";
    this.#root.setAttribute("part", "root");
    this.#panes = document.createElement("div");
    this.#panes.className = "panes";
    this.#probe = new ThemeProbe(() => this.#restyle());
    this.#root.append(this.#panes);
    shadow.append(this.#root, this.#tooltip.node, this.#probe.node);
    this.#main = new Pane(this.#lookOf("main"));
    this.#active = this.#main;
    this.#panes.append(this.#main.node);
  }

  connectedCallback(): void {
    for (const name of ["graph", "callers", "tree", "colorize"] as const) this.#upgrade(name);
    this.#connection = new AbortController();
    this.#sizes = new ResizeObserver(() => this.#measure());
    this.#wire(this.#main, "main");
    if (this.#callers !== undefined) this.#wire(this.#callers, "callers");
    this.#restyle();
    this.#measure();
  }

  disconnectedCallback(): void {
    this.#connection?.abort();
    this.#sizes?.disconnect();
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#tooltip.hide();
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (before === after) return;
    if (name === "search" || name === "search-mode" || name === "case-sensitive") this.#searchByAttribute();
    else this.#restyle();
  }

  /** What is drawn. A new graph keeps the zoom where it has the same path. */
  get graph(): LevelGraph | null {
    return this.#main.graph;
  }

  set graph(graph: LevelGraph | null) {
    this.#open(this.#main, graph);
    this.#searchByAttribute();
  }

  /** Of a sandwich: the callers, drawn above; `graph` holds the callees. */
  get callers(): LevelGraph | null {
    return this.#callersGraph;
  }

  set callers(graph: LevelGraph | null) {
    this.#callersGraph = graph;
    this.#arrange();
  }

  /** Lays a tree out and draws it: for small trees. Large ones are laid out in a Worker by `buildLevelGraph`. */
  set tree(tree: FlameTree | null) {
    this.graph = tree === null ? null : buildLevelGraph(tree);
  }

  get mode(): GraphMode {
    const text = this.getAttribute("mode");
    return text !== null && MODES.includes(text) ? (text as GraphMode) : "flame";
  }

  set mode(mode: GraphMode) {
    this.setAttribute("mode", mode);
  }

  /** Colours of the page's own, asked once per name. */
  set colorize(colorize: Colorize | undefined) {
    this.#colorize = colorize;
    this.#restyle();
  }

  get colorize(): Colorize | undefined {
    return this.#colorize;
  }

  /** What is zoomed. Setting it moves there at once. */
  get view(): View {
    return this.#main.camera.target;
  }

  set view(view: View) {
    this.#main.camera.jump(view);
    this.#zoomed(this.#main);
  }

  /** Shows a frame at full width, and what it calls. */
  zoomTo(rect: number): void {
    const { graph } = this.#main;
    if (graph !== null && rect >= 0 && rect < graph.length) this.#zoom(this.#main, viewOf(graph, rect));
  }

  /** The view before the last zoom. */
  back(): void {
    const pane = this.#active;
    pane.camera.moveTo(pane.camera.previous(), performance.now(), this.#still);
    this.#zoomed(pane);
  }

  /** Everything. */
  reset(): void {
    const pane = this.#active;
    if (!pane.camera.isWhole) this.#zoom(pane, pane.camera.whole());
  }

  /** Selects a frame, or nothing. */
  select(rect: number | null): void {
    this.#select(this.#main, rect ?? -1);
  }

  get selected(): number | null {
    return this.#main.selected < 0 ? null : this.#main.selected;
  }

  /** Facts about a frame, for a page's own panels. */
  frameInfo(rect: number): FrameInfo | null {
    const { graph, camera } = this.#main;
    return graph === null || rect < 0 || rect >= graph.length
      ? null
      : frameInfo(graph, rect, camera.target.rect);
  }

  /** Looks for functions. An empty pattern ends the search. */
  search(pattern: string, options: SearchOptions = {}): SearchResult | null {
    const { graph } = this.#main;
    this.#search = graph === null || pattern === "" ? undefined : new SearchState(graph, pattern, options);
    this.#main.matched = this.#search?.error === undefined ? this.#search?.matched : undefined;
    return this.#searched();
  }

  get searchResult(): SearchResult | null {
    return this.#search?.below(this.#main.camera.target.rect) ?? null;
  }

  nextHit(): void {
    this.#stepHit(1);
  }

  previousHit(): void {
    this.#stepHit(-1);
  }

  /** Marks every frame of a function; `null` ends it. */
  highlightName(name: string | null): void {
    for (const pane of this.#all()) pane.highlighted = name === null ? -1 : nameRow(pane.graph, name);
    this.#redraw();
  }

  #all(): Pane[] {
    return this.#callers === undefined ? [this.#main] : [this.#callers, this.#main];
  }

  get #still(): boolean {
    return matchMedia("(prefers-reduced-motion: reduce)").matches;
  }

  #lookOf(name: PaneName): PaneLook {
    const { mode } = this;
    return {
      theme: this.#probe.read(),
      palette: paletteNamed(this.getAttribute("palette")),
      upward: mode === "flame" || name === "callers",
      axis: mode === "chart",
      colorize: this.#colorize,
    };
  }

  #restyle(): void {
    this.#main.look = this.#lookOf("main");
    this.#main.change = this.#changeOf(this.#main.graph);
    this.#arrange();
    this.#redraw();
  }

  #changeOf(graph: LevelGraph | null): ReturnType<typeof changeView> {
    if (graph === null) return undefined;
    const noise = Number(this.getAttribute("diff-noise") ?? 0);
    return changeView(graph, {
      scale: this.getAttribute("diff") === "relative" ? "relative" : "absolute",
      noise: noise > 0 ? noise : 0,
    });
  }

  /** A sandwich has a second pane, above. */
  #arrange(): void {
    const wanted = this.mode === "sandwich" && this.#callersGraph !== null;
    if (!wanted) {
      this.#callers?.node.remove();
      if (this.#active === this.#callers) this.#active = this.#main;
      this.#callers = undefined;
      return;
    }
    if (this.#callers === undefined) {
      this.#callers = new Pane(this.#lookOf("callers"));
      this.#panes.prepend(this.#callers.node);
      if (this.isConnected) this.#wire(this.#callers, "callers");
    } else {
      this.#callers.look = this.#lookOf("callers");
    }
    if (this.#callers.graph !== this.#callersGraph) this.#open(this.#callers, this.#callersGraph);
  }

  #open(pane: Pane, graph: LevelGraph | null): void {
    const old = pane.graph;
    const zoomed = pane.camera.target.rect;
    let view: View | undefined;
    if (old !== null && graph !== null && zoomed > 0) {
      const found = samePath(old, zoomed, graph);
      if (found.rect > 0) view = viewOf(graph, found.rect);
    }
    pane.show(graph, this.#changeOf(graph), view);
    this.#redraw();
  }

  #zoom(pane: Pane, view: View): void {
    this.#active = pane;
    pane.camera.remember();
    pane.camera.moveTo(view, performance.now(), this.#still);
    this.#zoomed(pane);
    pane.reveal(view.rect);
  }

  /** After every change of what is seen. */
  #zoomed(pane: Pane): void {
    const { rect, from, to } = pane.camera.target;
    this.#emit("flame-graph-zoom", { pane: this.#nameOf(pane), rect, from, to });
    if (this.#search !== undefined && pane === this.#main) this.#searched();
    this.#redraw();
  }

  #select(pane: Pane, rect: number): void {
    if (pane.selected === rect) return;
    for (const other of this.#all()) other.selected = -1;
    pane.selected = rect;
    this.#active = pane;
    this.#emit("flame-graph-select", { pane: this.#nameOf(pane), rect, count: rect < 0 ? 0 : 1 });
    this.#redraw();
  }

  #searchByAttribute(): void {
    this.search(this.getAttribute("search") ?? "", {
      regex: this.getAttribute("search-mode") === "regex",
      caseSensitive: this.hasAttribute("case-sensitive"),
    });
  }

  #searched(): SearchResult | null {
    const result = this.searchResult;
    this.#emit("flame-graph-search", result);
    this.#redraw();
    return result;
  }

  #stepHit(by: 1 | -1): void {
    const { graph } = this.#main;
    if (this.#search === undefined || graph === null) return;
    this.#search.below(this.#main.camera.target.rect);
    const rect = this.#search.step(by);
    if (rect < 0) return;
    this.#select(this.#main, rect);
    this.#main.reveal(rect);
  }

  #wire(pane: Pane, name: PaneName): void {
    const { signal } = this.#connection!;
    this.#sizes?.observe(pane.area.node);
    pane.area.node.addEventListener("scroll", () => this.#redraw(), { signal });
    const detail = (hit: Hit | null) => ({ pane: name, rect: hit?.rect ?? -1, count: hit?.count ?? 0 });
    new Gestures(
      pane,
      {
        hover: (hit, event) => this.#hover(pane, hit, event),
        click: (hit) => this.#select(pane, hit?.rect ?? -1),
        open: (hit, event) => this.#openHit(pane, hit, event),
        menu: (hit, event) => {
          const more = { clientX: event.clientX, clientY: event.clientY };
          if (!this.#emit("flame-graph-menu", { ...detail(hit), ...more })) event.preventDefault();
        },
        move: (view, started) => {
          if (started) pane.camera.remember();
          else {
            pane.camera.jump({ ...view, rect: pane.camera.target.rect });
            this.#zoomed(pane);
          }
        },
        range: (from, to, done) => {
          if (done)
            this.#emit("flame-graph-range", { range: { from: Math.min(from, to), to: Math.max(from, to) } });
        },
        wheelZooms: () => this.getAttribute("wheel") === "zoom",
        canChooseRange: () => this.mode === "chart",
        redraw: () => this.#redraw(),
      },
      signal,
    );
  }

  #openHit(pane: Pane, hit: Hit, event: MouseEvent): void {
    const { graph } = pane;
    if (graph === null) return;
    const under = pane.rectUnder(hit.level, event.clientX);
    const view =
      hit.count === 1 ? viewOf(graph, hit.rect) : viewOfBlock(graph, hit, under, pane.canvas.clientWidth);
    this.#zoom(pane, view);
  }

  #hover(pane: Pane, hit: Hit | null, event: PointerEvent | null): void {
    const { graph } = pane;
    const same = pane.hovered?.rect === hit?.rect && pane.hovered?.count === hit?.count;
    if (!same) {
      pane.hovered = hit;
      pane.canvas.classList.toggle("pointing", hit !== null);
      const row = hit === null || hit.count > 1 ? -1 : graph!.name[hit.rect]!;
      pane.highlighted = row;
      for (const other of this.#all()) {
        if (other === pane) continue;
        other.highlighted = row < 0 || hit === null ? -1 : nameRow(other.graph, nameOf(graph!, hit.rect));
      }
      this.#emit("flame-graph-hover", {
        pane: this.#nameOf(pane),
        rect: hit?.rect ?? -1,
        count: hit?.count ?? 0,
      });
      this.#redraw();
    }
    if (hit === null || event === null || graph === null) this.#tooltip.hide();
    else this.#describe(pane, graph, hit, event.clientX, event.clientY);
  }

  #describe(pane: Pane, graph: LevelGraph, hit: Hit, x: number, y: number): void {
    const { rect } = pane.camera.target;
    if (hit.count > 1) {
      this.#tooltip.showBlock(blockInfo(graph, hit.rect, hit.count, rect), graph.unit, rect > 0, x, y);
      return;
    }
    const info = frameInfo(graph, hit.rect, rect);
    this.#tooltip.showFrame(info, frameLines(graph, info, pane.change, rect > 0), x, y);
  }

  #nameOf(pane: Pane): PaneName {
    return pane === this.#callers ? "callers" : "main";
  }

  #measure(): void {
    for (const pane of this.#all()) {
      const { clientWidth, clientHeight } = pane.area.node;
      const ratio = window.devicePixelRatio || 1;
      pane.resize(
        clientWidth,
        clientHeight,
        Math.round(clientWidth * ratio),
        Math.round(clientHeight * ratio),
      );
    }
    this.#redraw();
  }

  #redraw(): void {
    if (this.#frame !== 0 || !this.isConnected) return;
    this.#frame = requestAnimationFrame((time) => {
      this.#frame = 0;
      let moving = false;
      for (const pane of this.#all()) moving = pane.draw(time) || moving;
      if (moving) this.#redraw();
    });
  }

  #emit<K extends keyof FlameGraphEvents>(type: K, detail: FlameGraphEvents[K]["detail"]): boolean {
    return this.dispatchEvent(
      new CustomEvent(type, {
        detail,
        bubbles: true,
        composed: true,
        cancelable: type === "flame-graph-menu",
      }),
    );
  }

  /** A property that was set before the element was defined hides the accessor: set it again. */
  #upgrade(name: "graph" | "callers" | "tree" | "colorize"): void {
    if (!Object.hasOwn(this, name)) return;
    const value = (this as Record<string, unknown>)[name];
    delete (this as Record<string, unknown>)[name];
    (this as Record<string, unknown>)[name] = value;
  }
}

/** Row of a name in a graph, or -1. */
function nameRow(graph: LevelGraph | null, name: string): number {
  if (graph === null) return -1;
  const wanted = new TextEncoder().encode(name);
  const { bytes, offsets, length } = graph.names;
  for (let row = 1; row < length; row++) {
    const start = offsets[row]!;
    if (offsets[row + 1]! - start !== wanted.length) continue;
    if (wanted.every((byte, i) => bytes[start + i] === byte)) return row;
  }
  return -1;
}
