import { ignore } from "@flambeau/core";
import { contentId, type Ingestor } from "./ingestor.ts";
import { LabelSet } from "./labels.ts";
import { PROCESS_CPU } from "./profile-types.ts";

/** Keeps a CPU profile of this server itself, without the time in which it did nothing. */
export async function takeOwnProfile(
  ingestor: Ingestor,
  tenant: string,
  cpuprofile: Uint8Array,
  from: number,
  until: number,
): Promise<void> {
  const id = contentId(tenant, cpuprofile);
  const limits = ingestor.deps.limits(tenant);
  const decoded = await ingestor.deps.decoder.decode({
    format: "any",
    from: "v8-cpuprofile",
    bytes: cpuprofile,
    limits,
  });
  const profile = ignore(decoded.profile, [/^\((?:idle|root)\)$/]);
  const series = new LabelSet();
  series.add("service_name", "flambeau");
  const start = BigInt(Math.round(from)) * 1_000_000n;
  const prepared = ingestor.prepare(
    { ...decoded, profile },
    {
      tenant,
      id,
      start,
      duration: BigInt(Math.round(until)) * 1_000_000n - start,
      series,
      typeOf: (valueType) =>
        profile.valueTypes[valueType]!.unit === "nanoseconds" ? PROCESS_CPU : undefined,
    },
  );
  await ingestor.commit([prepared]);
}
