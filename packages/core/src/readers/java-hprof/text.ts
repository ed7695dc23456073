import { parseLineNumber, stackOfLeafFirst } from "../../codec/native-frames.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FrameKind } from "../../model/profile.ts";
import { type Section, sectionOf } from "./sections.ts";

/** A stack that rows refer to by its number. */
interface Trace {
  readonly frames: number[];
  readonly thread: number;
}

/** Follows threads, traces and tables; a table that is dumped again replaces the one before, which it includes. */
export class HprofText {
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  /** Names by number; a thread is one of the profile's only where a trace is its own. */
  readonly #threads = new Map<string, string>();
  readonly #traces = new Map<string, Trace>();
  readonly #sections = new Map<string, Section>();
  #trace: Trace | undefined;
  #section: Section | undefined;
  #began = false;

  constructor(into: ProfileBuilder, notes: Notes) {
    this.#into = into;
    this.#notes = notes;
  }

  line(text: string, line: number): void {
    // Words about the format come first.
    if (!this.#began) {
      this.#began = text.startsWith("--------");
      return;
    }
    const { 1: kind, 2: said = "" } =
      /^(THREAD START|THREAD END|TRACE|HEAP DUMP|MONITOR DUMP|SITES|CPU SAMPLES|CPU TIME|MONITOR TIME) ?(.*)$/.exec(
        text,
      ) ?? [];
    if (kind === undefined) {
      if (this.#section !== undefined) this.#row(text, line);
      else if (this.#trace !== undefined && text.trim() !== "") this.#frame(this.#trace, text, line);
      return;
    }
    this.#trace = undefined;
    if (kind === "THREAD START") this.#thread(said);
    else if (kind === "TRACE") this.#newTrace(said);
    else if (kind !== "THREAD END") this.#table(kind, said);
  }

  end(): void {
    if (this.#section !== undefined) {
      this.#notes.add("truncated", "truncated", "the file ends within a table");
    }
    for (const section of this.#sections.values()) {
      const types = section.types.map(({ name, unit }) => this.#into.valueType(name, unit));
      for (const row of section.rows) {
        const trace = this.#traces.get(row.trace);
        if (trace === undefined) {
          this.#notes.add(
            "approximated",
            "unknown-trace",
            "a row refers to a trace that the file does not hold",
          );
        }
        let stack = stackOfLeafFirst(this.#into, trace?.frames ?? []);
        if (row.leaf !== "") stack = this.#into.stack(stack, this.#into.frameNamed(row.leaf));
        const weights: number[] = [];
        types.forEach((type, i) => {
          weights[type] = row.weights[i]!;
        });
        const thread = trace?.thread ?? -1;
        this.#into.sample(
          stack,
          Array.from(weights, (weight) => weight ?? 0),
          thread < 0 ? {} : { thread },
        );
      }
    }
  }

  /** `(obj=5000012d, id = 200001, name="main", group="main")`. */
  #thread(said: string): void {
    const match = /^\([^,]*, id ?= ?(\d+), name="(.*)", group="/.exec(said);
    if (match !== null) this.#threads.set(match[1]!, match[2]!);
  }

  /** `300027:` or `300027: (thread=200001)`. */
  #newTrace(said: string): void {
    const match = /^(\d+):(?: \(thread=(\d+)\))?/.exec(said);
    if (match === null) return;
    const name = this.#threads.get(match[2] ?? "");
    this.#trace = { frames: [], thread: name === undefined ? -1 : this.#into.thread({ name }) };
    this.#traces.set(match[1]!, this.#trace);
  }

  /** `BEGIN (total = 3362) Fri Dec 18 16:33:36 2009`, `END`. */
  #table(kind: string, said: string): void {
    // `CPU TIME (ms) BEGIN`
    const begins = /^(?:\(ms\) )?BEGIN/.test(said);
    this.#section = begins ? sectionOf(kind, said) : undefined;
    if (!begins) return;
    if (this.#section === undefined) {
      this.#notes.add(
        "skipped",
        "dumps",
        "dumps of the heap and of monitors have no weights: they were skipped",
      );
      return;
    }
    if (this.#sections.has(kind)) {
      this.#notes.add(
        "information",
        "earlier-dumps",
        "A table was dumped several times: the last one was read.",
      );
    }
    this.#sections.set(kind, this.#section);
  }

  #row(text: string, line: number): void {
    const known = this.#section!.add(text);
    if (known === "rounded") {
      this.#notes.add(
        "approximated",
        "rounded",
        "times are given as percentages: they are exact to a hundredth of a percent of the total",
      );
    } else if (known === "bad" && !/^\s*(?:percent|rank)\b|^\s*$/.test(text)) {
      this.#notes.add("skipped", "bad-line", "a line is no row of its table: it was skipped", { line });
    }
  }

  /** `	java.io.File.<init>(File.java:12)`, `(File.java:Unknown line)`, `(<Unknown Source>:Unknown line)`. */
  #frame(trace: Trace, text: string, line: number): void {
    const match = text.endsWith(")") ? /^\t(\S.*)\((.*)\)$/.exec(text) : null;
    if (match === null) {
      if (text.trim() !== "<empty>") {
        this.#notes.add("skipped", "bad-line", "a line is no row of its table: it was skipped", { line });
      }
      return;
    }
    const place = /^(.*):([^:]*)$/.exec(match[2]!);
    const file = place?.[1] ?? match[2]!;
    trace.frames.push(
      this.#into.frame({
        name: this.#into.string(match[1]!),
        file: /^<?Unknown Source>?$|^Native [Mm]ethod$/.test(file) ? 0 : this.#into.string(file),
        line: parseLineNumber(place?.[2]),
        kind: /native method/i.test(match[2]!) ? FrameKind.native : FrameKind.unknown,
      }),
    );
  }
}
