import { FlambeauError } from "@flambeau/core";
import type { Selected, TimeRange } from "./querier.ts";

/** What the user wrote, taken apart: `shop`, `cpu{service_name="shop"}`, `memory:alloc_space:…{…}`. */
export interface WrittenSelector {
  /** Part of a type's id, or empty. */
  readonly type: string;
  /** In braces. */
  readonly selector: string;
}

export function parseSelector(written: string): WrittenSelector {
  const open = written.indexOf("{");
  if (open >= 0) return { type: written.slice(0, open).trim(), selector: written.slice(open) };
  if (written.includes(":")) return { type: written, selector: "{}" };
  return { type: "", selector: `{service_name=${JSON.stringify(written)}}` };
}

/** Types that people mean when they name none, best first. */
const USUAL = [/^process_cpu:cpu:/, /^process_cpu:/, /^wall:wall:/, /^wall:/];

/** The one type of those there are that the user means. */
export function chooseType({ type, selector }: WrittenSelector, types: readonly string[]): Selected {
  if (type.split(":").length >= 5) return { type, selector };
  const exact = (id: string): boolean => {
    const [name, sampleType] = id.split(":");
    return type === sampleType || type === `${name}:${sampleType}` || id.startsWith(`${type}:`);
  };
  const fitting = type === "" ? types : types.filter(exact);
  for (const usual of USUAL) {
    const found = fitting.find((id) => usual.test(id));
    if (found !== undefined) return { type: found, selector };
  }
  const [only] = fitting;
  if (only !== undefined && (fitting.length === 1 || type === "")) return { type: only, selector };
  throw new FlambeauError(
    "usage",
    fitting.length === 0
      ? `the server has nothing of ${type}${selector} in that time`
      : `${JSON.stringify(type)} fits ${fitting.length} profile types`,
    {
      hint:
        types.length === 0
          ? "`flambeau query` without a selector lists what there is; --from now-24h looks further back."
          : `There is ${types.join(", ")}.`,
    },
  );
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
  ["w", 604_800_000],
]);

/** `now`, `now-1h`, a date, or seconds or milliseconds since 1970; in milliseconds. */
export function parseMoment(text: string, now: number): number {
  const relative = /^now(?:-(\d+)([smhdw]))?$/.exec(text);
  if (relative !== null) return now - Number(relative[1] ?? 0) * (UNITS.get(relative[2] ?? "s") ?? 0);
  if (/^\d{1,11}$/.test(text)) return Number(text) * 1000;
  if (/^\d{12,14}$/.test(text)) return Number(text);
  const time = Date.parse(text);
  if (!Number.isNaN(time)) return time;
  throw new FlambeauError("usage", `${JSON.stringify(text)} is no time`, {
    hint: "Give now-1h, 2026-01-31T12:00Z, or seconds since 1970.",
  });
}

/** A range whose end lies behind its start. */
export function parseRange(from: string, until: string, now: number): TimeRange {
  const range = { start: parseMoment(from, now), end: parseMoment(until, now) };
  if (range.start < range.end) return range;
  throw new FlambeauError("usage", `--from ${from} does not lie before --until ${until}`);
}
