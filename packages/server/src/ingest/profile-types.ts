import type { Profile, ValueType } from "@flambeau/core";

/** The parts of `name:type:unit:periodType:periodUnit`. */
export interface TypeParts {
  readonly name: string;
  readonly type: string;
  readonly unit: string;
  readonly periodType: string;
  readonly periodUnit: string;
}

/** The id under which a profile type is stored. Parts come from clients: nothing in them may look like two parts. */
export function typeId({ name, type, unit, periodType, periodUnit }: TypeParts): string {
  return [name, type, unit, periodType, periodUnit].map(cleanPart).join(":");
}

const MAX_PART = 100;

function cleanPart(part: string): string {
  return part.slice(0, MAX_PART).replace(/[^A-Za-z0-9_.\-/@]/g, "_");
}

const CPU = { periodType: "cpu", periodUnit: "nanoseconds" };

/** What the last part of a name like `shop.alloc_space` means: the type's name and the unit. */
const SUFFIXES: ReadonlyMap<string, readonly [name: string, unit: string]> = new Map([
  ["cpu", ["process_cpu", "nanoseconds"]],
  ["itimer", ["process_cpu", "nanoseconds"]],
  ["wall", ["wall", "nanoseconds"]],
  ["inuse_objects", ["memory", "count"]],
  ["inuse_space", ["memory", "bytes"]],
  ["alloc_objects", ["memory", "count"]],
  ["alloc_space", ["memory", "bytes"]],
  ["alloc_in_new_tlab_objects", ["memory", "count"]],
  ["alloc_in_new_tlab_bytes", ["memory", "bytes"]],
  ["alloc_outside_tlab_objects", ["memory", "count"]],
  ["alloc_outside_tlab_bytes", ["memory", "bytes"]],
  ["goroutines", ["goroutine", "count"]],
  ["mutex_count", ["mutex", "count"]],
  ["mutex_duration", ["mutex", "nanoseconds"]],
  ["block_count", ["block", "count"]],
  ["block_duration", ["block", "nanoseconds"]],
  ["lock_count", ["block", "count"]],
  ["lock_duration", ["block", "nanoseconds"]],
  ["live", ["memory", "count"]],
  ["exceptions", ["exceptions", "count"]],
  ["samples", ["process_cpu", "count"]],
]);

/** Name and profile type of input that has neither value types nor units of its own. */
export interface NamedType {
  readonly app: string;
  readonly parts: TypeParts;
  /** True for cpu and wall, whose counts become nanoseconds by the sample rate. */
  readonly sampled: boolean;
}

/**
 * `shop.alloc_space` → application `shop`, type `memory:alloc_space:bytes`. Without a suffix that is known the
 * whole is the application's name, and its processor time was sampled.
 */
export function typeOfName(name: string): NamedType {
  const dot = name.lastIndexOf(".");
  const suffix = dot <= 0 ? "" : name.slice(dot + 1);
  const known = SUFFIXES.get(suffix);
  const app = known === undefined ? name : name.slice(0, dot);
  const type = known === undefined ? "cpu" : suffix === "itimer" ? "cpu" : suffix;
  const [metric, unit] = known ?? SUFFIXES.get("cpu")!;
  const sampled = type === "cpu" || type === "wall";
  return { app, sampled, parts: { name: metric, type, unit, ...CPU } };
}

/** What a client's `sample_type_config` says of a sample type. */
export interface SampleTypeConfig {
  readonly displayName: string;
}

/** Type names of pprof by sample type (or by its display name, which the Go SDK sets apart). */
const PPROF_NAMES: ReadonlyMap<string, string> = new Map([
  ["cpu", "process_cpu"],
  ["cpu_samples", "process_cpu"],
  ["samples", "process_cpu"],
  ["itimer", "process_cpu"],
  ["inuse_objects", "memory"],
  ["inuse_space", "memory"],
  ["alloc_objects", "memory"],
  ["alloc_space", "memory"],
  ["objects", "memory"],
  ["space", "memory"],
  ["allocations", "memory"],
  ["mutex_count", "mutex"],
  ["mutex_duration", "mutex"],
  ["block_count", "block"],
  ["block_duration", "block"],
  ["contentions", "mutex"],
  ["delay", "mutex"],
  ["goroutine", "goroutines"],
  ["goroutines", "goroutines"],
  ["lock_count", "block"],
  ["lock_duration", "block"],
  ["exceptions", "exceptions"],
  ["exception", "exceptions"],
]);

/** The name (`__name__`) of a pprof profile that comes without one: any `wall` wins, then the first known type. */
export function pprofName(
  profile: Pick<Profile, "valueTypes" | "meta">,
  config: ReadonlyMap<string, SampleTypeConfig>,
): string {
  const { valueTypes } = profile;
  if (valueTypes.some(({ name }) => name === "wall")) return "wall";
  let known: string | undefined;
  for (const { name } of valueTypes) {
    // "samples" goes with cpu most often, but a type that says more wins.
    const found = PPROF_NAMES.get(config.get(name)?.displayName || name);
    if (found !== undefined && (known === undefined || name !== "samples")) known ??= found;
  }
  return known ?? valueTypes[profile.meta.defaultValueType]?.name ?? "profile";
}

/**
 * The id of one value type of a pprof-like profile. A `wall` profile's `cpu` column is processor time, whatever
 * the profile is called; Go's `godeltaprof_…` names say how a profile was made, not what it measures.
 */
export function pprofTypeId(name: string, type: ValueType, period: ValueType | undefined): string {
  const plain = name.startsWith("godeltaprof_") ? name.slice("godeltaprof_".length) : name;
  const own = plain === "wall" && type.name === "cpu" ? "process_cpu" : plain;
  return typeId({
    name: own,
    type: type.name,
    unit: type.unit,
    periodType: period?.name ?? "",
    periodUnit: period?.unit ?? "",
  });
}

const JFR: ReadonlyMap<string, TypeParts> = new Map(
  (
    [
      ["cpu", "process_cpu", "cpu", "nanoseconds"],
      ["cpu_time", "process_cpu", "cpu_time", "nanoseconds"],
      ["wall", "wall", "wall", "nanoseconds"],
      ["alloc_in_new_tlab_objects", "memory", "alloc_in_new_tlab_objects", "count"],
      ["alloc_in_new_tlab_bytes", "memory", "alloc_in_new_tlab_bytes", "bytes"],
      ["alloc_outside_tlab_objects", "memory", "alloc_outside_tlab_objects", "count"],
      ["alloc_outside_tlab_bytes", "memory", "alloc_outside_tlab_bytes", "bytes"],
      ["alloc_sample_objects", "memory", "alloc_sample_objects", "count"],
      ["alloc_sample_bytes", "memory", "alloc_sample_bytes", "bytes"],
      ["mutex_contentions", "mutex", "contentions", "count"],
      ["mutex_delay", "mutex", "delay", "nanoseconds"],
      ["block_contentions", "block", "contentions", "count"],
      ["block_delay", "block", "delay", "nanoseconds"],
      ["live_objects", "memory", "live", "count"],
      ["live_bytes", "memory", "live_bytes", "bytes"],
      ["malloc_objects", "memory", "malloc_objects", "count"],
      ["malloc_bytes", "memory", "malloc_bytes", "bytes"],
    ] as const
  ).map(([core, name, type, unit]) => [core, { name, type, unit, ...jfrPeriod(name) }]),
);

function jfrPeriod(name: string): { periodType: string; periodUnit: string } {
  if (name === "process_cpu") return CPU;
  if (name === "wall") return { periodType: "wall", periodUnit: "nanoseconds" };
  if (name === "memory") return { periodType: "space", periodUnit: "bytes" };
  return { periodType: name, periodUnit: "count" };
}

/** Value types of a recording that count what another one measures. */
const JFR_COUNTS: ReadonlySet<string> = new Set(["cpu_samples", "cpu_time_samples", "wall_samples"]);

/** The id of one value type of a flight recording; undefined where another one says the same. */
export function jfrTypeId({ name, unit }: ValueType): string | undefined {
  const known = JFR.get(name);
  if (known !== undefined) return typeId(known);
  if (JFR_COUNTS.has(name)) return undefined;
  return typeId({ name, type: name, unit, ...jfrPeriod(name) });
}

const OTLP_NAMES: ReadonlyMap<string, string> = new Map([
  ["cpu", "process_cpu"],
  ["wall", "wall"],
  ["events", "off_cpu"],
  ["off_cpu", "off_cpu"],
]);

/** The id of a value type that came over OpenTelemetry's protocol. */
export function otlpTypeId(type: ValueType, period: ValueType | undefined): string {
  const memory = /^(?:inuse|alloc)_|^allocated/.test(type.name);
  return typeId({
    name: OTLP_NAMES.get(type.name) ?? (memory ? "memory" : type.name),
    type: type.name,
    unit: type.unit,
    periodType: period?.name ?? "",
    periodUnit: period?.unit ?? "",
  });
}

/** `process_cpu:cpu:nanoseconds:cpu:nanoseconds`. */
export const PROCESS_CPU: string = typeId({ name: "process_cpu", type: "cpu", unit: "nanoseconds", ...CPU });
/** `wall:wall:nanoseconds:wall:nanoseconds`. */
export const WALL: string = typeId({ name: "wall", type: "wall", unit: "nanoseconds", ...jfrPeriod("wall") });
