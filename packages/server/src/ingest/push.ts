import { FlambeauError } from "@flambeau/core";
import type { RawProfileSeries, RawSample } from "../gen/push/v1/push_pb.ts";
import { Refusal } from "../refusal.ts";
import {
  contentId,
  type Ingestor,
  type Prepared,
  type Receipt,
  type Unpacking,
  windowOf,
} from "./ingestor.ts";
import { LabelSet, NAME_TEXT } from "./labels.ts";
import { preparePprofFile } from "./pprof.ts";
import { pprofName, pprofTypeId } from "./profile-types.ts";

/** A call of `push.v1.PusherService/Push`. */
export interface Push extends Unpacking {
  readonly tenant: string;
  readonly series: readonly RawProfileSeries[];
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** At most this many faults are told one by one. */
const MAX_FAULTS = 5;

/**
 * Takes a batch in: the profiles that can be used are kept, whatever is wrong with the others; then the answer says
 * which are not kept and why.
 * @throws Refusal where any profile was not kept; the others are
 */
export async function takePush(ingestor: Ingestor, push: Push): Promise<Receipt[]> {
  const prepared: Prepared[] = [];
  const faults: { readonly place: string; readonly error: Error }[] = [];
  let total = 0;
  for (const [i, series] of push.series.entries()) {
    for (const [j, sample] of series.samples.entries()) {
      total++;
      try {
        prepared.push(await prepareSample(ingestor, push, series, sample));
      } catch (error) {
        // What is not about this profile (no memory left, a bug) ends the whole call, with nothing kept.
        if (!isAboutInput(error)) throw error;
        faults.push({ place: `series[${i}].samples[${j}]`, error });
      }
    }
  }
  if (total === 0) throw new Refusal(400, "empty-push", "the push holds no profile");
  await ingestor.commit(prepared);
  if (faults.length === 0) return prepared.map(({ receipt }) => receipt);
  throw partialFailure(total, faults);
}

function isAboutInput(error: unknown): error is Refusal | FlambeauError {
  return error instanceof FlambeauError || (error instanceof Refusal && error.code !== "overloaded");
}

function partialFailure(
  total: number,
  faults: readonly { readonly place: string; readonly error: Error }[],
): Refusal {
  const told = faults.slice(0, MAX_FAULTS).map(({ place, error }) => `${place}: ${describe(error)}`);
  if (faults.length > MAX_FAULTS) told.push(`and ${faults.length - MAX_FAULTS} more`);
  const first = faults[0]!.error;
  const limited = faults.every(({ error }) => error instanceof Refusal && error.status === 429);
  const kept = `${total - faults.length} of ${total} profiles were kept`;
  return new Refusal(
    limited ? 429 : 400,
    first instanceof Refusal ? first.code : "invalid-profile",
    `${kept}; not kept: ${told.join("; ")}`,
  );
}

function describe(error: Error): string {
  return error instanceof FlambeauError ? error.describe() : error.message;
}

async function prepareSample(
  ingestor: Ingestor,
  { tenant, ...unpacking }: Push,
  { labels }: RawProfileSeries,
  sample: RawSample,
): Promise<Prepared> {
  const series = new LabelSet();
  let name = "";
  for (const label of labels) {
    if (label.name === "__name__") name = label.value;
    else if (!NAME_TEXT.test(label.name)) {
      throw new Refusal(400, "bad-label", `${JSON.stringify(label.name.slice(0, 80))} is no label name`);
    } else series.add(label.name, label.value);
  }
  series.add("service_name", "unknown_service");
  const bytes = sample.rawProfile;
  const id = UUID.test(sample.ID)
    ? sample.ID.toLowerCase()
    : contentId(tenant, name, JSON.stringify(series.finish(ingestor.deps.limits(tenant))), bytes);
  const now = ingestor.now();
  return preparePprofFile(ingestor, { tenant, bytes, from: now, series, unpacking }, (profile) => {
    const metric = name === "" ? pprofName(profile, new Map()) : name;
    return {
      tenant,
      id,
      ...windowOf({ profile }, now, now),
      series,
      typeOf: (valueType) => pprofTypeId(metric, profile.valueTypes[valueType]!, profile.meta.period?.type),
    };
  });
}
