import type { Fault } from "./faults.ts";

/** What is to be scanned, and how much of it is wanted. */
export type ScanTask =
  | {
      readonly format: "perf-script";
      /** Keep every sample with its time instead of adding up equal ones. */
      readonly each: boolean;
      /** Keep the addresses of frames without a symbol. */
      readonly addresses: boolean;
    }
  | {
      readonly format: "folded";
      readonly each: boolean;
      /** Counts at the end of a line: 2 for a comparison. */
      readonly columns: 1 | 2;
    };

/** Byte strings by number; number 0 is empty. String i is `bytes[offsets[i] .. offsets[i + 1])`. */
export interface SymbolTable {
  readonly bytes: Uint8Array;
  readonly offsets: Uint32Array;
}

/** Who was sampled by which event (`perf script` only). */
export interface ScanGroup {
  /** Comm and task as in the event line: `V8 Worker 24636/25607`. */
  readonly who: Uint8Array;
  readonly event: Uint8Array;
  /** False where no sample of the group states a period. */
  readonly hasPeriod: boolean;
  /** Where in the input it was first seen. */
  readonly offset: number;
}

/** Weights by (node, group): for `perf script` a = sum of periods, b = samples; for folded the two counts. */
export interface CellColumns {
  readonly node: Uint32Array;
  readonly group: Uint32Array;
  readonly a: Float64Array;
  readonly b: Float64Array;
}

/**
 * What a scan found, as plain arrays that can be posted to another thread. Nodes are a prefix tree over symbols;
 * node 0 is the root and stands for the empty stack; a parent's number is smaller than its children's.
 */
export interface ScanTables {
  readonly symbols: SymbolTable;
  readonly nodeSymbol: Uint32Array;
  readonly nodeParent: Uint32Array;
  readonly groups: readonly ScanGroup[];
  /** Empty where each sample was wanted. */
  readonly cells: CellColumns;
  /**
   * Where each sample was wanted, in file order: for `perf script` a = nanoseconds since `baseSeconds` (NaN
   * without a time), b = period; for folded a and b are the two counts.
   */
  readonly each: CellColumns | undefined;
  readonly samples: number;
  /** Only with times: what they count from, and the first and last in nanoseconds after it. */
  readonly time: { readonly baseSeconds: number; readonly first: number; readonly last: number } | undefined;
  readonly faults: readonly Fault[];
}

/** Takes whole lines, piece by piece, and gives the tables at the end. */
export interface Scanner {
  /**
   * Room for at least `size` bytes where the next piece is to be put. Its first `kept` bytes (as told to
   * {@link scan}) are the last piece's unfinished line. Valid until the next call.
   */
  window(size: number): Uint8Array;
  /**
   * Reads the first `length` bytes of the window, which end with a newline; then moves the bytes
   * `[length, have)` to its start.
   */
  scan(length: number, have: number, offset: number): void;
  /** Ends the scan. The scanner must not be used afterwards. */
  finish(): ScanTables;
}
