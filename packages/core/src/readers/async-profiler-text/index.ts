import { annotatedName } from "../../codec/annotated-names.ts";
import { readLines } from "../../codec/lines.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Reader } from "../reader.ts";

const FORMAT = "async-profiler-text";
const HEADING = /^--- (\d{1,18}) (\S+) \([\d.]+%\), (\d{1,15}) samples?$/;
const FRAME = /^ {2}\[ *\d+\] (.+)$/;
const ROW = /^ *(\d{1,18}) +[\d.]+% +(\d{1,15}) {2}(.+)$/;

/**
 * What async-profiler prints (`-o traces`, `-o flat`, `-o text`): the heaviest stacks, leaf first, and a table of the
 * functions at their ends. Where there are stacks, the table counts the same again and is left.
 *
 * ```
 * --- Execution profile ---
 * Total samples       : 140
 *
 * --- 701152149 ns (49.90%), 70 samples
 *   [ 0] Zoo.hot
 *   [ 1] Zoo.locker
 *
 *           ns  percent  samples  top
 *   ----------  -------  -------  ---
 *    825332517   51.03%       82  Zoo.hot
 * ```
 */
export const asyncProfilerTextReader: Reader = {
  id: FORMAT,
  title: "async-profiler text: traces, flat",
  priority: 329,
  extensions: [],
  carries: {
    time: false,
    threads: false,
    labels: false,
    lines: false,
    inlined: true,
    severalValueTypes: true,
  },
  sniff: (head) =>
    /^--- Execution profile ---\r?\nTotal samples +: \d+\r?\n/m.test(head.text.slice(0, 1000)) ? "yes" : "no",
  async read(source, into, notes, options) {
    into.meta.format = FORMAT;
    into.meta.producer = "async-profiler";
    const text = new Listing(into, notes);
    await readLines(source, notes, (line, number) => text.line(line, number), options.onProgress);
    text.end();
  },
};

/** Weights of a stack or a row: what was counted, and how often. */
interface Amount {
  readonly total: number;
  readonly unit: string;
  readonly samples: number;
}

class Listing {
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  #amount: Amount | undefined;
  /** Leaf first. */
  #names: string[] = [];
  /** Rows of the table, which count only where there are no stacks. */
  readonly #rows: (readonly [name: string, amount: Amount])[] = [];
  #unit = "samples";
  #stated = 0;
  #listed = 0;

  constructor(into: ProfileBuilder, notes: Notes) {
    this.#into = into;
    this.#notes = notes;
  }

  line(text: string, line: number): void {
    const heading = HEADING.exec(text);
    if (heading !== null) {
      this.#close();
      this.#amount = { total: Number(heading[1]), unit: heading[2]!, samples: Number(heading[3]) };
      return;
    }
    const frame = this.#amount === undefined ? null : FRAME.exec(text);
    if (frame !== null) {
      this.#names.push(frame[1]!);
      return;
    }
    this.#close();
    const row = ROW.exec(text);
    const title = /^ *(\S+) +percent +samples +top$/.exec(text);
    const total = /^Total samples +: (\d+)/.exec(text);
    if (row !== null)
      this.#rows.push([row[3]!, { total: Number(row[1]), unit: this.#unit, samples: Number(row[2]) }]);
    else if (title !== null) this.#unit = title[1]!;
    else if (total !== null) this.#stated += Number(total[1]);
    else if (text !== "" && !/^(?:--- |[\w ()/%-]+: | *---)/.test(text))
      this.#notes.add("skipped", "bad-line", "a line is no part of a stack: it was skipped", { line });
  }

  end(): void {
    this.#close();
    if (this.#into.sampleCount === 0) {
      for (const [name, amount] of this.#rows) this.#add([name], amount);
      if (this.#rows.length > 0) {
        const text = "The text is a table of functions: it holds no stacks.";
        this.#notes.add("information", "no-stacks", text);
      }
    }
    if (this.#into.sampleCount === 0)
      throw new FlambeauError("malformed", "the text holds no stacks and no functions", { format: FORMAT });
    const missing = this.#stated - this.#listed;
    if (missing > 0) {
      const text = `the text lists the heaviest only: ${missing} of ${this.#stated} samples are not in it`;
      this.#notes.add("information", "heaviest-only", text);
    }
  }

  #close(): void {
    if (this.#amount !== undefined && this.#names.length > 0) this.#add(this.#names, this.#amount);
    this.#amount = undefined;
    this.#names = [];
  }

  /** `names`: leaf first. */
  #add(names: readonly string[], { total, unit, samples }: Amount): void {
    const into = this.#into;
    let stack = -1;
    for (let i = names.length - 1; i >= 0; i--) {
      const { name, kind, inlined } = annotatedName(names[i]!);
      stack = into.stack(stack, into.frame({ name: into.string(name), kind, inlined }));
    }
    this.#listed += samples;
    into.valueType("samples", "count");
    const weights: number[] = [samples];
    const type =
      unit === "ns"
        ? into.valueType("time", "nanoseconds")
        : unit === "bytes"
          ? into.valueType("memory", "bytes")
          : into.valueType(unit, "count");
    while (weights.length <= type) weights.push(0);
    weights[type] = total;
    into.meta.defaultValueType = type;
    into.sample(stack, weights);
  }
}
