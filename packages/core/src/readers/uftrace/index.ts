import { readLines } from "../../codec/lines.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Reader, Verdict } from "../reader.ts";
import { UftraceGraph } from "./graph.ts";
import { UftraceReplay } from "./replay.ts";
import { UftraceReport } from "./report.ts";

const FORMAT = "uftrace";
/** `# DURATION     TID     FUNCTION`, with more columns where they were asked for. */
const REPLAY = /^# ?DURATION\b[A-Z \t]*\bFUNCTION(?: \[SOURCE\])?\r?$/m;
const REPLAY_ROW = /^[^|\n]{1,200} \| +\S[^\n]*(?:;|\{|\*\/)\r?$/m;
const GRAPH = /^# (?:Function Call Graph for '|TOTAL TIME {3}FUNCTION\r?$)/m;
const REPORT = /^ *Total time [A-Za-z ]{0,200}Self time [A-Za-z ]{0,200}Function\r?\n[ =]+\r?$/m;

/** Takes the lines of one of uftrace's texts. */
interface Lines {
  line(text: string, line: number): void;
  end(): void;
}

function linesOf(text: string, into: ProfileBuilder, notes: Notes): Lines | undefined {
  if (REPLAY.test(text) && REPLAY_ROW.test(text)) return new UftraceReplay(into, notes);
  if (GRAPH.test(text)) return new UftraceGraph(into, notes);
  return REPORT.test(text) ? new UftraceReport(into, notes) : undefined;
}

/**
 * What uftrace prints of a recording: `replay` (every call with its duration, by thread), `graph` (the tree of calls)
 * and `report` (a table of functions, without stacks). Ref: https://github.com/namhyung/uftrace, doc/uftrace-replay.md
 */
export const uftraceReader: Reader = {
  id: FORMAT,
  title: "uftrace (replay, graph, report)",
  priority: 361,
  extensions: [".uftrace"],
  carries: {
    time: false,
    threads: true,
    labels: false,
    lines: true,
    inlined: false,
    severalValueTypes: true,
  },
  sniff: ({ text }: Head): Verdict =>
    (REPLAY.test(text) && REPLAY_ROW.test(text)) || GRAPH.test(text) || REPORT.test(text) ? "yes" : "no",
  async read(source, into, notes, options) {
    into.meta.format = FORMAT;
    // Which text it is stands in its header: the lines before that are kept.
    let lines: Lines | undefined;
    let first = "";
    let pending: string[] = [];
    await readLines(
      source,
      notes,
      (text, line) => {
        if (lines !== undefined) {
          lines.line(text, line);
          return;
        }
        pending.push(text);
        first += `${text}\n`;
        lines = linesOf(first, into, notes);
        if (lines !== undefined) {
          pending.forEach((one, i) => {
            lines?.line(one, line - pending.length + 1 + i);
          });
          pending = [];
        } else if (line > MOST_LINES_BEFORE || first.length > MOST_BEFORE) throw nothing();
      },
      options.onProgress,
    );
    lines?.end();
    if (into.sampleCount === 0) throw nothing();
  },
};

/** Comments, blank lines, and what programs print. */
const MOST_LINES_BEFORE = 200;
const MOST_BEFORE = 1 << 16;

function nothing(): FlambeauError {
  return new FlambeauError("malformed", "the text holds no call with a duration", {
    format: FORMAT,
    hint: "uftrace replay must show durations and thread ids first: leave -f away, or give -f +FIELD.",
  });
}
