import type { GroupBy } from "@flambeau/core";
import type { DataSpec, FilterStep } from "../data/spec.ts";

/** The views that the page offers, in the order of their tabs. */
export const VIEWS = ["graph", "table", "sandwich", "chart", "source", "heatmap", "changes"] as const;
export type ViewName = (typeof VIEWS)[number];

/** A step of the filter stack, which can be switched off without being lost. */
export interface FilterEntry {
  readonly step: FilterStep;
  readonly enabled: boolean;
}

export type TimeRange = readonly [from: number, to: number];

/** How a comparison is coloured, and which of its weights count. */
export interface DiffLook {
  /** Against the frame itself, or against the largest change. */
  readonly scale: "absolute" | "relative";
  /** Sort the changes by a function's own weight, or with all it calls. */
  readonly by: "self" | "total";
}

/** Everything that a link restores: what is looked at, and how. Profiles are named by their place in the list. */
export interface ViewState {
  readonly profile: number;
  /** The profile that `profile` is compared with. */
  readonly base: number | undefined;
  readonly normalize: boolean;
  readonly diff: DiffLook;
  readonly valueType: string | undefined;
  readonly threads: DataSpec["threads"] | undefined;
  readonly threadRows: readonly number[] | undefined;
  readonly labels: readonly { readonly key: string; readonly value: string }[];
  /** Selected time, nanoseconds. */
  readonly range: TimeRange | undefined;
  /** A second stretch of time, which `range` is compared with. */
  readonly baseRange: TimeRange | undefined;
  readonly filters: readonly FilterEntry[];
  readonly groupBy: GroupBy;
  readonly view: ViewName;
  /** A second view beside the first. */
  readonly split: ViewName | undefined;
  readonly direction: "flame" | "icicle";
  readonly inverted: boolean;
  readonly search: string;
  readonly regex: boolean;
  /** Zoomed rectangle, as the ordinals of the children on the way from the root. */
  readonly zoom: string;
  /** The function that all views point at. */
  readonly selected: string | undefined;
  /** The thread of the flame chart; the busiest unless chosen. */
  readonly chartThread: number | undefined;
  /** The file of the source view. */
  readonly file: string | undefined;
}

export const INITIAL_VIEW: ViewState = {
  profile: 0,
  base: undefined,
  normalize: false,
  diff: { scale: "absolute", by: "total" },
  valueType: undefined,
  threads: undefined,
  threadRows: undefined,
  labels: [],
  range: undefined,
  baseRange: undefined,
  filters: [],
  groupBy: "function",
  view: "graph",
  split: undefined,
  direction: "icicle",
  inverted: false,
  search: "",
  regex: false,
  zoom: "",
  selected: undefined,
  chartThread: undefined,
  file: undefined,
};

/** The parts of the state that belong to one profile: they go when another one is looked at. */
export const PROFILE_PARTS: Partial<ViewState> = {
  valueType: undefined,
  threads: undefined,
  threadRows: undefined,
  labels: [],
  range: undefined,
  baseRange: undefined,
  zoom: "",
  chartThread: undefined,
  file: undefined,
};
