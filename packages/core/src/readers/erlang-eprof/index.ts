import { readLines } from "../../codec/lines.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Reader, Verdict } from "../reader.ts";

const FORMAT = "erlang-eprof";
const TITLES = /^FUNCTION +CALLS +% +TIME +\[uS \/ CALLS\]/m;
/** `lists:sum/1      50     0.09     4`: calls, share, own time in microseconds. */
const NUMBERS = /^(\d{1,15}) \d{1,3}\.\d\d (\d{1,15})$/;

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
        const row = rowOf(text);
        const process = /^\*+ Process (\S+) /.exec(text);
        if (process !== null) thread = into.thread({ name: process[1]! });
        else if (row !== undefined) {
          const weights = [0, 0];
          weights[time] = row.microseconds * 1000;
          weights[calls] = row.calls;
          const stack = into.stack(-1, into.frameNamed(row.name));
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

interface Row {
  readonly name: string;
  readonly calls: number;
  readonly microseconds: number;
}

/** A row of the table; the time per call in brackets is at its end. */
function rowOf(text: string): Row | undefined {
  const bracket = text.endsWith("]") ? text.lastIndexOf("[") : -1;
  if (bracket < 0 || text.startsWith(" ")) return undefined;
  const words = text.slice(0, bracket).trim().split(/ +/);
  const numbers = NUMBERS.exec(words.slice(-3).join(" "));
  const name = words.slice(0, -3).join(" ");
  if (numbers === null || name === "") return undefined;
  return { name, calls: Number(numbers[1]), microseconds: Number(numbers[2]) };
}
