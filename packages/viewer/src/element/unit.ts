import { type LevelGraph, nameOf, samePath } from "../graph/index.ts";
import type { View } from "./camera.ts";
import type { ChangeView } from "./change.ts";
import type { PaneName } from "./events.ts";
import { FrameTable } from "./frame-table.ts";
import { Gestures } from "./gestures.ts";
import { blockInfo, frameInfo, percent } from "./info.ts";
import { handleKey } from "./keyboard.ts";
import { shownName } from "./labels.ts";
import { viewOf, viewOfBlock, viewShowing } from "./opening.ts";
import type { Drawing, UnitOwner } from "./owner.ts";
import { type Hit, Pane, type PaneLook } from "./pane.ts";
import { frameLines } from "./tooltip.ts";

/** One drawing with everything that moves it: pointer, keys, and the table of the same frames. */
export class Unit implements Drawing {
  readonly name: PaneName;
  readonly pane: Pane;
  readonly table: FrameTable;
  readonly #owner: UnitOwner;
  #pointer: { x: number; y: number } | undefined;

  constructor(name: PaneName, look: PaneLook, owner: UnitOwner) {
    this.name = name;
    this.#owner = owner;
    this.pane = new Pane(look);
    this.table = new FrameTable({
      activate: (rect) => this.#focused(rect),
      keydown: (event) => {
        if (handleKey(this, owner, event)) {
          event.preventDefault();
          event.stopPropagation();
        }
      },
      click: (rect) => this.select(rect),
      open: (rect) => this.zoomTo(rect),
      menu: (rect, event) => this.#menu({ rect, count: 1, level: 0 }, event),
      focusChanged: () => this.#focusChanged(),
    });
    this.pane.node.append(this.table.node);
  }

  get graph(): LevelGraph | null {
    return this.pane.graph;
  }

  connect(signal: AbortSignal): void {
    const { pane } = this;
    pane.area.node.addEventListener("scroll", () => this.#scrolled(), { signal });
    // The picture's keyboard focus is in the table: not on the canvas, nor on what scrolls it.
    pane.canvas.addEventListener(
      "mousedown",
      (event) => {
        if (event.button !== 0) return;
        event.preventDefault();
        this.table.focus(true);
      },
      { signal },
    );
    new Gestures(
      pane,
      {
        hover: (hit, event) => this.#hover(hit, event),
        click: (hit, event) => this.#click(hit, event),
        open: (hit, event) => this.open(hit, event.clientX),
        menu: (hit, event) => this.#menu(hit, event),
        move: (view, started) => this.move(view, started),
        range: (from, to, done) => this.#owner.chooseRange(from, to, done),
        noRange: () => void this.#owner.dismiss(),
        wheelZooms: () => this.#owner.wheelZooms(),
        canChooseRange: () => this.#owner.canChooseRange(),
        redraw: () => this.#owner.redraw(),
      },
      signal,
    );
  }

  /** Another graph. What was zoomed and selected stays so where the same path exists. */
  show(graph: LevelGraph | null, change: ChangeView | undefined): void {
    const { graph: old, camera, selected } = this.pane;
    const { active, hasFocus } = this.table;
    let view: View | undefined;
    let chosen = -1;
    let row = 0;
    if (old !== null && graph !== null) {
      const zoomed = camera.target.rect > 0 ? samePath(old, camera.target.rect, graph).rect : 0;
      if (zoomed > 0) view = viewOf(graph, zoomed);
      const same = selected >= 0 ? samePath(old, selected, graph) : undefined;
      if (same?.complete === true) chosen = same.rect;
      row = samePath(old, active, graph).rect;
    }
    this.pane.show(graph, change, view);
    this.pane.selected = chosen;
    if (view !== undefined) this.pane.revealBelow(view.rect);
    this.table.show(graph, change);
    if (row > 0 || hasFocus) this.table.activate(row, hasFocus);
  }

  zoomTo(rect: number): void {
    if (this.graph !== null && Number.isInteger(rect) && rect >= 0 && rect < this.graph.length)
      this.zoom(viewOf(this.graph, rect));
  }

  zoom(view: View): void {
    const { camera } = this.pane;
    camera.remember();
    this.#go(view);
    this.pane.revealBelow(view.rect);
    this.#announceView();
  }

  back(): void {
    const view = this.pane.camera.previous();
    this.#go(view);
    if (view.rect > 0) this.pane.revealBelow(view.rect);
    this.#announceView();
  }

  reset(): void {
    if (!this.pane.camera.isWhole) this.zoom(this.pane.camera.whole());
  }

  /** A movement by hand: it follows at once, and one gesture is one step to go back. */
  move(view: { from: number; to: number }, started: boolean): void {
    const { camera } = this.pane;
    if (started) camera.remember();
    camera.jump({ ...view, rect: this.#rectFor(view) });
    this.#owner.used(this);
    this.#owner.zoomed(this);
  }

  select(rect: number): void {
    const { pane } = this;
    if (pane.selected === rect) return;
    pane.selected = rect;
    this.#owner.selected(this);
    this.#owner.emit("flame-graph-select", { pane: this.name, rect, count: rect < 0 ? 0 : 1 });
    this.#owner.redraw();
  }

  /** Zooms to a frame, or so far into a block that its frames can be told apart. */
  open(hit: Hit, clientX: number): void {
    if (this.graph === null) return;
    const under = this.pane.rectUnder(hit.level, clientX);
    const width = this.pane.canvas.clientWidth;
    this.zoom(hit.count === 1 ? viewOf(this.graph, hit.rect) : viewOfBlock(this.graph, hit, under, width));
  }

  /** Brings a frame into view and makes it the one that keys start from. */
  goTo(rect: number): void {
    this.#follow(rect);
    this.table.activate(rect, this.table.hasFocus);
    if (this.table.focusVisible) this.pane.focused = rect;
  }

  /** What is under the pointer may be another frame when the picture has moved. */
  refreshHover(): void {
    if (this.#pointer === undefined) return;
    this.#hover(this.pane.hit(this.#pointer.x, this.#pointer.y), undefined);
  }

  #go(view: View): void {
    this.pane.camera.moveTo(view, performance.now(), this.#owner.still());
    this.#owner.used(this);
    this.#owner.zoomed(this);
  }

  /** The zoomed frame, or the nearest of its callers that holds all of the view. */
  #rectFor({ from, to }: { from: number; to: number }): number {
    const { graph, camera } = this.pane;
    let rect = camera.target.rect;
    if (graph === null) return 0;
    const slack = (to - from) * 1e-6;
    while (rect > 0 && (graph.x[rect]! > from + slack || graph.x[rect]! + graph.total[rect]! < to - slack)) {
      rect = graph.parent[rect]!;
    }
    return rect;
  }

  #announceView(): void {
    const { graph, camera } = this.pane;
    if (graph === null) return;
    const { rect, from, to } = camera.target;
    const share = percent((to - from) / Math.max(Number.MIN_VALUE, graph.total[0]!));
    this.#owner.announce(
      "view",
      camera.isWhole ? "Showing everything" : `Zoomed to ${shownName(nameOf(graph, rect))}, ${share} of all`,
    );
  }

  #click(hit: Hit | null, event: PointerEvent): void {
    this.#owner.used(this);
    // A finger does not hover.
    if (event.pointerType === "touch") {
      if (hit === null) this.#owner.tooltip.hide();
      else this.#describe(hit, event.clientX, event.clientY);
    }
    const rect = hit === null ? -1 : hit.rect;
    // A block has no row of its own: its first frame takes the focus, but nothing is selected.
    if (hit !== null) this.table.activate(rect, true);
    this.select(hit !== null && hit.count === 1 ? rect : -1);
  }

  #menu(hit: Hit | null, event: MouseEvent): void {
    const detail = { pane: this.name, rect: hit?.rect ?? -1, count: hit?.count ?? 0 };
    const { clientX, clientY } = event;
    if (!this.#owner.emit("flame-graph-menu", { ...detail, clientX, clientY })) event.preventDefault();
  }

  #hover(hit: Hit | null, event: PointerEvent | null | undefined): void {
    const { pane } = this;
    if (event !== undefined)
      this.#pointer = event === null ? undefined : { x: event.clientX, y: event.clientY };
    const same = pane.hovered?.rect === hit?.rect && pane.hovered?.count === hit?.count;
    pane.hovered = hit;
    if (!same) {
      pane.canvas.classList.toggle("pointing", hit !== null);
      const marks = hit !== null && hit.count === 1;
      this.#owner.highlightRow(this, marks ? pane.graph!.name[hit.rect]! : -1);
      this.#owner.emit("flame-graph-hover", {
        pane: this.name,
        rect: hit?.rect ?? -1,
        count: hit?.count ?? 0,
      });
      this.#owner.redraw();
    }
    if (hit === null || this.#pointer === undefined) this.#owner.tooltip.hide();
    else this.#describe(hit, this.#pointer.x, this.#pointer.y);
  }

  #describe(hit: Hit, x: number, y: number): void {
    const { graph, camera, change } = this.pane;
    if (graph === null) return;
    const { rect } = camera.target;
    const { tooltip } = this.#owner;
    if (hit.count > 1) {
      tooltip.showBlock(blockInfo(graph, hit.rect, hit.count, rect), graph.unit, rect > 0, x, y);
      return;
    }
    const info = frameInfo(graph, hit.rect, rect);
    tooltip.showFrame(info, frameLines(graph, info, change, rect > 0), x, y);
  }

  #scrolled(): void {
    this.#owner.redraw();
    this.#owner.tooltip.hide();
  }

  #focusChanged(): void {
    const { pane, table } = this;
    pane.focused = table.focusVisible ? table.active : -1;
    if (table.hasFocus) this.#owner.used(this);
    else this.#owner.tooltip.hide();
    this.#owner.redraw();
  }

  /** Moves the keyboard focus to a frame, and the view so that it is seen. */
  moveFocus(rect: number): void {
    this.table.activate(rect, true);
    this.#focused(rect);
  }

  #focused(rect: number): void {
    this.pane.focused = rect;
    this.#follow(rect);
    this.#owner.redraw();
    if (this.table.seen) return;
    const box = this.pane.boxOf(rect);
    this.#describe({ rect, count: 1, level: 0 }, box.left + Math.min(box.width / 2, 60), box.bottom - 12);
  }

  /** Moves the view so far that a frame is in it. */
  #follow(rect: number): void {
    const { graph, camera } = this.pane;
    if (graph === null) return;
    const wanted = viewShowing(graph, rect, camera.target, this.pane.canvas.clientWidth);
    if (wanted !== undefined) {
      // What is shown in the end may differ at the graph's edges: the zoomed frame follows from that.
      const shown = camera.within(wanted);
      this.#go({ ...shown, rect: this.#rectFor(shown) });
    }
    this.pane.reveal(rect);
    this.#owner.redraw();
  }

  /** Shows `factor` times as much, around a frame. */
  zoomBy(factor: number, rect: number): void {
    const { graph, camera } = this.pane;
    const { from, to } = camera.target;
    const middle = Math.min(to, Math.max(from, graph!.x[rect]! + graph!.total[rect]! / 2));
    const part = (middle - from) / (to - from);
    const span = (to - from) * factor;
    const view = { from: middle - part * span, to: middle + (1 - part) * span };
    camera.remember();
    this.#go({ ...view, rect: this.#rectFor(view) });
  }
}
