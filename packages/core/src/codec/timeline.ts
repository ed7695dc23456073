import type { Profile, ValueType } from "../model/profile.ts";
import type { ThreadRows } from "./thread-rows.ts";

/** Nanoseconds of one of these units of time. */
const NANOSECONDS: ReadonlyMap<string, number> = new Map([
  ["nanoseconds", 1],
  ["microseconds", 1e3],
  ["milliseconds", 1e6],
  ["seconds", 1e9],
]);

/** Samples on an axis of time, as formats need them that know nothing else. */
export interface Timeline {
  /** When each sample begins, in nanoseconds of the profile's time (or from `from`), never before the one before ends. */
  readonly begin: Float64Array;
  /** How long it lasts, in nanoseconds. */
  readonly length: Float64Array;
  readonly end: number;
  /** Samples that had to begin a microsecond or more later than they say, because the one before was not over. */
  readonly moved: number;
  /** True where a sample begins after the end of the one before it. */
  readonly gaps: boolean;
}

/** Nanoseconds that one unit is drawn as: a microsecond for what is no time. */
function nanosecondsPer(type: ValueType | undefined): number {
  return NANOSECONDS.get(type?.unit ?? "") ?? 1000;
}

/** True where the weights are times and the samples have times: then the axis is the recording's. */
export function isTimed({ samples }: Profile, type: ValueType | undefined): boolean {
  return samples.time !== undefined && NANOSECONDS.has(type?.unit ?? "");
}

/**
 * Places the samples of a thread, in the order of time. A sample lasts as long as it weighs and begins at its time,
 * or when the one before ends, where that is later; without times, samples stand end to end from `from`.
 *
 * ```
 * time    0    10   20        begin  0    12   20
 * weight  12   5    7         end    12   17   27
 * ```
 */
export function timelineOf(
  profile: Profile,
  { rows }: ThreadRows,
  type: number,
  weights: Float64Array,
  from = 0,
): Timeline {
  const { valueTypes, samples } = profile;
  const scale = nanosecondsPer(valueTypes[type]);
  const time = isTimed(profile, valueTypes[type]) ? samples.time : undefined;
  const begin = new Float64Array(rows.length);
  const length = new Float64Array(rows.length);
  let moved = 0;
  let gaps = false;
  let end = Number.NaN;
  for (let i = 0; i < rows.length; i++) {
    const said = time?.[rows[i]!] ?? Number.NaN;
    if (Number.isNaN(end)) end = Number.isNaN(said) ? from : said;
    if (said > end) gaps = true;
    if (end - said >= 1000) moved++;
    begin[i] = said > end ? said : end;
    length[i] = Math.max(0, weights[rows[i]!]! * scale);
    end = begin[i]! + length[i]!;
  }
  return { begin, length, end: Number.isNaN(end) ? from : end, moved, gaps };
}

/** Nanoseconds as microseconds with as many digits as they need: `1500` → `1.5`, `2000` → `2`. */
export function microseconds(nanoseconds: number): string {
  const whole = Math.round(nanoseconds);
  if (!Number.isSafeInteger(whole)) return String(nanoseconds / 1000);
  const rest = Math.abs(whole % 1000);
  if (rest === 0) return String(whole / 1000);
  const sign = whole < 0 ? "-" : "";
  const digits = String(rest).padStart(3, "0").replace(/0+$/, "");
  return `${sign}${Math.floor(Math.abs(whole) / 1000)}.${digits}`;
}
