import { grouped, humanWeight } from "@flambeau/core";
import type { LevelGraph } from "../graph/index.ts";
import type { ChangeView } from "./change.ts";
import { type BlockInfo, type FrameInfo, percent } from "./info.ts";
import { shownName } from "./labels.ts";

type Line = readonly [label: string, value: string];

/** The lines below a frame's name. */
export function frameLines(
  graph: LevelGraph,
  info: FrameInfo,
  change: ChangeView | undefined,
  zoomed: boolean,
): Line[] {
  const weight = (value: number): string => humanWeight(value, graph.unit);
  const lines: Line[] = [];
  if (graph.ordered) lines.push(["Start", weight(info.start)]);
  lines.push([graph.ordered ? "Duration" : "Total", weight(info.total)], ["Self", weight(info.self)]);
  lines.push(["Of all", percent(info.shareOfAll)]);
  if (zoomed) lines.push(["Of view", percent(info.shareOfView)]);
  if (info.level > 0) lines.push(["Of caller", percent(info.shareOfParent)]);
  if (info.base !== undefined && info.head !== undefined) {
    lines.push(["Base", weight(info.base)], ["Head", weight(info.head)]);
    lines.push(["Change", changeText(info.base, info.head, weight, change?.kind(info.rect))]);
  }
  return lines;
}

function changeText(
  base: number,
  head: number,
  weight: (value: number) => string,
  kind: string | undefined,
): string {
  const delta = head - base;
  const amount = delta > 0 ? `+${weight(delta)}` : delta < 0 ? `−${weight(-delta)}` : weight(0);
  if (base === 0 && head !== 0) return `${amount} (new)`;
  if (head === 0 && base !== 0) return `${amount} (vanished)`;
  const relative = base === 0 ? "" : ` (${delta >= 0 ? "+" : "−"}${percent(Math.abs(delta) / base)})`;
  return `${amount}${relative}${kind === "none" && delta !== 0 ? ", noise" : ""}`;
}

/** A box beside the pointer that stays inside the window. Texts are set as text: names are never markup. */
export class Tooltip {
  readonly node: HTMLElement;
  #open = false;

  constructor() {
    this.node = document.createElement("div");
    this.node.className = "tooltip";
    this.node.setAttribute("part", "tooltip");
    this.node.ariaHidden = "true";
    // In the top layer nothing clips it or lies above it.
    if ("popover" in this.node) this.node.popover = "manual";
    else (this.node as HTMLElement).hidden = true;
  }

  showFrame(info: FrameInfo, lines: readonly Line[], x: number, y: number): void {
    this.#show(shownName(info.name), shownName(info.place), lines, "", x, y);
  }

  showBlock(info: BlockInfo, unit: string, zoomed: boolean, x: number, y: number): void {
    const lines: Line[] = [
      ["Together", humanWeight(info.total, unit)],
      ["Of all", percent(info.shareOfAll)],
    ];
    if (zoomed) lines.push(["Of view", percent(info.shareOfView)]);
    if (info.frames > info.count) lines.push(["With callees", `${grouped(info.frames)} frames`]);
    const title = `${grouped(info.count)} small frames`;
    this.#show(title, "", lines, "Double-click to look inside", x, y);
  }

  hide(): void {
    if (!this.#open) return;
    this.#open = false;
    if ("popover" in this.node) this.node.hidePopover();
    else (this.node as HTMLElement).hidden = true;
  }

  #show(title: string, place: string, lines: readonly Line[], hint: string, x: number, y: number): void {
    const list = document.createElement("dl");
    for (const [label, value] of lines) list.append(textNode("dt", label), textNode("dd", value));
    this.node.replaceChildren(textNode("b", title));
    if (place !== "") this.node.append(textNode("div", place, "place"));
    this.node.append(list);
    if (hint !== "") this.node.append(textNode("p", hint, "hint"));
    if (!this.#open) {
      this.#open = true;
      if ("popover" in this.node) this.node.showPopover();
      else (this.node as HTMLElement).hidden = false;
    }
    this.#place(x, y);
  }

  /**
   * Right of and below the point, or on the other side where there is no room. Measured against where the box really
   * lands: an ancestor with a transform makes "fixed" relative to itself.
   */
  #place(x: number, y: number): void {
    const { style } = this.node;
    style.transform = "none";
    const { left, top, width, height } = this.node.getBoundingClientRect();
    const room = { width: document.documentElement.clientWidth, height: window.innerHeight };
    const wantedX = x + 14 + width > room.width - 4 ? x - 14 - width : x + 14;
    const wantedY = y + 18 + height > room.height - 4 ? y - 12 - height : y + 18;
    const placedX = Math.max(4, Math.min(room.width - width - 4, wantedX));
    const placedY = Math.max(4, Math.min(room.height - height - 4, wantedY));
    style.transform = `translate(${Math.round(placedX - left)}px, ${Math.round(placedY - top)}px)`;
  }
}

function textNode(tag: string, text: string, className?: string): HTMLElement {
  const node = document.createElement(tag);
  node.textContent = text;
  if (className !== undefined) node.className = className;
  return node;
}
