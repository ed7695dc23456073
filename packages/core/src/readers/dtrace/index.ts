import { type BlockLine, CountBlocks } from "../../codec/count-blocks.ts";
import { readLines } from "../../codec/lines.ts";
import { nativeFrame, stackOfLeafFirst } from "../../codec/native-frames.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Reader, Verdict } from "../reader.ts";
import { keyOf, parseDtraceFrame } from "./frames.ts";

/** The line above DTrace's output: `CPU     ID                    FUNCTION:NAME`. */
const HEADER = /^CPU\s+ID\s+FUNCTION:NAME\s*$/;
/** A probe that fired, below the header: `  0  64091                        :tick-60s `. */
const FIRED = /^\s*\d+\s+\d+\s+\S*:\S+/;
const PREAMBLE = /^dtrace: /;

/**
 * Stack aggregations that DTrace prints when a script ends. The leaf comes first; a kernel's and a program's stack
 * stand one below the other, with blank lines between; values that the aggregation is keyed by stand at less
 * indentation.
 *
 * ```
 *               genunix`fop_open+0x1f
 *               unix`sys_syscall+0x17a
 *                 12
 * ```
 */
export const dtraceReader: Reader = {
  id: "dtrace",
  title: "DTrace stack aggregations",
  priority: 370,
  extensions: [".dtrace", ".stacks"],
  carries: {
    time: false,
    threads: true,
    labels: false,
    lines: false,
    inlined: true,
    severalValueTypes: false,
  },
  sniff,
  async read(source, into, notes, options) {
    into.meta.format = "dtrace";
    into.valueType("samples", "count");
    // The frames of lines seen before: each line is looked at once.
    const known = new Map<string, readonly number[]>();
    const blocks = new CountBlocks((lines, count) => addBlock(lines, count, known, into, notes));
    let last = 0;
    await readLines(
      source,
      notes,
      (text, line) => {
        last = line;
        if (HEADER.test(text) || PREAMBLE.test(text)) return;
        if (blocks.pending.length === 0 && FIRED.test(text)) return;
        blocks.line(text, line);
      },
      options.onProgress,
    );
    if (blocks.pending.length > 0) {
      notes.add("truncated", "truncated", "the input ends within a stack: it was left out", {
        line: blocks.pending[0]!.line,
      });
    }
    if (into.sampleCount === 0) {
      throw new FlambeauError("malformed", "no stack has a count below it", {
        format: "dtrace",
        line: Math.max(1, last),
        hint: "DTrace prints aggregations when the script ends.",
      });
    }
  },
};

function addBlock(
  lines: readonly BlockLine[],
  count: number,
  known: Map<string, readonly number[]>,
  into: ProfileBuilder,
  notes: Notes,
): void {
  if (lines.length === 0) {
    notes.add("skipped", "no-stack-above", "a count has no stack above it: it was skipped");
    return;
  }
  const { frames, thread } = keyOf(lines.map(({ text }) => text));
  const rows: number[] = [];
  for (const text of frames) {
    let own = known.get(text);
    if (own === undefined) {
      own = parseDtraceFrame(text).map((frame) => nativeFrame(into, frame));
      known.set(text, own);
    }
    for (const row of own) rows.push(row);
  }
  if (thread !== undefined) into.meta.threadsAreRoots = true;
  into.sampleOf(stackOfLeafFirst(into, rows), 0, count, {
    ...(thread === undefined ? {} : { thread: into.thread({ name: thread }) }),
  });
}

function sniff(head: Head): Verdict {
  let frames = 0;
  for (const line of head.lines.slice(0, 2000)) {
    if (HEADER.test(line.trimEnd())) return "yes";
    if (/^\s+[^\s`]+`[^\s`][^`]*$/.test(line)) frames++;
    else if (frames > 0 && /^\s+\d+\s*$/.test(line)) return "yes";
    else if (/^\S/.test(line) && !PREAMBLE.test(line)) return "no";
  }
  return frames > 1 && !head.complete ? "yes" : "no";
}
