import { readLines } from "../../codec/lines.ts";
import { FlambeauError } from "../../util/errors.ts";
import { readFully, withHead } from "../../util/source.ts";
import { HEAD_SIZE, type Head, type Reader, type Verdict } from "../reader.ts";
import { readJsonDump } from "./json.ts";
import { JavaDumpText } from "./text.ts";

/**
 * Thread dumps of a JVM: jstack, `jcmd Thread.print`, kill -3, and `jcmd Thread.dump_to_file` (text and JSON). Each dump
 * is one sample per thread; the thread's state is a label, so that idle threads can be filtered and nothing is lost.
 */
export const javaThreadDumpReader: Reader = {
  id: "java-thread-dump",
  title: "Java thread dump (jstack, jcmd)",
  priority: 350,
  extensions: [".jstack", ".tdump"],
  carries: {
    time: false,
    threads: true,
    labels: true,
    lines: true,
    inlined: false,
    severalValueTypes: false,
  },
  sniff,
  async read(source, into, notes, options) {
    into.meta.format = "java-thread-dump";
    into.meta.samplesInOrder = true;
    into.valueType("samples", "count");
    const buffer = new Uint8Array(HEAD_SIZE);
    const head = buffer.subarray(0, await readFully(source, buffer));
    const whole = withHead(head, source);
    if (/^\s*\{/.test(String.fromCharCode(...head.subarray(0, 64)))) await readJsonDump(whole, into);
    else {
      const text = new JavaDumpText(into, notes);
      await readLines(whole, notes, (line, number) => text.line(line, number), options.onProgress);
      text.end();
    }
    if (into.sampleCount === 0) {
      throw new FlambeauError("malformed", "the dump holds no thread", { format: "java-thread-dump" });
    }
  },
};

function sniff(head: Head): Verdict {
  const { text } = head;
  if (text.includes("\0")) return "no"; // a crash report within something else
  if (/^\s*\{\s*"threadDump"\s*:/.test(text)) return "yes";
  if (/^Full thread dump\b/m.test(text)) return "yes";
  // `jcmd Thread.dump_to_file`: process id, time, version, then threads.
  if (/^\d+\r?\n\d{4}-\d\d-\d\dT[^\n]*\n[^\n]+\r?\n\r?\n#\d+ "/.test(text)) return "yes";
  return /^"[^\n]*" [^\n]*\b(?:prio|tid|nid)=[^\n]*\n\s+java\.lang\.Thread\.State: /m.test(text)
    ? "yes"
    : "no";
}
