import type { Label } from "../../model/profile.ts";
import type { Fields } from "./fields.ts";
import type { EventType } from "./metadata.ts";

/** What an event weighs: how often, and how much of something. */
export interface Measure {
  readonly count: number;
  readonly amount: number;
  readonly labels: readonly Label[];
}

/** A kind of event that is a sample. */
export interface Kind {
  /** Value types of count and amount; undefined where there is none. */
  readonly count: string;
  readonly amount?: readonly [name: string, unit: string];
  /** `perTick`: nanoseconds of a tick of the trace's clock. */
  measure(payload: Fields, perTick: number, pointerSize: number): Measure;
}

const one = (amount: number, labels: readonly Label[] = []): Measure => ({ count: 1, amount, labels });

const RUNTIME = "Microsoft-Windows-DotNETRuntime";

/** Where the sampled thread was, by the sample profiler's own number. */
const PLACES: readonly string[] = ["error", "external", "managed"];

const KINDS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  [
    "Microsoft-DotNETCore-SampleProfiler/0",
    {
      count: "samples",
      measure(payload) {
        const place = payload.left >= 4 ? PLACES[payload.u32()] : undefined;
        return one(0, place === undefined ? [] : [{ key: "code", value: place }]);
      },
    },
  ],
  [
    // GCAllocationTick: about every 100 kB.
    `${RUNTIME}/10`,
    {
      count: "allocation_ticks",
      amount: ["allocated", "bytes"],
      measure(payload, _, pointerSize) {
        const small = payload.u32();
        payload.skip(4);
        if (payload.left < 10) return one(small);
        payload.skip(2);
        const bytes = payload.u64();
        payload.skip(pointerSize);
        const type = payload.left >= 2 ? payload.text16() : "";
        return one(bytes, type === "" ? [] : [{ key: "class", value: type }]);
      },
    },
  ],
  [
    // ExceptionThrown.
    `${RUNTIME}/80`,
    {
      count: "exceptions",
      measure(payload) {
        const type = payload.left >= 2 ? payload.text16() : "";
        return one(0, type === "" ? [] : [{ key: "class", value: type }]);
      },
    },
  ],
  [
    // ContentionStop: flags, runtime, then how long it took.
    `${RUNTIME}/91`,
    {
      count: "contentions",
      amount: ["contention", "nanoseconds"],
      measure(payload) {
        if (payload.left < 11) return one(0);
        payload.skip(3);
        const nanoseconds = payload.f64();
        return one(Number.isFinite(nanoseconds) ? nanoseconds : 0);
      },
    },
  ],
  [
    "Universal.Events/cpu",
    { count: "samples", measure: (payload) => ({ count: payload.varuint(), amount: 0, labels: [] }) },
  ],
  [
    "Universal.Events/cswitch",
    {
      count: "switches",
      amount: ["off-cpu", "nanoseconds"],
      measure: (payload, perTick) => one(payload.varuint() * perTick),
    },
  ],
]);

/** The kind of sample that events of this type are; undefined for all others. */
export function kindOf({ provider, id, name }: EventType): Kind | undefined {
  return KINDS.get(provider === "Universal.Events" ? `${provider}/${name}` : `${provider}/${id}`);
}

/** What an event tells about the code in memory. */
export type Told = "method" | "module" | "mapping" | "symbol";

const TOLD: ReadonlyMap<string, Told> = new Map([
  [`${RUNTIME}/143`, "method"],
  [`${RUNTIME}Rundown/143`, "method"],
  [`${RUNTIME}Rundown/144`, "method"],
  [`${RUNTIME}/152`, "module"],
  [`${RUNTIME}Rundown/153`, "module"],
  [`${RUNTIME}Rundown/154`, "module"],
  ["Universal.System/ProcessMapping", "mapping"],
  ["Universal.System/ProcessSymbol", "symbol"],
]);

export function toldBy({ provider, id, name }: EventType): Told | undefined {
  return TOLD.get(provider === "Universal.System" ? `${provider}/${name}` : `${provider}/${id}`);
}
