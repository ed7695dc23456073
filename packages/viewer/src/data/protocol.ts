import type { LevelGraph } from "../graph/index.ts";
import type { ExportRequest, ExportResult, FormatInfo, PictureRequest } from "./export.ts";
import type { ProfileInfo } from "./profile-info.ts";
import type { ChartRequest } from "./views/chart.ts";
import type { FunctionRequest, FunctionResult } from "./views/function.ts";
import type { GraphRequest, GraphResult, SandwichRequest, SandwichResult } from "./views/graph.ts";
import type { SourceRequest, SourceResult } from "./views/source.ts";
import type { SummaryRequest, SummaryResult } from "./views/summary.ts";
import type { TableRequest, TableResult } from "./views/table.ts";
import type { HeatmapRequest, HeatmapResult, TimelineRequest, TimelineResult } from "./views/time.ts";

/** What is to be read. */
export type ProfileInput =
  | { readonly blob: Blob; readonly name: string }
  | { readonly buffer: ArrayBuffer; readonly name: string }
  | { readonly url: string; readonly name: string };

/** What is to be read, and what the user says about it where the content alone does not. */
export interface OpenRequest {
  readonly input: ProfileInput;
  /** Id of the reader. */
  readonly from?: string;
  /** Which file of an archive. */
  readonly entry?: string;
}

/** What can be written and what can be read. */
export interface FormatsResult {
  readonly writers: readonly FormatInfo[];
  readonly readers: readonly { readonly id: string; readonly title: string }[];
}

/** A flame chart; see `Chart` of views/chart.ts. */
export interface ChartResult {
  readonly graph: LevelGraph;
  readonly origin: number | undefined;
  readonly thread: number | undefined;
}

/** Every call that the page may make of the worker: its parameters and its answer. */
export interface Methods {
  open: { params: OpenRequest; result: ProfileInfo };
  close: { params: { readonly profile: number }; result: null };
  summary: { params: SummaryRequest; result: SummaryResult };
  graph: { params: GraphRequest; result: GraphResult };
  sandwich: { params: SandwichRequest; result: SandwichResult };
  table: { params: TableRequest; result: TableResult };
  function: { params: FunctionRequest; result: FunctionResult | undefined };
  chart: { params: ChartRequest; result: ChartResult };
  timeline: { params: TimelineRequest; result: TimelineResult };
  heatmap: { params: HeatmapRequest; result: HeatmapResult };
  source: { params: SourceRequest; result: SourceResult };
  formats: { params: null; result: FormatsResult };
  export: { params: ExportRequest; result: ExportResult };
  picture: { params: PictureRequest; result: ExportResult };
}

export type Method = keyof Methods;
export type Params<M extends Method> = Methods[M]["params"];
export type Result<M extends Method> = Methods[M]["result"];
