import type { NoteKind, Notes, Place } from "../model/notes.ts";

/** What a kernel could not use: how often, and where first. `line` is 0 where lines are not counted (parts). */
export interface Fault {
  readonly code: number;
  readonly count: number;
  readonly places: readonly Place[];
}

/** The kernel's fault numbers; the same stand in assembly/. */
export const FaultCode = {
  unusableLine: 1,
  lineOutsideSample: 2,
  trailingArguments: 3,
  noCount: 4,
  notFinite: 5,
  comment: 6,
  oneCountOfTwo: 7,
  record: 8,
} as const;

const texts: ReadonlyMap<number, readonly [NoteKind, string, string]> = new Map<
  number,
  readonly [NoteKind, string, string]
>([
  [
    FaultCode.unusableLine,
    ["skipped", "unusable-line", "a line inside a sample is no frame: it was skipped"],
  ],
  [
    FaultCode.lineOutsideSample,
    [
      "skipped",
      "line-outside-sample",
      "a line stands outside of any sample and is no event line: it was skipped",
    ],
  ],
  [
    FaultCode.trailingArguments,
    [
      "information",
      "tracepoint-arguments",
      "what follows the event's name (a tracepoint's arguments) is not kept",
    ],
  ],
  [
    FaultCode.record,
    [
      "information",
      "other-record",
      "a line is no sample but another record of perf (--show-mmap-events and the like): it was skipped",
    ],
  ],
  [FaultCode.noCount, ["skipped", "no-count", "a line does not end in a count: it was skipped"]],
  [
    FaultCode.notFinite,
    ["skipped", "count-not-finite", "a line's count is not a finite number: it was skipped"],
  ],
  [FaultCode.comment, ["information", "comment", "a line is a comment"]],
  [
    FaultCode.oneCountOfTwo,
    ["skipped", "one-count-of-two", "a line has one count where the others have two: it was skipped"],
  ],
]);

/** Turns a kernel's faults into notes. */
export function noteFaults(faults: readonly Fault[], notes: Notes): void {
  for (const fault of faults) {
    const text = texts.get(fault.code);
    if (text === undefined) continue;
    const [kind, code, message] = text;
    const [first, ...others] = fault.places;
    notes.add(kind, code, message, first, fault.count);
    for (const place of others) notes.add(kind, code, message, place, 0);
  }
}
