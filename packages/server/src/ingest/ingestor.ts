import { createHash } from "node:crypto";
import type { Note } from "@flambeau/core";
import { Refusal } from "../refusal.ts";
import type { StackDigest } from "../store/digest.ts";
import type { SeriesProfile, StoreWriter } from "../store/store.ts";
import type { Decoded } from "./decode/decode.ts";
import type { Digested, ProfileHead } from "./decode/digest/digester.ts";
import type { DecodePool } from "./decode/pool.ts";
import { SeriesGate } from "./series-gate.ts";
import { type SplitLimits, type Splitting, splitDigest, splitProfile } from "./split.ts";

/** Bounds on what a tenant may push. */
export interface IngestLimits extends SplitLimits {
  /** Labels of all samples of one profile. */
  readonly sampleLabels: number;
  /** Bytes of one body, unpacked. */
  readonly body: number;
  /** Active series. */
  readonly series: number;
  /** Seconds that a profile may lie in the past; older ones would be deleted at once. */
  readonly oldest: number;
  /** Seconds that a profile may lie in the future, for clocks that go wrong. */
  readonly newest: number;
}

/** Takes compression off; knows the bounds of the request that it belongs to. */
export type Unpack = (bytes: Uint8Array) => Promise<Uint8Array>;

/**
 * The bytes that gzip data says it holds, counted on the request's account; 0 for other data; undefined where its word
 * cannot be taken: then it is for {@link Unpack}.
 */
export type Claim = (bytes: Uint8Array) => number | undefined;

/** Takes compression off, here or in another thread. */
export interface Unpacking {
  readonly unpack: Unpack;
  readonly claim?: Claim;
}

/** What every push works with. */
export interface IngestDeps {
  readonly store: StoreWriter;
  readonly decoder: DecodePool;
  readonly limits: (tenant: string) => IngestLimits;
  /** Nanoseconds since the Unix epoch. */
  readonly now?: () => bigint;
}

/** What was kept of a push. */
export interface Receipt {
  readonly id: string;
  /** Distinct pairs of profile type and label set. */
  readonly series: number;
  /** Rows, per profile type. */
  readonly samples: number;
  readonly notes: readonly Note[];
}

/** Profiles that are ready for the store, and what is to be said of them. */
export interface Prepared {
  readonly profiles: readonly SeriesProfile[];
  readonly receipt: Receipt;
}

/** Turns decoded profiles into series and hands them to the store. */
export class Ingestor {
  readonly deps: IngestDeps;
  readonly gate: SeriesGate = new SeriesGate();

  constructor(deps: IngestDeps) {
    this.deps = deps;
  }

  /** Nanoseconds since the Unix epoch. */
  now(): bigint {
    return this.deps.now?.() ?? BigInt(Date.now()) * 1_000_000n;
  }

  /** @throws Refusal where the profile exceeds a bound of its tenant or lies outside of the time that is kept */
  prepare({ profile }: Decoded, splitting: Splitting): Prepared {
    const limits = this.deps.limits(splitting.tenant);
    this.#checkTime(splitting.start, limits);
    const { profiles, negative } = splitProfile(profile, splitting, limits);
    this.gate.admit(splitting.tenant, profiles, limits.series);
    let samples = 0;
    for (const one of profiles) samples += one.rows?.length ?? profile.samples.length;
    const notes = [...profile.notes];
    if (negative > 0) {
      notes.push({
        kind: "skipped",
        code: "negative-weight",
        message: "A sample has a negative weight; it is left out.",
        count: negative,
        places: [],
      });
    }
    return { profiles, receipt: { id: splitting.id, series: profiles.length, samples, notes } };
  }

  /** The same for stacks that were told where they were decoded. `whole` asks for the digest with all frames. */
  prepareDigest(digested: Digested, splitting: Splitting, whole: () => Promise<StackDigest>): Prepared {
    const limits = this.deps.limits(splitting.tenant);
    this.#checkTime(splitting.start, limits);
    const { profiles, samples } = splitDigest(digested, splitting, limits, whole);
    this.gate.admit(splitting.tenant, profiles, limits.series);
    const { notes } = digested.head;
    return { profiles, receipt: { id: splitting.id, series: profiles.length, samples, notes } };
  }

  /** Resolves when the profiles are safe. */
  async commit(prepared: readonly Prepared[]): Promise<void> {
    const profiles = prepared.flatMap((one) => one.profiles);
    if (profiles.length > 0) await this.deps.store.write(profiles);
  }

  #checkTime(start: bigint, { oldest, newest }: IngestLimits): void {
    const now = this.now();
    const age = Number((now - start) / 1_000_000_000n);
    if (age <= oldest && age >= -newest) return;
    const at = new Date(Number(start / 1_000_000n));
    const when = Number.isNaN(at.getTime()) ? `${start} ns` : at.toISOString();
    const here = new Date(Number(now / 1_000_000n)).toISOString();
    throw new Refusal(
      422,
      "out-of-time",
      age < 0
        ? `the profile is of ${when}, which lies ahead of this server's clock (${here}) by more than ${newest} s`
        : `the profile is of ${when}, which is longer ago than profiles are kept here (${Math.round(oldest / 86_400)} days before ${here}); from=now would place it here and now`,
    );
  }
}

/**
 * The id of a push that brings none: made of its content, so that the same push sent again (the client saw no
 * answer) has the same id.
 */
export function contentId(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha1");
  for (const part of parts) {
    hash.update(`${part.length}:`);
    hash.update(part);
  }
  const digits = hash.digest("hex");
  // Laid out as a UUID of version 8 (made by whoever makes it).
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `8${digits.slice(13, 16)}`,
    `8${digits.slice(17, 20)}`,
    digits.slice(20, 32),
  ].join("-");
}

/** A time before 1971 says that the profiler knew none. */
const FIRST_TIME = 31_536_000_000_000_000n;

/** When a profile was taken: what it says of itself, else what the push says. */
export function windowOf(
  { profile }: { readonly profile: Pick<ProfileHead, "meta"> },
  from: bigint,
  until: bigint,
): { readonly start: bigint; readonly duration: bigint } {
  const { timeOrigin, clock, duration } = profile.meta;
  const own = timeOrigin !== undefined && clock === "unix" && timeOrigin >= FIRST_TIME;
  const start = own ? timeOrigin : from;
  const length = duration !== undefined && duration > 0 ? BigInt(Math.round(duration)) : until - from;
  return { start, duration: length < 0n ? 0n : length };
}
