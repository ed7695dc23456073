import type { FlameTree } from "@flambeau/core";
import { buildLevelGraph, type LevelGraph, type SearchOptions } from "../graph/index.ts";
import type { View } from "./camera.ts";
import type { PaneName, RangeDetail } from "./events.ts";
import { type PictureSize, pictureOf } from "./export.ts";
import type { Colorize } from "./frame-colors.ts";
import { type FrameInfo, frameInfo } from "./info.ts";
import { type GraphPalette, paletteNamed } from "./palettes.ts";
import type { SearchResult } from "./search-state.ts";
import { type GraphMode, Stage, type StageSettings } from "./stage.ts";
import { STYLES } from "./styles.ts";
import type { Unit } from "./unit.ts";

const MODES: readonly string[] = ["flame", "icicle", "chart", "sandwich"];

/** Attributes that change what is searched, and those that change how it looks. */
const SEARCHING = ["search", "search-mode", "case-sensitive"];
const LOOKS = [
  "mode",
  "palette",
  "theme",
  "minimap",
  "table",
  "label",
  "wheel",
  "diff",
  "diff-by",
  "diff-noise",
];

/** Properties that a page may have set before the element was defined. */
const PROPERTIES = ["colorize", "graph", "callers", "tree", "view", "range", "selected", "search"] as const;

/** The method `search`. */
type Search = (pattern: string, options?: SearchOptions) => SearchResult | null;

/** Where there is no DOM (a server that renders pages) the module can still be imported. */
const Host: typeof HTMLElement = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

/**
 * `<flame-graph>`: draws a {@link LevelGraph} as flame graph, icicle, flame chart or sandwich. Attributes, properties,
 * methods, events and custom properties of CSS are listed in the package's README.
 */
export class FlameGraphElement extends Host {
  static readonly observedAttributes: readonly string[] = [...SEARCHING, ...LOOKS];

  readonly #stage: Stage;
  readonly #searchMethod: Search = (pattern, options = {}) => this.#stage.search(pattern, options);
  #colorize: Colorize | undefined;

  constructor() {
    super();
    const shadow = this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLES);
    shadow.adoptedStyleSheets = [sheet];
    this.#stage = new Stage(this.#settings(), (type, detail) =>
      this.dispatchEvent(
        new CustomEvent(type, {
          detail,
          bubbles: true,
          composed: true,
          cancelable: type === "flame-graph-menu",
        }),
      ),
    );
    shadow.append(this.#stage.node, this.#stage.tooltip.node);
  }

  connectedCallback(): void {
    for (const name of PROPERTIES) this.#upgrade(name);
    this.#stage.connect();
  }

  disconnectedCallback(): void {
    this.#stage.disconnect();
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (before === after) return;
    if (SEARCHING.includes(name)) this.#searchByAttributes();
    else this.#stage.restyle(this.#settings());
  }

  /** What is drawn. A new graph keeps zoom, selection and search where they make sense in it. */
  get graph(): LevelGraph | null {
    return this.#stage.main.graph;
  }

  set graph(graph: LevelGraph | null) {
    const first = this.#stage.main.graph === null;
    this.#stage.show(graph);
    if (first && this.hasAttribute("search")) this.#searchByAttributes();
  }

  /** Of a sandwich: the callers, drawn above; `graph` holds the callees. */
  get callers(): LevelGraph | null {
    return this.#stage.callersGraph;
  }

  set callers(graph: LevelGraph | null) {
    this.#stage.callersGraph = graph;
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

  get palette(): GraphPalette {
    return paletteNamed(this.getAttribute("palette"));
  }

  set palette(palette: GraphPalette) {
    this.setAttribute("palette", palette);
  }

  /** Colours of the page's own, asked once per name. */
  get colorize(): Colorize | undefined {
    return this.#colorize;
  }

  set colorize(colorize: Colorize | undefined) {
    this.#colorize = colorize;
    this.#stage.restyle(this.#settings());
  }

  /**
   * What is zoomed, or will be when the present movement ends. Setting it moves there at once; what is no rectangle of
   * the graph, or no number, is ignored.
   */
  get view(): View {
    return this.#stage.main.pane.camera.target;
  }

  set view(view: View) {
    const { main } = this.#stage;
    const { rect, from, to } = view;
    const known = Number.isInteger(rect) && rect >= 0 && rect < (main.graph?.length ?? 0);
    if (!known || !Number.isFinite(from) || !Number.isFinite(to)) return;
    main.pane.camera.jump({ rect, from, to });
    this.#stage.zoomed(main);
  }

  /** The chosen part of a flame chart. Setting it sends no event. */
  get range(): RangeDetail["range"] {
    return this.#stage.range;
  }

  set range(range: RangeDetail["range"]) {
    this.#stage.range = range;
  }

  /** The selected frame of the main drawing. */
  get selected(): number | null {
    const { selected } = this.#stage.main.pane;
    return selected < 0 ? null : selected;
  }

  set selected(rect: number | null) {
    this.select(rect);
  }

  /** Shows a frame at full width, and what it calls. */
  zoomTo(rect: number, pane: PaneName = "main"): void {
    this.#unit(pane)?.zoomTo(rect);
  }

  /** The view before the last zoom. */
  back(): void {
    this.#stage.active.back();
  }

  /** Everything. */
  reset(): void {
    this.#stage.active.reset();
  }

  /** Selects a frame, or nothing, and brings it into view. */
  select(rect: number | null, pane: PaneName = "main"): void {
    const unit = this.#unit(pane);
    const { graph } = unit ?? {};
    if (unit === undefined || graph === null || graph === undefined) return;
    if (rect !== null && rect >= 0 && rect < graph.length) {
      unit.goTo(rect);
      unit.select(rect);
    } else {
      unit.select(-1);
    }
  }

  /** Facts about a frame, for panels of the page's own. */
  frameInfo(rect: number, pane: PaneName = "main"): FrameInfo | null {
    const { graph, camera } = this.#unit(pane)?.pane ?? {};
    if (graph === null || graph === undefined || !(rect >= 0 && rect < graph.length)) return null;
    return frameInfo(graph, rect, camera?.target.rect ?? 0);
  }

  /**
   * Looks for functions by name: `search(pattern, options)`; an empty pattern ends the search. A text that is assigned
   * goes to the attribute of this name: so React and Vue set it, because the element has such a property.
   */
  get search(): Search {
    return this.#searchMethod;
  }

  set search(text: Search | string | null | undefined) {
    if (typeof text === "string") this.setAttribute("search", text);
    else this.removeAttribute("search");
  }

  /** What the present search found in the present view. */
  get searchResult(): SearchResult | null {
    return this.#stage.searchResult;
  }

  nextHit(): void {
    this.#stage.stepHit(1);
  }

  previousHit(): void {
    this.#stage.stepHit(-1);
  }

  /** Marks every frame of a function; `null` ends it. */
  highlightName(name: string | null): void {
    this.#stage.mark(name);
  }

  /** Gives the keyboard focus to the frame that had it last. */
  override focus(options?: FocusOptions): void {
    if (options?.preventScroll !== true) this.scrollIntoView({ block: "nearest" });
    this.#stage.active.table.focus();
  }

  /** A PNG of the present view: as large as it is on the screen, or of the given size in pixels. */
  renderTo(target: HTMLCanvasElement | PictureSize = {}): Promise<Blob> {
    return pictureOf(
      this.#stage.units().map(({ pane }) => pane),
      target,
    );
  }

  #unit(pane: PaneName): Unit | undefined {
    return pane === "callers" ? this.#stage.callers : this.#stage.main;
  }

  #settings(): StageSettings {
    const noise = Number(this.getAttribute("diff-noise") ?? 0);
    return {
      mode: this.mode,
      palette: this.palette,
      change: {
        scale: this.getAttribute("diff") === "relative" ? "relative" : "absolute",
        by: this.getAttribute("diff-by") === "self" ? "self" : "total",
        noise: noise > 0 ? noise : 0,
      },
      colorize: this.#colorize,
      minimap: this.hasAttribute("minimap"),
      table: this.hasAttribute("table"),
      wheelZooms: this.getAttribute("wheel") === "zoom",
      label: this.getAttribute("label") ?? "Flame graph",
    };
  }

  #searchByAttributes(): void {
    this.#stage.search(this.getAttribute("search") ?? "", {
      regex: this.getAttribute("search-mode") === "regex",
      caseSensitive: this.hasAttribute("case-sensitive"),
    });
  }

  /** A property that was set before the element was defined hides the accessor: set it again. */
  #upgrade(name: (typeof PROPERTIES)[number]): void {
    if (!Object.hasOwn(this, name)) return;
    const own = this as Record<string, unknown>;
    const value = own[name];
    delete own[name];
    own[name] = value;
  }
}
