import { FlambeauError } from "../../util/errors.ts";
import { FORMAT, type RecordBytes } from "./bytes.ts";

/** Versions of the file that are known: memray 1.5 (January 2023) and later. */
export const OLDEST = 10;
export const NEWEST = 13;
/** From here on frames are code objects, and records have other numbers. */
export const CODE_OBJECTS = 12;
const MAGIC = "memray";

export interface Header {
  readonly version: number;
  /** As `sys.hexversion`; 0: not known. */
  readonly python: number;
  readonly hasNative: boolean;
  /** True for a file that holds sums by stack instead of every allocation. */
  readonly isAggregated: boolean;
  /** Milliseconds since 1970. */
  readonly start: number;
  readonly end: number;
  readonly command: string;
  readonly pid: number;
  readonly mainThread: number;
  /** Frames of memray itself, at the root of the main thread's stacks. */
  readonly skipped: number;
}

/** Reads the header: `HeaderRecord` in memray's records.h. */
export function readHeader(bytes: RecordBytes): Header {
  if (bytes.text() !== MAGIC) throw bytes.malformed('the file does not begin with "memray"');
  const version = bytes.fixed(4);
  if (version < OLDEST || version > NEWEST) {
    throw new FlambeauError("unsupported", `memray's file version ${version} is not known`, {
      format: FORMAT,
      hint: `Versions ${OLDEST} to ${NEWEST} are read. For others: memray transform csv FILE, with the memray that recorded it.`,
    });
  }
  const python = version >= CODE_OBJECTS ? bytes.fixed(4) : 0;
  const hasNative = bytes.byte() !== 0;
  const isAggregated = bytes.byte() === 1;
  bytes.fixed(8);
  bytes.fixed(8);
  const start = bytes.fixed(8);
  const end = bytes.fixed(8);
  const command = bytes.text();
  const pid = bytes.fixed(4);
  const mainThread = bytes.fixed(8);
  const skipped = bytes.fixed(8);
  bytes.byte();
  if (version >= 11) bytes.byte();
  if (version >= 12) bytes.byte();
  if (version >= 13) {
    bytes.text();
    // Two lists of paths, each ended by an empty one.
    for (let lists = 0; lists < 2; ) if (bytes.text() === "") lists++;
  }
  return { version, python, hasNative, isAggregated, start, end, command, pid, mainThread, skipped };
}
