import { readLines } from "../../codec/lines.ts";
import {
  type NativeFrame,
  nativeFrame,
  parseHex,
  parseLineNumber,
  stackOfLeafFirst,
} from "../../codec/native-frames.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Thread } from "../../model/profile.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Reader, Verdict } from "../reader.ts";

/** An eu-stack frame that waits for the line with its source. */
type Frame = { -readonly [K in keyof NativeFrame]: NativeFrame[K] };

/**
 * Stacks that elfutils' eu-stack prints, one dump or several one after the other: one sample per thread.
 *
 * ```
 * PID 19273 - process
 * TID 19273:
 * #0  0x000055f01995c396     inl_leaf - /gen/w       the same address as its caller: inlined (-i)
 *     /gen/w.cpp:11:85                               source (-s)
 * #1  0x000055f01995c396     leaf(double) - /gen/w
 * ```
 */
export const euStackReader: Reader = {
  id: "eu-stack",
  title: "eu-stack (elfutils)",
  priority: 335,
  extensions: [],
  carries: {
    time: false,
    threads: true,
    labels: false,
    lines: true,
    inlined: true,
    severalValueTypes: false,
  },
  sniff(head: Head): Verdict {
    return /^TID \d+:\r?\n#0 {2}0x[0-9a-f]+/m.test(head.text) ? "yes" : "no";
  },
  async read(source, into, notes, options) {
    into.meta.format = "eu-stack";
    into.meta.samplesInOrder = true;
    into.valueType("samples", "count");
    let pid: number | undefined;
    let thread: Thread | undefined;
    let frames: Frame[] = [];
    const close = (): void => {
      if (thread !== undefined && frames.length > 0) addStack(into, frames, thread);
      thread = undefined;
      frames = [];
    };
    await readLines(
      source,
      notes,
      (text, line) => {
        const heading = /^(PID|TID) (\d{1,10})(?: - .*|:)$/.exec(text);
        if (heading !== null) {
          close();
          if (heading[1] === "PID") pid = Number(heading[2]);
          else thread = { name: "", tid: Number(heading[2]), ...(pid === undefined ? {} : { pid }) };
          return;
        }
        const frame = parseFrame(text);
        const place = /^ {4}(\S.*?):(\d+)(?::(\d+))?$/.exec(text);
        const last = frames[frames.length - 1];
        if (frame !== undefined && thread !== undefined) {
          if (last !== undefined && last.address === frame.address) last.inlined = true;
          frames.push(frame);
        } else if (place !== null && last !== undefined) {
          last.file = place[1]!;
          last.line = parseLineNumber(place[2]);
        } else if (text !== "") {
          notes.add("skipped", "no-frame", "a line is no frame: it was skipped", { line });
        }
      },
      options.onProgress,
    );
    close();
    if (into.sampleCount === 0)
      throw new FlambeauError("malformed", "the text holds no stack", { format: "eu-stack" });
  },
};

function parseFrame(text: string): Frame | undefined {
  const match = /^#\d+\s+(0x[0-9a-f]{1,16})(?: - 1)?(.*)$/.exec(text);
  if (match === null) return undefined;
  const rest = match[2]!.trim();
  const module = /(?:^|\s)- ((?:\/|\[|linux-).*)$/.exec(rest);
  const symbol = (module === null ? rest : rest.slice(0, module.index)).trim();
  return { symbol, address: parseHex(match[1]!), module: module?.[1] ?? "" };
}

function addStack(into: ProfileBuilder, frames: readonly Frame[], thread: Thread): void {
  const rows = frames.map((frame) => nativeFrame(into, frame));
  into.sampleOf(stackOfLeafFirst(into, rows), 0, 1, { thread: into.thread(thread) });
}
