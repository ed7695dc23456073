import type { Thread } from "@flambeau/core";
import type { FilterStep, FrameMatch } from "../data/spec.ts";
import type { ViewName } from "./view-state.ts";

/** A thread as people tell it from others. */
export function threadTitle({ name, process, pid, tid }: Thread): string {
  const own = name !== "" ? name : (process ?? "thread");
  const ids = [pid, tid].filter((id) => id !== undefined).join("/");
  const of = process !== undefined && process !== name && name !== "" ? ` of ${process}` : "";
  return `${own}${of}${ids === "" ? "" : ` ${ids}`}`;
}

export const VIEW_TITLES: Readonly<Record<ViewName, string>> = {
  graph: "Flame graph",
  table: "Table",
  sandwich: "Sandwich",
  chart: "Flame chart",
  source: "Source",
  heatmap: "Heatmap",
  changes: "Changes",
};

/** A filter step in a few words. */
export function stepTitle(step: FilterStep): string {
  switch (step.kind) {
    case "focus":
      return `Focus ${matchTitle(step.match)}`;
    case "ignore":
      return `Ignore ${matchTitle(step.match)}`;
    case "hide":
      return `Hide ${matchTitle(step.match)}`;
    case "prune":
      return `Prune ${matchTitle(step.match)}`;
    case "root":
      return `From ${matchTitle(step.match)}`;
    case "recursion":
      return step.mode === "direct" ? "Collapse recursion" : "Collapse cycles";
    case "library":
      return step.library === undefined ? "Collapse libraries" : `Collapse ${step.library}`;
    case "own-code":
      return "Only my code";
    case "inlined":
      return "Without inlined";
  }
}

function matchTitle({ name, pattern, module, file }: FrameMatch): string {
  return name ?? (pattern === undefined ? (module ?? file ?? "") : `/${pattern}/`);
}
