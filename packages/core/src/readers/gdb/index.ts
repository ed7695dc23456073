import { readLines } from "../../codec/lines.ts";
import { type NativeFrame, nativeFrame, stackOfLeafFirst } from "../../codec/native-frames.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Thread } from "../../model/profile.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Reader, Verdict } from "../reader.ts";
import { parseGdbFrame } from "./frames.ts";

/**
 * gdb's `thread apply all bt`, or `bt` again and again (a poor man's profiler): one sample per stack.
 *
 * ```
 * Thread 3 (Thread 0x7f81d77016c0 (LWP 19276) "w"):
 * #0  0x000055f01995c396 in inl_leaf (x=1) at w.cpp:11
 * #1  leaf (x=1) at w.cpp:12            no address: the frame above was inlined into this one
 * ```
 */
export const gdbReader: Reader = {
  id: "gdb",
  title: "gdb backtraces",
  priority: 340,
  extensions: [".gdb", ".bt"],
  carries: {
    time: false,
    threads: true,
    labels: false,
    lines: true,
    inlined: true,
    severalValueTypes: false,
  },
  sniff(head: Head): Verdict {
    return /^#0 {2}(?:0x[0-9a-f]+ in |(?!0x))\S[^\n]* \([^\n]*\)(?: at [^\n]+:\d+| from [^\n]+)?\r?$/m.test(
      head.text,
    )
      ? "yes"
      : "no";
  },
  async read(source, into, notes, options) {
    into.meta.format = "gdb";
    into.meta.samplesInOrder = true;
    into.valueType("samples", "count");
    let thread: Thread | undefined;
    let frames: NativeFrame[] = [];
    const close = (): void => {
      if (frames.length > 0) addStack(into, frames, thread);
      frames = [];
    };
    await readLines(
      source,
      notes,
      (text, line) => {
        const header = parseThread(text);
        if (header !== undefined) {
          close();
          thread = header;
          return;
        }
        const numbered = /^#(\d+)\s+(.*)$/.exec(text);
        if (numbered === null) return; // locals of `bt full`, source lines, messages of gdb
        if (numbered[1] === "0") close();
        const frame = parseGdbFrame(numbered[2]!);
        if (frame === undefined) {
          notes.add("skipped", "bad-frame", "a frame cannot be read: it was skipped", { line });
          return;
        }
        const inner = frames.length - 1;
        if (inner >= 0 && frame.address === undefined && frame.symbol !== "<signal handler called>") {
          frames[inner] = { ...frames[inner]!, inlined: true };
        }
        frames.push(frame);
      },
      options.onProgress,
    );
    close();
    if (into.sampleCount === 0)
      throw new FlambeauError("malformed", "the text holds no stack", { format: "gdb" });
  },
};

function addStack(into: ProfileBuilder, frames: readonly NativeFrame[], thread: Thread | undefined): void {
  const stack = stackOfLeafFirst(
    into,
    frames.map((frame) => nativeFrame(into, frame)),
  );
  into.sampleOf(stack, 0, 1, thread === undefined ? {} : { thread: into.thread(thread) });
}

/** `Thread 3 (Thread 0x7f81d77016c0 (LWP 19276) "w"):`, `Thread 1 (process 77):`. */
function parseThread(text: string): Thread | undefined {
  const match = /^Thread (\d{1,9}) \((.*)\):?\s*$/.exec(text);
  if (match === null) return undefined;
  const tid = /\b(?:LWP|process) (\d{1,10})\b/.exec(match[2]!)?.[1];
  const name = /"(.*)"/.exec(match[2]!)?.[1];
  return { name: name ?? `Thread ${match[1]}`, ...(tid === undefined ? {} : { tid: Number(tid) }) };
}
