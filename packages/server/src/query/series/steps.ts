const LEAST = 15;
/** Round steps in seconds, each with the largest interval that it stands for. */
const ROUND: readonly (readonly [upTo: number, step: number])[] = [
  [17.5, 15],
  [25, 20],
  [45, 30],
  [90, 60],
  [210, 120],
  [450, 300],
  [750, 600],
  [1050, 900],
  [1500, 1200],
  [2700, 1800],
  [5400, 3600],
  [9000, 7200],
  [16200, 10800],
  [32400, 21600],
  [64800, 43200],
];
const DAY = 86_400;

/** The round step, in seconds, that comes near an interval. */
export function roundStep(interval: number): number {
  if (interval < LEAST) return LEAST;
  return ROUND.find(([upTo]) => interval <= upTo)?.[1] ?? Math.max(1, Math.round(interval / DAY)) * DAY;
}
