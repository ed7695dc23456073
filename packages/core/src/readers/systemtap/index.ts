import { type BlockLine, CountBlocks } from "../../codec/count-blocks.ts";
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
    const blocks = new CountBlocks((lines, count) => {
      if (lines.length > 0) addBlock(lines, count, into);
      else notes.add("skipped", "no-stack-above", "a count has no stack above it: it was skipped");
    });
    await readLines(
      source,
      notes,
      (text, line) => {
        if (text.trim() === "" || FRAME.test(text) || /^\s*\d+\s*$/.test(text)) blocks.line(text, line);
        else notes.add("skipped", "bad-line", "a line is neither frame nor count: it was skipped", { line });
      },
      options.onProgress,
    );
    if (blocks.pending.length > 0) {
      notes.add("truncated", "truncated", "the input ends within a stack: it was left out", {
        line: blocks.pending[0]!.line,
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

function addBlock(lines: readonly BlockLine[], count: number, into: ProfileBuilder): void {
  const rows = lines.map(({ text }) => {
    const match = FRAME.exec(text)!;
    const module = match[3] ?? "";
    const symbol = match[2] ?? "";
    return nativeFrame(into, { symbol, module, address: parseHex(match[1]!), kernel: module === "kernel" });
  });
  into.sampleOf(stackOfLeafFirst(into, rows), 0, count);
}
