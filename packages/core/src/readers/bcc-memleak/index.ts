import { readLines } from "../../codec/lines.ts";
import { nativeFrame, parseHex, stackOfLeafFirst } from "../../codec/native-frames.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Reader, Verdict } from "../reader.ts";

const FORMAT = "bcc-memleak";
const ALLOCATIONS = /^\s*(\d{1,18}) bytes in (\d{1,18}) allocations from stack$/;
/** `main+0x6d [allocs]`, with `0x…` or libbpf-tools' `0 [<…>]` before it. */
const FRAME = /^\s+(?:\d{1,4} \[<([0-9a-f]{1,16})>\] |0x([0-9a-f]{1,16})\s+)?(\S.*?)(?: \[([^[\]]*)\])?$/;
const ADDRESS = /^\s+addr = [0-9a-f]+ size = \d+$/;

/** Allocations of one stack. */
interface Entry {
  readonly bytes: number;
  readonly count: number;
  readonly frames: number[];
}

/**
 * bcc's memleak: every few seconds, the stacks whose allocations are not freed. The last report is the profile. Source:
 * https://github.com/iovisor/bcc, tools/memleak.py, libbpf-tools/memleak.c
 */
export const bccMemleakReader: Reader = {
  id: FORMAT,
  title: "bcc memleak",
  priority: 366,
  extensions: [],
  carries: {
    time: false,
    threads: false,
    labels: false,
    lines: false,
    inlined: false,
    severalValueTypes: true,
  },
  sniff: (head: Head): Verdict =>
    /^[ \t]*\d{1,18} bytes in \d{1,18} allocations from stack\r?\n\s+\S/m.test(head.text) ? "yes" : "no",
  async read(source, into, notes, options) {
    into.meta.format = FORMAT;
    const reports = new Reports(into, notes);
    await readLines(source, notes, (text, line) => reports.line(text, line), options.onProgress);
    reports.end();
    if (into.sampleCount === 0) {
      throw new FlambeauError("malformed", "the text holds no allocations with a stack", { format: FORMAT });
    }
  },
};

/** Keeps the last report of each run: one holds what those before it hold, unless it was freed. */
class Reports {
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  #entries: Entry[] = [];
  #open: Entry | undefined;

  constructor(into: ProfileBuilder, notes: Notes) {
    this.#into = into;
    this.#notes = notes;
  }

  line(text: string, line: number): void {
    const allocations = ALLOCATIONS.exec(text);
    if (allocations !== null) {
      this.#open = { bytes: Number(allocations[1]), count: Number(allocations[2]), frames: [] };
      this.#entries.push(this.#open);
    } else if (
      /^(?:\[\d\d:\d\d:\d\d\] Top \d+ stacks|Attaching to |Tracing outstanding memory allocs)/.test(text)
    ) {
      if (text.startsWith("[")) this.#forget();
      else this.end();
    } else if (this.#open !== undefined && /^\s+\S/.test(text) && !ADDRESS.test(text))
      this.#frame(this.#open, text);
    else if (text.trim() === "" || ADDRESS.test(text)) this.#open = undefined;
    else {
      this.#open = undefined;
      this.#notes.add("skipped", "no-stack", "a line belongs to no stack: it was skipped", { line });
    }
  }

  #forget(): void {
    if (this.#entries.length > 0) {
      this.#notes.add("skipped", "earlier-reports", "only the last report was read, not one before it");
    }
    this.#entries = [];
    this.#open = undefined;
  }

  /** The run is over: what is outstanding now is the profile. */
  end(): void {
    const space = this.#into.valueType("inuse_space", "bytes");
    const objects = this.#into.valueType("inuse_objects", "count");
    for (const { bytes, count, frames } of this.#entries) {
      const stack = stackOfLeafFirst(this.#into, frames);
      this.#into.sampleOf(stack, space, bytes);
      this.#into.sampleOf(stack, objects, count);
    }
    this.#entries = [];
    this.#open = undefined;
  }

  #frame({ frames }: Entry, text: string): void {
    const match = FRAME.exec(text);
    if (match === null) return;
    const [, numbered, plain, symbol, module] = match;
    const kernel = module === "kernel";
    frames.push(
      nativeFrame(this.#into, {
        symbol: symbol!,
        module: kernel ? "" : (module ?? ""),
        address: parseHex(numbered ?? plain ?? ""),
        kernel,
      }),
    );
  }
}
