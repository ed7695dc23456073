import type { Amount, EventKind } from "./kinds.ts";
import { eventName } from "./kinds.ts";
import type { JfrType } from "./metadata.ts";
import { parsePeriod, type Settings } from "./settings.ts";

/** How an event type was sampled, and so what its samples weigh. */
export interface Sampling {
  /** Name of the value type that counts. */
  readonly count: string;
  /** Undefined where the recording does not say what a sample stands for. */
  readonly amount: Amount | undefined;
  /** Nanoseconds (or events) between two samples, where the amount is made of it. */
  readonly period: number | undefined;
}

/** async-profiler's events that measure time on a processor. */
const CPU_EVENTS: ReadonlySet<string> = new Set(["cpu", "itimer", "ctimer", "cpu-clock"]);

/** What async-profiler samples at unless told: an interval of 0 in its settings. Nanoseconds. */
const DEFAULT_INTERVAL = 10_000_000;
const DEFAULT_WALL_INTERVAL = 50_000_000;

/**
 * async-profiler writes whatever it samples as ExecutionSample; its setting `event` says what it is. The JDK's
 * samplers take the period from the setting of the event itself.
 */
export function samplingOf(type: JfrType, kind: EventKind, settings: Settings): Sampling {
  const { amount } = kind;
  if (amount === undefined || amount.fields.length > 0) {
    const has = amount?.fields.every((field) => type.fields.some(({ name }) => name === field)) === true;
    return { count: kind.count, amount: has ? amount : undefined, period: undefined };
  }
  const event = settings.get("event");
  const isOwn = settings.get("engine") !== undefined || settings.get("jstackdepth") !== undefined;
  if (event === undefined || !isOwn) {
    const period = parsePeriod(settings.of(type.id, "period"));
    return { count: kind.count, amount: period === undefined ? undefined : amount, period };
  }
  if (eventName(type.name) === "profiler.WallClockSample") return wall(amount, settings);
  return executionSample(event, kind.count, amount, settings);
}

function executionSample(event: string, count: string, amount: Amount, settings: Settings): Sampling {
  const interval = Number(settings.get("interval") ?? Number.NaN);
  if (event === "wall") return wall({ ...amount, name: "wall" }, settings);
  if (CPU_EVENTS.has(event)) return { count, amount, period: interval > 0 ? interval : DEFAULT_INTERVAL };
  if (!(interval > 0)) return { count: `${event}_samples`, amount: undefined, period: undefined };
  return { count: `${event}_samples`, amount: { ...amount, name: event, unit: "count" }, period: interval };
}

function wall(amount: Amount, settings: Settings): Sampling {
  const own = Number(settings.get("wall") ?? Number.NaN);
  const interval = Number.isNaN(own) ? Number(settings.get("interval") ?? Number.NaN) : own;
  return { count: "wall_samples", amount, period: interval > 0 ? interval : DEFAULT_WALL_INTERVAL };
}
