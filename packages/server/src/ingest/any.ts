import { Refusal } from "../refusal.ts";
import type { Decoded } from "./decode/decode.ts";
import { contentId, type Ingestor, type Receipt, windowOf } from "./ingestor.ts";
import { jfrSplitting, withCpuOfWall } from "./jfr.ts";
import { LabelSet, NAME_TEXT } from "./labels.ts";
import { otlpTypeId, pprofName, pprofTypeId } from "./profile-types.ts";
import { parseTime } from "./times.ts";

/** A profile file of any format that the core reads: `POST /api/v1/profiles?service=shop&version=3`. */
export interface AnyProfile {
  readonly tenant: string;
  readonly query: URLSearchParams;
  readonly bytes: Uint8Array;
}

/** Parameters that are no labels. */
const OWN: ReadonlySet<string> = new Set(["service", "from", "until", "format", "type"]);

/** Takes a profile file in; resolves when it is safe. */
export async function takeAny(ingestor: Ingestor, { tenant, query, bytes }: AnyProfile): Promise<Receipt> {
  const series = labelsOfQuery(query);
  const now = ingestor.now();
  const from = parseTime(query.get("from") || "now", now);
  const until = parseTime(query.get("until") || "now", now);
  const id = contentId(tenant, query.toString(), bytes);
  const format = query.get("format");
  const read = await ingestor.deps.decoder.decode({
    format: "any",
    bytes,
    limits: ingestor.deps.limits(tenant),
    ...(format === null ? {} : { from: format }),
  });
  const isJfr = read.profile.meta.format === "jfr";
  const decoded = isJfr ? withCpuOfWall({ ...read, ownWallSamples: true }, undefined) : read;
  const { profile } = decoded;
  if (profile.samples.length === 0) {
    throw new Refusal(422, "no-samples", `the file was read as ${profile.meta.format}, but holds no sample`);
  }
  const name = query.get("type") ?? pprofName(profile, new Map());
  const period = profile.meta.period?.type;
  const prepared = ingestor.prepare(decoded, {
    tenant,
    id,
    ...(query.has("from") ? givenWindow(decoded, from, until) : windowOf(decoded, from, until)),
    series,
    typeOf: (valueType) => {
      const type = profile.valueTypes[valueType]!;
      return period === undefined && !query.has("type") && profile.meta.format !== "pprof"
        ? otlpTypeId(type, undefined)
        : pprofTypeId(name, type, period);
    },
    ...(isJfr ? jfrSplitting(profile, new Map()) : {}),
  });
  await ingestor.commit([prepared]);
  return prepared.receipt;
}

/** The sender's word wins over the file's: an old recording can be put where it is looked for. */
function givenWindow(decoded: Decoded, from: bigint, until: bigint): ReturnType<typeof windowOf> {
  return { start: from, duration: windowOf(decoded, from, until).duration };
}

function labelsOfQuery(query: URLSearchParams): LabelSet {
  const series = new LabelSet();
  for (const [name, value] of query) {
    if (OWN.has(name)) continue;
    if (!NAME_TEXT.test(name)) {
      throw new Refusal(400, "bad-label", `${JSON.stringify(name.slice(0, 80))} is no label name`);
    }
    series.add(name, value);
  }
  series.add("service_name", query.get("service") ?? "");
  if (series.get("service_name") === undefined) {
    throw new Refusal(400, "no-service", "the parameter service is missing: ?service=NAME&label=value");
  }
  return series;
}
