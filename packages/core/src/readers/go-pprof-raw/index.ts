import { readLines } from "../../codec/lines.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Reader, Verdict } from "../reader.ts";
import { RawProfile } from "./parse.ts";

/**
 * What `go tool pprof -raw` prints of a profile: value types, samples as lists of locations (leaf first), then locations
 * with their lines (innermost first), then mappings.
 */
export const goPprofRawReader: Reader = {
  id: "go-pprof-raw",
  title: "go tool pprof -raw",
  priority: 325,
  extensions: [],
  carries: { time: false, threads: false, labels: true, lines: true, inlined: true, severalValueTypes: true },
  sniff(head: Head): Verdict {
    return /^(?:Comment: [^\n]*\n)*PeriodType: [^\n]*\n/.test(head.text) ||
      /^Samples:\r?\n\S+\/\S+[^\n]*\n {4,}-?\d+/m.test(head.text)
      ? "yes"
      : "no";
  },
  async read(source, into, notes, options) {
    into.meta.format = "go-pprof-raw";
    const profile = new RawProfile(into, notes);
    await readLines(source, notes, (text, line) => profile.line(text, line), options.onProgress);
    profile.end();
    if (into.valueTypes.length === 0) {
      throw new FlambeauError("malformed", "there is no line with the types of the values", {
        format: "go-pprof-raw",
      });
    }
  },
};
