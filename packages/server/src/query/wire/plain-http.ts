import { type Queries, type StackQuery, selectionOf } from "../queries.ts";
import { QueryError } from "../query-error.ts";
import { atTime } from "../selectors/at-time.ts";
import { parseSelector } from "../selectors/parse.ts";
import { type ProfileTypeParts, parseProfileType } from "../selectors/profile-type.ts";
import type { Aggregation } from "../series/buckets.ts";
import { timelineOf, timelineStep } from "../series/timeline.ts";
import { flamebearer } from "../trees/flamebearer.ts";
import { flamebearerDiff } from "../trees/flamebearer-diff.ts";
import { nodeLimit } from "../trees/node-limit.ts";
import { NOTE_HEADER } from "./context.ts";
import { seriesByGroup } from "./over-time.ts";
import { dotOf } from "./querier.ts";

const HOUR = 3_600_000;

/** A request that is let in. */
export interface PlainRequest {
  readonly tenant: string;
  readonly query: URLSearchParams;
}

/** What is sent back. */
export interface PlainAnswer {
  readonly contentType: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A path that answers to GET without Connect. */
export interface PlainRoute {
  readonly method: "GET";
  readonly path: string;
  /** @throws QueryError, StoreError */
  handle(request: PlainRequest): Promise<PlainAnswer>;
}

/** Pyroscope's older query API, which Grafana's Profiles Drilldown and scripts use. */
export function plainRoutes(queries: Queries, now: () => number = Date.now): PlainRoute[] {
  const route = (path: string, handle: PlainRoute["handle"]): PlainRoute => ({ method: "GET", path, handle });
  return [
    route("/pyroscope/render", (request) => render(queries, request, now())),
    route("/pyroscope/render-diff", (request) => renderDiff(queries, request, now())),
    route("/pyroscope/label-values", (request) => labelValues(queries, request, now())),
    route("/pyroscope/labels", (request) => labelNames(queries, request, now())),
  ];
}

async function render(queries: Queries, { tenant, query }: PlainRequest, now: number): Promise<PlainAnswer> {
  const stacks = stackQueryOf(tenant, query, { query: "query", from: "from", until: "until" }, now);
  const nodes = nodesOf(query);
  const format = query.get("format") || "json";
  if (format === "dot") {
    return {
      contentType: "text/plain; charset=utf-8",
      body: dotOf(await queries.tree(stacks), nodes ?? 100),
      headers: {},
    };
  }
  if (format !== "json") {
    throw new QueryError("invalid", `format is ${JSON.stringify(format)}; there is json and dot`);
  }
  const step = timelineStep(stacks.start, stacks.end);
  // The answer has room for the values of one label.
  const [grouped, ...ungrouped] = query.getAll("groupBy").filter((name) => name !== "");
  const groupBy = grouped === undefined ? [] : [grouped];
  const series = await seriesByGroup(queries, {
    ...stacks,
    step,
    groupBy,
    aggregation: aggregationOf(query),
  });
  const timeline = (points: (typeof series)[number] | undefined) =>
    timelineOf(points, stacks.start, stacks.end, step);
  const answer = await queries.tree(stacks, nodes ?? nodeLimit(undefined));
  const picture = flamebearer(answer.tree);
  const groups = new Map(
    series.map((points) => [
      points.labels.find(({ name }) => name === grouped)?.value ?? "*",
      timeline(points),
    ]),
  );
  return json(
    {
      version: 1,
      flamebearer: {
        names: picture.names,
        levels: picture.levels,
        numTicks: picture.total,
        maxSelf: picture.maxSelf,
      },
      metadata: metadataOf(answer.type, "single"),
      timeline: timeline(series.length === 1 ? series[0] : undefined),
      groups: grouped === undefined ? null : Object.fromEntries(groups),
      heatmap: null,
    },
    ungrouped.length === 0
      ? answer.notes
      : [...answer.notes, `groups are by ${grouped} alone: the answer has room for one label`],
  );
}

async function renderDiff(
  queries: Queries,
  { tenant, query }: PlainRequest,
  now: number,
): Promise<PlainAnswer> {
  const sides = (["left", "right"] as const).map((side) =>
    stackQueryOf(tenant, query, { query: `${side}Query`, from: `${side}From`, until: `${side}Until` }, now),
  );
  if (sides[0]!.type !== sides[1]!.type) {
    throw new QueryError(
      "invalid",
      `the sides are of different profile types: ${sides[0]!.type} and ${sides[1]!.type}`,
    );
  }
  const nodes = nodesOf(query) ?? nodeLimit(undefined);
  const { pair, type, notes } = await queries.pair(sides[0]!, sides[1]!, nodes);
  const picture = flamebearerDiff(pair);
  return json(
    {
      version: 1,
      flamebearer: {
        names: picture.names,
        levels: picture.levels,
        numTicks: picture.leftTotal + picture.rightTotal,
        maxSelf: picture.maxSelf,
      },
      metadata: metadataOf(type, "double"),
      leftTicks: picture.leftTotal,
      rightTicks: picture.rightTotal,
      timeline: null,
      groups: null,
      heatmap: null,
    },
    notes,
  );
}

async function labelValues(
  queries: Queries,
  { tenant, query }: PlainRequest,
  now: number,
): Promise<PlainAnswer> {
  const label = query.get("label") ?? "";
  if (label === "") throw new QueryError("invalid", "label is missing: the label whose values are asked for");
  const selection = selectionOf(optionalRange(tenant, query, now), query.get("query") ?? "{}");
  const { catalog } = queries.reads;
  // Here the "name" of a series is its whole profile type.
  const values =
    label === "__name__"
      ? await catalog.profileTypes(selection)
      : await catalog.labelValues(selection, label);
  return json(values, []);
}

async function labelNames(
  queries: Queries,
  { tenant, query }: PlainRequest,
  now: number,
): Promise<PlainAnswer> {
  const selection = selectionOf(optionalRange(tenant, query, now), query.get("query") ?? "{}");
  return json(await queries.reads.catalog.labelNames(selection), []);
}

/** Without `from` and `until`: all time. */
function optionalRange(tenant: string, query: URLSearchParams, now: number) {
  if (!query.has("from") && !query.has("until")) return { tenant, start: 0, end: 0 };
  return { tenant, ...rangeOf(query, { from: "from", until: "until" }, now) };
}

function stackQueryOf(
  tenant: string,
  query: URLSearchParams,
  names: { query: string; from: string; until: string },
  now: number,
): StackQuery {
  const text = query.get(names.query) ?? "";
  if (text === "") throw new QueryError("invalid", `${names.query} is missing: it takes type{selector}`);
  const { name, matchers } = parseSelector(text);
  const type = name ?? matchers.find((matcher) => matcher.name === "__profile_type__")?.value;
  if (type === undefined) {
    throw new QueryError("invalid", `${names.query} names no profile type: it takes type{selector}`);
  }
  const braces = text.indexOf("{");
  return {
    tenant,
    type: parseProfileType(type).id,
    selector: braces < 0 ? "{}" : text.slice(braces),
    ...rangeOf(query, names, now),
  };
}

/** From and until; an hour, where only the end is given or nothing at all. */
function rangeOf(
  query: URLSearchParams,
  { from, until }: { from: string; until: string },
  now: number,
): { start: number; end: number } {
  const end = timeOf(query, until, now);
  return { start: timeOf(query, from, end - HOUR, now), end };
}

/** A time in milliseconds; `otherwise` where it is missing. */
function timeOf(query: URLSearchParams, name: string, otherwise: number, now = otherwise): number {
  const text = query.get(name) ?? "";
  if (text === "") return otherwise;
  const time = atTime(text, now);
  if (time === undefined) {
    throw new QueryError(
      "invalid",
      `${name}=${text.slice(0, 80)} is not a time: seconds or milliseconds since 1970, or now-1h`,
    );
  }
  return Math.floor(time);
}

function nodesOf(query: URLSearchParams): number | undefined {
  const text = query.get("max-nodes") ?? query.get("maxNodes") ?? "";
  if (text === "" || text === "0") return undefined;
  if (!/^-?\d{1,18}$/.test(text))
    throw new QueryError("invalid", `max-nodes=${text.slice(0, 80)} is not a number`);
  return nodeLimit(BigInt(text));
}

function aggregationOf(query: URLSearchParams): Aggregation | undefined {
  const asked = query.get("aggregation") ?? "";
  if (asked === "") return undefined;
  if (asked === "sum") return "sum";
  if (asked === "avg") return "average";
  throw new QueryError("invalid", `aggregation=${asked.slice(0, 80)}; there is sum and avg`);
}

/** Names that Pyroscope's own pictures give to units. */
function metadataOf(type: ProfileTypeParts, format: "single" | "double") {
  const objects = /^(?:inuse_objects|alloc_objects|goroutines?|samples)$/.test(type.sampleType);
  const cpu = type.sampleType === "cpu";
  return {
    format,
    spyName: "",
    sampleRate: cpu ? 1_000_000_000 : 100,
    units: objects ? "objects" : cpu ? "samples" : type.sampleUnit,
    name: type.sampleType,
  };
}

function json(value: unknown, notes: readonly string[]): PlainAnswer {
  const headers: Record<string, string> = {};
  if (notes.length > 0) headers[NOTE_HEADER] = notes.join("; ").replace(/[^\x20-\x7e]/g, "?");
  return { contentType: "application/json", body: JSON.stringify(value), headers };
}
