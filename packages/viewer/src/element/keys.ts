import type { Direction } from "./navigation.ts";

/** What a key asks for. */
export type KeyAction =
  | Direction
  | "zoom"
  | "select"
  | "back"
  | "reset"
  | "closer"
  | "farther"
  | "next-hit"
  | "previous-hit"
  | "range"
  | "page-up"
  | "page-down"
  | "row-up"
  | "row-down"
  | "row-first"
  | "row-last"
  | "unfold"
  | "fold";

const ALWAYS: ReadonlyMap<string, KeyAction> = new Map([
  ["Enter", "zoom"],
  [" ", "select"],
  ["Escape", "back"],
  ["0", "reset"],
  ["+", "closer"],
  ["=", "closer"],
  ["-", "farther"],
  ["r", "range"],
  ["n", "next-hit"],
  ["N", "previous-hit"],
]);

/** In the picture arrows go where they point: a flame graph's callees are above. */
const PICTURE: ReadonlyMap<string, KeyAction> = new Map([
  ["ArrowLeft", "previous"],
  ["ArrowRight", "next"],
  ["Home", "reset"],
  ["PageUp", "page-up"],
  ["PageDown", "page-down"],
]);

/** In the table they do what the keys of a treegrid do. */
const TABLE: ReadonlyMap<string, KeyAction> = new Map([
  ["ArrowUp", "row-up"],
  ["ArrowDown", "row-down"],
  ["ArrowRight", "unfold"],
  ["ArrowLeft", "fold"],
  ["Home", "row-first"],
  ["End", "row-last"],
]);

/** What a key does here; undefined where it is not ours. */
export function keyAction(
  event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">,
  place: { readonly upward: boolean; readonly table: boolean },
): KeyAction | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
  const { key } = event;
  if (key === "F3") return event.shiftKey ? "previous-hit" : "next-hit";
  if (place.table) return TABLE.get(key) ?? ALWAYS.get(key);
  if (key === "ArrowUp") return place.upward ? "callee" : "caller";
  if (key === "ArrowDown") return place.upward ? "caller" : "callee";
  return PICTURE.get(key) ?? ALWAYS.get(key);
}
