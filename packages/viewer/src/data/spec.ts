import type { GroupBy } from "@flambeau/core";

/** What a frame must be to be matched: every part that is given must hold. Texts, so that a link can carry them. */
export interface FrameMatch {
  /** The function's name: exactly this. */
  readonly name?: string;
  /** A regular expression on the name. */
  readonly pattern?: string;
  /** Path or base name of the library (mapping). */
  readonly module?: string;
  /** Source file. */
  readonly file?: string;
}

/** One step of the filter stack; the steps are applied in their order. */
export type FilterStep =
  | { readonly kind: "focus" | "ignore" | "hide" | "prune"; readonly match: FrameMatch }
  /** Stacks begin at the innermost frame that matches; samples without one are left out. */
  | { readonly kind: "root"; readonly match: FrameMatch }
  | { readonly kind: "recursion"; readonly mode: "direct" | "cycles" }
  /** Neighbouring frames of one library become one frame: of the library named, or of every library. */
  | { readonly kind: "library"; readonly library: string | undefined }
  /** Hides frames that are not the user's own; see core's `ownCodeOnly` for the rules. */
  | { readonly kind: "own-code"; readonly rules: readonly string[] }
  | { readonly kind: "inlined" };

/** Which samples of which profile. */
export interface Selection {
  readonly profile: number;
  /** Rows of the profile's threads, -1 for samples of none; absent: all. */
  readonly threads?: readonly number[];
  /** Values of one key: any of them; several keys: all of them. */
  readonly labels?: readonly { readonly key: string; readonly value: string }[];
  /** Nanoseconds, begin inclusive, end exclusive; any of them. */
  readonly ranges?: readonly (readonly [from: number, to: number])[];
}

/** What a view is computed from: samples, what is done to their stacks, and how they are merged. */
export interface DataSpec {
  readonly head: Selection;
  /** What `head` is compared with. */
  readonly base?: Selection;
  /** Comparison: scale base to head's total. */
  readonly normalize?: boolean;
  /** `name/unit`; absent: the profile's default, or both sides of a profile that is itself a comparison. */
  readonly valueType?: string;
  readonly filters: readonly FilterStep[];
  readonly groupBy: GroupBy;
  /** Root frames for threads: none, one per thread name, one per thread. */
  readonly threads: "merged" | "names" | "each";
}

/** Equal specs have equal keys. */
export function keyOf(part: unknown): string {
  return JSON.stringify(part);
}
