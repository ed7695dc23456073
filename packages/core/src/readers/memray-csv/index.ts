import { csvFields, groupedNumber } from "../../codec/csv.ts";
import { readLines } from "../../codec/lines.ts";
import { parseLineNumber } from "../../codec/native-frames.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Reader, Verdict } from "../reader.ts";

const HEADER = "allocator,num_allocations,size,tid,thread_name,stack_trace";

/** What `memray transform csv` writes: allocations with their stacks, leaf first, `function;file;line` joined by `|`. */
export const memrayCsvReader: Reader = {
  id: "memray-csv",
  title: "memray (transform csv)",
  priority: 306,
  extensions: [".csv"],
  carries: { time: false, threads: true, labels: true, lines: true, inlined: false, severalValueTypes: true },
  sniff: (head: Head): Verdict => (head.text.startsWith(HEADER) ? "yes" : "no"),
  async read(source, into, notes, options) {
    into.meta.format = "memray-csv";
    into.valueType("allocations", "count");
    into.meta.defaultValueType = into.valueType("size", "bytes");
    const frames = new Map<string, number>();
    await readLines(
      source,
      notes,
      (text, line) => {
        if (line === 1 || text === "") return;
        if (!addRecord(csvFields(text), frames, into)) {
          notes.add("skipped", "bad-line", "a line is no allocation: it was skipped", { line });
        }
      },
      options.onProgress,
    );
    if (into.sampleCount === 0) {
      throw new FlambeauError("malformed", "the table holds no allocation", { format: "memray-csv" });
    }
  },
};

function addRecord(fields: readonly string[], frames: Map<string, number>, into: ProfileBuilder): boolean {
  const [allocator, count, size, tid, name, trace] = fields;
  const allocations = groupedNumber(count ?? "");
  const bytes = groupedNumber(size ?? "");
  if (allocator === undefined || allocations === undefined || bytes === undefined || trace === undefined)
    return false;
  let stack = -1;
  for (const text of trace.split("|").reverse()) {
    if (text === "") continue;
    let frame = frames.get(text);
    if (frame === undefined) {
      const match = /^(.*?);(.*);(\d+)$/.exec(text);
      frame = into.frame({
        name: into.string(match === null ? text : match[1] === "" ? "[unknown]" : match[1]!),
        file: match === null ? 0 : into.string(match[2]!),
        line: parseLineNumber(match?.[3]),
      });
      frames.set(text, frame);
    }
    stack = into.stack(stack, frame);
  }
  into.sample(stack, [allocations, bytes], {
    thread: into.thread({ name: name ?? "", ...(/^\d{1,15}$/.test(tid ?? "") ? { tid: Number(tid) } : {}) }),
    labels: into.labelSet([{ key: "allocator", value: allocator }]),
  });
  return true;
}
