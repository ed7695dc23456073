import { addCallLists, type FramedFunction, type GraphCall } from "../../codec/call-graph-samples.ts";
import { parseLineNumber } from "../../codec/native-frames.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";

interface Fn extends FramedFunction {
  /** True where its own time stands in a table; else it is the sum of what its callers say. */
  inTable: boolean;
  calls: number;
}

/** What is printed of one profile. */
interface Report {
  readonly functions: Fn[];
  readonly ids: Map<string, number>;
  readonly calls: Map<string, GraphCall>;
}

/** `     3049 function calls (2935 primitive calls) in 0.003 seconds`: a profile's beginning. */
const BEGIN = /^ *\d+ function calls (?:\(\d+ primitive calls\) )?in \d+\.\d+ (?:CPU )?seconds/;
/** Calls, own time, time with callees, name. The time per call is blank where there is none. */
const ROW =
  /^ *(\d{1,15})(?:\/\d{1,15})? +(\d{1,9}\.\d{3}) +(?:\d{1,9}\.\d{3} +(\d{1,9}\.\d{3}) +\d{1,9}\.\d{3}|(\d{1,9}\.\d{3})) +(\S.*)$/;
/** `leaf        <-  40    0.000    0.003  caller`. */
const ARROW = / (<-|->)(?: |$)/;
const CALL = /^ *(\d{1,15})(?:\/\d{1,15})? +(\d{1,9}\.\d{3}) +(\d{1,9}\.\d{3}) {2}(\S.*)$/;
/** The pure Python profiler's: `caller(40)    0.003`, the caller's own time behind it. */
const COUNTED_CALL = /^(\S.*)\((\d{1,15})\) +\d{1,9}\.\d{3}$/;

/** Gathers the tables of each profile. */
export class PstatsText {
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  readonly #time: number;
  /** By their first line: the same profile may be printed in several ways. */
  readonly #reports = new Map<string, Report>();
  #report: Report | undefined;
  #place: "outside" | "table" | "<-" | "->" = "outside";
  #subject = -1;

  constructor(into: ProfileBuilder, notes: Notes) {
    this.#into = into;
    this.#notes = notes;
    this.#time = into.valueType("time", "nanoseconds");
  }

  line(text: string): void {
    const begin = BEGIN.exec(text);
    const reduced = /^ *List reduced from (\d+) to (\d+) due to restriction/.exec(text);
    if (begin !== null) {
      this.#report = this.#reportOf(begin[0]);
      this.#place = "outside";
    } else if (reduced !== null) {
      const left = Number(reduced[1]) - Number(reduced[2]);
      this.#notes.add(
        "skipped",
        "reduced",
        "the table was printed with a restriction: a function is not in it",
        undefined,
        Math.max(1, Math.min(left, Number.MAX_SAFE_INTEGER)),
      );
    } else if (/^ +ncalls +tottime +percall +cumtime/.test(text)) this.#place = "table";
    else if (/^Function {2,}(?:was called by|called)\.\.\.$/.test(text)) {
      this.#place = text.endsWith("called...") ? "->" : "<-";
      this.#subject = -1;
    } else if (this.#place === "table") this.#row(text);
    else if (this.#place !== "outside") this.#graphRow(text, this.#place);
  }

  /** False where nothing was found. */
  end(): boolean {
    let found = false;
    for (const { functions, calls } of this.#reports.values()) {
      if (functions.length === 0) continue;
      found = true;
      if (calls.size > 0) addCallLists(this.#into, this.#notes, functions, [...calls.values()], [this.#time]);
      else this.#addTable(functions);
    }
    this.#notes.add("approximated", "rounded", "times are printed in milliseconds: smaller ones are lost");
    return found;
  }

  /** Without a call graph, each function stands alone, and how often it was called is known. */
  #addTable(functions: readonly Fn[]): void {
    const type = this.#into.valueType("calls", "count");
    // A short run is all zeros.
    if (functions.every(({ self }) => self[0] === 0)) this.#into.meta.defaultValueType = type;
    for (const { frame, self, calls } of functions) {
      const weights = new Float64Array(type + 1);
      weights[this.#time] = self[0]!;
      weights[type] = calls;
      this.#into.sample(this.#into.stack(-1, frame), weights);
    }
    this.#notes.add("information", "no-stacks", "The text is a table of functions: it holds no stacks.");
  }

  #reportOf(begin: string): Report {
    let report = this.#reports.get(begin);
    if (report === undefined) {
      report = { functions: [], ids: new Map(), calls: new Map() };
      this.#reports.set(begin, report);
    }
    return report;
  }

  #row(text: string): void {
    const match = ROW.exec(text);
    if (match === null) {
      this.#place = "outside"; // a blank line, or the program's own output
      return;
    }
    const fn = this.#current().functions[this.#fn(match[5]!)]!;
    if (fn.inTable) return; // the same table in another order
    fn.inTable = true;
    fn.calls = Number(match[1]);
    fn.self[0] = nanoseconds(match[2]!);
  }

  #graphRow(text: string, arrow: "<-" | "->"): void {
    const match = /^\S/.test(text) ? ARROW.exec(text) : null;
    if (match?.[1] === arrow) this.#subject = this.#fn(text.slice(0, match.index).trimEnd());
    else if (!/^ {4}/.test(text)) {
      if (text !== "") this.#place = "outside";
      return;
    }
    const said = (match === null ? text : text.slice(match.index + 3)).trim();
    const timed = CALL.exec(said);
    const counted = timed === null ? COUNTED_CALL.exec(said) : null;
    if (this.#subject < 0) return; // the titles: ncalls tottime cumtime
    if (timed !== null) {
      this.#call(arrow, timed[4]!, Number(timed[1]), nanoseconds(timed[2]!), nanoseconds(timed[3]!));
    } else if (counted !== null) this.#call(arrow, counted[1]!, Number(counted[2]), 0, 0);
  }

  #call(arrow: "<-" | "->", other: string, calls: number, own: number, inclusive: number): void {
    const report = this.#current();
    const fn = this.#fn(other);
    const caller = arrow === "<-" ? fn : this.#subject;
    const callee = arrow === "<-" ? this.#subject : fn;
    const key = `${caller}/${callee}`;
    if (report.calls.has(key)) return; // callers and callees say the same
    report.calls.set(key, { caller, callee, calls, inclusive: Float64Array.of(inclusive) });
    const { inTable, self } = report.functions[callee]!;
    if (!inTable) self[0]! += own;
  }

  #current(): Report {
    this.#report ??= this.#reportOf("");
    return this.#report;
  }

  /** `file.py:12(name)`, `{built-in method sum}`. */
  #fn(text: string): number {
    const { functions, ids } = this.#current();
    let id = ids.get(text);
    if (id === undefined) {
      id =
        functions.push({ frame: this.#frame(text), self: new Float64Array(1), inTable: false, calls: 0 }) - 1;
      ids.set(text, id);
    }
    return id;
  }

  #frame(text: string): number {
    const place = text.endsWith(")") ? /^(.*):(\d+)\((.*)\)$/.exec(text) : null;
    if (place !== null) {
      const [, file, line, name] = place;
      return this.#into.frame({
        name: this.#into.string(name || "[unknown]"),
        file: this.#into.string(file!),
        line: parseLineNumber(line),
      });
    }
    // Printed in braces, but called `<built-in method sum>` by the profiler.
    return this.#into.frameNamed(text.replace(/^\{(.*)\}$/, "<$1>"));
  }
}

function nanoseconds(seconds: string): number {
  return Math.round(Number(seconds) * 1e9);
}
