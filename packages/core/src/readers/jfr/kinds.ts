import type { JfrType } from "./metadata.ts";

/** What an event weighs besides its number. */
export interface Amount {
  /** Name of the value type. */
  readonly name: string;
  readonly unit: "nanoseconds" | "bytes" | "count";
  /** Fields whose product it is; none: the period of the sampling times the number of samples. */
  readonly fields: readonly string[];
}

/** A kind of event that is a sample of a stack. */
export interface EventKind {
  /** Name of the value type that counts them. */
  readonly count: string;
  /** Field that holds the number; default: each event is one. */
  readonly countField?: string;
  readonly amount?: Amount;
  /** The lowest of a recording's kinds is shown first. */
  readonly rank: number;
}

const nanoseconds = (name: string, ...fields: string[]): Amount => ({ name, unit: "nanoseconds", fields });
const bytes = (name: string, ...fields: string[]): Amount => ({ name, unit: "bytes", fields });

/**
 * Kinds by the event's name. Sources: OpenJDK, src/hotspot/share/jfr/metadata/metadata.xml; async-profiler,
 * src/jfrMetadata.cpp; Datadog's java-profiler, the same file. An allocation in a new buffer (TLAB) stands for all
 * that the buffer will hold, so the buffer's size is its weight. Datadog's weights undo its sampling.
 */
const KINDS: ReadonlyMap<string, EventKind> = new Map<string, EventKind>([
  [
    "jdk.CPUTimeSample",
    { rank: 0, count: "cpu_time_samples", amount: nanoseconds("cpu_time", "samplingPeriod") },
  ],
  ["jdk.ExecutionSample", { rank: 1, count: "cpu_samples", amount: nanoseconds("cpu") }],
  ["datadog.ExecutionSample", { rank: 1, count: "cpu_samples", countField: "weight" }],
  [
    "profiler.WallClockSample",
    { rank: 2, count: "wall_samples", countField: "samples", amount: nanoseconds("wall") },
  ],
  ["datadog.MethodSample", { rank: 2, count: "wall_samples", countField: "weight" }],
  ["jdk.NativeMethodSample", { rank: 3, count: "native_samples", amount: nanoseconds("native") }],
  [
    "jdk.MethodTrace",
    { rank: 4, count: "method_trace_calls", amount: nanoseconds("method_trace", "duration") },
  ],
  [
    "jdk.ObjectAllocationInNewTLAB",
    { rank: 5, count: "alloc_in_new_tlab_objects", amount: bytes("alloc_in_new_tlab_bytes", "tlabSize") },
  ],
  [
    "jdk.ObjectAllocationOutsideTLAB",
    {
      rank: 6,
      count: "alloc_outside_tlab_objects",
      amount: bytes("alloc_outside_tlab_bytes", "allocationSize"),
    },
  ],
  [
    "jdk.ObjectAllocationSample",
    { rank: 5, count: "alloc_sample_objects", amount: bytes("alloc_sample_bytes", "weight") },
  ],
  [
    "datadog.ObjectSample",
    {
      rank: 5,
      count: "alloc_sample_objects",
      countField: "weight",
      amount: bytes("alloc_sample_bytes", "size", "weight"),
    },
  ],
  ["profiler.LiveObject", { rank: 7, count: "live_objects", amount: bytes("live_bytes", "allocationSize") }],
  [
    "datadog.HeapLiveObject",
    {
      rank: 7,
      count: "live_objects",
      countField: "weight",
      amount: bytes("live_bytes", "size", "weight"),
    },
  ],
  ["jdk.OldObjectSample", { rank: 8, count: "old_objects", amount: bytes("old_object_bytes", "objectSize") }],
  ["profiler.Malloc", { rank: 9, count: "malloc_objects", amount: bytes("malloc_bytes", "size") }],
  [
    "jdk.JavaMonitorEnter",
    { rank: 10, count: "mutex_contentions", amount: nanoseconds("mutex_delay", "duration") },
  ],
  [
    "jdk.ThreadPark",
    { rank: 11, count: "block_contentions", amount: nanoseconds("block_delay", "duration") },
  ],
  [
    "profiler.NativeLock",
    { rank: 12, count: "native_lock_contentions", amount: nanoseconds("native_lock_delay", "duration") },
  ],
  [
    "jdk.JavaMonitorWait",
    { rank: 13, count: "monitor_waits", amount: nanoseconds("monitor_wait_delay", "duration") },
  ],
  ["jdk.ThreadSleep", { rank: 14, count: "sleeps", amount: nanoseconds("sleep_delay", "duration") }],
]);

/** Version 1 of the format names the JDK's events like this. */
const OLD_PREFIX = "com.oracle.jdk.";

/** A JDK event's name as version 2 writes it. */
export function eventName(name: string): string {
  return name.startsWith(OLD_PREFIX) ? `jdk.${name.slice(OLD_PREFIX.length)}` : name;
}

/** The event that says how many samples the virtual machine lost. */
export const LOST_SAMPLES = "jdk.CPUTimeSamplesLost";

/** The events that say how a recording was made. */
export const ACTIVE_SETTING = "jdk.ActiveSetting";
export const MACHINE = "jdk.JVMInformation";

/** True for events that say how a recording was made. */
export function isSettings(name: string): boolean {
  const event = eventName(name);
  return event === ACTIVE_SETTING || event === MACHINE;
}

/** True where events say when and where a thread was and nothing else, laid out as {@link Tally.add} takes them. */
export function isPlainSample(type: JfrType, kind: EventKind, types: ReadonlyMap<number, JfrType>): boolean {
  const [time, ...keys] = type.fields;
  const names = type.fields.map(({ name, array }) => (array ? "" : name)).join();
  const isPlain = names === "startTime,sampledThread,stackTrace,state" && keys.every(({ pooled }) => pooled);
  const isLong = types.get(time?.type ?? -1)?.name === "long" && time?.pooled === false;
  return (
    isPlain && isLong && kind.countField === undefined && !(kind.amount && kind.amount.fields.length > 0)
  );
}

/** The kind of an event, by its name; undefined where it is no sample of a stack. */
export function kindOf(name: string): EventKind | undefined {
  return KINDS.get(eventName(name));
}
