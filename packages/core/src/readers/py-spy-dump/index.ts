import { openJson } from "../../codec/json-document.ts";
import { jsonPaths } from "../../codec/json-shape.ts";
import { readLines } from "../../codec/lines.ts";
import { FlambeauError } from "../../util/errors.ts";
import { readFully, withHead } from "../../util/source.ts";
import { HEAD_SIZE, type Head, type Reader, type Verdict } from "../reader.ts";
import { readJsonDump } from "./json.ts";
import { DumpText } from "./text.ts";

const FORMAT = "py-spy-dump";

/** What `py-spy dump` prints, as text or (`-j`) as JSON: the stack of each thread, one sample per thread. */
export const pySpyDumpReader: Reader = {
  id: FORMAT,
  title: "py-spy dump",
  priority: 327,
  extensions: [],
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
    into.meta.format = FORMAT;
    into.meta.producer = "py-spy";
    into.meta.samplesInOrder = true;
    into.valueType("samples", "count");
    const buffer = new Uint8Array(HEAD_SIZE);
    const head = buffer.subarray(0, await readFully(source, buffer));
    const whole = withHead(head, source);
    if (/^\s*\[/.test(String.fromCharCode(...head.subarray(0, 64)))) {
      await readJsonDump(openJson(whole, FORMAT, options), into);
    } else {
      const text = new DumpText(into, notes);
      await readLines(whole, notes, (line, number) => text.line(line, number), options.onProgress);
      text.end();
    }
    if (into.sampleCount === 0)
      throw new FlambeauError("malformed", "the dump holds no thread", { format: FORMAT });
  },
};

function sniff(head: Head): Verdict {
  const { text } = head;
  if (/^\s*\[/.test(text)) {
    const paths = jsonPaths(head.bytes);
    const all = ["[].thread_id", "[].owns_gil", "[].frames[].filename"].every((path) => paths.has(path));
    return all ? "yes" : "no";
  }
  return /^Process \d+: .*\r?\nPython v\d+\.\d+[^\n]*\n\r?\nThread \S+ \([a-z+]+\)/m.test(text.slice(0, 8192))
    ? "yes"
    : "no";
}
