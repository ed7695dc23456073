import { grouped } from "@flambeau/core";
import { type LevelGraph, nameRow, type SearchOptions, textAt } from "../graph/index.ts";
import { type ChangeOptions, type ChangeView, changeView } from "./change.ts";
import { DeviceSizes } from "./device-size.ts";
import type { RangeDetail } from "./events.ts";
import { type Colorize, FrameColors } from "./frame-colors.ts";
import { percent } from "./info.ts";
import { Legend } from "./legend.ts";
import { LiveRegion } from "./live.ts";
import { Minimap } from "./minimap.ts";
import type { Drawing, UnitOwner } from "./owner.ts";
import type { GraphPalette } from "./palettes.ts";
import type { PaneLook } from "./pane.ts";
import { type SearchResult, SearchState } from "./search-state.ts";
import { ThemeProbe } from "./theme.ts";
import { Tooltip } from "./tooltip.ts";
import { Unit } from "./unit.ts";

/** How a graph is drawn. */
export type GraphMode = "flame" | "icicle" | "chart" | "sandwich";

/** What the element's attributes and properties say. */
export interface StageSettings {
  readonly mode: GraphMode;
  readonly palette: GraphPalette;
  readonly change: ChangeOptions;
  readonly colorize: Colorize | undefined;
  readonly minimap: boolean;
  readonly table: boolean;
  readonly wheelZooms: boolean;
  readonly label: string;
}

type Emit = UnitOwner["emit"];

/** Everything inside the shadow root: one or two drawings, minimap, legend, tooltip, and what was searched. */
export class Stage implements UnitOwner {
  readonly node: HTMLElement = box("root");
  readonly tooltip: Tooltip = new Tooltip();
  readonly main: Unit;
  callers: Unit | undefined;
  readonly emit: Emit;
  #settings: StageSettings;
  readonly #panes = box("panes");
  readonly #probe: ThemeProbe;
  readonly #minimap: Minimap;
  readonly #legend = new Legend();
  readonly #live = new LiveRegion();
  #callersGraph: LevelGraph | null = null;
  #active: Unit;
  #search: SearchState | undefined;
  readonly #changes = new WeakMap<LevelGraph, { key: string; view: ChangeView | undefined }>();
  #marked: string | null = null;
  #frame = 0;
  #connection: AbortController | undefined;
  #sizes: DeviceSizes | undefined;

  constructor(settings: StageSettings, emit: Emit) {
    this.emit = emit;
    this.#settings = settings;
    this.#probe = new ThemeProbe(() => this.restyle(this.#settings));
    this.main = new Unit("main", this.#lookOf("main"), this);
    this.#active = this.main;
    this.#minimap = new Minimap({
      move: (view, started) => this.main.move(view, started),
      reset: () => this.main.reset(),
    });
    this.#panes.append(this.main.pane.node);
    this.node.append(this.#panes, this.#legend.node, this.#live.node, this.#probe.node);
  }

  get active(): Unit {
    return this.#active;
  }

  get callersGraph(): LevelGraph | null {
    return this.#callersGraph;
  }

  set callersGraph(graph: LevelGraph | null) {
    this.#callersGraph = graph;
    this.restyle(this.#settings);
  }

  /** The chosen part of a chart. */
  get range(): RangeDetail["range"] {
    return this.main.pane.range ?? null;
  }

  set range(range: RangeDetail["range"]) {
    this.main.pane.range = range ?? undefined;
    this.redraw();
  }

  connect(): void {
    this.#connection = new AbortController();
    this.#sizes = new DeviceSizes(() => this.#measure());
    this.#sizes.observe(this.#panes);
    for (const unit of this.units()) this.#connectUnit(unit);
    const { signal } = this.#connection;
    // Zooming the page or moving it to another screen changes the pixels, not the size.
    window.addEventListener("resize", () => this.#measure(), { signal });
    // The page scrolls away below the pointer, which says nothing of it.
    window.addEventListener("scroll", () => this.tooltip.hide(), { signal, capture: true, passive: true });
    this.#watchResolution(signal);
    this.restyle(this.#settings);
  }

  disconnect(): void {
    this.#connection?.abort();
    this.#connection = undefined;
    this.#sizes?.disconnect();
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.tooltip.hide();
  }

  show(graph: LevelGraph | null): void {
    this.main.show(graph, this.#changeOf(graph));
    this.main.pane.range = undefined;
    this.restyle(this.#settings);
    this.search(this.#search?.pattern ?? "", this.#search?.options ?? {});
    this.mark(this.#marked);
  }

  /** Draws by new settings, or by the same where colours have changed. */
  restyle(settings: StageSettings): void {
    this.#settings = settings;
    this.#arrange();
    for (const unit of this.units()) {
      unit.pane.change = this.#changeOf(unit.graph);
      unit.pane.look = this.#lookOf(unit.name);
      unit.pane.node.classList.toggle("tabled", settings.table);
      if (unit.table.seen !== settings.table) unit.table.seen = settings.table;
      unit.table.label = unit.name === "callers" ? `${settings.label}: callers` : settings.label;
    }
    const { graph, change, look } = this.main.pane;
    this.#legend.show(graph, change, settings.palette, look.theme.dark);
    if (settings.minimap) {
      this.node.prepend(this.#minimap.canvas);
      const colors =
        graph === null
          ? undefined
          : new FrameColors(graph, look.theme, settings.palette, change, settings.colorize);
      this.#minimap.show(graph, colors, look.theme, look.upward);
    } else {
      this.#minimap.canvas.remove();
    }
    this.#measure();
  }

  search(pattern: string, options: SearchOptions): SearchResult | null {
    const { graph } = this.main;
    const had = this.#search !== undefined;
    this.#search = graph === null || pattern === "" ? undefined : new SearchState(graph, pattern, options);
    const usable = this.#search !== undefined && this.#search.error === undefined;
    this.main.pane.matched = usable ? this.#search?.matched : undefined;
    this.#matchCallers(usable ? pattern : "", options);
    this.#minimap.matches = usable ? this.#search?.topmost : undefined;
    return had || this.#search !== undefined ? this.#searched() : null;
  }

  get searchResult(): SearchResult | null {
    return this.#search?.below(this.main.pane.camera.target.rect) ?? null;
  }

  stepHit(by: 1 | -1): void {
    const { graph } = this.main;
    if (this.#search === undefined || graph === null) return;
    this.#search.below(this.main.pane.camera.target.rect);
    const rect = this.#search.step(by);
    if (rect < 0) return;
    this.main.goTo(rect);
    this.main.select(rect);
    const { at, of } = this.#search.position;
    this.announce("match", `Match ${at} of ${of}`);
  }

  /** Marks a function in every drawing, also of graphs to come. */
  mark(name: string | null): void {
    this.#marked = name;
    for (const unit of this.units()) {
      unit.pane.marked = name === null || unit.graph === null ? -1 : nameRow(unit.graph, name);
    }
    this.redraw();
  }

  highlightRow(from: Drawing, row: number): void {
    const { graph } = from.pane;
    for (const { pane } of this.units()) {
      if (pane === from.pane || row < 0) pane.highlighted = row;
      else pane.highlighted = pane.graph === null ? -1 : nameRow(pane.graph, textAt(graph!.names, row));
    }
    this.redraw();
  }

  units(): Unit[] {
    return this.callers === undefined ? [this.main] : [this.callers, this.main];
  }

  announce(topic: string, text: string): void {
    this.#live.say(topic, text);
  }

  still(): boolean {
    return matchMedia("(prefers-reduced-motion: reduce)").matches;
  }

  wheelZooms(): boolean {
    return this.#settings.wheelZooms;
  }

  canChooseRange(): boolean {
    return this.#settings.mode === "chart";
  }

  chooseRange(from: number, to: number, done: boolean): void {
    const total = this.main.graph?.total[0] ?? 0;
    const range = { from: Math.max(0, Math.min(from, to)), to: Math.min(total, Math.max(from, to)) };
    this.main.pane.range = range;
    if (done) this.emit("flame-graph-range", { range });
    this.redraw();
  }

  dismiss(): boolean {
    if (this.main.pane.range === undefined) return false;
    this.range = null;
    this.emit("flame-graph-range", { range: null });
    return true;
  }

  used(unit: Drawing): void {
    this.#active = unit === this.callers ? this.callers : this.main;
  }

  selected(unit: Drawing): void {
    for (const other of this.units()) if (other !== unit) other.pane.selected = -1;
  }

  zoomed(unit: Drawing): void {
    const { rect, from, to } = unit.pane.camera.target;
    this.emit("flame-graph-zoom", { pane: unit.name, rect, from, to });
    if (this.#search !== undefined && unit === this.main) {
      const before = this.#search.root;
      if (before !== rect) this.#searched();
    }
    this.redraw();
  }

  redraw(): void {
    if (this.#frame !== 0 || this.#connection === undefined) return;
    this.#frame = requestAnimationFrame((time) => {
      this.#frame = 0;
      let moving = false;
      for (const unit of this.units()) {
        const was = unit.pane.camera.moving;
        const goesOn = unit.pane.draw(time);
        if (was && !goesOn) {
          unit.refreshHover();
          this.redraw();
        }
        moving ||= goesOn;
      }
      if (this.#settings.minimap) this.#minimap.draw(this.main.pane.camera.now);
      if (moving) this.redraw();
    });
  }

  #matchCallers(pattern: string, options: SearchOptions): void {
    const { callers } = this;
    if (callers === undefined) return;
    const graph = callers.graph;
    callers.pane.matched =
      graph === null || pattern === "" ? undefined : new SearchState(graph, pattern, options).matched;
  }

  #searched(): SearchResult | null {
    const result = this.searchResult;
    this.emit("flame-graph-search", result);
    if (result !== null) this.announce("search", resultText(result));
    this.redraw();
    return result;
  }

  #lookOf(name: "main" | "callers"): PaneLook {
    const { mode, palette, colorize } = this.#settings;
    return {
      theme: this.#probe.read(),
      palette,
      upward: mode === "flame" || name === "callers",
      axis: mode === "chart",
      colorize,
    };
  }

  /** Kept as long as graph and options are the same: it looks at every rectangle. */
  #changeOf(graph: LevelGraph | null): ChangeView | undefined {
    if (graph === null) return undefined;
    const { scale, by, noise } = this.#settings.change;
    const key = `${scale} ${by} ${noise}`;
    const known = this.#changes.get(graph);
    if (known?.key === key) return known.view;
    const view = changeView(graph, this.#settings.change);
    this.#changes.set(graph, { key, view });
    return view;
  }

  /** A sandwich has a second drawing, above. */
  #arrange(): void {
    const graph = this.#settings.mode === "sandwich" ? this.#callersGraph : null;
    if (graph === null) {
      this.callers?.pane.node.remove();
      if (this.#active === this.callers) this.#active = this.main;
      this.callers = undefined;
      return;
    }
    if (this.callers === undefined) {
      this.callers = new Unit("callers", this.#lookOf("callers"), this);
      this.#panes.prepend(this.callers.pane.node);
      if (this.#connection !== undefined) this.#connectUnit(this.callers);
    }
    if (this.callers.graph === graph) return;
    this.callers.show(graph, this.#changeOf(graph));
    this.mark(this.#marked);
    const { pattern, options, error } = this.#search ?? {};
    if (pattern !== undefined && error === undefined) this.#matchCallers(pattern, options ?? {});
  }

  #connectUnit(unit: Unit): void {
    unit.connect(this.#connection!.signal);
    this.#sizes!.observe(unit.pane.area.node, unit.pane.canvas);
  }

  /** Another screen may have other pixels without any change of size. */
  #watchResolution(signal: AbortSignal): void {
    const query = matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
    query.addEventListener(
      "change",
      () => {
        this.#measure();
        this.#watchResolution(signal);
      },
      { signal, once: true },
    );
  }

  #measure(): void {
    if (this.#connection === undefined) return;
    for (const { pane } of this.units()) {
      const { clientWidth, clientHeight } = pane.area.node;
      const { width, height } = this.#sizes!.of(pane.canvas, clientWidth, clientHeight);
      pane.resize(clientWidth, clientHeight, width, height);
    }
    this.#minimap.resize(window.devicePixelRatio || 1);
    this.redraw();
  }
}

function resultText({ error, functions, count, shareOfView, shareOfAll }: SearchResult): string {
  if (error !== undefined) return "The pattern is not a regular expression";
  if (count === 0) return "Nothing found";
  const view = percent(shareOfView);
  const all = percent(shareOfAll);
  const share = view === all ? `${all} of all` : `${view} of the view, ${all} of all`;
  return `${plural(functions, "function")} in ${plural(count, "frame")}, ${share}`;
}

function plural(count: number, thing: string): string {
  return `${grouped(count)} ${thing}${count === 1 ? "" : "s"}`;
}

function box(className: string): HTMLElement {
  const node = document.createElement("div");
  node.className = className;
  node.setAttribute("part", className);
  return node;
}
