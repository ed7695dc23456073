import type { LayerView } from "./view.ts";

/** What the keys can do beyond moving. */
interface Zoomer {
  zoom(rect: number): void;
}

/**
 * Arrow keys on frames: towards the callers, the widest callee, the neighbours; Enter or the space bar zooms. One frame
 * of a layer is in the tab order, the one that was last on it.
 */
export class FrameKeys {
  readonly #state: () => { view: LayerView; icicle: boolean };
  readonly #zoomer: Zoomer;
  readonly #current = new Map<LayerView, number>();

  constructor(state: () => { view: LayerView; icicle: boolean }, zoomer: Zoomer) {
    this.#state = state;
    this.#zoomer = zoomer;
  }

  attach(view: LayerView): void {
    view.layer.container.setAttribute("role", "tree");
    view.layer.container.setAttribute("aria-label", "Frames");
    view.layer.container.addEventListener("keydown", (event) => this.#key(event));
    this.move(view, 0, false);
  }

  /** Makes a rectangle the one in the tab order, and focuses it if asked. */
  move(view: LayerView, rect: number, focus: boolean): void {
    const { layer } = view;
    const before = this.#current.get(view);
    if (before !== undefined) layer.groups[before]?.removeAttribute("tabindex");
    this.#current.set(view, rect);
    const group = layer.groups[rect];
    if (group === undefined) return;
    group.setAttribute("tabindex", "0");
    group.setAttribute("role", "treeitem");
    group.setAttribute("aria-level", String((layer.depth[rect] ?? 0) + 1));
    group.setAttribute("aria-label", layer.title(rect));
    if (!focus) return;
    group.focus({ preventScroll: true });
    group.scrollIntoView?.({ block: "nearest", inline: "nearest" });
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { view, icicle } = this.#state();
    const rect = event.target instanceof Element ? view.layer.rectOf(event.target) : -1;
    if (rect < 0) return;
    let target = rect;
    switch (event.key) {
      case "Enter":
      case " ":
        this.#zoomer.zoom(rect);
        this.move(view, view.layer.isBlock(rect) ? view.zoomed : rect, true);
        break;
      case "ArrowUp":
        target = icicle ? parentOf(view, rect) : widestChild(view, rect);
        break;
      case "ArrowDown":
        target = icicle ? widestChild(view, rect) : parentOf(view, rect);
        break;
      case "ArrowLeft":
        target = neighbour(view, rect, -1);
        break;
      case "ArrowRight":
        target = neighbour(view, rect, 1);
        break;
      case "Home":
        target = 0;
        break;
      default:
        return;
    }
    event.preventDefault();
    if (target !== rect) this.move(view, target, true);
  }
}

function parentOf({ layer }: LayerView, rect: number): number {
  const parent = layer.parent[rect] ?? -1;
  return parent < 0 ? rect : parent;
}

function widestChild(view: LayerView, rect: number): number {
  const { layer } = view;
  let best = rect;
  const end = layer.end[rect] ?? 0;
  for (let child = rect + 1; child < end; child = layer.end[child] ?? end) {
    if (view.shows(child) && (best === rect || (layer.w[child] ?? 0) > (layer.w[best] ?? 0))) best = child;
  }
  return best;
}

/** The next visible rectangle of the same row: a sibling, or a cousin where there is none. */
function neighbour(view: LayerView, rect: number, direction: number): number {
  const { layer } = view;
  for (let other = rect + direction; other >= 0 && other < layer.length; other += direction) {
    if (layer.depth[other] === layer.depth[rect] && view.shows(other)) return other;
  }
  return rect;
}
