import { readLines } from "../../codec/lines.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Reader, Verdict } from "../reader.ts";
import { Allocations } from "./allocations.ts";

/**
 * heaptrack's recording, taken out of its gzip or zstd: lines of a letter and hexadecimal numbers. Value types:
 * bytes at the peak, bytes never freed, allocations, and temporary ones (freed before any other allocation).
 * Format: src/analyze/accumulatedtracedata.cpp in KDE/heaptrack.
 */
export const heaptrackReader: Reader = {
  id: "heaptrack",
  title: "heaptrack",
  priority: 319,
  extensions: [".heaptrack", "heaptrack.*.gz", "heaptrack.*.zst"],
  carries: {
    time: false,
    threads: false,
    labels: false,
    lines: true,
    inlined: true,
    severalValueTypes: true,
  },
  sniff: (head: Head): Verdict => (/^v [0-9a-f]+(?: [0-9a-f]+)?\r?\n[XxI] /.test(head.text) ? "yes" : "no"),
  async read(source, into, notes, options) {
    into.meta.format = "heaptrack";
    const allocations = new Allocations(into, notes);
    await readLines(source, notes, (text, line) => allocations.line(text, line), options.onProgress);
    if (!allocations.finish()) {
      throw new FlambeauError("malformed", "the recording holds no allocation", { format: "heaptrack" });
    }
  },
};
