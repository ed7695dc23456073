import { humanTime, humanWeight } from "@flambeau/core";

/** A share as a percentage with two digits that count. */
export function percent(share: number): string {
  if (!Number.isFinite(share)) return "–";
  const size = Math.abs(share) * 100;
  const digits = size === 0 || size >= 99.95 ? 0 : size >= 10 ? 1 : size >= 0.01 ? 2 : 3;
  return `${(share * 100).toFixed(digits)}%`;
}

/** A part of a whole as a percentage. */
export function percentOf(part: number, whole: number): string {
  return whole === 0 ? "–" : percent(part / whole);
}

/** A weight in its unit, times and bytes in the multiple that reads best. */
export function weight(value: number, unit: string): string {
  return humanWeight(value, unit === "samples" ? "count" : unit);
}

/** A change with its sign. */
export function signed(text: string, value: number): string {
  return value > 0 ? `+${text}` : text;
}

/** How a change is told: against what was there before, or that it is new or gone. */
export function relativeChange(base: number, head: number): string {
  if (base === 0) return head === 0 ? "–" : "new";
  if (head === 0) return "gone";
  const share = head / base - 1;
  return signed(share > 9.995 ? `${(share * 100).toFixed(0)}%` : percent(share), share);
}

/** A stretch of time within a profile, relative to its first sample. */
export function timeRange(from: number, to: number, origin: number): string {
  return `${humanTime(from - origin)} – ${humanTime(to - origin)}`;
}
