import { type Label, type Profile, scaleWeights, type Thread } from "@flambeau/core";
import type { Decoded } from "./decode/decode.ts";
import { contentId, type Ingestor, type Prepared, type Receipt, windowOf } from "./ingestor.ts";
import { LabelSet } from "./labels.ts";
import { otlpTypeId, PROCESS_CPU, WALL } from "./profile-types.ts";
import { textLabels } from "./split.ts";

/** An export of OpenTelemetry's profiles signal. */
export interface OtlpExport {
  readonly tenant: string;
  readonly bytes: Uint8Array;
  readonly json: boolean;
}

/** Takes an export in; resolves when it is safe. */
export async function takeOtlp(ingestor: Ingestor, { tenant, bytes, json }: OtlpExport): Promise<Receipt> {
  const id = contentId(tenant, bytes);
  const decoded = await ingestor.deps.decoder.decode({
    format: json ? "otlp-json" : "otlp",
    bytes,
    limits: ingestor.deps.limits(tenant),
  });
  const { others = [] } = decoded;
  // Parts of one export are profiles of their own: they may differ in nothing but their contents.
  const prepared = [decoded, ...others].map((one, i) =>
    prepare(ingestor, tenant, i === 0 ? id : contentId(id, String(i)), one),
  );
  await ingestor.commit(prepared);
  const receipts = prepared.map(({ receipt }) => receipt);
  return {
    id,
    series: receipts.reduce((sum, { series }) => sum + series, 0),
    samples: receipts.reduce((sum, { samples }) => sum + samples, 0),
    notes: receipts.flatMap(({ notes }) => notes),
  };
}

function prepare(ingestor: Ingestor, tenant: string, id: string, decoded: Decoded): Prepared {
  const { profile, ids } = otlpTypes(decoded.profile);
  const weighed: Decoded = { ...decoded, profile };
  return ingestor.prepare(weighed, {
    tenant,
    id,
    ...windowOf(weighed, ingestor.now(), ingestor.now()),
    series: new LabelSet(),
    threads: true,
    typeOf: (valueType) => ids[valueType],
    labelsOf: (set, thread) => seriesLabels(set, profile.threads[thread]),
  });
}

/** Attributes that number what they name: a series of each would be endless. */
const NUMBERING = /(?:^|[._])(?:pid|tid|id|thread\.id)$/;

/**
 * Resource and sample attributes, then the thread's name. Without `service.name` the service is what ran, as
 * OpenTelemetry's SDKs name it.
 */
function* seriesLabels(
  set: readonly Label[],
  thread: Thread | undefined,
): Iterable<readonly [string, string]> {
  let service = "";
  for (const [name, value] of textLabels(set)) {
    if (name === "service.name") service = value;
    const spanOrTrace = name === "span_id" || name === "trace_id";
    if (spanOrTrace || !NUMBERING.test(name) || KEPT_IDS.has(name)) yield [name, value];
  }
  if (thread !== undefined && thread.name !== "") yield ["thread_name", thread.name];
  const process = thread?.process ?? "";
  if (process !== "") yield ["process_executable_name", process];
  if (service === "")
    yield ["service_name", process === "" ? "unknown_service" : `unknown_service:${process}`];
}

/** Ids that name something that lasts. */
const KEPT_IDS: ReadonlySet<string> = new Set([
  "host.id",
  "service.instance.id",
  "container.id",
  "cloud.account.id",
]);

/**
 * Ids of the value types, and the weights that go with them: a profiler that says when each sample was taken, and
 * how far they are apart, counts samples; together that is time.
 */
function otlpTypes(profile: Profile): { readonly profile: Profile; readonly ids: readonly string[] } {
  const { period } = profile.meta;
  let weighed = profile;
  const ids = profile.valueTypes.map((type, valueType) => {
    const timed = period !== undefined && period.type.unit === "nanoseconds" && period.value > 0;
    const counted = type.unit === "count" && (type.name === "samples" || type.name === "sample");
    if (timed && (counted || isCounting(profile, valueType))) {
      weighed = scaleWeights(weighed, period.value, valueType);
      if (counted && period.type.name === "cpu") return PROCESS_CPU;
      if (counted && period.type.name === "wall") return WALL;
    }
    return otlpTypeId(type, period?.type);
  });
  return { profile: weighed, ids };
}

/** True where times were given instead of values: then the reader counts 1 each, whatever the unit. */
function isCounting({ samples, valueTypes }: Profile, valueType: number): boolean {
  if (valueTypes[valueType]!.unit !== "nanoseconds") return false;
  const weights = samples.weights[valueType]!;
  let seen = 0;
  for (const weight of weights) {
    if (weight === 0) continue;
    if (weight % 1 !== 0 || weight > MAX_COUNT) return false;
    seen++;
  }
  return seen > 0;
}

/** Nobody measures times of less than a microsecond by sampling. */
const MAX_COUNT = 1000;
