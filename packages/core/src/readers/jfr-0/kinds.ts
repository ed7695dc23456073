/** A kind of event that is a sample of a stack. */
export interface EventKind {
  /** Name of the value type that counts them. */
  readonly count: string;
  /** What an event weighs besides: the name of the value type, its unit, and the field that holds it. */
  readonly amount: string;
  readonly unit: "nanoseconds" | "bytes";
  readonly from: string;
}

/** Value types are called as those of newer recordings. An allocation in a new buffer stands for all that it will hold. */
const KINDS: ReadonlyMap<string, EventKind> = new Map<string, EventKind>([
  ["vm/prof/execution_sample", { count: "cpu_samples", amount: "cpu", unit: "nanoseconds", from: "period" }],
  [
    "java/object_alloc_in_new_TLAB",
    {
      count: "alloc_in_new_tlab_objects",
      amount: "alloc_in_new_tlab_bytes",
      unit: "bytes",
      from: "tlabSize",
    },
  ],
  [
    "java/object_alloc_outside_TLAB",
    {
      count: "alloc_outside_tlab_objects",
      amount: "alloc_outside_tlab_bytes",
      unit: "bytes",
      from: "allocationSize",
    },
  ],
  [
    "java/monitor_enter",
    { count: "mutex_contentions", amount: "mutex_delay", unit: "nanoseconds", from: "duration" },
  ],
  [
    "java/thread_park",
    { count: "block_contentions", amount: "block_delay", unit: "nanoseconds", from: "duration" },
  ],
  [
    "java/monitor_wait",
    { count: "monitor_waits", amount: "monitor_wait_delay", unit: "nanoseconds", from: "duration" },
  ],
  ["java/thread_sleep", { count: "sleeps", amount: "sleep_delay", unit: "nanoseconds", from: "duration" }],
]);

/** The kind of an event, by its path; undefined where it is no sample of a stack. */
export function kindOf(path: string): EventKind | undefined {
  return KINDS.get(path);
}

/** Names of value types, in the order in which they are shown first. */
export const RANKED: readonly string[] = [...KINDS.values()].flatMap(({ count, amount }) => [amount, count]);
