import { HeapSamples } from "../../codec/heap-samples.ts";
import { readLines } from "../../codec/lines.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Reader, Verdict } from "../reader.ts";

const FORMAT = "ghc-hp";

/**
 * GHC's heap profile as text (`+RTS -h…`): what is alive at one time after the other, by cost centre stack, module, type,
 * closure, retainer or biography. Cost centre stacks stand with the innermost first. Source of the format: GHC's user's
 * guide, "Profiling memory usage", and hp2ps.
 */
export const ghcHpReader: Reader = {
  id: FORMAT,
  title: "GHC heap profile (.hp)",
  priority: 973,
  extensions: [".hp"],
  carries: {
    time: true,
    threads: false,
    labels: false,
    lines: false,
    inlined: false,
    severalValueTypes: true,
  },
  sniff: ({ text }: Head): Verdict => {
    const start = text.slice(0, 4096);
    return /^JOB "[^\n]*\n(?:DATE "[^\n]*\n)?SAMPLE_UNIT "/.test(start.replaceAll("\r", "")) ? "yes" : "no";
  },
  async read(source, into, notes, options) {
    into.meta.format = FORMAT;
    into.meta.producer = "GHC";
    const file = new HeapFile(into, notes);
    await readLines(source, notes, (line, number) => file.line(line, number), options.onProgress);
    file.finish();
  },
};

class HeapFile {
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  readonly #samples = new HeapSamples();
  readonly #stacks = new Map<string, number>();
  #isByStack = false;
  #inSample = false;
  #unit = "bytes";
  #last = 0;

  constructor(into: ProfileBuilder, notes: Notes) {
    this.#into = into;
    this.#notes = notes;
  }

  line(text: string, line: number): void {
    if (text === "") return;
    const [, key = "", value = ""] = /^([A-Z_]+) "?(.*?)"?$/.exec(text) ?? [];
    if (key === "JOB") {
      this.#into.meta.title = value;
      // The option says by what the heap is divided: only cost centre stacks have parts.
      this.#isByStack = / -h(?:c|[^a-zA-Z]|$)/.test(` ${value}`);
    } else if (key === "VALUE_UNIT") this.#unit = value;
    else if (key === "BEGIN_SAMPLE") this.#inSample = true;
    else if (key === "END_SAMPLE") {
      this.#last = Number(value) * 1e9 || 0;
      this.#samples.end(this.#last);
      this.#inSample = false;
    } else if (!/^(?:DATE|SAMPLE_UNIT|MARK)$/.test(key) || this.#inSample) this.#entry(text, line);
  }

  #entry(text: string, line: number): void {
    const [, name = "", amount = ""] = /^(.*)\t(\d+(?:\.\d+)?)$/.exec(text) ?? [];
    if (name === "" || !this.#inSample) {
      if (/^MARK\b/.test(text)) return;
      this.#notes.add("skipped", "bad-line", "a line is neither a sample nor a part of one: it was skipped", {
        line,
      });
      return;
    }
    const bytes = Number(amount);
    if (Number.isFinite(bytes)) this.#samples.add(this.#stack(name), bytes);
  }

  /** `(297)hot/main/Main.CAF`: a number of GHC's own, then the stack from the innermost cost centre. */
  #stack(text: string): number {
    let stack = this.#stacks.get(text);
    if (stack !== undefined) return stack;
    const [, number, name = text] = /^\((\d+)\)(.+)$/.exec(text) ?? [];
    const parts = this.#isByStack || number !== undefined ? name.split("/") : [name];
    if (name.endsWith("...")) {
      const message = "a stack is cut off (GHC does that at 25 characters: +RTS -L sets how many)";
      this.#notes.add("approximated", "name-cut", message);
    }
    stack = -1;
    for (const part of parts.reverse())
      stack = this.#into.stack(stack, this.#into.frameNamed(part || "[unknown]"));
    this.#stacks.set(text, stack);
    return stack;
  }

  finish(): void {
    if (this.#inSample) {
      this.#samples.end(this.#last);
      this.#notes.add("truncated", "truncated", "the file ends within a sample; what it held so far counts");
    }
    if (this.#samples.length === 0) {
      throw new FlambeauError("malformed", "the heap profile has no sample that holds anything", {
        format: FORMAT,
      });
    }
    this.#samples.addTo(this.#into);
    this.#into.meta.duration = this.#last;
    if (this.#unit !== "bytes") {
      const text = `amounts are in ${this.#unit} by the file's own words, not in bytes`;
      this.#notes.add("information", "other-unit", text);
    }
  }
}
