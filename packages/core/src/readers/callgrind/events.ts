/** A cost column: value type, and what one unit of the file is. */
export interface EventType {
  readonly name: string;
  readonly unit: string;
  readonly scale: number;
}

const TIME_UNITS: ReadonlyMap<string, number> = new Map([
  ["ns", 1],
  ["us", 1e3],
  ["µs", 1e3],
  ["ms", 1e6],
  ["s", 1e9],
]);

/** Ticks of yappi are microseconds. */
const YAPPI_TICK = 1000;

/**
 * `Ir`; our own writer's `wall_nanoseconds` and `space_bytes`; xdebug's `Time_(10ns)` and `Memory_(bytes)`; pprof's `cpu(ms)`. Times become nanoseconds. Ticks of a tool that
 * does not say what they are stay counts.
 */
export function parseEvent(text: string, creator: string | undefined): EventType {
  if (creator === "yappi" && text === "Ticks")
    return { name: "time", unit: "nanoseconds", scale: YAPPI_TICK };
  const own = creator === "flambeau" ? /^(.+)_(nanoseconds|bytes|count)$/.exec(text) : null;
  if (own !== null) return { name: own[1]!, unit: own[2]!, scale: 1 };
  const match = /^(.+?)_?\((\d*)([^()]+)\)$/.exec(text);
  if (match === null) return { name: text, unit: "count", scale: 1 };
  const [, name, factor, unit] = match;
  const times = factor === "" ? 1 : Number(factor);
  const nanoseconds = TIME_UNITS.get(unit!.toLowerCase());
  if (nanoseconds !== undefined) return { name: name!, unit: "nanoseconds", scale: times * nanoseconds };
  return { name: name!, unit: unit!.toLowerCase(), scale: times };
}
