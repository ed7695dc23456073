import type { FlameGraphEvents, PaneName } from "./events.ts";
import type { FrameTable } from "./frame-table.ts";
import type { Pane } from "./pane.ts";
import type { Tooltip } from "./tooltip.ts";

/** One drawing: what is seen of a graph, and the table of the same frames. */
export interface Drawing {
  readonly name: PaneName;
  readonly pane: Pane;
  readonly table: FrameTable;
}

/** What a drawing needs of the element around it. */
export interface UnitOwner {
  readonly tooltip: Tooltip;
  /** False where the event was cancelled. */
  emit<K extends keyof FlameGraphEvents>(type: K, detail: FlameGraphEvents[K]["detail"]): boolean;
  redraw(): void;
  /** Tells screen readers; of one topic only the last text. */
  announce(topic: string, text: string): void;
  /** No animation is wanted. */
  still(): boolean;
  wheelZooms(): boolean;
  canChooseRange(): boolean;
  chooseRange(from: number, to: number, done: boolean): void;
  /** Lifts what Escape lifts first; false where there is nothing. */
  dismiss(): boolean;
  /** This drawing is the one that was used last. */
  used(unit: Drawing): void;
  /** What this drawing shows has changed. */
  zoomed(unit: Drawing): void;
  /** The function under the pointer, as row of the drawing's names (-1: none), to be marked in every drawing. */
  highlightRow(unit: Drawing, row: number): void;
  /** Selected here: nowhere else. */
  selected(unit: Drawing): void;
  stepHit(by: 1 | -1): void;
}
