/** A clock that has run for 285 years: more is no time, and would not fit into nanoseconds. */
export const MAX_MICROSECONDS = 9e15;

/** Facts that stand beside the events. */
export interface TraceFacts {
  producer?: string;
  /** Nanoseconds since 1970 at the time 0 of the events. */
  epoch?: bigint;
  /** The whole is a list of events, which may lack its end. */
  bareList?: boolean;
}
