import type { Note } from "./notes.ts";
import type { StringTable } from "./strings.ts";

/**
 * What is counted, and its unit: `cpu/nanoseconds`, `alloc_space/bytes`, `samples/count`.
 * Units are spelled out, in the plural, lower case; `count` where the weight is a number of things.
 */
export interface ValueType {
  readonly name: string;
  readonly unit: string;
}

/** Where a frame's code ran. Readers set it only where the input says so. */
export const FrameKind = {
  /** The input does not say. */
  unknown: 0,
  /** Compiled ahead of time, user space. */
  native: 1,
  /** Kernel code; `_[k]` in folded stacks. */
  kernel: 2,
  /** Compiled at run time; `_[j]`. */
  jit: 3,
  /** Run by an interpreter; async-profiler's `_[0]`. */
  interpreted: 4,
  /** First-tier compiled (HotSpot C1); async-profiler's `_[1]`. */
  c1: 5,
  /** The stack of the thread that woke this one; `_[w]`. */
  waker: 6,
} as const;

/** One of {@link FrameKind}. */
export type FrameKindCode = (typeof FrameKind)[keyof typeof FrameKind];

/**
 * One row per frame: a function at one place. Columns of `length` rows; 0 in a column of string ids, lines,
 * columns or addresses means "not known", -1 in `mapping` means "none".
 *
 * Frames are distinct: no two rows agree in every column.
 */
export interface FrameTable {
  readonly length: number;
  /** String id. 0 only for a frame known by its address alone. */
  readonly name: Uint32Array;
  /** String id of the source file. */
  readonly file: Uint32Array;
  /** From 1. */
  readonly line: Uint32Array;
  /** From 1. */
  readonly column: Uint32Array;
  /** Row of `Profile.mappings`, or -1. */
  readonly mapping: Int32Array;
  /** As the profiler wrote it: virtual address in the process. */
  readonly address: BigUint64Array;
  /** {@link FrameKind}. */
  readonly kind: Uint8Array;
  /** 1 where the frame was inlined into its caller (its parent in the stack). */
  readonly inlined: Uint8Array;
}

/**
 * The distinct stacks as a prefix tree: a stack is its leaf's row, and its frames are read by following
 * `parent` up to a root. **`parent[i] < i`**, so self → total is one backward loop, without recursion.
 *
 * ```
 *   row     0     1    2    3        main ── a ── b
 *   frame   main  a    b    c             └─ c
 *   parent  -1    0    1    0
 * ```
 *
 * Rows are distinct: no two have the same parent and frame.
 */
export interface StackTable {
  readonly length: number;
  /** Row of the calling frame's stack, or -1 for a root. */
  readonly parent: Int32Array;
  /** Row of `Profile.frames`. */
  readonly frame: Int32Array;
}

/**
 * One row per observation, or, in a profile read with `samples: "merged"`, per distinct
 * (stack, thread, labels). Weights are doubles, one column per value type.
 *
 * Large profiles keep columns other than `stack` packed until they are first read: take a column out of the table before a
 * loop over its rows.
 */
export interface SampleTable {
  readonly length: number;
  /** Row of `Profile.stacks`, or -1 for an observation without frames. */
  readonly stack: Int32Array;
  /** One column per value type, in the order of `Profile.valueTypes`. */
  readonly weights: readonly Float64Array[];
  /** Nanoseconds since `meta.timeOrigin`; NaN where one sample has none. Undefined: no sample has a time. */
  readonly time: Float64Array | undefined;
  /** Row of `Profile.threads`, or -1. Undefined: no sample names its thread. */
  readonly thread: Int32Array | undefined;
  /** Label set id; 0 is the empty set. Undefined: no sample has labels. */
  readonly labels: Int32Array | undefined;
}

/** A thread that samples belong to. */
export interface Thread {
  /** As the profiler wrote it (perf's comm, a thread's name); may be empty. */
  readonly name: string;
  readonly pid?: number;
  readonly tid?: number;
  /** Name of the process, where it differs from the thread's. */
  readonly process?: string;
}

/** A file mapped into the profiled process. */
export interface Mapping {
  readonly path: string;
  /** Hexadecimal, lower case; empty where not known. */
  readonly buildId: string;
  readonly start: bigint;
  readonly end: bigint;
  /** Offset in the file that `start` maps. */
  readonly fileOffset: bigint;
  /** What the profile's writer had already resolved, where the format says so (pprof's has_… flags). */
  readonly has?: {
    readonly functions: boolean;
    readonly filenames: boolean;
    readonly lineNumbers: boolean;
    readonly inlineFrames: boolean;
  };
}

/** A key with a text or a number and its unit. */
export interface Label {
  readonly key: string;
  readonly value: string | number;
  /** Only with a number; empty where not known. */
  readonly unit?: string;
}

/** Facts about the recording as a whole. */
export interface ProfileMeta {
  /** Id of the reader, e.g. `perf-script`. */
  readonly format: string;
  /** The profiler and its version, where the input says so. */
  readonly producer?: string;
  /** What `samples.time` counts from, in nanoseconds: since the Unix epoch where `clock` is "unix". */
  readonly timeOrigin?: bigint;
  /** "unix": `timeOrigin` is wall-clock time. "monotonic": it is a clock of the recording machine. */
  readonly clock?: "unix" | "monotonic";
  /** Nanoseconds from start to end of the recording. */
  readonly duration?: number;
  /** Amount of the event between two samples. */
  readonly period?: { readonly type: ValueType; readonly value: number };
  /** Row of `valueTypes` that is shown unless the user asks for another. */
  readonly defaultValueType: number;
  /** Observations in the input; more than `samples.length` where the reader merged them. */
  readonly observations?: number;
  /** True where users expect the thread's (process's) name as the outermost frame, as with `perf script`. */
  readonly threadsAreRoots?: boolean;
  /** True where sample order is time order though the samples have no time (flame charts of folded stacks). */
  readonly samplesInOrder?: boolean;
  /** True where names carried `_[k]`-like annotations, which are now in `frames.kind`. */
  readonly annotated?: boolean;
  /** Set on a comparison: the value types holding the two sides. */
  readonly differential?: { readonly base: number; readonly head: number };
  readonly title?: string;
  readonly comments?: readonly string[];
  /** Where the kind of profile is documented (pprof's doc_url). */
  readonly docUrl?: string;
  /** pprof's regular expressions, kept so that they survive a conversion. */
  readonly dropFrames?: string;
  readonly keepFrames?: string;
}

/** Measurements from one recording. Immutable: a transform makes a new one, sharing what it did not change. */
export interface Profile {
  readonly meta: ProfileMeta;
  readonly valueTypes: readonly ValueType[];
  readonly strings: StringTable;
  readonly frames: FrameTable;
  readonly stacks: StackTable;
  readonly samples: SampleTable;
  readonly threads: readonly Thread[];
  readonly mappings: readonly Mapping[];
  /** Distinct label sets; row 0 is the empty set. */
  readonly labelSets: readonly (readonly Label[])[];
  readonly notes: readonly Note[];
}

/** Totals per value type: the sum of every sample's weight, in file order. */
export function totalsOf(profile: Profile): Float64Array {
  const totals = new Float64Array(profile.valueTypes.length);
  profile.samples.weights.forEach((column, type) => {
    let sum = 0;
    for (let i = 0; i < profile.samples.length; i++) sum += column[i]!;
    totals[type] = sum;
  });
  return totals;
}
