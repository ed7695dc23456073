import { create } from "@bufbuild/protobuf";
import type { HandlerContext } from "@connectrpc/connect";
import {
  HeatmapQueryType,
  type SelectHeatmapRequest,
  type SelectHeatmapResponse,
  SelectHeatmapResponseSchema,
  type SelectSeriesRequest,
  type SelectSeriesResponse,
  SelectSeriesResponseSchema,
} from "../../gen/querier/v1/querier_pb.ts";
import { ExemplarType, TimeSeriesAggregationType } from "../../gen/types/v1/types_pb.ts";
import type { TypedSelection } from "../../store/reads/where.ts";
import { type Queries, selectionOf } from "../queries.ts";
import { QueryError } from "../query-error.ts";
import { isGauge, parseProfileType } from "../selectors/profile-type.ts";
import { type Aggregation, bucketsOf, heaviest, type SeriesOfPoints, seriesOf } from "../series/buckets.ts";
import { heatmapOf } from "../series/heatmap.ts";
import { NOTE_HEADER, tenantKey } from "./context.ts";
import { labelMessages, whole } from "./messages.ts";

const MINUTE = 60;
const LONG_RANGE = 6 * 3_600_000;

/** What a time series is made of: a typed selection, its step and how values are added up. */
export interface SeriesQuery {
  readonly tenant: string;
  readonly type: string;
  readonly selector: string;
  readonly start: number;
  readonly end: number;
  readonly step: number;
  readonly groupBy: readonly string[];
  /** Default: gauges are averaged, everything else is added up. */
  readonly aggregation?: Aggregation | undefined;
}

/** Values over time by group. */
export async function seriesByGroup(queries: Queries, query: SeriesQuery): Promise<SeriesOfPoints[]> {
  const type = parseProfileType(query.type);
  const selection: TypedSelection = { ...selectionOf(query, query.selector), type: type.id };
  const buckets = bucketsOf(query.start, query.end, query.step);
  const points = await queries.reads.points.profiles(selection, {
    groupBy: query.groupBy,
    byMinute: query.step % MINUTE === 0 && query.start % 60_000 === 0 && query.end - query.start > LONG_RANGE,
  });
  return seriesOf(points, buckets, query.aggregation ?? (isGauge(type) ? "gauge" : "sum"));
}

export async function selectSeries(
  queries: Queries,
  request: SelectSeriesRequest,
  context: HandlerContext,
): Promise<SelectSeriesResponse> {
  if ((request.stackTraceSelector?.callSite.length ?? 0) > 0)
    return seriesOfCallSite(queries, request, context);
  const series = await seriesByGroup(queries, seriesQuery(request, context));
  return seriesMessage(request, context, series);
}

function seriesQuery(request: SelectSeriesRequest, context: HandlerContext): SeriesQuery {
  return {
    tenant: context.values.get(tenantKey),
    type: request.profileTypeID,
    selector: request.labelSelector,
    start: Number(request.start),
    end: Number(request.end),
    step: request.step,
    groupBy: request.groupBy,
    aggregation: aggregationOf(request.aggregation),
  };
}

/** An aggregation that the client names is what it gets; a client that names none gets what makes sense. */
function aggregationOf(asked: TimeSeriesAggregationType | undefined): Aggregation | undefined {
  if (asked === undefined) return undefined;
  return asked === TimeSeriesAggregationType.AVERAGE ? "average" : "sum";
}

function seriesMessage(
  request: SelectSeriesRequest,
  context: HandlerContext,
  series: readonly SeriesOfPoints[],
): SelectSeriesResponse {
  const { kept, left } = heaviest(series, request.limit);
  if (left > 0)
    context.responseHeader.append(NOTE_HEADER, `${left} lighter series are not in the answer: limit`);
  return create(SelectSeriesResponseSchema, {
    series: kept.map(({ labels, times, values }) => ({
      labels: labelMessages(labels),
      points: times.map((time, i) => ({ timestamp: BigInt(time), value: values[i]! })),
    })),
  });
}

/** The weight of stacks below a call site over time: only the samples can tell. */
async function seriesOfCallSite(
  queries: Queries,
  request: SelectSeriesRequest,
  context: HandlerContext,
): Promise<SelectSeriesResponse> {
  const query = seriesQuery(request, context);
  if (query.groupBy.length > 0) {
    throw new QueryError(
      "unsupported",
      "a call site's weight over time cannot be grouped by labels: leave group_by out",
    );
  }
  const callSite = request.stackTraceSelector!.callSite.map(({ name }) => name);
  const buckets = bucketsOf(query.start, query.end, query.step);
  const { times, values } = await queries.callSiteSamples({ ...query, callSite });
  const series = seriesOf(
    {
      times: Float64Array.from(times, (time) => time * 1000),
      values,
      counts: new Float64Array(times.length).fill(1),
      group: new Int32Array(times.length),
      series: new Int32Array(times.length),
      groups: [[]],
      ids: [],
    },
    buckets,
    "sum",
  );
  return seriesMessage(request, context, series);
}

export async function selectHeatmap(
  queries: Queries,
  request: SelectHeatmapRequest,
  context: HandlerContext,
): Promise<SelectHeatmapResponse> {
  const type = parseProfileType(request.profileTypeID);
  const range = {
    tenant: context.values.get(tenantKey),
    start: Number(request.start),
    end: Number(request.end),
  };
  const selection: TypedSelection = { ...selectionOf(range, request.labelSelector), type: type.id };
  const buckets = bucketsOf(range.start, range.end, request.step);
  const bySpan = request.queryType === HeatmapQueryType.SPAN;
  const points = bySpan
    ? await queries.reads.points.spans(selection, request.groupBy)
    : await queries.reads.points.profiles(selection, { groupBy: request.groupBy, ids: true });
  const { kept, left } = heaviest(heatmapOf(points, buckets), request.limit);
  if (left > 0)
    context.responseHeader.append(NOTE_HEADER, `${left} lighter series are not in the answer: limit`);
  const withExamples = request.exemplarType === (bySpan ? ExemplarType.SPAN : ExemplarType.INDIVIDUAL);
  return create(SelectHeatmapResponseSchema, {
    series: kept.map(({ labels, slots }) => ({
      labels: labelMessages(labels),
      slots: slots.map((slot) => ({
        timestamp: BigInt(slot.time),
        yMin: slot.least,
        counts: slot.counts,
        exemplars: withExamples
          ? slot.examples.map((row) => ({
              timestamp: BigInt(Math.round(points.times[row]!)),
              value: whole(points.values[row]!),
              ...("spans" in points
                ? { spanId: points.spans[row]!.toString(16).padStart(16, "0") }
                : { profileId: points.ids[row] ?? "" }),
            }))
          : [],
      })),
    })),
  });
}
