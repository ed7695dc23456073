import { readLines } from "../../codec/lines.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Reader, Verdict } from "../reader.ts";
import { XdebugTrace } from "./trace.ts";

/**
 * xdebug's function trace: format 1 (tab-separated entries and exits, exits without names), format 0 (for people:
 * entries only) and format 2 (the same as a table in HTML). The time between two rows belongs to the function that runs. Ref: https://xdebug.org/docs/trace
 */
export const xdebugTraceReader: Reader = {
  id: "xdebug-trace",
  title: "xdebug function trace",
  priority: 312,
  extensions: [".xt"],
  carries: {
    time: true,
    threads: false,
    labels: false,
    lines: true,
    inlined: false,
    severalValueTypes: true,
  },
  sniff: (head: Head): Verdict =>
    /^TRACE START \[/m.test(head.text) || /^<table [^\n>]*class='xdebug-trace'/m.test(head.text)
      ? "yes"
      : "no",
  async read(source, into, notes, options) {
    into.meta.format = "xdebug-trace";
    const trace = new XdebugTrace(into, notes);
    await readLines(source, notes, (text, line) => trace.line(text, line), options.onProgress);
    trace.end();
    if (into.sampleCount === 0) {
      throw new FlambeauError("malformed", "the trace holds no call", { format: "xdebug-trace" });
    }
  },
};
