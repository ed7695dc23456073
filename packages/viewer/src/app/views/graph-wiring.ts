import type { FlameGraphElement, SearchResult } from "../../element/index.ts";
import { type LevelGraph, nameOf } from "../../graph/index.ts";
import type { FrameSubject } from "../frame-actions.ts";
import type { GraphProps } from "../parts/graph.tsx";
import type { Store } from "../store.ts";
import { zoomPath } from "../zoom-path.ts";

/** Attributes that every graph of the page has. */
export function graphAttributes(store: Store, mode: string, label: string): GraphProps["attributes"] {
  const { search, regex, diff } = store.view.value;
  const { palette, theme } = store.settings.value;
  return {
    mode,
    label,
    palette,
    theme: theme === "auto" ? undefined : theme,
    minimap: true,
    search: search === "" ? undefined : search,
    "search-mode": regex ? "regex" : "text",
    "case-sensitive": search !== search.toLowerCase(),
    diff: diff.scale,
    "diff-by": diff.by,
  };
}

/** What a graph tells the page, beyond selecting. */
export interface GraphHandlers {
  readonly zoomed?: (path: string) => void;
  readonly found?: (result: SearchResult | null) => void;
  /** Null: the choice was lifted. */
  readonly ranged?: (range: { readonly from: number; readonly to: number } | null) => void;
  /** What the menu of a rectangle is about. */
  readonly subject: (graph: LevelGraph, rect: number) => FrameSubject;
}

/** The events of a graph as changes of the page. */
export function graphEvents(
  store: Store,
  element: () => FlameGraphElement | undefined,
  handlers: GraphHandlers,
): NonNullable<GraphProps["on"]> {
  const graphOf = (pane: "main" | "callers"): LevelGraph | null =>
    (pane === "main" ? element()?.graph : element()?.callers) ?? null;
  return {
    "flame-graph-select": ({ detail }) => {
      const graph = graphOf(detail.pane);
      if (graph !== null && detail.rect > 0) store.select(nameOf(graph, detail.rect));
    },
    "flame-graph-zoom": ({ detail }) => {
      const graph = graphOf(detail.pane);
      if (graph !== null && detail.pane === "main") handlers.zoomed?.(zoomPath(graph, detail.rect));
    },
    "flame-graph-search": ({ detail }) => handlers.found?.(detail),
    "flame-graph-range": ({ detail }) => {
      handlers.ranged?.(detail.range);
    },
    "flame-graph-menu": (event) => {
      const { pane, rect, count, clientX: x, clientY: y } = event.detail;
      const graph = graphOf(pane);
      if (graph === null || rect <= 0 || count !== 1) return;
      event.preventDefault();
      store.select(nameOf(graph, rect));
      store.menu.value = { x, y, subject: handlers.subject(graph, rect) };
    },
  };
}
