/** Facts that stand beside the events. */
export interface TraceFacts {
  producer?: string;
  /** Nanoseconds since 1970 at the time 0 of the events. */
  epoch?: bigint;
  /** The whole is a list of events, which may lack its end. */
  bareList?: boolean;
}
