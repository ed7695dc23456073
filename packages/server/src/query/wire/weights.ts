import { humanBytes, humanTime } from "@flambeau/core";

/** How weights of a unit are written for people. */
export function weightFormat(unit: string): (weight: number) => string {
  if (unit === "nanoseconds") return (weight) => humanTime(weight);
  if (unit === "bytes") return (weight) => humanBytes(weight);
  return (weight) => `${weight} ${unit}`;
}
