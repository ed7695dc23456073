import { readLines } from "../../codec/lines.ts";
import { parseLineNumber, stackOfLeafFirst } from "../../codec/native-frames.ts";
import type { Label } from "../../model/profile.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Reader, Verdict } from "../reader.ts";

/** `0 Foo::bar /app/foo.php:12`; `<internal>:-1` where the function is PHP's own. */
const FRAME = /^(\d{1,6}) (.+?) (\S.*|<\w+>):(-?\d+)$/;

/** phpspy's traces: numbered frames from the leaf, a blank line (or `# -`) between traces, `# key = value` about them. */
export const phpspyReader: Reader = {
  id: "phpspy",
  title: "phpspy",
  priority: 311,
  extensions: [".phpspy"],
  carries: {
    time: false,
    threads: false,
    labels: true,
    lines: true,
    inlined: false,
    severalValueTypes: false,
  },
  sniff: (head: Head): Verdict =>
    /^0 [^\n]+ (?:<\w+>|\/[^\n]+|[^\s\n]+\.php):-?\d+\r?\n(?:1 [^\n]+:-?\d+|#|\r?\n)/m.test(head.text)
      ? "yes"
      : "no",
  async read(source, into, notes, options) {
    into.meta.format = "phpspy";
    into.meta.samplesInOrder = true;
    into.valueType("samples", "count");
    let frames: number[] = [];
    let labels: Label[] = [];
    const close = (): void => {
      if (frames.length > 0) {
        into.sampleOf(stackOfLeafFirst(into, frames), 0, 1, { labels: into.labelSet(labels) });
      }
      frames = [];
      labels = [];
    };
    await readLines(
      source,
      notes,
      (text, line) => {
        const frame = FRAME.exec(text);
        const label = /^# (\S.*?) = (.*)$/.exec(text);
        if (frame !== null) {
          if (frame[1] === "0") close();
          frames.push(
            into.frame({
              name: into.string(frame[2]!),
              file: frame[3]!.startsWith("<") ? 0 : into.string(frame[3]!),
              line: parseLineNumber(frame[4]),
            }),
          );
        } else if (label !== null) labels.push({ key: label[1]!, value: label[2]! });
        else if (text === "" || text.startsWith("# -")) close();
        else if (!text.startsWith("#")) {
          notes.add("skipped", "bad-line", "a line is no frame: it was skipped", { line });
        }
      },
      options.onProgress,
    );
    close();
    if (into.sampleCount === 0)
      throw new FlambeauError("malformed", "the text holds no trace", { format: "phpspy" });
  },
};
