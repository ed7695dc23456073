import { readXml } from "../../codec/xml.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Reader, Verdict } from "../reader.ts";
import { StackSource } from "./stack-source.ts";

const ID = "perfview-xml";

/**
 * PerfView's saved stacks (.perfView.xml): frames, stacks and samples by number. What the metric counts the file does not
 * say: milliseconds for CPU and thread time, bytes for memory.
 */
export const perfviewXmlReader: Reader = {
  id: ID,
  title: "PerfView stacks (XML)",
  priority: 328,
  extensions: [".perfView.xml", ".xml"],
  carries: {
    time: true,
    threads: false,
    labels: false,
    lines: false,
    inlined: false,
    severalValueTypes: true,
  },
  sniff: (head: Head): Verdict =>
    /^(?:\xef\xbb\xbf)?\s*<(?:\?xml[^>]*>\s*<)?(?:StackWindow|StackSource)\b/.test(head.text.slice(0, 4096))
      ? "yes"
      : "no",
  async read(source, into, notes, options) {
    into.meta.format = ID;
    into.meta.producer = "PerfView";
    const stacks = new StackSource(into, notes);
    const whole = await readXml(source, stacks, ID, options.onProgress);
    if (!stacks.found) {
      throw new FlambeauError("malformed", "This is no file of PerfView's stacks", { format: ID });
    }
    if (!whole)
      notes.add(
        "truncated",
        "truncated",
        "The file ends in the middle of a tag; what comes before was read.",
      );
    stacks.end();
  },
};
