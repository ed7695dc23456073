import { FlambeauError, type Profile, readProfile, sourceOfBytes } from "@flambeau/core";
import { ask, type ServerValues } from "./client.ts";

const SERVICE = "/querier.v1.QuerierService/";

/** Milliseconds since the Unix epoch. */
export interface TimeRange {
  readonly start: number;
  readonly end: number;
}

/** What is asked for: a profile type and a selector, `{}` for everything. */
export interface Selected {
  readonly type: string;
  readonly selector: string;
}

async function askJson(
  values: ServerValues,
  method: string,
  request: object,
): Promise<Record<string, unknown>> {
  const body = new TextEncoder().encode(JSON.stringify(request));
  const answer = await ask(values, { path: SERVICE + method, contentType: "application/json", body });
  return JSON.parse(new TextDecoder().decode(answer)) as Record<string, unknown>;
}

/** Ids of the profile types that the server has in a time of what a selector means. */
export async function profileTypes(
  values: ServerValues,
  selector: string,
  { start, end }: TimeRange,
): Promise<string[]> {
  const { labelsSet = [] } = await askJson(values, "Series", {
    matchers: [selector],
    labelNames: ["__profile_type__"],
    start: String(start),
    end: String(end),
  });
  const sets = labelsSet as { labels?: { name: string; value: string }[] }[];
  const ids = sets.flatMap(({ labels = [] }) => labels.map(({ value }) => value));
  return [...new Set(ids)].sort();
}

/** Services that the server has in a time. */
export async function services(values: ServerValues, { start, end }: TimeRange): Promise<string[]> {
  const { names = [] } = await askJson(values, "LabelValues", {
    name: "service_name",
    start: String(start),
    end: String(end),
  });
  return names as string[];
}

/** The merged profile: asked for in protobuf, whose answer is a pprof file. */
export async function mergedProfile(
  values: ServerValues,
  { type, selector }: Selected,
  { start, end }: TimeRange,
): Promise<Profile> {
  const body = Buffer.concat([text(1, type), text(2, selector), number(3, start), number(4, end)]);
  const answer = await ask(values, {
    path: `${SERVICE}SelectMergeProfile`,
    contentType: "application/proto",
    body,
  });
  const nothing = (): FlambeauError =>
    new FlambeauError("nothing-left", `the server has nothing of ${type}${selector} in that time`, {
      hint: "`flambeau query` without a selector lists what there is; --from now-24h looks further back.",
    });
  if (answer.length === 0) throw nothing();
  const profile = await readProfile(sourceOfBytes(answer), { from: "pprof", samples: "merged" });
  if (profile.samples.length === 0) throw nothing();
  return profile;
}

/** A text field in protobuf. */
function text(field: number, value: string): Uint8Array {
  const bytes = new TextEncoder().encode(value);
  return Buffer.concat([varint(BigInt(field * 8 + 2)), varint(BigInt(bytes.length)), bytes]);
}

function number(field: number, value: number): Uint8Array {
  return Buffer.concat([varint(BigInt(field * 8)), varint(BigInt(value))]);
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    if (rest < 0x80n) return Uint8Array.from([...bytes, Number(rest)]);
    bytes.push(Number(rest & 0x7fn) | 0x80);
  }
}
