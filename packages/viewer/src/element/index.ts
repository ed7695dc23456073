import { FlameGraphElement } from "./flame-graph.ts";

export type { View } from "./camera.ts";
export type {
  FlameGraphEvents,
  FrameDetail,
  MenuDetail,
  PaneName,
  RangeDetail,
  ZoomDetail,
} from "./events.ts";
export type { PictureSize } from "./export.ts";
export { FlameGraphElement } from "./flame-graph.ts";
export type { Colorize } from "./frame-colors.ts";
export type { FrameInfo } from "./info.ts";
export { type GraphPalette, OWN_PALETTES } from "./palettes.ts";
export type { SearchResult } from "./search-state.ts";
export type { GraphMode } from "./stage.ts";

if (globalThis.customElements?.get("flame-graph") === undefined)
  globalThis.customElements?.define("flame-graph", FlameGraphElement);

declare global {
  interface HTMLElementTagNameMap {
    "flame-graph": FlameGraphElement;
  }
}
