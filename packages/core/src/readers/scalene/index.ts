import { openJson, readWhole } from "../../codec/json-document.ts";
import { jsonPaths } from "../../codec/json-shape.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import type { ByteSource } from "../../util/source.ts";
import type { Head, Reader, ReadOptions, Verdict } from "../reader.ts";
import { functionOfLines } from "./functions.ts";
import { emptyFile, parseFile, type ScaleneFile } from "./parse.ts";

const ID = "scalene";
const MEGABYTE = 1024 * 1024;

/**
 * scalene's JSON: for each line of the program its share of the time (in Python, in native code, in the system) and what
 * it allocated. There a line is a frame of its function, and nothing calls it. Since scalene 2 there are samples with
 * stacks as well, as a value type of their own.
 */
export const scaleneReader: Reader = {
  id: ID,
  title: "scalene JSON",
  priority: 842,
  extensions: [".json"],
  carries: {
    time: false,
    threads: false,
    labels: true,
    lines: true,
    inlined: false,
    severalValueTypes: true,
  },
  sniff,
  read,
};

function sniff(head: Head): Verdict {
  const paths = jsonPaths(head.bytes);
  const has = (end: string): boolean =>
    [...paths].some((path) => path.startsWith("files.") && path.endsWith(end));
  // Since scalene 2 the stacks stand before all else that is known of old: the head may end among them.
  if (paths.has("alloc_samples") && paths.has("async_profile") && paths.has("combined_stacks")) return "yes";
  return paths.has("elapsed_time_sec") && (paths.has("alloc_samples") || has("n_cpu_percent_python"))
    ? "yes"
    : "no";
}

async function read(
  source: ByteSource,
  into: ProfileBuilder,
  notes: Notes,
  options: ReadOptions,
): Promise<void> {
  into.meta.format = ID;
  into.meta.producer = "scalene";
  const json = openJson(source, ID, options);
  const file = emptyFile();
  await readWhole(
    json,
    notes,
    () => parseFile(json, file, into, notes),
    () => file.files.length > 0 || into.sampleCount > 0,
  );
  addSamples(file, into, notes);
}

function addSamples(file: ScaleneFile, into: ProfileBuilder, notes: Notes): void {
  const seconds = file.elapsed >= 0 && file.elapsed < 1e9 ? file.elapsed : Number.NaN;
  const cpu = into.valueType("cpu", Number.isNaN(seconds) ? "percent" : "nanoseconds");
  // Few of its samples have stacks: what scalene is for is the time of lines.
  if (file.files.length > 0) into.meta.defaultValueType = cpu;
  const malloc = into.valueType("malloc", "bytes");
  const scale = Number.isNaN(seconds) ? 1 : (seconds * 1e9) / 100;
  if (!Number.isNaN(seconds)) into.meta.duration = Math.round(seconds * 1e9);
  if (file.program !== "") into.meta.title = file.program;
  const text =
    into.sampleCount > 0
      ? "scalene counts time and memory by line: its samples alone have stacks."
      : "scalene counts lines, not stacks: who calls a line is not known.";
  notes.add("approximated", "lines-only", text);
  const sides = (["python", "native", "system"] as const).map((side) =>
    into.labelSet([{ key: "code", value: side }]),
  );
  for (const source of file.files) {
    const { path, lines } = source;
    const names = functionOfLines(source);
    for (const line of lines) {
      const name = names.get(line.number)!;
      const frame = into.frame({ name: into.string(name), file: into.string(path), line: line.number });
      const stack = into.stack(-1, frame);
      [line.python, line.native, line.system].forEach((share, side) => {
        if (share > 0) into.sampleOf(stack, cpu, share * scale, { labels: sides[side]! });
      });
      if (line.malloc > 0) into.sampleOf(stack, malloc, Math.round(line.malloc * MEGABYTE));
    }
  }
}
