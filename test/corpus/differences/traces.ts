import type { JsonFormatDifference } from "./json-formats.ts";

const CLOSED =
  "speedscope ignores an end whose name is not that of the innermost open event; we end the open event of that name, " +
  "so that each event lasts as long as it says.";

/** Where traces are read otherwise than speedscope reads them: its snapshots by test name. */
export const traceDifferences: readonly JsonFormatDifference[] = [
  {
    id: "invalid x nesting",
    file: "chrome-trace/jlfwong__speedscope__invalid-x-nesting.json",
    reason:
      "Of two complete events that overlap speedscope lets the first last until the second ends; we end it when it ends.",
  },
  { id: "unbalanced name", file: "chrome-trace/jlfwong__speedscope__unbalanced-name.json", reason: CLOSED },
  {
    id: "not out-of-order unbalanced name",
    file: "chrome-trace/jlfwong__speedscope__out-of-order-unbalanced-name.json",
    reason: CLOSED,
  },
  {
    id: "importFromChromeTimeline Chrome 116 1",
    file: "chrome-trace/jlfwong__speedscope__Chrome_116_Trace-20230603T221323.json",
    reason:
      "Some time differences are negative; speedscope adds the time that they take back to one function, we sort the " +
      "samples by time, as Chrome's DevTools do.",
  },
];
