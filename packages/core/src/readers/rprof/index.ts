import { readLines } from "../../codec/lines.ts";
import { parseLineNumber } from "../../codec/native-frames.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Label } from "../../model/profile.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Reader, Verdict } from "../reader.ts";

const HEADER = /^((?:[A-Za-z]+ profiling: )*)sample\.interval=(\d{1,12})\s*$/;
const TOKEN = /"((?:[^"\\]|\\.)*)"|(\d{1,9})#(\d{1,9})|(<[^>]+>)/g;
/** What the four numbers of memory profiling are (R's documentation of Rprof). */
const MEMORY: readonly string[] = ["small vectors", "large vectors", "nodes", "duplications"];

/**
 * R's Rprof: a line per sample, leaf first, one interval apart. `1#21` before a function is the line that it is at.
 *
 * ```
 * line profiling: sample.interval=20000
 * #File 1: foo.R
 * :319194:653668:23351664:3658:"ifelse" 1#21 "foo" "source"
 * ```
 */
export const rprofReader: Reader = {
  id: "rprof",
  title: "R Rprof",
  priority: 318,
  extensions: ["Rprof.out", ".Rprof"],
  carries: { time: true, threads: false, labels: true, lines: true, inlined: false, severalValueTypes: true },
  sniff: (head: Head): Verdict => (HEADER.test(head.lines[0]?.trimEnd() ?? "") ? "yes" : "no"),
  async read(source, into, notes, options) {
    into.meta.format = "rprof";
    into.valueType("samples", "count");
    into.valueType("time", "nanoseconds");
    const files = new Map<string, string>();
    const frames = new Map<string, number>();
    let interval = 0;
    let at = 0;
    await readLines(
      source,
      notes,
      (text, line) => {
        const isStack = text.startsWith('"');
        const header = isStack ? null : HEADER.exec(text);
        const file = isStack ? null : /^#File (\d+): (.*)$/.exec(text);
        if (header !== null) interval = Number(header[2]) * 1000;
        else if (file !== null) files.set(file[1]!, file[2]!);
        else if (isStack && addNames(text, into, frames, interval, at)) at += interval;
        else if (text.trim() !== "") {
          if (!addSample(text, into, files, interval, at)) {
            notes.add("skipped", "bad-line", "a line is no sample: it was skipped", { line });
          }
          at += interval;
        } else {
          into.sample(-1, [1, interval], { time: at });
          at += interval;
        }
      },
      options.onProgress,
    );
    if (into.sampleCount === 0)
      throw new FlambeauError("malformed", "the file holds no sample", { format: "rprof" });
    if (interval > 0) into.meta.period = { type: { name: "time", unit: "nanoseconds" }, value: interval };
    into.meta.duration = at;
    into.meta.defaultValueType = interval > 0 ? 1 : 0;
  },
};

/** Adds a sample that is only names in quotation marks, as most are; false, with nothing done, for any other. */
function addNames(
  text: string,
  into: ProfileBuilder,
  frames: Map<string, number>,
  interval: number,
  time: number,
): boolean {
  if (text.includes("\\")) return false;
  const rows: number[] = [];
  for (let from = 0; from < text.length; ) {
    const to = text.indexOf('"', from + 1);
    if (text[from] !== '"' || to < 0) return false;
    const name = text.slice(from + 1, to);
    let row = frames.get(name);
    if (row === undefined) {
      row = into.frame({ name: into.string(name === "" ? "[unknown]" : name) });
      frames.set(name, row);
    }
    rows.push(row);
    from = to + 1;
    while (text[from] === " ") from++;
  }
  let stack = -1;
  for (let i = rows.length - 1; i >= 0; i--) stack = into.stack(stack, rows[i]!);
  into.sample(stack, [1, interval], { time });
  return true;
}

function addSample(
  text: string,
  into: ProfileBuilder,
  files: ReadonlyMap<string, string>,
  interval: number,
  time: number,
): boolean {
  const memory = /^:(\d+):(\d+):(\d+):(\d+):/.exec(text);
  const labels: Label[] =
    memory === null ? [] : MEMORY.map((key, i) => ({ key, value: Number(memory[i + 1]) }));
  const rows: number[] = [];
  let place: { file: number; line: number } | undefined;
  const rest = text.slice(memory?.[0].length ?? 0);
  for (const [, quoted, file, line, special] of rest.matchAll(TOKEN)) {
    if (file !== undefined) {
      place = { file: into.string(files.get(file) ?? `#${file}`), line: parseLineNumber(line) };
      continue;
    }
    const name = special ?? quoted!.replace(/\\(.)/g, "$1");
    rows.push(into.frame({ name: into.string(name === "" ? "[unknown]" : name), ...place }));
    place = undefined;
  }
  // A place without a function behind it is code at the top level.
  if (place !== undefined) rows.push(into.frame({ name: into.string("<top level>"), ...place }));
  if (rows.length === 0) return false;
  let stack = -1;
  for (const row of rows.reverse()) stack = into.stack(stack, row);
  into.sample(stack, [1, interval], { time, labels: into.labelSet(labels) });
  return true;
}
