import { create } from "@bufbuild/protobuf";
import type { ConnectRouter, HandlerContext } from "@connectrpc/connect";
import {
  AnalyzeQueryResponseSchema,
  type DiffRequest,
  DiffResponseSchema,
  ProfileFormat,
  ProfileTypesResponseSchema,
  QuerierService,
  type SelectMergeProfileRequest,
  type SelectMergeSpanProfileRequest,
  SelectMergeSpanProfileResponseSchema,
  type SelectMergeStacktracesRequest,
  type SelectMergeStacktracesResponse,
  SelectMergeStacktracesResponseSchema,
  SeriesResponseSchema,
} from "../../gen/querier/v1/querier_pb.ts";
import {
  GetProfileStatsResponseSchema,
  LabelNamesResponseSchema,
  LabelsSchema,
  LabelValuesResponseSchema,
} from "../../gen/types/v1/types_pb.ts";
import { type Queries, type Range, type StackQuery, selectionOf, type TreeAnswer } from "../queries.ts";
import { QueryError } from "../query-error.ts";
import { parseSelector } from "../selectors/parse.ts";
import { parseProfileType } from "../selectors/profile-type.ts";
import { dotGraph } from "../trees/dot.ts";
import { flamebearer } from "../trees/flamebearer.ts";
import { flamebearerDiff } from "../trees/flamebearer-diff.ts";
import { nodeLimit } from "../trees/node-limit.ts";
import { treeBytes } from "../trees/tree-bytes.ts";
import { answering, NOTE_HEADER, tenantKey } from "./context.ts";
import { encodedField, flameGraphBytes, flameGraphDiffBytes, takesBytes } from "./encoded.ts";
import {
  flameGraphDiffMessage,
  flameGraphMessage,
  labelMessages,
  pprofMessage,
  profileTypeMessage,
} from "./messages.ts";
import { selectHeatmap, selectSeries } from "./over-time.ts";
import { weightFormat } from "./weights.ts";

/** Registers Pyroscope's query service on a router whose calls carry a tenant in {@link tenantKey}. */
export function registerQuerier(router: ConnectRouter, queries: Queries): void {
  const { catalog } = queries.reads;
  router.service(QuerierService, {
    profileTypes: (request, context) =>
      answering(async () => {
        const types = await catalog.profileTypes(selectionOf(rangeOf(request, context)));
        return create(ProfileTypesResponseSchema, {
          profileTypes: types.map((id) => profileTypeMessage(parseProfileType(id))),
        });
      }),
    labelNames: (request, context) =>
      answering(async () => {
        const names = await catalog.labelNames(selectionOf(rangeOf(request, context), ...request.matchers));
        return create(LabelNamesResponseSchema, { names });
      }),
    labelValues: (request, context) =>
      answering(async () => {
        if (request.name === "")
          throw new QueryError("invalid", "name is missing: the label whose values are asked for");
        const selection = selectionOf(rangeOf(request, context), ...request.matchers);
        return create(LabelValuesResponseSchema, {
          names: await catalog.labelValues(selection, request.name),
        });
      }),
    series: (request, context) =>
      answering(async () => {
        // Each matcher is a selector of its own: a series needs to fit one of them.
        const selectors = request.matchers.length === 0 ? ["{}"] : request.matchers;
        const range = rangeOf(request, context);
        const found = await Promise.all(
          selectors.map((selector) => catalog.series(selectionOf(range, selector), request.labelNames)),
        );
        const distinct = new Map(found.flat().map((labels) => [JSON.stringify(labels), labels]));
        return create(SeriesResponseSchema, {
          labelsSet: [...distinct.values()].map((labels) =>
            create(LabelsSchema, { labels: labelMessages(labels) }),
          ),
        });
      }),
    selectMergeStacktraces: (request, context) =>
      answering(() => mergeStacktraces(queries, request, context)),
    selectMergeSpanProfile: (request, context) =>
      answering(async () => {
        const { flamegraph, tree, $unknown } = await mergeStacktraces(queries, ofSpans(request), context);
        const answer = create(SelectMergeSpanProfileResponseSchema, {
          ...(flamegraph && { flamegraph }),
          tree,
        });
        // The picture is in the same field of both answers.
        return $unknown === undefined ? answer : Object.assign(answer, { $unknown });
      }),
    selectMergeProfile: (request, context) =>
      answering(async () => pprofMessage(await queries.profile(stackQuery(request, context)))),
    selectSeries: (request, context) => answering(() => selectSeries(queries, request, context)),
    selectHeatmap: (request, context) => answering(() => selectHeatmap(queries, request, context)),
    diff: (request, context) => answering(() => diff(queries, request, context)),
    getProfileStats: (_, context) =>
      answering(async () => {
        const { oldest, newest } = await catalog.stats(context.values.get(tenantKey));
        return create(GetProfileStatsResponseSchema, {
          dataIngested: oldest !== undefined,
          oldestProfileTime: BigInt(Math.floor(oldest ?? 0)),
          newestProfileTime: BigInt(Math.floor(newest ?? 0)),
        });
      }),
    analyzeQuery: (request, context) =>
      answering(async () => {
        const { name, matchers } = parseSelector(request.query);
        const type = name ?? matchers.find((matcher) => matcher.name === "__profile_type__")?.value;
        if (type === undefined)
          throw new QueryError("invalid", "the query names no profile type: type{selector}");
        const braces = request.query.slice(Math.max(0, request.query.indexOf("{")));
        const selection = selectionOf(rangeOf(request, context), name === undefined ? request.query : braces);
        const cost = await catalog.cost({ ...selection, type: parseProfileType(type).id });
        return create(AnalyzeQueryResponseSchema, {
          queryScopes: [
            {
              componentType: "store",
              componentCount: 1n,
              seriesCount: BigInt(cost.series),
              profileCount: BigInt(cost.profiles),
              sampleCount: BigInt(cost.samples),
              profileBytes: BigInt(cost.samples * BYTES_PER_SAMPLE),
            },
          ],
          queryImpact: {
            totalBytesInTimeRange: BigInt(cost.samples * BYTES_PER_SAMPLE),
            totalQueriedSeries: BigInt(cost.series),
            deduplicationNeeded: false,
          },
        });
      }),
  });
}

/** What a sample takes in the engine, uncompressed: stack, value, time and series. */
const BYTES_PER_SAMPLE = 28;

export function rangeOf(request: { start: bigint; end: bigint }, context: HandlerContext): Range {
  return { tenant: context.values.get(tenantKey), start: Number(request.start), end: Number(request.end) };
}

function stackQuery(
  request: SelectMergeStacktracesRequest | SelectMergeProfileRequest,
  context: HandlerContext,
): StackQuery {
  if (request.traceIdSelector.length > 0) {
    throw new QueryError("unsupported", "profiles are kept by span, not by trace: select by span ids");
  }
  const spans = "spanSelector" in request ? request.spanSelector : [];
  return {
    ...rangeOf(request, context),
    type: request.profileTypeID,
    selector: request.labelSelector,
    callSite: request.stackTraceSelector?.callSite.map(({ name }) => name) ?? [],
    ...(spans.length > 0 && { spans }),
    ...(request.profileIdSelector.length > 0 && { profiles: request.profileIdSelector }),
  };
}

function ofSpans(request: SelectMergeSpanProfileRequest): SelectMergeStacktracesRequest {
  if (request.spanSelector.length === 0)
    throw new QueryError("invalid", "span_selector is empty: name at least one span");
  return {
    $typeName: "querier.v1.SelectMergeStacktracesRequest",
    profileTypeID: request.profileTypeID,
    labelSelector: request.labelSelector,
    start: request.start,
    end: request.end,
    format: request.format,
    profileIdSelector: [],
    traceIdSelector: [],
    spanSelector: request.spanSelector,
    ...(request.maxNodes !== undefined && { maxNodes: request.maxNodes }),
  };
}

async function mergeStacktraces(
  queries: Queries,
  request: SelectMergeStacktracesRequest,
  context: HandlerContext,
): Promise<SelectMergeStacktracesResponse> {
  const query = stackQuery(request, context);
  if (request.format === ProfileFormat.PPROF) {
    const profile = await pprofMessage(await queries.profile(query));
    return create(SelectMergeStacktracesResponseSchema, { pprof: { profile } });
  }
  const nodes = nodeLimit(request.maxNodes);
  if (request.format === ProfileFormat.DOT) {
    return create(SelectMergeStacktracesResponseSchema, {
      dot: dotOf(await queries.tree(query), Math.min(nodes, 1000)),
    });
  }
  const { tree, notes } = await queries.tree(query, nodes);
  tellNotes(context, notes);
  if (request.format === ProfileFormat.TREE) {
    return create(SelectMergeStacktracesResponseSchema, { tree: treeBytes(tree) });
  }
  const picture = flamebearer(tree);
  return takesBytes(context)
    ? encodedField(SelectMergeStacktracesResponseSchema, 1, flameGraphBytes(picture))
    : create(SelectMergeStacktracesResponseSchema, { flamegraph: flameGraphMessage(picture) });
}

export function dotOf({ tree, type }: TreeAnswer, nodes: number): string {
  return dotGraph(tree, { nodes, title: type.id, format: weightFormat(type.sampleUnit) });
}

async function diff(queries: Queries, request: DiffRequest, context: HandlerContext) {
  const { left, right } = request;
  if (left === undefined || right === undefined) {
    throw new QueryError(
      "invalid",
      `${left === undefined ? "left" : "right"} is missing: a diff has two sides`,
    );
  }
  const nodes = nodeLimit(left.maxNodes ?? right.maxNodes);
  const { pair, notes } = await queries.pair(stackQuery(left, context), stackQuery(right, context), nodes);
  tellNotes(context, notes);
  const picture = flamebearerDiff(pair);
  return takesBytes(context)
    ? encodedField(DiffResponseSchema, 1, flameGraphDiffBytes(picture))
    : create(DiffResponseSchema, { flamegraph: flameGraphDiffMessage(picture) });
}

function tellNotes(context: HandlerContext, notes: readonly string[]): void {
  for (const note of notes) context.responseHeader.append(NOTE_HEADER, note.replace(/[^\x20-\x7e]/g, "?"));
}
