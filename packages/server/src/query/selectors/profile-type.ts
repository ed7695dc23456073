import { QueryError } from "../query-error.ts";

/** The five parts of a profile type's id, e.g. `memory:inuse_space:bytes:space:bytes`. */
export interface ProfileTypeParts {
  readonly id: string;
  readonly name: string;
  readonly sampleType: string;
  readonly sampleUnit: string;
  readonly periodType: string;
  readonly periodUnit: string;
}

/** @throws QueryError where the id does not have five parts (a sixth, `delta`, is allowed and left out) */
export function parseProfileType(id: string): ProfileTypeParts {
  const parts = id.split(":");
  if (parts.length === 6 && parts[5] === "delta") parts.pop();
  if (parts.length !== 5) {
    throw new QueryError(
      "invalid",
      `${JSON.stringify(id.slice(0, 200))} is not a profile type: it takes name:type:unit:period type:period unit`,
    );
  }
  const [name, sampleType, sampleUnit, periodType, periodUnit] = parts as [
    string,
    string,
    string,
    string,
    string,
  ];
  return { id: parts.join(":"), name, sampleType, sampleUnit, periodType, periodUnit };
}

const GAUGES = /^(?:inuse_(?:space|objects)|goroutines?|live|live_objects|threads?)$/;

/**
 * True for what exists rather than happens: memory in use, goroutines. Two profiles of it, taken one after the
 * other, show the same things twice, so that their sum says nothing; their average does.
 */
export function isGauge(type: ProfileTypeParts): boolean {
  return GAUGES.test(type.sampleType);
}
