import { readLines } from "../../codec/lines.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Reader, Verdict } from "../reader.ts";
import { Traces } from "./traces.ts";

/**
 * What `go tool pprof -traces` prints: one block per sample, its labels above, then the value beside the leaf and the
 * callers below it. Source of the layout: printTraces in google/pprof, internal/report/report.go.
 *
 * ```
 * -----------+-------------------------------------
 *       job:  index
 *      10ms   main.leaf (inline)
 *             main.main
 * -----------+-------------------------------------
 * ```
 */
export const pprofTracesReader: Reader = {
  id: "pprof-traces",
  title: "go tool pprof -traces",
  priority: 326,
  extensions: [".traces"],
  carries: {
    time: false,
    threads: false,
    labels: true,
    lines: true,
    inlined: true,
    severalValueTypes: false,
  },
  sniff: (head: Head): Verdict =>
    /^-{6,}\+-{6,}\r?\n(?: *[^\s:][^\n]*: {2}[^\n]*\n)* *-?[\d.]+\S* {3}\S/m.test(head.text) ? "yes" : "no",
  async read(source, into, notes, options) {
    into.meta.format = "pprof-traces";
    const traces = new Traces(into, notes);
    await readLines(source, notes, (text, line) => traces.line(text, line), options.onProgress);
    traces.end();
    if (into.sampleCount === 0) {
      throw new FlambeauError("malformed", "there is no trace between the rules", { format: "pprof-traces" });
    }
  },
};
