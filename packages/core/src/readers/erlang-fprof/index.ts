import { readLines } from "../../codec/lines.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Reader, Verdict } from "../reader.ts";
import { FprofAnalysis } from "./analysis.ts";

const FORMAT = "erlang-fprof";

/**
 * Erlang's fprof: the call graph of each process, which is approximated by stacks. Where the analysis has only totals,
 * they are read. Source: https://www.erlang.org/doc/apps/tools/fprof
 */
export const erlangFprofReader: Reader = {
  id: FORMAT,
  title: "Erlang fprof analysis",
  priority: 362,
  extensions: [".fprof", ".analysis"],
  carries: {
    time: false,
    threads: true,
    labels: false,
    lines: false,
    inlined: false,
    severalValueTypes: true,
  },
  sniff: (head: Head): Verdict =>
    /^%% Analysis results:\r?\n\{ *analysis_options,/m.test(head.text) ? "yes" : "no",
  async read(source, into, notes, options) {
    into.meta.format = FORMAT;
    const analysis = new FprofAnalysis(into, notes);
    await readLines(source, notes, (text, line) => analysis.line(text, line), options.onProgress);
    analysis.end();
    if (into.sampleCount === 0) {
      throw new FlambeauError("malformed", "the analysis holds no function that took time", {
        format: FORMAT,
      });
    }
  },
};
