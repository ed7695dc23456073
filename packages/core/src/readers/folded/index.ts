import { scanSource } from "../../kernel/drive.ts";
import type { ScanTask } from "../../kernel/kernel.ts";
import { createScanner } from "../../kernel/scanner.ts";
import type { SampleMode } from "../../model/builder.ts";
import { readFully, withHead } from "../../util/source.ts";
import { HEAD_SIZE, Head, type Reader, type Verdict } from "../reader.ts";
import { absorb } from "./absorb.ts";

/** A count: `12`, `1.5`, `-3`, `2e6`. */
const COUNT = String.raw`[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?`;
const ONE_COUNT = new RegExp(String.raw`^.*\S\s+${COUNT}\s*$`);
const TWO_COUNTS = new RegExp(String.raw`^.*\S\s+${COUNT}\s+${COUNT}\s*$`);

/** `depth: 3`, `size = 40`: what a number is called stands before it. */
const NAMED_NUMBER = new RegExp(String.raw`[:=]\s+${COUNT}\s*$`);

/** Prometheus's text, whose lines end in numbers too. */
const METRICS = /^# (?:HELP|TYPE) [A-Za-z_:]/m;

/** Lines that hold stacks: comments and blank lines say nothing about the format. */
function stackLines(head: Head): string[] {
  const lines = head.lines
    .map((line) => line.trimEnd())
    .filter((line) => line !== "" && !line.startsWith("# "));
  return lines.slice(0, 200);
}

function taskFor(head: Head, mode: SampleMode): ScanTask {
  const lines = stackLines(head).filter((line) => ONE_COUNT.test(line));
  const columns = lines.length > 0 && lines.every((line) => TWO_COUNTS.test(line)) ? 2 : 1;
  return { format: "folded", each: mode === "each", columns };
}

/**
 * Folded stacks: one line per stack, frames from root to leaf joined by `;`, a blank and a count. Two counts make
 * a comparison (difffolded.pl). Names may hold blanks; annotations `_[k]` and the like are read into the frame's
 * kind.
 *
 * ```
 * java;start_thread;java::run_[j];read_[k] 12
 * ```
 */
export const foldedReader: Reader = {
  id: "folded",
  title: "Folded stacks",
  priority: 100,
  extensions: [".folded", ".collapsed", ".stackcollapse", ".folded.txt"],
  carries: {
    time: false,
    threads: false,
    labels: false,
    lines: false,
    inlined: true,
    severalValueTypes: false,
  },
  sniff,
  async read(source, into, notes, options) {
    const bytes = new Uint8Array(HEAD_SIZE);
    const count = await readFully(source, bytes);
    const head = new Head(bytes.subarray(0, count), count < HEAD_SIZE, source.name);
    const scanner = createScanner(taskFor(head, into.mode), options.plain);
    await scanSource(scanner, withHead(head.bytes, source), notes, options.onProgress);
    absorb([scanner.finish()], taskFor(head, into.mode), into, notes);
  },
  parts: {
    boundary: Uint8Array.of(10),
    task(head, mode) {
      return mode === "each" ? undefined : taskFor(head, mode);
    },
    absorb(parts, head, into, notes) {
      absorb(parts, taskFor(head, into.mode), into, notes);
    },
  },
};

/** A stack so deep, or with names so long, that its count lies beyond the head. */
function isOneLongLine({ complete, text }: Head): boolean {
  return !complete && !text.includes("\n") && /^[^[{<\s][^\0-\x08]*;/.test(text);
}

function sniff(head: Head): Verdict {
  if (head.text.includes("\0")) return "no";
  if (isOneLongLine(head)) return "maybe";
  const lines = stackLines(head);
  if (lines.length === 0) return "no";
  if (isAustin(head.text, lines) || METRICS.test(head.text) || isTable(lines)) return "no";
  const counted = lines.filter((line) => ONE_COUNT.test(line));
  const stacks = counted.filter((line) => line.includes(";"));
  if (counted.length < lines.length * 0.9)
    return stacks.length > 0 && counted.length * 2 > lines.length ? "maybe" : "no";
  if (stacks.length === 0 && counted.filter((line) => NAMED_NUMBER.test(line)).length * 2 > counted.length)
    return "no";
  // A line may hold a single frame; a table of words and numbers has no semicolon at all.
  return stacks.length * 2 >= counted.length ? "yes" : "maybe";
}

/** A printed table of functions (yappi's, say): no stacks at all, and more columns of numbers than a comparison has. */
function isTable(lines: readonly string[]): boolean {
  const rows = lines.filter((line) => /(?:\s+\d[\d.]*){3}\s*$/.test(line)).length;
  return rows * 2 > lines.length && !lines.some((line) => line.includes(";"));
}

/** austin's lines are folded ones with processes, threads and places in them: they have a reader of their own. */
function isAustin(text: string, lines: readonly string[]): boolean {
  return (
    /^(?:# map: .*\r?\n)*# austin: /.test(text) ||
    /^P\d+;T[^;]*;[^;]*:[^;:]+:\d*(?:;| -?\d+$)/.test(lines[0] ?? "")
  );
}
