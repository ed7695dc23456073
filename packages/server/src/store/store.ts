import type { Profile } from "@flambeau/core";
import type { KnownStacks, StackDigest } from "./digest.ts";

/**
 * The samples of one series (label set) of one value type in one time window: what a push is taken apart into.
 * Weights are stored as whole numbers; a fraction is carried over to the next sample of the same stack, and what
 * cannot be carried becomes a note.
 */
export type SeriesProfile = WholeSeries | DigestedSeries;

/** What every series profile says of itself. */
export interface SeriesHead {
  readonly tenant: string;
  /** `name:type:unit:periodType:periodUnit`, e.g. `process_cpu:cpu:nanoseconds:cpu:nanoseconds`. */
  readonly type: string;
  /** Sorted by name, each name once, `service_name` among them; without the derived `__…__` labels. */
  readonly labels: readonly Label[];
  /** Start of the window, nanoseconds since the Unix epoch. */
  readonly start: bigint;
  /** Length of the window in nanoseconds; 0 where not known. */
  readonly duration: bigint;
  /** UUID of the pushed profile, for exemplars and for recognising a profile that is pushed twice. */
  readonly id: string;
  /** Row of the profile's value types. */
  readonly valueType: number;
}

/** Samples as a profile holds them. */
export interface WholeSeries extends SeriesHead {
  readonly profile: Profile;
  /** Rows of `profile.samples` that belong to this series; default: all. */
  readonly rows?: Int32Array;
  /** Span of each sample of the profile (indexed like `profile.samples`); 0n: none. */
  readonly spans?: BigUint64Array;
}

/** Samples whose stacks were told by their ids where they were decoded. */
export interface DigestedSeries extends SeriesHead {
  readonly digest: StackDigest;
  /** The same with all frames, where the store knows less than the digest took for granted. */
  complete(): Promise<SeriesProfile>;
}

/** A name and a value of a series. */
export interface Label {
  readonly name: string;
  readonly value: string;
}

/** The service that a series belongs to. */
export function serviceOf(labels: readonly Label[]): string {
  return labels.find(({ name }) => name === "service_name")?.value ?? "unknown_service";
}

/** One condition of a Prometheus selector. Regular expressions are anchored, RE2 syntax. */
export interface LabelMatcher {
  readonly name: string;
  readonly operator: "=" | "!=" | "=~" | "!~";
  readonly value: string;
}

/** Which series in which time: of one tenant alone. Milliseconds since the Unix epoch, `from` ≤ t < `to`. */
export interface Selection {
  readonly tenant: string;
  readonly matchers: readonly LabelMatcher[];
  readonly from: number;
  readonly to: number;
}

/** What came into the engine, for those who keep answers: a type and service of one tenant, and when. */
export interface WrittenRange {
  readonly tenant: string;
  readonly type: string;
  readonly service: string;
  /** Milliseconds since the Unix epoch; both ends counted in. */
  readonly from: number;
  readonly to: number;
}

/** Rows waiting to be made queryable, for back-pressure and metrics. */
export interface JournalState {
  readonly files: number;
  readonly bytes: number;
  readonly rows: number;
  /** Age of the oldest row that is not yet in the engine, in milliseconds; 0 where there is none. */
  readonly oldest: number;
}

/** The part of the store that takes profiles in. */
export interface StoreWriter {
  /**
   * Resolves when every profile is on disk (journal written and synced): from then on a crash loses none of them.
   * They become visible to queries when the journal is loaded, within about a second.
   * @throws StoreError `overloaded` when the journal is at its bound, `disk-full`, `closed`
   */
  write(profiles: readonly SeriesProfile[]): Promise<void>;
  /** Resolves when everything written before is visible to queries. */
  flush(): Promise<void>;
  journal(): JournalState;
  /** What decoding threads may leave out of a digest; undefined: digests are not taken. */
  readonly known?: KnownStacks;
}

/** Why the store refuses; HTTP answers 429, 507, 503, 503, 413, 400. */
export type StoreErrorCode =
  | "overloaded"
  | "disk-full"
  | "engine-down"
  | "closed"
  | "too-large"
  | "bad-expression";

/** A refusal that the client can act on: nothing of the batch was kept unless the message says so. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly code: StoreErrorCode;
  /** Seconds after which trying again makes sense. */
  readonly retryAfter: number | undefined;

  constructor(code: StoreErrorCode, message: string, retryAfter?: number) {
    super(message);
    this.code = code;
    this.retryAfter = retryAfter;
  }
}
