import { readLines } from "../../codec/lines.ts";
import { nativeFrame, parseHex, stackOfLeafFirst } from "../../codec/native-frames.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Reader, Verdict } from "../reader.ts";

/** ` 0xffffffff8103ce3b : native_safe_halt+0xb/0x10 [kernel]`. */
const FRAME = /^\s*(0x[0-9a-f]{1,16})(?: : (.*?)(?: \[(.*)\])?)?(?: \(inexact\))?\s*$/;

/** SystemTap's stacks (`print_backtrace()` and a count, or `sprint_stack`): leaf first, the count below. */
export const systemtapReader: Reader = {
  id: "systemtap",
  title: "SystemTap stacks",
  priority: 301,
  extensions: [".stap"],
  carries: {
    time: false,
    threads: false,
    labels: false,
    lines: false,
    inlined: false,
    severalValueTypes: false,
  },
  sniff,
  async read(source, into, notes, options) {
    into.meta.format = "systemtap";
    into.valueType("samples", "count");
    const frames = new Frames(into);
    let rows: number[] = [];
    let begin = 0;
    await readLines(
      source,
      notes,
      (text, line) => {
        const row = frames.row(text);
        if (row >= 0) {
          if (rows.length === 0) begin = line;
          rows.push(row);
        } else if (/^\s*\d{1,19}\s*$/.test(text)) {
          if (rows.length > 0) into.sampleOf(stackOfLeafFirst(into, rows), 0, Number(text));
          else notes.add("skipped", "no-stack-above", "a count has no stack above it: it was skipped");
          rows = [];
        } else if (text.trim() !== "")
          notes.add("skipped", "bad-line", "a line is neither frame nor count: it was skipped", { line });
      },
      options.onProgress,
    );
    if (rows.length > 0) {
      notes.add("truncated", "truncated", "the input ends within a stack: it was left out", {
        line: begin,
      });
    }
    if (into.sampleCount === 0)
      throw new FlambeauError("malformed", "no stack has a count below it", { format: "systemtap" });
  },
};

/** A frame with its function, further frames, and the count below them, on the first such lines. */
function sniff(head: Head): Verdict {
  let inStack = false;
  for (const line of head.lines) {
    if (inStack && /^\s*\d+\s*$/.test(line)) return "yes";
    if (/^\s*0x[0-9a-f]+ : \S/.test(line)) inStack = true;
    else if (!/^\s*0x[0-9a-f]/.test(line)) inStack = false;
  }
  return "no";
}

/** So many different lines are remembered; the same few thousand make up nearly all of a file. */
const MOST_LINES = 1 << 16;

/** Frames by their lines. */
class Frames {
  readonly #into: ProfileBuilder;
  readonly #rows = new Map<string, number>();

  constructor(into: ProfileBuilder) {
    this.#into = into;
  }

  /** Row of the frame that a line is; -1 where it is none. */
  row(text: string): number {
    const known = this.#rows.get(text);
    if (known !== undefined) return known;
    const match = FRAME.exec(text);
    if (match === null) return -1;
    const module = match[3] ?? "";
    const symbol = match[2] ?? "";
    const row = nativeFrame(this.#into, {
      symbol,
      module,
      address: parseHex(match[1]!),
      kernel: module === "kernel",
    });
    if (this.#rows.size === MOST_LINES) this.#rows.clear();
    this.#rows.set(text, row);
    return row;
  }
}
