import type { StackDigest } from "../store/digest.ts";
import { serviceOf } from "../store/store.ts";
import type { ProfileHead } from "./decode/digest/digester.ts";
import type { PprofTask } from "./decode/read-pprof.ts";
import type { Ingestor, Prepared, Unpacking } from "./ingestor.ts";
import type { LabelSet } from "./labels.ts";
import type { Splitting } from "./split.ts";

/** A pprof file that was pushed, and what is known of it before it is read. */
export interface PushedPprof {
  readonly tenant: string;
  readonly bytes: Uint8Array;
  /** When it was taken, should it not say so: nanoseconds since the Unix epoch. */
  readonly from: bigint;
  readonly series: LabelSet;
  readonly unpacking: Unpacking;
}

/**
 * Reads a pprof file and prepares it for the store: in the short way where store and file allow it, else by way of a
 * whole profile. `split` is told what the file says of itself.
 */
export async function preparePprofFile(
  ingestor: Ingestor,
  pushed: PushedPprof,
  split: (head: ProfileHead) => Splitting,
): Promise<Prepared> {
  const { decoder } = ingestor.deps;
  const limits = ingestor.deps.limits(pushed.tenant);
  const task = taskOf(ingestor, pushed);
  const { read, bytes } =
    task === undefined ? { read: undefined, bytes: pushed.bytes } : await decoder.pprof(task);
  if (read === undefined) {
    const unpacked = await pushed.unpacking.unpack(bytes);
    const decoded = await decoder.decode({ format: "pprof", bytes: unpacked, limits });
    return ingestor.prepare(decoded, split(decoded.profile));
  }
  if ("decoded" in read) return ingestor.prepare(read.decoded, split(read.decoded.profile));
  let again: Promise<StackDigest> | undefined;
  const whole = (): Promise<StackDigest> => {
    again ??= decoder.pprof({ ...task!, bytes, whole: true }).then((second) => {
      if (second.read === undefined || !("digest" in second.read)) {
        throw new Error("a file was read in two ways");
      }
      return second.read.digest;
    });
    return again;
  };
  return ingestor.prepareDigest(read, split(read.head), whole);
}

/** Undefined where the file has to be unpacked and read in the general way. */
function taskOf(
  { deps: { store, limits } }: Ingestor,
  { tenant, bytes, from, series, unpacking }: PushedPprof,
): PprofTask | undefined {
  const { known } = store;
  if (known === undefined || unpacking.claim === undefined || bytes.length === 0) return undefined;
  const unpacked = unpacking.claim(bytes);
  if (unpacked === undefined) return undefined;
  const service = serviceOf([{ name: "service_name", value: series.get("service_name") ?? "" }]);
  const scope = { tenant, service, keep: known.keep(tenant), from };
  return { bytes, unpacked, scope, limits: limits(tenant), whole: false };
}
