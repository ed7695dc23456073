import { readXml } from "../../codec/xml.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Reader, Verdict } from "../reader.ts";
import { Rows } from "./rows.ts";

const FORMAT = "xctrace-xml";

/**
 * A table of an Instruments recording as `xctrace export --xpath …/table[@schema="time-profile"]` writes it (also
 * cpu-profile, whose weights are cycles). Source: files that Xcode 13 to 16 wrote; jonhoo/inferno,
 * src/collapse/xctrace.rs.
 */
export const xctraceXmlReader: Reader = {
  id: FORMAT,
  title: "Instruments (xctrace export)",
  priority: 321,
  extensions: [".xml"],
  carries: { time: true, threads: true, labels: true, lines: true, inlined: false, severalValueTypes: true },
  sniff: (head: Head): Verdict =>
    /^\uFEFF?\s*(?:<\?xml[^>]*\?>\s*)?<trace-query-result[\s>]/.test(head.text.slice(0, 1000)) ? "yes" : "no",
  async read(source, into, notes, options) {
    into.meta.format = FORMAT;
    into.meta.producer = "Instruments";
    const rows = new Rows(into, notes);
    if (!(await readXml(source, rows, FORMAT, options.onProgress))) {
      notes.add("truncated", "truncated", "the file ends in the middle of a tag; what came before is kept");
    }
    if (into.sampleCount === 0) {
      throw new FlambeauError("malformed", "no table of the export has samples with backtraces", {
        format: FORMAT,
        hint: `Export the samples: xctrace export --input FILE.trace --xpath '//table[@schema="time-profile"]'`,
      });
    }
  },
};
