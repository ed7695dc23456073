/** An output of ours that differs on purpose from what another tool's test suite expects. */
export interface Difference {
  /** The expectation's id: its file name in the corpus. */
  readonly id: string;
  /** Lines that only the expectation has, and lines that only we have: a difference of another size is a fault. */
  readonly missing: number;
  readonly extra: number;
  /** Why ours is right, or why theirs is stale. */
  readonly reason: string;
}
