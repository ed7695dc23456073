import { NumberColumn } from "../json.ts";
import { NodeTable } from "./nodes.ts";

/** What a CPU profile says, before anything is concluded from it. */
export interface CpuProfileFile {
  readonly nodes: NodeTable;
  /** Node ids, one per sample. */
  readonly samples: NumberColumn;
  /** Microseconds since the sample before; the first: since `startTime`. */
  readonly timeDeltas: NumberColumn;
  /** Old form: microseconds, absolute. */
  readonly timestamps: NumberColumn;
  /** Business Central's instrumentation profiles have it; their time differences count 100 ns. */
  readonly executionTimes: NumberColumn;
  /** Exactly as written; undefined where missing. Microseconds; in the old form (`head`) seconds. */
  startTime: bigint | number | undefined;
  endTime: bigint | number | undefined;
  /** The old form: nested nodes, lines from 1, start and end in seconds. */
  nested: boolean;
  /** Nodes of Dynamics 365 Business Central, see al.ts. */
  al: boolean;
  title: string | undefined;
}

/** A profile of which nothing is known yet. */
export function emptyFile(): CpuProfileFile {
  return {
    nodes: new NodeTable(),
    samples: new NumberColumn(),
    timeDeltas: new NumberColumn(),
    timestamps: new NumberColumn(),
    executionTimes: new NumberColumn(),
    startTime: undefined,
    endTime: undefined,
    nested: false,
    al: false,
    title: undefined,
  };
}
