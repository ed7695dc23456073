import { readLines } from "../../codec/lines.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Reader, Verdict } from "../reader.ts";
import { MapEntries } from "./entries.ts";
import { readMapObject } from "./json.ts";
import { TextMaps } from "./text.ts";

/**
 * Maps that bpftrace prints when a script ends, as text or with `-f json`: the key holds stacks and other values,
 * and the number behind it is the weight. Every map is a value type of its own.
 *
 * ```
 * @[
 *     finish_task_switch+97      the leaf comes first, the kernel's stack before the program's
 *     schedule+37
 * , bash]: 12
 * ```
 */
export const bpftraceReader: Reader = {
  id: "bpftrace",
  title: "bpftrace maps",
  priority: 390,
  extensions: [".bt.txt", ".bpftrace"],
  carries: {
    time: false,
    threads: true,
    labels: true,
    lines: false,
    inlined: false,
    severalValueTypes: true,
  },
  sniff,
  async read(source, into, notes, options) {
    into.meta.format = "bpftrace";
    const entries = new MapEntries(into, notes);
    const text = new TextMaps(entries, notes);
    await readLines(
      source,
      notes,
      (line, number) => {
        if (!text.inside && line.startsWith('{"type"')) readMapObject(line, number, entries, notes);
        else text.line(line, number);
      },
      options.onProgress,
    );
    text.end();
    if (into.sampleCount === 0) {
      throw new FlambeauError("malformed", "no map has a stack with a number behind it", {
        format: "bpftrace",
        hint: "bpftrace prints its maps when it ends: was it killed before?",
      });
    }
    if (into.valueTypes.length === 0) into.valueType("samples", "count");
  },
};

function sniff(head: Head): Verdict {
  const lines = head.lines;
  let opened = false;
  for (const line of lines.slice(0, 400)) {
    if (/^\{"type": *"(?:attached_probes|map|hist|stats|lhist|time|printf)", *"data": */.test(line))
      return "yes";
    if (/^@\w*\[(?:.*, *)?\s*$/.test(line)) opened = true;
    else if (opened && /^(?:\s+\S|, ?$|, \S.*, ?$)/.test(line)) continue;
    else if (opened && /^(?:, ?.*)?\]: /.test(line)) return "yes";
    else if (/^@\w*\[.*\]: -?\d+$/.test(line.trimEnd())) return "yes";
    else if (line.trim() !== "" && opened) opened = false;
  }
  // A stack deeper than the head: its first lines are all there is to see.
  return opened && !head.complete ? "yes" : "no";
}
