import { scanSource } from "../../kernel/drive.ts";
import type { ScanTask } from "../../kernel/kernel.ts";
import { createScanner } from "../../kernel/scanner.ts";
import type { SampleMode } from "../../model/builder.ts";
import { readFully, withHead } from "../../util/source.ts";
import { HEAD_SIZE, Head, type Reader, type ReadOptions, type Verdict } from "../reader.ts";
import { absorb } from "./absorb.ts";
import { noteRecording } from "./comments.ts";
import { OffCpu, SWITCH_LINE } from "./off-cpu.ts";

/** A blank line ends a sample. */
const SAMPLE_END = Uint8Array.of(10, 10);

function taskFor(mode: SampleMode, options: ReadOptions): ScanTask {
  return { format: "perf-script", each: mode === "each", addresses: options.addresses !== false };
}

/**
 * The text that `perf script` prints, in whatever shape `-F` gave it.
 *
 * ```
 * java 24636/25607 [000] 4794564.109216:   1001001 cycles:u:     comm pid/tid [cpu] time: period event:
 *         7f722d142778 Ljava/io/PrintStream;::print (/tmp/perf-19982.map)
 *         7f5c8a4f2d90 start_thread+0xd0 (/usr/lib/libpthread.so)    address name+offset (module), leaf first
 *                                                                a blank line
 * ```
 *
 * Format: tools/perf/builtin-script.c in Linux; what others make of it: stackcollapse-perf.pl, inferno.
 */
export const perfScriptReader: Reader = {
  id: "perf-script",
  title: "Linux perf script",
  priority: 600,
  extensions: [".perf", ".script.txt", ".perf-script", ".stacks"],
  carries: { time: true, threads: true, labels: false, lines: true, inlined: true, severalValueTypes: true },
  sniff,
  async read(source, into, notes, options) {
    const bytes = new Uint8Array(HEAD_SIZE);
    const count = await readFully(source, bytes);
    const head = new Head(bytes.subarray(0, count), count < HEAD_SIZE, source.name);
    const offCpu = SWITCH_LINE.test(head.text) ? new OffCpu() : undefined;
    // Switches are matched one by one, in their order.
    const scanner = createScanner(taskFor(offCpu === undefined ? into.mode : "each", options), options.plain);
    const whole = withHead(head.bytes, source);
    await scanSource(scanner, offCpu?.watching(whole) ?? whole, notes, options.onProgress);
    noteRecording(head, into);
    absorb([scanner.finish()], into, notes, offCpu);
  },
  parts: {
    boundary: SAMPLE_END,
    task(head, mode, options) {
      // Samples in time order need one scanner, and so does finding out when a thread came back; so does text whose samples no plain blank line separates.
      if (SWITCH_LINE.test(head.text)) return undefined;
      if (mode === "each" || !head.text.includes("\n\n") || head.text.includes("\r\n")) return undefined;
      return taskFor(mode, options);
    },
    absorb(parts, head, into, notes) {
      noteRecording(head, into);
      absorb(parts, into, notes);
    },
  },
};

/** An event line: comm, task, then a time or an event. */
const EVENT_LINE =
  /^\s*\S.*?\s+-?\d+(?:\/-?\d+)?\s+(?:\[\d+\]\s+)?(?:\d+\.\d{3,}:|(?:\d+\s+)?[\w:/.=,-]+:\s*$)/;
/** A frame line: address, name, module. */
const FRAME_LINE = /^\s*[0-9a-fA-F]+\s+\S.*$/;

function sniff(head: Head): Verdict {
  let events = 0;
  let others = 0;
  let previousWasEvent = false;
  for (const line of head.lines) {
    if (line.startsWith("#") || line.trim() === "") continue;
    if (previousWasEvent && FRAME_LINE.test(line) && !/^\S/.test(line)) return "yes";
    const isEvent = EVENT_LINE.test(line);
    if (isEvent && /\s\d+\.\d{3,}:\s+(?:\d+\s+)?[\w:/.=,-]+:/.test(line)) return "yes";
    if (isEvent && previousWasEvent) return "yes";
    if (previousWasEvent && FRAME_LINE.test(line) && /\(.*\)\s*$/.test(line)) return "yes";
    if (isEvent) events++;
    else others++;
    previousWasEvent = isEvent;
    if (others > 20) break;
  }
  if (events > 0 && others === 0) return "maybe";
  return /^# (?:captured on|cmdline|perf version)\b/m.test(head.text) ? "maybe" : "no";
}
