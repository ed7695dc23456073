import type { SearchResult } from "./search-state.ts";

/** Which drawing of a sandwich: callers above or callees below; "main" with any other mode. */
export type PaneName = "main" | "callers";

/** A frame or a block: `count` neighbouring siblings from `rect` on. */
export interface FrameDetail {
  readonly pane: PaneName;
  /** -1 where there is none: nothing is selected or hovered any more. */
  readonly rect: number;
  readonly count: number;
}

/** Of `flame-graph-menu`; cancel the event to keep the browser's menu away. */
export interface MenuDetail extends FrameDetail {
  readonly clientX: number;
  readonly clientY: number;
}

export interface ZoomDetail {
  readonly pane: PaneName;
  readonly rect: number;
  readonly from: number;
  readonly to: number;
}

/** A part of a flame chart, in weight units from its left edge; `null` where the choice was lifted. */
export interface RangeDetail {
  readonly range: { readonly from: number; readonly to: number } | null;
}

/** The events of `<flame-graph>`: all bubble and leave shadow roots. */
export interface FlameGraphEvents {
  "flame-graph-select": CustomEvent<FrameDetail>;
  "flame-graph-hover": CustomEvent<FrameDetail>;
  "flame-graph-zoom": CustomEvent<ZoomDetail>;
  "flame-graph-search": CustomEvent<SearchResult | null>;
  "flame-graph-range": CustomEvent<RangeDetail>;
  "flame-graph-menu": CustomEvent<MenuDetail>;
}
