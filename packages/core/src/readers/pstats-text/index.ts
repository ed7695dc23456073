import { readLines } from "../../codec/lines.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Reader, Verdict } from "../reader.ts";
import { PstatsText } from "./tables.ts";

const FORMAT = "pstats-text";
const TABLE = /^ +ncalls +tottime +percall +cumtime +percall +filename:lineno\(function\)\r?$/m;
const CALLERS = /^Function {2,}(?:was called by|called)\.\.\.\r?$/m;

/**
 * What `python -m cProfile` and pstats print: `print_stats` (a table of functions), `print_callers` and `print_callees`
 * (their call graph), also several of them and between a program's own output. Source: CPython, Lib/pstats.py.
 */
export const pstatsTextReader: Reader = {
  id: FORMAT,
  title: "Python cProfile, printed (pstats)",
  priority: 364,
  extensions: [".txt"],
  carries: {
    time: false,
    threads: false,
    labels: false,
    lines: true,
    inlined: false,
    severalValueTypes: true,
  },
  sniff: ({ text }: Head): Verdict => (TABLE.test(text) || CALLERS.test(text) ? "yes" : "no"),
  async read(source, into, notes, options) {
    into.meta.format = FORMAT;
    const tables = new PstatsText(into, notes);
    await readLines(source, notes, (text) => tables.line(text), options.onProgress);
    if (!tables.end()) {
      throw new FlambeauError("malformed", "the text holds no table of functions", { format: FORMAT });
    }
  },
};
