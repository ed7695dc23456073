/** An expectation of another tool that we do not meet on purpose. */
export interface JsonFormatDifference {
  readonly id: string;
  /** File below the corpus folder. */
  readonly file: string;
  readonly reason: string;
}

export const jsonFormatDifferences: readonly JsonFormatDifference[] = [
  {
    id: "cpuprofile-last-sample",
    file: "v8-cpuprofile/jlfwong__speedscope__Chrome_65_simple.cpuprofile",
    reason:
      "speedscope gives the last sample no weight; Chrome's DevTools, whom we follow, the average distance of two " +
      "samples. Without that sample every stack's weight agrees.",
  },
  {
    id: "cpuprofile-before-first-sample",
    file: "v8-cpuprofile/jlfwong__speedscope__Chrome_65_simple.cpuprofile",
    reason:
      "speedscope shows the time between startTime and the first sample as a gap of its own (11.57ms without a stack); " +
      "here it is the first sample's time, not a weight.",
  },
  {
    id: "speedscope-incomplete",
    file: "speedscope/jlfwong__speedscope__invalid_incomplete-trace.json",
    reason:
      "speedscope refuses a profile with a frame that is never closed; we close it at its end, with a note.",
  },
  {
    id: "speedscope-out-of-order",
    file: "speedscope/jlfwong__speedscope__invalid_out-of-order-events.json",
    reason:
      "speedscope refuses a file whose close events do not nest; we close what stands above the frame, leave out " +
      "closes of frames that are not open, and note each with its offset.",
  },
];
