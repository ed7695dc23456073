import { readLines } from "../../codec/lines.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Reader, Verdict } from "../reader.ts";
import { GprofText } from "./text.ts";

const FORMAT = "gprof";
const FLAT =
  /^Flat profile:\r?\n(?:\r?\n)?(?:Each sample counts as | no time accumulated|\s+%\s+cumulative\s+self)/m;
const GRAPH = /^index +% ?time +self +(?:children|descendents) +called/m;
const VTUNE = /^Index +% [^\n:]{1,60}:Total +[^\n:]{1,60}:Self +[^\n:]{1,60}:Children +Name +Index/m;

/**
 * What gprof prints of a gmon.out: its flat profile and its call graph; and VTune's report of the same form
 * (`-report gprof-cc`). The call graph is approximated by stacks. Source:
 * https://sourceware.org/binutils/docs/gprof/Output.html
 */
export const gprofReader: Reader = {
  id: FORMAT,
  title: "gprof, VTune gprof-cc (text)",
  priority: 367,
  extensions: [".gprof", ".axe"],
  carries: {
    time: false,
    threads: false,
    labels: false,
    lines: true,
    inlined: false,
    severalValueTypes: true,
  },
  sniff: ({ text }: Head): Verdict =>
    FLAT.test(text) || GRAPH.test(text) || VTUNE.test(text) ? "yes" : "no",
  async read(source, into, notes, options) {
    into.meta.format = FORMAT;
    const text = new GprofText(into, notes);
    await readLines(source, notes, (line, number) => text.line(line, number), options.onProgress);
    text.end();
    if (into.sampleCount === 0) {
      throw new FlambeauError("malformed", "the text holds no function", {
        format: FORMAT,
        hint: "gprof PROGRAM gmon.out prints it; the program must be built with -pg.",
      });
    }
  },
};
