import { NumberColumn } from "../../codec/json-column.ts";

/** A function as a dump describes it. */
export interface DumpFrame {
  readonly id: number;
  readonly name: string;
  readonly file: string;
  /** Of the definition; 0: not known. */
  readonly line: number;
  /** Samples in which it is the leaf. */
  readonly samples: number;
  /** Callee's id and samples, one pair after the other. */
  readonly edges: readonly number[];
}

/** What stackprof writes, from JSON or from Marshal. */
export interface Dump {
  mode: string;
  /** Microseconds between samples, or objects. */
  interval: number;
  missed: number;
  readonly frames: DumpFrame[];
  /** Depth, ids from the root, how often in a row; then the next stack. Empty where it was not asked for. */
  raw: NumberColumn;
  /** The line in each frame, laid out as `raw`. */
  rawLines: NumberColumn;
  /** Microseconds between one observation and the next. */
  deltas: NumberColumn;
  /** Microseconds of the machine's clock. */
  timestamps: NumberColumn;
}

export function emptyDump(): Dump {
  return {
    mode: "",
    interval: 1,
    missed: 0,
    frames: [],
    raw: new NumberColumn(),
    rawLines: new NumberColumn(),
    deltas: new NumberColumn(),
    timestamps: new NumberColumn(),
  };
}

/** Keys of a dump that are columns of numbers. */
export type ColumnKey = "raw" | "raw_lines" | "raw_timestamp_deltas" | "raw_sample_timestamps";

export function columnOf(dump: Dump, key: ColumnKey): NumberColumn {
  switch (key) {
    case "raw":
      return dump.raw;
    case "raw_lines":
      return dump.rawLines;
    case "raw_timestamp_deltas":
      return dump.deltas;
    default:
      return dump.timestamps;
  }
}
