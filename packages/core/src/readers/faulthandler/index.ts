import { readLines } from "../../codec/lines.ts";
import { parseLineNumber, stackOfLeafFirst } from "../../codec/native-frames.ts";
import type { Thread } from "../../model/profile.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Reader, Verdict } from "../reader.ts";

const HEADER = /^(Current thread|Thread) 0x([0-9a-f]{1,16})(?: \[(.*)\])? \(most recent call first\):$/;
const STACK = /^(?:Stack|Current thread's C stack trace) \(most recent call first\):$/;

/** Stacks that Python's faulthandler writes, once or at intervals: one sample per thread and dump. */
export const faulthandlerReader: Reader = {
  id: "faulthandler",
  title: "Python faulthandler",
  priority: 330,
  extensions: [],
  carries: {
    time: false,
    threads: true,
    labels: true,
    lines: true,
    inlined: false,
    severalValueTypes: false,
  },
  sniff(head: Head): Verdict {
    return /^(?:(?:Current thread|Thread) 0x[0-9a-f]+(?: \[[^\n]*\])?|Stack) \(most recent call first\):\r?\n {2}(?:File "|<no Python frame>)/m.test(
      head.text,
    )
      ? "yes"
      : "no";
  },
  async read(source, into, notes, options) {
    into.meta.format = "faulthandler";
    into.meta.samplesInOrder = true;
    into.valueType("samples", "count");
    let open: { thread: Thread; current: boolean; frames: number[] } | undefined;
    const close = (): void => {
      if (open === undefined) return;
      into.sampleOf(stackOfLeafFirst(into, open.frames), 0, 1, {
        thread: into.thread(open.thread),
        labels: into.labelSet(open.current ? [{ key: "current", value: "true" }] : []),
      });
      open = undefined;
    };
    await readLines(
      source,
      notes,
      (text, line) => {
        const header = HEADER.exec(text);
        const frame = /^ {2}File "(.*)", line (\d+|\?\?\?) in (.+)$/.exec(text);
        if (header !== null) {
          close();
          open = { thread: threadOf(header), current: header[1] === "Current thread", frames: [] };
        } else if (STACK.test(text)) {
          close();
          if (text.startsWith("Stack")) open = { thread: { name: "" }, current: false, frames: [] };
        } else if (frame !== null && open !== undefined) {
          const file = frame[1]!;
          open.frames.push(
            into.frame({
              name: into.string(frame[3]!),
              file: file === "???" ? 0 : into.string(file),
              line: parseLineNumber(frame[2]),
            }),
          );
        } else if (/^ {2}\.\.\.$/.test(text)) {
          notes.add("truncated", "deep-stack", "faulthandler left out the outer frames of a deep stack", {
            line,
          });
        } else if (/^ {2}Binary file "/.test(text)) {
          notes.add("skipped", "c-stack", "the C stack of the current thread was skipped", { line });
        } else if (/^ {2}File /.test(text)) {
          notes.add(
            "skipped",
            "bad-frame",
            "a frame cannot be read or belongs to no thread: it was skipped",
            { line },
          );
        } else if (text === "") close();
      },
      options.onProgress,
    );
    close();
    if (into.sampleCount === 0) {
      throw new FlambeauError("malformed", "the text holds no stack", { format: "faulthandler" });
    }
  },
};

/** The id is pthread_self() and often wider than a thread id can be here: it becomes the name. */
function threadOf(header: RegExpExecArray): Thread {
  const name = header[3]?.trim() ?? "";
  return { name: name === "" ? `0x${header[2]}` : name };
}
