import { scaleWeights } from "@flambeau/core";
import { Refusal } from "../refusal.ts";
import { parseAppName } from "./app-name.ts";
import type { Decoded, PushFormat } from "./decode/decode.ts";
import { type ContextLabels, readLabelsSnapshot } from "./decode/labels-snapshot.ts";
import {
  contentId,
  type Ingestor,
  type Prepared,
  type Receipt,
  type Unpacking,
  windowOf,
} from "./ingestor.ts";
import { jfrSplitting, withCpuOfWall } from "./jfr.ts";
import { LabelSet } from "./labels.ts";
import { preparePprofFile } from "./pprof.ts";
import { pprofName, pprofTypeId, type SampleTypeConfig, typeId, typeOfName } from "./profile-types.ts";
import { speedscopeTypes } from "./speedscope-types.ts";
import { parseTime } from "./times.ts";

/** A call of Pyroscope's `/ingest`. */
export interface IngestRequest extends Unpacking {
  readonly tenant: string;
  readonly query: URLSearchParams;
  readonly contentType: string;
  /** The body, or the parts of a multipart one. */
  readonly body: Uint8Array | ReadonlyMap<string, Uint8Array>;
}

/** What the query says, read. */
interface Call {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly from: bigint;
  readonly until: bigint;
  readonly sampleRate: number;
  readonly spyName: string;
}

/** Formats whose weights are counts of samples, of a type that the application's name tells. */
type NamedFormat = "folded" | "lines" | "trie" | "tree";

/** Takes one profile in; resolves when it is safe. */
export async function takeIngest(ingestor: Ingestor, request: IngestRequest): Promise<Receipt> {
  const call = readCall(request.query, ingestor.now());
  const format = formatOf(request);
  const prepared = await prepare(ingestor, request, call, format);
  await ingestor.commit([prepared]);
  return prepared.receipt;
}

function readCall(query: URLSearchParams, now: bigint): Call {
  const name = query.get("name");
  if (name === null || name === "") {
    throw new Refusal(400, "bad-name", "the parameter name is missing: name=application{label=value}");
  }
  const { app, labels } = parseAppName(name);
  const from = parseTime(query.get("from") || "now", now);
  const until = parseTime(query.get("until") || "now", now);
  const rate = Number(query.get("sampleRate") || 100);
  if (!(rate > 0) || !Number.isFinite(rate)) {
    throw new Refusal(400, "bad-sample-rate", `sampleRate=${query.get("sampleRate")} is no positive number`);
  }
  return { name: app, labels, from, until, sampleRate: rate, spyName: query.get("spyName") ?? "" };
}

function formatOf({
  query,
  contentType,
  body,
}: IngestRequest): Exclude<PushFormat, "any" | "otlp" | "otlp-json"> {
  const format = query.get("format") ?? "";
  switch (format) {
    case "trie":
    case "tree":
    case "lines":
    case "jfr":
    case "pprof":
    case "speedscope":
      return format;
  }
  if (contentType.startsWith("binary/octet-stream+trie")) return "trie";
  if (contentType.startsWith("binary/octet-stream+tree")) return "tree";
  if (!(body instanceof Uint8Array)) return body.has("jfr") ? "jfr" : "pprof";
  return "folded";
}

async function prepare(
  ingestor: Ingestor,
  request: IngestRequest,
  call: Call,
  format: ReturnType<typeof formatOf>,
): Promise<Prepared> {
  switch (format) {
    case "pprof":
      return preparePprof(ingestor, request, call);
    case "jfr":
      return prepareJfr(ingestor, request, call);
    case "speedscope":
      return prepareSpeedscope(ingestor, request, call);
    default:
      return prepareNamed(ingestor, request, call, format);
  }
}

async function prepareNamed(
  ingestor: Ingestor,
  request: IngestRequest,
  call: Call,
  format: NamedFormat,
): Promise<Prepared> {
  const { app, parts, sampled } = typeOfName(call.name);
  const { decoded, id } = await decodePart(ingestor, request, format, wholeBody(request, format));
  const scaled = sampled ? inNanoseconds(decoded, call.sampleRate) : decoded;
  const type = typeId(parts);
  return ingestor.prepare(scaled, {
    tenant: request.tenant,
    id,
    start: call.from,
    duration: call.until > call.from ? call.until - call.from : 0n,
    series: seriesOf({ ...call, name: app }),
    typeOf: (valueType) => (valueType === 0 ? type : undefined),
  });
}

async function prepareSpeedscope(ingestor: Ingestor, request: IngestRequest, call: Call): Promise<Prepared> {
  const { decoded, id } = await decodePart(ingestor, request, "speedscope", wholeBody(request, "speedscope"));
  const { app, sampled, parts } = typeOfName(call.name);
  const types = speedscopeTypes(decoded.profile, { parts, sampled, sampleRate: call.sampleRate });
  return ingestor.prepare(
    { ...decoded, profile: types.profile },
    {
      tenant: request.tenant,
      id,
      start: call.from,
      duration: call.until > call.from ? call.until - call.from : 0n,
      series: seriesOf({ ...call, name: app }),
      typeOf: (valueType) => types.ids[valueType],
    },
  );
}

async function preparePprof(ingestor: Ingestor, request: IngestRequest, call: Call): Promise<Prepared> {
  const { body } = request;
  const parts = body instanceof Uint8Array ? undefined : body;
  if (parts?.has("prev_profile") === true && parts.get("prev_profile")!.length > 0) {
    throw new Refusal(
      422,
      "cumulative-profile",
      "prev_profile is not supported: send the difference (godeltaprof, or an SDK of 2023 and later)",
    );
  }
  const bytes = parts === undefined ? (body as Uint8Array) : parts.get("profile");
  if (bytes === undefined) {
    throw new Refusal(400, "no-profile", `the form has no part "profile"; it has ${partNames(parts!)}`);
  }
  const config = sampleTypeConfig(parts?.get("sample_type_config"));
  const { tenant } = request;
  const id = contentId(tenant, request.query.toString(), bytes);
  const series = seriesOf(call);
  const pushed = { tenant, bytes, from: call.from, series, unpacking: request };
  return preparePprofFile(ingestor, pushed, (profile) => {
    const name = call.labels.get("__name__") ?? pprofName(profile, config);
    return {
      tenant,
      id,
      ...windowOf({ profile }, call.from, call.until),
      series,
      typeOf: (valueType) => pprofTypeId(name, profile.valueTypes[valueType]!, profile.meta.period?.type),
    };
  });
}

async function prepareJfr(ingestor: Ingestor, request: IngestRequest, call: Call): Promise<Prepared> {
  const { body } = request;
  const bytes = body instanceof Uint8Array ? body : body.get("jfr");
  if (bytes === undefined) {
    throw new Refusal(
      400,
      "no-profile",
      `the form has no part "jfr"; it has ${partNames(body as ReadonlyMap<string, Uint8Array>)}`,
    );
  }
  const contexts = await contextLabels(request);
  const { decoded, id } = await decodePart(ingestor, request, "jfr", bytes);
  const rate = request.query.has("sampleRate") ? call.sampleRate : undefined;
  const recording = withCpuOfWall(decoded, rate);
  return ingestor.prepare(recording, {
    tenant: request.tenant,
    id,
    ...windowOf(recording, call.from, call.until),
    series: seriesOf(call),
    ...jfrSplitting(recording.profile, contexts),
  });
}

async function contextLabels({ body, unpack }: IngestRequest): Promise<ContextLabels> {
  const labels = body instanceof Uint8Array ? undefined : body.get("labels");
  if (labels === undefined || labels.length === 0) return new Map();
  return readLabelsSnapshot(await unpack(labels));
}

async function decodePart(
  ingestor: Ingestor,
  { query, tenant, unpack }: IngestRequest,
  format: PushFormat,
  packed: Uint8Array,
): Promise<{ readonly decoded: Decoded; readonly id: string }> {
  const bytes = await unpack(packed);
  const id = contentId(tenant, query.toString(), bytes);
  const decoded = await ingestor.deps.decoder.decode({ format, bytes, limits: ingestor.deps.limits(tenant) });
  return { decoded, id };
}

function wholeBody({ body }: IngestRequest, format: string): Uint8Array {
  if (body instanceof Uint8Array) return body;
  const only = body.get("profile") ?? [...body.values()][0];
  if (only === undefined)
    throw new Refusal(400, "no-profile", `the form has no part with a ${format} profile`);
  return only;
}

/** The labels of the push; the application's name is the service unless a label says otherwise. */
function seriesOf({ name, labels, spyName }: Call): LabelSet {
  const series = new LabelSet();
  for (const [key, value] of labels) series.add(key, value);
  series.add(series.get("service_name") === undefined ? "service_name" : "app_name", name);
  if (spyName !== "") series.add("pyroscope_spy", spyName);
  return series;
}

/** Counts of samples become nanoseconds. */
function inNanoseconds(decoded: Decoded, sampleRate: number): Decoded {
  return { ...decoded, profile: scaleWeights(decoded.profile, 1e9 / sampleRate) };
}

function sampleTypeConfig(bytes: Uint8Array | undefined): ReadonlyMap<string, SampleTypeConfig> {
  if (bytes === undefined || bytes.length === 0) return new Map();
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new Refusal(
      400,
      "bad-sample-type-config",
      `sample_type_config is no JSON: ${(error as Error).message}`,
    );
  }
  if (typeof json !== "object" || json === null) return new Map();
  return new Map(
    Object.entries(json).map(([name, config]: [string, unknown]) => {
      const display = (config as { "display-name"?: unknown } | null)?.["display-name"];
      return [name, { displayName: typeof display === "string" ? display : "" }];
    }),
  );
}

function partNames(parts: ReadonlyMap<string, Uint8Array>): string {
  return parts.size === 0 ? "none" : [...parts.keys()].map((name) => JSON.stringify(name)).join(", ");
}
