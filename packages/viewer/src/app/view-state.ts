import type { GroupBy } from "@flambeau/core";
import type { DataSpec, FilterStep } from "../data/spec.ts";

/** The views that the page offers. */
export const VIEWS = ["graph", "table", "sandwich", "chart", "source", "heatmap", "changes"] as const;
export type ViewName = (typeof VIEWS)[number];

/** A step of the filter stack, which can be switched off without being lost. */
export interface FilterEntry {
  readonly step: FilterStep;
  readonly enabled: boolean;
}

export type TimeRange = readonly [from: number, to: number];

/** Everything that a link restores: what is looked at, and how. Profiles are named by their place in the list. */
export interface ViewState {
  readonly profile: number;
  /** The profile that `profile` is compared with. */
  readonly base: number | undefined;
  readonly normalize: boolean;
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
  readonly direction: "flame" | "icicle";
  readonly inverted: boolean;
  readonly search: string;
  readonly regex: boolean;
  /** Zoomed rectangle, as the ordinals of the children on the way from the root. */
  readonly zoom: string;
  /** The function that all views point at. */
  readonly selected: string | undefined;
}

export const INITIAL_VIEW: ViewState = {
  profile: 0,
  base: undefined,
  normalize: false,
  valueType: undefined,
  threads: undefined,
  threadRows: undefined,
  labels: [],
  range: undefined,
  baseRange: undefined,
  filters: [],
  groupBy: "function",
  view: "graph",
  direction: "icicle",
  inverted: false,
  search: "",
  regex: false,
  zoom: "",
  selected: undefined,
};
