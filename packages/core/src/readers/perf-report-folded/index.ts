import { readLines } from "../../codec/lines.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FrameKind } from "../../model/profile.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Reader, Verdict } from "../reader.ts";

const FORMAT = "perf-report-folded";
const EVENT = /^# Samples: (\d+)([KMG]?)\s+of events? '(.+)'/;
const ENTRY = /^\s+(\d+\.\d+)%\s+(?:(\d+\.\d+)%\s+)?\S/;
const CHAIN = /^(\d+(?:\.\d+)?)(%?) (\S.*)$/;

/**
 * What `perf report --stdio -g folded` prints: an entry a function, and below it the call chains that led there.
 *
 * ```
 * # Samples: 471  of event 'cpu-clock'
 * # Children      Self  Command  Shared Object        Symbol
 * # ........  ........  .......  ...................  ......
 *     96.82%    95.54%  w        w                    [.] leaf
 * 223 __libc_start_call_main;main;heavy;leaf            samples (or a share), frames from the root
 * ```
 *
 * With the column "Children" a function also lists what it called: only the chains that end in it are its own.
 * Source: tools/perf/ui/stdio/hist.c in Linux.
 */
export const perfReportFoldedReader: Reader = {
  id: FORMAT,
  title: "Linux perf report -g folded",
  priority: 955,
  extensions: [".report-folded.txt"],
  carries: {
    time: false,
    threads: true,
    labels: false,
    lines: false,
    inlined: false,
    severalValueTypes: true,
  },
  sniff,
  async read(source, into, notes, options) {
    const report = new Report(into, notes);
    await readLines(source, notes, (line, number) => report.line(line, number), options.onProgress);
    report.finish();
  },
};

function sniff({ lines }: Head): Verdict {
  let sawEvent = false;
  let sawEntry = false;
  for (const line of lines) {
    if (EVENT.test(line)) sawEvent = true;
    else if (sawEvent && ENTRY.test(line)) sawEntry = true;
    else if (sawEntry && CHAIN.test(line)) return "yes";
  }
  return "no";
}

/** A function's entry, while its chains come. */
interface Entry {
  readonly thread: number;
  readonly symbol: string;
  readonly inKernel: boolean;
  /** Per cent of the event; undefined where everything below is the function's own. */
  readonly self: number | undefined;
  readonly chains: { readonly weight: number; readonly frames: readonly string[] }[];
}

/** A column of the table: where it begins and ends, by the dots below its title. */
interface Column {
  readonly title: string;
  readonly from: number;
  readonly to: number;
}

class Report {
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  #event = "";
  /** Samples of the event. */
  #samples = 0;
  #isShare = false;
  #titles = "";
  #columns: readonly Column[] = [];
  #entry: Entry | undefined;
  #added = 0;

  constructor(into: ProfileBuilder, notes: Notes) {
    this.#into = into;
    this.#notes = notes;
    into.meta.format = FORMAT;
    into.meta.threadsAreRoots = true;
  }

  line(text: string, line: number): void {
    if (text.startsWith("#")) {
      this.#comment(text);
      return;
    }
    if (text.trim() === "") return;
    const entry = ENTRY.exec(text);
    if (entry !== null && this.#columns.length > 0) {
      this.#close();
      this.#entry = this.#open(text, entry[2] === undefined ? undefined : Number(entry[2]));
      return;
    }
    const chain = CHAIN.exec(text);
    if (chain !== null && this.#entry !== undefined) {
      this.#isShare = chain[2] === "%";
      this.#entry.chains.push({
        weight: Number(chain[1]),
        frames: chain[3]!.split(";").map((name) => name || "[unknown]"),
      });
      return;
    }
    const message = "a line is neither a function nor a call chain";
    this.#notes.add("skipped", "unusable-line", message, { line });
  }

  finish(): void {
    this.#close();
    if (this.#added > 0) return;
    throw new FlambeauError("malformed", "there is no call chain in this report", {
      format: FORMAT,
      hint: "Print it with chains: perf report --stdio --no-children -g folded,0,caller,count",
    });
  }

  #comment(text: string): void {
    const event = EVENT.exec(text);
    if (event !== null) {
      this.#close();
      const unit = { K: 1e3, M: 1e6, G: 1e9 }[event[2]!] ?? 1;
      this.#samples = Number(event[1]) * unit;
      this.#event = event[3]!;
      this.#columns = [];
    } else if (/^# \.+(?: +\.+)*$/.test(text)) {
      const titles = this.#titles;
      this.#columns = [...text.matchAll(/\.+/g)].map(({ 0: dots, index }) => ({
        title: titles.slice(index, index + dots.length).trim(),
        from: index,
        to: index + dots.length,
      }));
    } else this.#titles = text;
  }

  #open(text: string, self: number | undefined): Entry {
    const cell = (title: string): string => {
      const column = this.#columns.find((one) => one.title === title);
      if (column === undefined) return "";
      return text.slice(column.from, title === "Symbol" ? undefined : column.to).trim();
    };
    const [, mode = "", symbol = ""] = /^\[(.)\] (.*)$/.exec(cell("Symbol")) ?? [];
    const name = cell("Command");
    const thread = name === "" ? -1 : this.#into.thread({ name });
    return { thread, symbol, inKernel: mode === "k", self, chains: [] };
  }

  /** Adds the chains that are the function's own. */
  #close(): void {
    const entry = this.#entry;
    this.#entry = undefined;
    if (entry === undefined) return;
    const type = this.#isShare
      ? this.#into.valueType(this.#event, "percent")
      : this.#into.valueType(this.#event === "" ? "samples" : `${this.#event} samples`, "count");
    for (const { weight, frames } of ownChains(entry, this.#isShare ? 100 : this.#samples)) {
      let stack = -1;
      frames.forEach((frame, i) => {
        const isLeaf = i === frames.length - 1;
        const kind = isLeaf && entry.inKernel ? FrameKind.kernel : FrameKind.unknown;
        stack = this.#into.stack(stack, this.#into.frame({ name: this.#into.string(frame), kind }));
      });
      this.#into.sampleOf(stack, type, weight, { thread: entry.thread });
      this.#added++;
    }
  }
}

/**
 * Of an entry with "Self" the chains that end in the function, up to that share: those that only begin with it are
 * parts of its callers' chains, unless it has no caller.
 */
function ownChains({ self, symbol, chains }: Entry, total: number): Entry["chains"] {
  if (self === undefined) return chains;
  const wanted = (self / 100) * total;
  const tolerance = total * 0.00005 + 0.5;
  const ending = chains.filter(({ frames }) => frames.at(-1) === symbol);
  const own = ending.filter(({ frames }) => frames[0] !== symbol);
  let sum = own.reduce((all, { weight }) => all + weight, 0);
  for (const chain of ending) {
    if (chain.frames[0] !== symbol || sum + chain.weight > wanted + tolerance) continue;
    own.push(chain);
    sum += chain.weight;
  }
  return own;
}
