import type { Config } from "./config.ts";
import { drawLayer } from "./draw.ts";
import { FrameKeys } from "./keys.ts";
import { readLink, writeLink } from "./link.ts";
import { LayerModel } from "./model.ts";
import { Matches, shareText } from "./search.ts";
import { Status } from "./status.ts";
import { LabelFitter } from "./text.ts";
import { type Actions, Toolbar } from "./toolbar.ts";
import { LayerView } from "./view.ts";

/** The interactive picture: holds the state, and redraws what a change of it touches. */
export class App implements Actions {
  readonly #svg: SVGSVGElement;
  readonly #config: Config;
  readonly #views: (LayerView | undefined)[] = [];
  readonly #fitter: LabelFitter;
  readonly #toolbar: Toolbar;
  readonly #status: Status;
  readonly #keys: FrameKeys;
  readonly #main: LayerView;
  #current: LayerView;
  #icicle: boolean;
  #dark: boolean;
  #ignoreCase = false;
  #term = "";
  #matches: Matches | undefined;
  #step = -1;

  constructor(svg: SVGSVGElement, config: Config) {
    this.#svg = svg;
    this.#config = config;
    this.#icicle = config.icicle;
    this.#dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const fitter = new LabelFitter(svg, config.fontSize, config.fontWidth, config.truncate);
    this.#fitter = fitter;
    this.#keys = new FrameKeys(() => ({ view: this.#current, icicle: this.#icicle }), this);
    this.#current = this.#main = this.#view(0);
    this.#status = new Status(svg, config, fitter);
    this.#toolbar = new Toolbar(svg, config, fitter, this);
  }

  start(): void {
    this.#svg.addEventListener("click", (event) => this.#click(event));
    this.#svg.addEventListener("mouseover", (event) => this.#hover(event.target));
    this.#svg.addEventListener("mouseout", () => this.#status.details("", ""));
    this.#svg.addEventListener("focusin", (event) => this.#hover(event.target));
    addEventListener("keydown", (event) => this.#key(event));
    this.#status.follow(this.#toolbar.group);
    this.#restore();
  }

  reset(): void {
    this.zoom(0);
  }

  /** A block cannot be opened: what is in it is not in the file. Its frame can. */
  zoom(rect: number): void {
    const { layer } = this.#current;
    this.#zoomTo(layer.isBlock(rect) ? (layer.parent[rect] ?? 0) : rect);
    this.#changed();
  }

  icicle(): void {
    this.#icicle = !this.#icicle;
    this.#current.turn(this.#icicle);
    this.#scrollToRoot();
    this.#changed();
  }

  invert(): void {
    this.#show(this.#current === this.#main ? 1 : 0);
    this.#find();
    this.#scrollToRoot();
    this.#changed();
  }

  theme(): void {
    this.#dark = !this.#dark;
    this.#svg.classList.toggle("dark", this.#dark);
    this.#svg.classList.toggle("light", !this.#dark);
    this.#changed();
  }

  ignoreCase(): void {
    this.#ignoreCase = !this.#ignoreCase;
    this.#find();
    this.#changed();
  }

  search(term: string): void {
    this.#term = term;
    this.#find();
    this.#changed();
  }

  next(): void {
    this.#stepTo(1);
  }

  previous(): void {
    this.#stepTo(-1);
  }

  /** In a picture higher than the window: to the root's end of it, or to the frame that is zoomed, if that is elsewhere. */
  #scrollToRoot(): void {
    const box = this.#svg.getBoundingClientRect();
    if (box.height <= innerHeight) return;
    // Not scrollIntoView: that would move the pages around this one as well.
    const by = (top: number): void => scrollBy({ top, behavior: "instant" });
    by(this.#icicle ? box.top : box.bottom - innerHeight);
    const { zoomed, layer } = this.#current;
    const frame = layer.groups[zoomed]?.getBoundingClientRect();
    if (zoomed === 0 || frame === undefined) return;
    // Toolbar and status line may lie over the outermost rows.
    const margin = 4 * this.#config.fontSize;
    if (frame.top < margin || frame.bottom > innerHeight - margin)
      by((frame.top + frame.bottom - innerHeight) / 2);
  }

  #zoomTo(rect: number): void {
    this.#current.zoom(rect);
    this.#step = -1;
    this.#keys.move(this.#current, rect, false);
  }

  /** Takes the state over from the address, without writing it back. */
  #restore(): void {
    const link = readLink();
    if (link.inverted && this.#config.layers.length > 1) this.#show(1);
    this.#icicle = link.icicle ?? this.#icicle;
    this.#current.turn(this.#icicle);
    this.#ignoreCase = link.ignoreCase;
    if (link.search !== "") {
      this.#term = link.search;
      this.#toolbar.input.value = link.search;
      this.#find();
    }
    const rect = link.zoom === "" ? -1 : this.#current.layer.rectOfId(link.zoom);
    if (rect > 0) this.#zoomTo(rect);
    this.#refresh();
    // In somebody else's page, where to begin to read is theirs to say.
    if (document.documentElement === (this.#svg as Element)) this.#scrollToRoot();
  }

  /** After a change by the user: redraw what shows the state, and put it into the address. */
  #changed(): void {
    this.#refresh();
    const { zoomed, layer } = this.#current;
    writeLink({
      zoom: zoomed === 0 ? "" : layer.id(zoomed),
      search: this.#term,
      ignoreCase: this.#ignoreCase,
      icicle: this.#icicle === this.#config.icicle ? undefined : this.#icicle,
      inverted: this.#current !== this.#main,
    });
  }

  #refresh(): void {
    const { layer, zoomed } = this.#current;
    const path: { rect: number; name: string }[] = [];
    for (let rect = zoomed; rect >= 0; rect = layer.parent[rect] ?? -1)
      path.push({ rect, name: layer.name(rect) });
    this.#toolbar.show({
      zoomed: zoomed !== 0,
      icicle: this.#icicle,
      inverted: this.#current !== this.#main,
      dark: this.#dark,
      ignoreCase: this.#ignoreCase,
      searching: this.#matches !== undefined,
      path: path.reverse(),
    });
    if (this.#matches !== undefined) this.#status.matched(this.#matchedText(this.#matches), false);
  }

  /** What matches of all samples does not depend on the direction: the first layer knows it best. */
  #matchedText(matches: Matches): string {
    const { layer, zoomed } = this.#current;
    const main = this.#main.layer;
    const all = layer === main ? matches : new Matches(main, matches.pattern);
    const whole = shareText(all.within(0), main.w[0] ?? 1);
    if (zoomed === 0) return `Matched: ${whole}`;
    return `Matched: ${shareText(matches.within(zoomed), layer.w[zoomed] ?? 1)} of this frame, ${whole} of all`;
  }

  /** A layer is taken up when it is first shown: the inverted one has no elements before. */
  #view(index: number): LayerView {
    let view = this.#views[index];
    if (view !== undefined) return view;
    const data = this.#config.layers[index];
    if (data === undefined) throw new Error("flame graph: a layer is missing");
    const container = data.drawn === undefined ? this.#svg.querySelector<SVGGElement>("g.f") : null;
    const elements = container ?? drawLayer(data, this.#config, this.#svg);
    const layer = new LayerModel(elements, data, this.#config.countName);
    view = new LayerView(layer, this.#config, this.#fitter, container !== null);
    this.#views[index] = view;
    this.#keys.attach(view);
    return view;
  }

  #show(index: number): void {
    const view = this.#view(index);
    this.#current.zoom(0);
    this.#mark(undefined);
    this.#current.layer.container.setAttribute("display", "none");
    this.#current = view;
    view.prepare(this.#icicle);
    view.turn(this.#icicle);
    view.layer.container.removeAttribute("display");
    this.#step = -1;
    this.#status.resize(view.layer.rows);
  }

  #find(): void {
    this.#step = -1;
    let matches: Matches | undefined;
    let problem = "";
    if (this.#term !== "") {
      try {
        matches = new Matches(this.#current.layer, new RegExp(this.#term, this.#ignoreCase ? "i" : ""));
      } catch (error) {
        problem = error instanceof Error ? error.message : String(error);
      }
    }
    this.#toolbar.input.classList.toggle("x", problem !== "");
    this.#toolbar.input.setAttribute("aria-invalid", String(problem !== ""));
    this.#mark(matches);
    this.#status.matched(problem, problem !== "");
  }

  #mark(matches: Matches | undefined): void {
    const before = this.#matches;
    const { groups } = this.#current.layer;
    groups.forEach((group, rect) => {
      const was = before?.state[rect] ?? 0;
      const is = matches?.state[rect] ?? 0;
      if (was === is) return;
      group.classList.toggle("m", is === 1);
      group.classList.toggle("p", is === 2);
    });
    this.#matches = matches;
  }

  #stepTo(direction: number): void {
    const list = this.#matches?.list(this.#current.zoomed) ?? [];
    if (list.length === 0) return;
    const start = this.#step < 0 && direction < 0 ? 0 : this.#step;
    this.#step = (start + direction + list.length) % list.length;
    this.#keys.move(this.#current, list[this.#step] ?? 0, true);
    this.#status.step(this.#step + 1, list.length);
  }

  #click(event: MouseEvent): void {
    if (!(event.target instanceof Element)) return;
    const rect = this.#current.layer.rectOf(event.target);
    if (rect < 0) return;
    if (this.#current.layer.groups[rect]?.localName === "a") {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
    }
    this.zoom(rect);
  }

  #hover(target: EventTarget | null): void {
    if (!(target instanceof Element)) return;
    const { layer } = this.#current;
    const rect = layer.rectOf(target);
    if (rect < 0) return;
    const type = layer.isBlock(rect) ? "" : `${this.#config.nameType} `;
    const title = layer.title(rect);
    const name = title.startsWith(layer.name(rect)) ? layer.name(rect) : title;
    this.#status.details(`${type}${name}`, title.slice(name.length));
  }

  #key(event: KeyboardEvent): void {
    const { input } = this.#toolbar;
    const control = event.ctrlKey || event.metaKey;
    const inField = document.activeElement === input;
    if (event.key === "F3" || (inField && event.key === "Enter")) {
      if (this.#matches === undefined) input.focus();
      else if (event.shiftKey) this.previous();
      else this.next();
    } else if (control && event.key.toLowerCase() === "f") {
      input.focus();
      input.select();
    } else if (control && event.key.toLowerCase() === "i") {
      this.ignoreCase();
    } else if (event.key === "Escape") {
      this.#escape(inField);
    } else return;
    event.preventDefault();
  }

  /** In the search field: ends the search; elsewhere: resets the zoom, then ends the search. */
  #escape(inField: boolean): void {
    const { input } = this.#toolbar;
    if (!inField && this.#current.zoomed !== 0) {
      this.reset();
      return;
    }
    input.value = "";
    input.blur();
    this.search("");
  }
}
