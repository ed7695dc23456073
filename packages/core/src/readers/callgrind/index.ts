import { readByteLines } from "../../codec/lines.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Reader, Verdict } from "../reader.ts";
import { CallgrindParser } from "./parse.ts";

/**
 * Callgrind's and cachegrind's output, and what others write in the same format: xdebug's profiler, NYTProf, pprof
 * `-callgrind`, pyprof2calltree, JRuby. It holds a call graph, which does not determine stacks: they are approximated,
 * and a note says so. Format: https://valgrind.org/docs/manual/cl-format.html
 */
export const callgrindReader: Reader = {
  id: "callgrind",
  title: "Callgrind, cachegrind, xdebug profiler",
  priority: 360,
  extensions: [".callgrind", ".cachegrind", "callgrind.out", "cachegrind.out"],
  carries: {
    time: false,
    threads: true,
    labels: false,
    lines: true,
    inlined: false,
    severalValueTypes: true,
  },
  sniff,
  async read(source, into, notes, options) {
    into.meta.format = "callgrind";
    const parser = new CallgrindParser(into, notes);
    await readByteLines(
      source,
      notes,
      (bytes, start, end, line) => parser.line(bytes, start, end, line),
      options.onProgress,
    );
    parser.end();
    if (into.sampleCount === 0) {
      throw new FlambeauError("malformed", "no function has a cost", { format: "callgrind" });
    }
  },
};

const FUNCTION = /^fn=(?:\(\d+\)|\S)/;

function sniff(head: Head): Verdict {
  const lines = head.lines;
  if (/^# callgrind format\b/.test(lines[0] ?? "")) return "yes";
  let events = false;
  let other = 0;
  for (const text of lines) {
    const line = text.trimEnd();
    if (/^events: ?\S/.test(line)) events = true;
    else if (events && FUNCTION.test(line)) return "yes";
    else if (/^(?:version|creator): /.test(line)) continue;
    else if (line !== "" && !/^(?:#|[a-zA-Z]+[:=]|[\d+*-])/.test(line) && ++other > 3) return "no";
  }
  return events && /^(?:version: ?1\s*\n|creator: |desc: |cmd: )/.test(head.text) ? "yes" : "no";
}
