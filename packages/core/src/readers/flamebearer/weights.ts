import type { ProfileBuilder } from "../../model/builder.ts";
import type { ValueType } from "../../model/profile.ts";
import type { FlamebearerFile } from "./parse.ts";

/** What a bar's number becomes: a weight per value type, each the number times a scale. */
export interface BarWeights {
  /** True for two profiles: then the first value type is the base, the second the head. */
  readonly double: boolean;
  readonly scales: readonly number[];
}

/** Pyroscope's units. */
const UNITS: ReadonlyMap<string, ValueType> = new Map([
  ["samples", { name: "samples", unit: "count" }],
  ["objects", { name: "objects", unit: "count" }],
  ["goroutines", { name: "goroutines", unit: "count" }],
  ["bytes", { name: "space", unit: "bytes" }],
  ["lock_nanoseconds", { name: "delay", unit: "nanoseconds" }],
  ["lock_samples", { name: "contentions", unit: "count" }],
  ["trace_samples", { name: "samples", unit: "count" }],
  ["exceptions", { name: "exceptions", unit: "count" }],
]);

/**
 * The value types of a file. Samples come with a rate, which makes them time; a rate of 10^9 says that the numbers are
 * nanoseconds and no samples at all.
 */
export function weightsOf(file: FlamebearerFile, into: ProfileBuilder): BarWeights {
  const rate = file.sampleRate;
  const known = UNITS.get(file.units) ?? { name: file.units || "weight", unit: "count" };
  const isTime = file.units === "samples" && rate > 0 && rate <= 1e9;
  const double = file.format === "double";
  if (double) {
    const unit = isTime ? "nanoseconds" : known.unit;
    const base = into.valueType("base", unit);
    const head = into.valueType("head", unit);
    into.meta.differential = { base, head };
    into.meta.defaultValueType = head;
    const scale = isTime ? 1e9 / rate : 1;
    return { double, scales: [scale, scale] };
  }
  if (!isTime) {
    into.valueType(known.name, known.unit);
    return { double, scales: [1] };
  }
  const time: ValueType = { name: "cpu", unit: "nanoseconds" };
  if (rate === 1e9) {
    into.valueType(time.name, time.unit);
    return { double, scales: [1] };
  }
  into.valueType(known.name, known.unit);
  into.meta.defaultValueType = into.valueType(time.name, time.unit);
  into.meta.period = { type: time, value: 1e9 / rate };
  return { double, scales: [1, 1e9 / rate] };
}
