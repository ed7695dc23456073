import { readLines } from "../../codec/lines.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Reader, Verdict } from "../reader.ts";

const FORMAT = "erlang-eprof";
const TITLES = /^FUNCTION +CALLS +% +TIME +\[uS \/ CALLS\]/m;
/** `lists:sum/1      50     0.09     4  [      0.08]`: own time in microseconds. */
const ROW = /^(\S.*?) +(\d{1,15}) +\d+\.\d+ +(\d{1,15}) +\[ *\d+\.\d+\]$/;

/**
 * Erlang's eprof: what each function spent itself, by process or in all. No stacks: each function is a root.
 * Source: https://www.erlang.org/doc/apps/tools/eprof
 */
export const erlangEprofReader: Reader = {
  id: FORMAT,
  title: "Erlang eprof",
  priority: 363,
  extensions: [".eprof"],
  carries: {
    time: false,
    threads: true,
    labels: false,
    lines: false,
    inlined: false,
    severalValueTypes: true,
  },
  sniff: (head: Head): Verdict => (TITLES.test(head.text) ? "yes" : "no"),
  async read(source, into, notes, options) {
    into.meta.format = FORMAT;
    const time = into.valueType("time", "nanoseconds");
    const calls = into.valueType("calls", "count");
    let thread = -1;
    await readLines(
      source,
      notes,
      (text, line) => {
        const row = ROW.exec(text);
        const process = /^\*+ Process (\S+) /.exec(text);
        if (process !== null) thread = into.thread({ name: process[1]! });
        else if (row !== null) {
          const weights = [0, 0];
          weights[time] = Number(row[3]) * 1000;
          weights[calls] = Number(row[2]);
          const stack = into.stack(-1, into.frameNamed(row[1]!));
          into.sample(stack, weights, thread < 0 ? {} : { thread });
        } else if (!/^(?:FUNCTION |-|Total: |\s*$)/.test(text)) {
          notes.add("skipped", "bad-line", "a line is no row of the table: it was skipped", { line });
        }
      },
      options.onProgress,
    );
    if (into.sampleCount === 0) {
      throw new FlambeauError("malformed", "the table holds no function", { format: FORMAT });
    }
    notes.add("information", "no-stacks", "The text is a table of functions: it holds no stacks.");
  },
};
