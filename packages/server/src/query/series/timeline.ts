import type { SeriesOfPoints } from "./buckets.ts";
import { roundStep } from "./steps.ts";

/** Values at equal steps, zeros where nothing was measured: what `/pyroscope/render` draws above its flame graph. */
export interface Timeline {
  /** Seconds since the Unix epoch. */
  readonly startTime: number;
  readonly samples: number[];
  /** Seconds. */
  readonly durationDelta: number;
  readonly watermarks: null;
}

/** Seconds from point to point for a range in milliseconds: 1,500 points at most, 15 s at least, a round number. */
export function timelineStep(from: number, to: number): number {
  return roundStep((to - from) / 1500 / 1000);
}

/** Lays points on a grid of whole steps. */
export function timelineOf(
  series: SeriesOfPoints | undefined,
  from: number,
  to: number,
  step: number,
): Timeline {
  const start = Math.floor(from / 1000 / step) * step;
  const end = Math.floor(to / 1000 / step) * step;
  const samples = new Array<number>(Math.max(0, (end - start) / step)).fill(0);
  series?.times.forEach((time, i) => {
    const place = Math.floor((time / 1000 - start) / step);
    if (place >= 0 && place < samples.length) samples[place]! += Math.max(0, Math.trunc(series.values[i]!));
  });
  return { startTime: start, samples, durationDelta: step, watermarks: null };
}
