/**
 * A profile as the store needs it, made in the thread that decodes it: stacks are told by their content ids, weights
 * are added up, and names come only with what the store was not seen to know.
 */
export interface StackDigest {
  /** Ids of the distinct stacks, low half at 2i, high half at 2i+1; 0 and 0: no frames. */
  readonly stacks: Uint32Array;
  /** For each value type the weight of each row: whole, not negative, below 2⁶³. */
  readonly weights: readonly Float64Array[];
  /** The stack of each row; default: row i is stack i. A stack has several rows where its samples differ in labels. */
  readonly rowStack?: Int32Array;
  /** For each stack its place in `listEnds`; -1: its frames are not here, because the store was seen to know it. */
  readonly listOf: Int32Array;
  /** Where the frames of each listed stack end in `lists`; they begin where those before end. */
  readonly listEnds: Int32Array;
  /** Frames of the listed stacks, root first: rows of `frameIds`. */
  readonly lists: Int32Array;
  /** Ids of the frames that the lists name, laid out as `stacks`. */
  readonly frameIds: Uint32Array;
  /** Where each frame's columns end in `frames`; a frame without any was seen to be known. */
  readonly frameEnds: Int32Array;
  /** Columns of frames as journal rows have them, from `name` to `inlined`. */
  readonly frames: Uint8Array;
}

/** Whose stacks a digest holds: names the keys under which they may be known. */
export interface StackScope {
  readonly tenant: string;
  readonly service: string;
  /** Monday of the samples' week, in days since the epoch. */
  readonly week: number;
  readonly keep: number;
}

/** What threads may look up, while the store goes on adding to it: a hint, which the store checks. */
export interface KnownStacks {
  /** Keys of stacks and frames, in memory that threads share. */
  readonly stacks: Uint32Array;
  readonly frames: Uint32Array;
  /** Days for which a tenant's data is kept: part of the keys. */
  readonly keep: (tenant: string) => number;
}

const DAY_MS = 86_400_000;

/** The day (since the epoch) that a profile starts on. */
export function dayOf(start: bigint): number {
  return Math.floor(Number(start / 1_000_000n) / DAY_MS);
}

/** Monday of the week of a day; the epoch was a Thursday. */
export function weekOf(day: number): number {
  return day - ((day + 3) % 7);
}
