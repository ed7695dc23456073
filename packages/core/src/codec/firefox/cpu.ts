import type { Notes } from "../../model/notes.ts";

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

/**
 * Puts the CPU time of `count` samples of a thread from `from` on into `into`. The first sample's counts from before the
 * recording; NaN is a sample without.
 */
export function putCpu(
  deltas: { readonly length: number; at(index: number): number },
  from: number,
  count: number,
  { factor }: CpuUnit,
  notes: Notes,
  into: Float64Array,
): void {
  let wrong = 0;
  for (let i = 0; i < count; i++) {
    const row = from + i;
    const delta = row === 0 || row >= deltas.length ? 0 : deltas.at(row) * factor;
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
