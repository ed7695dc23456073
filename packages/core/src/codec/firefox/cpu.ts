import type { Notes } from "../../model/notes.ts";
import type { SteppedRows } from "../../model/packed-column.ts";
import type { NumberColumn } from "../json.ts";

/** More than this between two samples, in nanoseconds or cycles, is no measurement. */
const MAX_CPU = 1e18;

/** What `sampleUnits.threadCPUDelta` counts: our unit, and how many of it one is. */
export interface CpuUnit {
  readonly unit: string;
  readonly factor: number;
}

const UNITS: ReadonlyMap<string, CpuUnit> = new Map([
  ["ns", { unit: "nanoseconds", factor: 1 }],
  ["µs", { unit: "nanoseconds", factor: 1000 }],
  ["variable CPU cycles", { unit: "cycles", factor: 1 }],
]);

/** Undefined: a unit that the Firefox Profiler does not know. */
export function cpuUnit(name: string): CpuUnit | undefined {
  return UNITS.get(name);
}

/** CPU times of `count` samples from `from` on as the file has them: instead of {@link putCpu}, where that can be. */
export function cpuSteps(
  deltas: NumberColumn,
  from: number,
  count: number,
  { factor }: CpuUnit,
): SteppedRows | undefined {
  const steps = from === 0 ? undefined : deltas.narrow(from, count);
  return steps === undefined ? undefined : { base: 0, unit: factor, steps, rising: false };
}

/**
 * Puts the CPU time of `count` samples of a thread from `from` on into `into`. The first sample's counts from before the
 * recording; NaN is a sample without.
 */
export function putCpu(
  deltas: NumberColumn,
  from: number,
  count: number,
  { factor }: CpuUnit,
  notes: Notes,
  into: Float64Array,
): void {
  let wrong = 0;
  const values = deltas.piece(from, Math.max(0, Math.min(count, deltas.length - from)));
  into.fill(0, values.length, count);
  for (let i = 0; i < values.length; i++) {
    const delta = from + i === 0 ? 0 : values[i]! * factor;
    if (delta >= MAX_CPU) wrong++;
    into[i] = delta > 0 && delta < MAX_CPU ? delta : 0;
  }
  if (wrong === 0) return;
  notes.add(
    "skipped",
    "not-finite",
    "A CPU time that is no finite number, or beyond 30 years, was left out.",
    undefined,
    wrong,
  );
}
