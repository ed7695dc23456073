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
import {
  type Exemplar,
  ExemplarSchema,
  ExemplarType,
  TimeSeriesAggregationType,
} from "../../gen/types/v1/types_pb.ts";
import type { ProfilePoints, SpanPoints } from "../../store/reads/points.ts";
import type { TypedSelection } from "../../store/reads/where.ts";
import { type Queries, type Range, selectionOf } from "../queries.ts";
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

/** Series, and the points that their examples are of. */
interface SeriesAndPoints {
  readonly series: SeriesOfPoints[];
  readonly points: ProfilePoints;
}

/** Values over time by group. */
export async function seriesByGroup(queries: Queries, query: SeriesQuery): Promise<SeriesOfPoints[]> {
  return (await seriesAndPoints(queries, query, false)).series;
}

/** @param ids whether the profiles of the points are to be known by their ids */
async function seriesAndPoints(queries: Queries, query: SeriesQuery, ids: boolean): Promise<SeriesAndPoints> {
  const type = parseProfileType(query.type);
  const selection: TypedSelection = { ...selectionOf(query, query.selector), type: type.id };
  const buckets = bucketsOf(query.start, query.end, query.step);
  const points = await queries.reads.points.profiles(selection, {
    groupBy: query.groupBy,
    ids,
    byMinute: query.step % MINUTE === 0 && query.start % 60_000 === 0 && query.end - query.start > LONG_RANGE,
  });
  return {
    series: seriesOf(points, buckets, query.aggregation ?? (isGauge(type) ? "gauge" : "sum")),
    points,
  };
}

export async function selectSeries(
  queries: Queries,
  request: SelectSeriesRequest,
  context: HandlerContext,
): Promise<SelectSeriesResponse> {
  if (request.exemplarType === ExemplarType.SPAN) {
    throw new QueryError("unsupported", "a series shows profiles as examples; spans are shown in a heatmap");
  }
  const query = await seriesQuery(queries, request, context);
  if ((request.stackTraceSelector?.callSite.length ?? 0) > 0)
    return seriesOfCallSite(queries, request, query, context);
  const withExamples = request.exemplarType === ExemplarType.INDIVIDUAL;
  const { series, points } = await seriesAndPoints(queries, query, withExamples);
  return seriesMessage(request, context, series, withExamples ? points : undefined);
}

/** Without a range, all time: from the first profile to the last one. */
async function timesOf(
  queries: Queries,
  request: SelectSeriesRequest | SelectHeatmapRequest,
  context: HandlerContext,
): Promise<Range> {
  const tenant = context.values.get(tenantKey);
  const [start, end] = [Number(request.start), Number(request.end)];
  if (start !== 0 || end !== 0) return { tenant, start, end };
  const { oldest, newest } = await queries.reads.catalog.stats(tenant);
  return { tenant, start: Math.floor(oldest ?? 0), end: Math.ceil(newest ?? 0) };
}

async function seriesQuery(
  queries: Queries,
  request: SelectSeriesRequest,
  context: HandlerContext,
): Promise<SeriesQuery> {
  return {
    ...(await timesOf(queries, request, context)),
    type: request.profileTypeID,
    selector: request.labelSelector,
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
  points?: ProfilePoints,
): SelectSeriesResponse {
  const { kept, left } = heaviest(series, request.limit);
  if (left > 0)
    context.responseHeader.append(NOTE_HEADER, `${left} lighter series are not in the answer: limit`);
  return create(SelectSeriesResponseSchema, {
    series: kept.map(({ labels, times, values, examples }) => ({
      labels: labelMessages(labels),
      points: times.map((time, i) => ({
        timestamp: BigInt(time),
        value: values[i]!,
        exemplars: points === undefined ? [] : [profileExample(points, examples[i]!)],
      })),
    })),
  });
}

/** The weight of stacks below a call site over time: only the samples can tell. */
async function seriesOfCallSite(
  queries: Queries,
  request: SelectSeriesRequest,
  query: SeriesQuery,
  context: HandlerContext,
): Promise<SelectSeriesResponse> {
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
  const range = await timesOf(queries, request, context);
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
          ? slot.examples.map((row) =>
              "spans" in points ? spanExample(points, row) : profileExample(points, row),
            )
          : [],
      })),
    })),
  });
}

function profileExample({ times, values, ids }: ProfilePoints, row: number): Exemplar {
  return create(ExemplarSchema, {
    timestamp: BigInt(Math.round(times[row]!)),
    value: whole(values[row]!),
    profileId: ids[row] ?? "",
  });
}

function spanExample({ times, values, spans }: SpanPoints, row: number): Exemplar {
  return create(ExemplarSchema, {
    timestamp: BigInt(Math.round(times[row]!)),
    value: whole(values[row]!),
    spanId: spans[row]!.toString(16).padStart(16, "0"),
  });
}
