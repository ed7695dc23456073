import type { Scanner, ScanTables, ScanTask } from "../kernel.ts";
import { PlainFolded } from "./folded.ts";
import { PlainPerf } from "./perf.ts";

/** Reads whole lines from bytes; the twin of one kernel entry point. */
export interface LineScanner {
  scan(bytes: Uint8Array, length: number, offset: number): void;
  finish(): ScanTables;
}

/** The scanner for hosts without WebAssembly, and what the tests hold the kernel against. */
export function plainScanner(task: ScanTask): Scanner {
  const lines: LineScanner =
    task.format === "perf-script"
      ? new PlainPerf(task.each, task.addresses)
      : new PlainFolded(task.each, task.columns);
  let window: Uint8Array = new Uint8Array(0);
  return {
    window(size) {
      if (size > window.length) {
        const bigger = new Uint8Array(size);
        bigger.set(window);
        window = bigger;
      }
      return window;
    },
    scan(length, have, offset) {
      lines.scan(window, length, offset);
      window.copyWithin(0, length, have);
    },
    finish: () => lines.finish(),
  };
}
