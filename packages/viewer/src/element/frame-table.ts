import { humanWeight } from "@flambeau/core";
import { type LevelGraph, levelOf, nameOf, selfOf } from "../graph/index.ts";
import type { ChangeView } from "./change.ts";
import { percent } from "./info.ts";
import { shownName } from "./labels.ts";
import { TreeRows } from "./tree-rows.ts";

/** Height of a row where the table is seen, in CSS pixels. */
const ROW_HEIGHT = 24;

/** Rows kept around the active one where the table is only read out. */
const AROUND = 12;

/** Above this height scrolling would be cut by browsers; a table of more rows shows those around the active one. */
const HIGHEST = 8_000_000;

/** What the table tells its owner. */
export interface TableActions {
  /** Another row is active: by key or pointer. */
  activate(rect: number): void;
  keydown(event: KeyboardEvent): void;
  click(rect: number, event: MouseEvent): void;
  open(rect: number): void;
  menu(rect: number, event: MouseEvent): void;
  focusChanged(focused: boolean): void;
}

/**
 * The graph as an ARIA treegrid: the same frames, weights and callers for those who do not see the picture. Only the
 * rows that are seen (or, where the table is only read out, those around the active one) are in the document; one of
 * them takes the keyboard focus.
 */
export class FrameTable {
  readonly node: HTMLElement;
  readonly #body: HTMLElement;
  readonly #spacer: HTMLElement;
  readonly #header: HTMLElement;
  readonly #actions: TableActions;
  #rows: TreeRows | undefined;
  #change: ChangeView | undefined;
  #active = 0;
  #seen = false;
  #byPointer = false;
  /** Row elements by rectangle. */
  #elements = new Map<number, HTMLElement>();

  constructor(actions: TableActions) {
    this.#actions = actions;
    this.node = element("div", "table hidden");
    this.node.setAttribute("role", "treegrid");
    this.node.setAttribute("part", "table");
    this.node.setAttribute(
      "aria-description",
      "Arrow keys go to callers, callees and neighbours; Enter zooms, Escape goes back, 0 shows everything.",
    );
    this.#header = element("div", "header");
    this.#header.setAttribute("role", "row");
    this.#spacer = element("div", "rows");
    this.#spacer.setAttribute("role", "rowgroup");
    this.#body = this.#spacer;
    const head = element("div", "head");
    head.setAttribute("role", "rowgroup");
    head.append(this.#header);
    this.node.append(head, this.#body);
    this.node.addEventListener("keydown", (event) => {
      this.#byPointer = false;
      actions.keydown(event);
    });
    this.node.addEventListener("focusin", () => actions.focusChanged(true));
    this.node.addEventListener("focusout", (event) => {
      // From row to row it stays here.
      if (this.node.contains(event.relatedTarget as Node | null)) return;
      this.#byPointer = false;
      actions.focusChanged(false);
    });
    this.node.addEventListener("scroll", () => this.#render());
    this.node.addEventListener("click", (event) => this.#withRow(event, (rect) => this.#click(rect, event)));
    this.node.addEventListener("dblclick", (event) => this.#withRow(event, actions.open));
    this.node.addEventListener("contextmenu", (event) =>
      this.#withRow(event, (rect) => actions.menu(rect, event)),
    );
  }

  /** The frame whose row takes the focus. */
  get active(): number {
    return this.#active;
  }

  get rows(): TreeRows | undefined {
    return this.#rows;
  }

  get hasFocus(): boolean {
    return this.node.contains((this.node.getRootNode() as ShadowRoot).activeElement);
  }

  /** True where the focus did not come by the pointer, or a key was pressed since. */
  get focusVisible(): boolean {
    return this.hasFocus && !this.#byPointer;
  }

  set label(label: string) {
    this.node.setAttribute("aria-label", label);
  }

  /** Shown as a table, or only read out. */
  set seen(seen: boolean) {
    this.#seen = seen;
    this.node.classList.toggle("hidden", !seen);
    this.#render();
  }

  get seen(): boolean {
    return this.#seen;
  }

  show(graph: LevelGraph | null, change: ChangeView | undefined): void {
    this.#rows = graph === null ? undefined : new TreeRows(graph);
    this.#change = change;
    this.#active = 0;
    const labels = ["Function", "Total", "Of all", "Self"];
    if (change !== undefined) labels.push("Base", "Head", "Change");
    this.#header.replaceChildren(
      ...labels.map((label) => {
        const cell = element("span", "cell", label);
        cell.setAttribute("role", "columnheader");
        return cell;
      }),
    );
    this.node.setAttribute("aria-colcount", String(labels.length));
    this.node.style.setProperty("--columns", String(labels.length - 1));
    this.#elements.clear();
    this.#body.replaceChildren();
    this.#render();
  }

  /** Makes a frame's row the active one; `focus` moves the keyboard focus there. */
  activate(rect: number, focus: boolean): void {
    if (this.#rows === undefined) return;
    const row = this.#rows.reveal(rect);
    this.#active = rect;
    if (this.#seen) this.#scrollTo(row);
    this.#render();
    if (focus) this.focus();
  }

  /** Takes the keyboard focus; `byPointer`: without showing it until a key is pressed. */
  focus(byPointer = false): void {
    if (byPointer) this.#byPointer = true;
    this.#elements.get(this.#active)?.focus({ preventScroll: true });
  }

  expand(rect: number, open: boolean): void {
    if (open) this.#rows?.expand(rect);
    else this.#rows?.collapse(rect);
    this.#render();
  }

  #click(rect: number, event: MouseEvent): void {
    if ((event.target as HTMLElement).classList.contains("fold")) {
      this.expand(rect, this.#rows?.isExpanded(rect) !== true);
      return;
    }
    this.activate(rect, true);
    this.#actions.click(rect, event);
  }

  #withRow(event: Event, act: (rect: number) => void): void {
    const row = (event.target as HTMLElement).closest<HTMLElement>("[data-rect]");
    if (row !== null) act(Number(row.dataset.rect));
  }

  #scrollTo(row: number): void {
    const top = row * ROW_HEIGHT;
    const room = this.node.clientHeight - ROW_HEIGHT;
    if (top < this.node.scrollTop) this.node.scrollTop = top;
    else if (top + ROW_HEIGHT > this.node.scrollTop + room) this.node.scrollTop = top + ROW_HEIGHT - room;
  }

  /** Rows that are in the document: those seen, and always the active one. */
  #window(rows: TreeRows): number[] {
    const active = rows.rowOf(this.#active);
    let first: number;
    let last: number;
    if (this.#seen && rows.length * ROW_HEIGHT <= HIGHEST) {
      first = Math.floor(this.node.scrollTop / ROW_HEIGHT) - 2;
      last = Math.ceil((this.node.scrollTop + this.node.clientHeight) / ROW_HEIGHT) + 2;
    } else {
      first = active - AROUND;
      last = active + AROUND;
    }
    const shown: number[] = [];
    for (let row = Math.max(0, first); row <= Math.min(rows.length - 1, last); row++) shown.push(row);
    if (active >= 0 && (active < first || active > last)) shown.push(active);
    return shown.sort((a, b) => a - b);
  }

  #render(): void {
    const rows = this.#rows;
    this.node.setAttribute("aria-rowcount", String((rows?.length ?? 0) + 1));
    if (rows === undefined) return;
    if (rows.rowOf(this.#active) < 0) this.#active = 0;
    this.#spacer.style.height = this.#seen ? `${Math.min(HIGHEST, rows.length * ROW_HEIGHT)}px` : "";
    const before = this.#elements;
    const focused = this.hasFocus;
    this.#elements = new Map();
    const wanted = this.#window(rows).map((row) => {
      const rect = rows.rectAt(row);
      const node = before.get(rect) ?? this.#rowElement(rows, rect);
      this.#update(rows, rect, row, node);
      this.#elements.set(rect, node);
      return node;
    });
    // Rows that stay are not moved: a moved element loses the focus.
    const keep = new Set<Node>(wanted);
    for (const child of [...this.#body.children]) if (!keep.has(child)) child.remove();
    wanted.forEach((node, i) => {
      if (this.#body.children[i] !== node) this.#body.insertBefore(node, this.#body.children[i] ?? null);
    });
    if (focused && !this.hasFocus) this.focus();
  }

  #rowElement(rows: TreeRows, rect: number): HTMLElement {
    const { graph } = rows;
    const node = element("div", "row");
    node.setAttribute("role", "row");
    node.dataset.rect = String(rect);
    const level = levelOf(graph, rect);
    node.setAttribute("aria-level", String(level + 1));
    const name = element("span", "cell name");
    name.setAttribute("role", "rowheader");
    name.style.paddingInlineStart = `${Math.min(level, 40) * 12 + 4}px`;
    const fold = element("span", "fold");
    fold.ariaHidden = "true";
    name.append(fold, document.createTextNode(shownName(nameOf(graph, rect)) || "(no name)"));
    node.append(name);
    for (const text of this.#numbers(graph, rect)) {
      const cell = element("span", "cell", text);
      cell.setAttribute("role", "gridcell");
      node.append(cell);
    }
    return node;
  }

  #numbers(graph: LevelGraph, rect: number): string[] {
    const weight = (value: number): string => humanWeight(value, graph.unit);
    const total = graph.total[rect]!;
    const cells = [
      weight(total),
      percent(graph.total[0]! > 0 ? total / graph.total[0]! : 0),
      weight(selfOf(graph, rect)),
    ];
    if (this.#change === undefined) return cells;
    const delta = this.#change.delta(rect);
    const kind = this.#change.kind(rect);
    const word = kind === "new" || kind === "vanished" ? ` ${kind}` : "";
    cells.push(weight(graph.base![rect]!), weight(graph.head![rect]!));
    cells.push(`${delta > 0 ? "+" : delta < 0 ? "−" : ""}${weight(Math.abs(delta))}${word}`);
    return cells;
  }

  #update(rows: TreeRows, rect: number, row: number, node: HTMLElement): void {
    const { size, position } = rows.placeOf(rect);
    node.setAttribute("aria-rowindex", String(row + 2));
    node.setAttribute("aria-setsize", String(size));
    node.setAttribute("aria-posinset", String(position));
    if (rows.hasChildren(rect)) node.setAttribute("aria-expanded", String(rows.isExpanded(rect)));
    node.tabIndex = rect === this.#active ? 0 : -1;
    node.classList.toggle("active", rect === this.#active);
    node.style.transform = this.#seen ? `translateY(${row * ROW_HEIGHT}px)` : "";
  }
}

function element(tag: string, className: string, text?: string): HTMLElement {
  const node = document.createElement(tag);
  node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}
