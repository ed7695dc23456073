import { type BlockLine, CountBlocks } from "../../codec/count-blocks.ts";
import { readLines } from "../../codec/lines.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Reader, Verdict } from "../reader.ts";
import { BccBlocks, type Measure, measureOf } from "./blocks.ts";

/**
 * What bcc's profile, offcputime, wakeuptime, offwaketime and stackcount print without `-f`: blocks of a stack and its
 * count. With `-f` they print folded stacks, which the folded reader reads.
 *
 * ```
 * Tracing off-CPU time (us) of PID 123 by user + kernel stack... Hit Ctrl-C to end.
 *     schedule                  leaf first
 *     do_syscall_64
 *     --                        between the kernel's stack and the program's (-d)
 *     main
 *     -                bash (4242)
 *         13                    microseconds
 * ```
 */
export const bccReader: Reader = {
  id: "bcc",
  title: "bcc tools (profile, offcputime, wakeuptime, offwaketime, stackcount)",
  priority: 380,
  extensions: [],
  carries: {
    time: false,
    threads: true,
    labels: false,
    lines: false,
    inlined: false,
    severalValueTypes: false,
  },
  sniff,
  async read(source, into, notes, options) {
    into.meta.format = "bcc";
    const target = new BccBlocks(into, notes);
    const blocks = new CountBlocks((lines, count) => target.add(lines, count));
    const discard = (lines: readonly BlockLine[]): void => {
      for (const { line } of lines) {
        notes.add("skipped", "no-stack", "a line belongs to no stack: it was skipped", { line });
      }
    };
    await readLines(
      source,
      notes,
      (text, line) => {
        const measure = measureOf(text);
        if (measure !== undefined) {
          discard(blocks.drop());
          target.measure(measure);
        } else if (/^\s/.test(text) || text === "") {
          // A stack that has no count before the blank line is no stack.
          if (text === "" && blocks.pending.length > 0) discard(blocks.drop());
          blocks.line(text, line);
        } else {
          discard(blocks.drop());
          if (!/^(?:\^C|Detaching|WARNING)/.test(text)) discard([{ text, line }]);
        }
      },
      options.onProgress,
    );
    if (blocks.pending.length > 0) {
      notes.add("truncated", "truncated", "the input ends within a stack: it was left out", {
        line: blocks.pending[0]!.line,
      });
    }
    if (into.sampleCount === 0) {
      throw new FlambeauError("malformed", "no stack has a count below it", { format: "bcc" });
    }
  },
};

function sniff(head: Head): Verdict {
  const measured: Measure | undefined = head.lines.map(measureOf).find((found) => found !== undefined);
  return measured === undefined ? "no" : "yes";
}
