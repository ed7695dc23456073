import { readLines } from "../../codec/lines.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Reader, Verdict } from "../reader.ts";
import { HprofText } from "./text.ts";

const FORMAT = "java-hprof";

/**
 * The text of Java's hprof agent (`-agentlib:hprof`, Java 5 to 8): CPU samples, CPU times, allocation sites and
 * contended monitors, each row with a trace. Source: the format's description at the beginning of each file, and
 * OpenJDK 8, demo/jvmti/hprof/src/hprof_io.c.
 */
export const javaHprofReader: Reader = {
  id: FORMAT,
  title: "Java hprof, as text",
  priority: 365,
  extensions: [".hprof", "java.hprof.txt"],
  carries: {
    time: false,
    threads: true,
    labels: false,
    lines: true,
    inlined: false,
    severalValueTypes: true,
  },
  sniff: (head: Head): Verdict => (/^JAVA PROFILE 1\.0\.\d, created /.test(head.text) ? "yes" : "no"),
  async read(source, into, notes, options) {
    into.meta.format = FORMAT;
    const text = new HprofText(into, notes);
    await readLines(source, notes, (line, number) => text.line(line, number), options.onProgress);
    text.end();
    if (into.sampleCount === 0) {
      throw new FlambeauError("malformed", "the file holds no samples, times or sites", {
        format: FORMAT,
        hint: "A dump of the heap alone has no stacks: record with cpu=samples or heap=sites.",
      });
    }
  },
};
