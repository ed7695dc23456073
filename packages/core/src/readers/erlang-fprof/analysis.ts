import { addCallLists, type FramedFunction, type GraphCall } from "../../codec/call-graph-samples.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";

/** The functions of a process, or of all. */
interface Section {
  /** Undefined: the totals. */
  readonly process: string | undefined;
  readonly functions: FramedFunction[];
  readonly ids: Map<string, number>;
  readonly calls: GraphCall[];
}

/** A row within an entry: `{w,heavy,1}, 1, 5.434, 0.003`. */
interface Row {
  readonly name: string;
  readonly calls: number;
  /** With callees, in nanoseconds. */
  readonly inclusive: number;
  readonly own: number;
}

/** `[{ "<0.9.0>", 2808, undefined, 5.792}]. %%` and `[{ totals, …}]. %%%`: what follows belongs to it. */
const SECTION = /^\[\{ *(?:"([^"]*)"|totals), *\d+, *(?:undefined|\d+\.\d+), *\d+\.\d+\}/;
/** Where it stands in its entry, a function, and its numbers: calls, milliseconds with and without callees. */
const ROW =
  /^(\{\[| ?\[?)( *)\{ *(\S.*), *(\d{1,15}), *(\d{1,12}\.\d{1,9}), *(\d{1,12}\.\d{1,9})\}(\]\}\.|\],|,)? *(?:(%) *)?$/;
const MILLISECOND = 1e6;

/**
 * Gathers the entries of each section; an entry is a function between its callers and its callees:
 *
 * ```
 * {[{{w,main,0},  1, 5.434, 0.003}],      callers
 *  { {w,heavy,1}, 1, 5.434, 0.003}, %     the function
 *  [{{w,leaf,1},  1, 5.404, 0.089}]}.     callees: said again in their own entries
 * ```
 */
export class FprofAnalysis {
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  readonly #types: readonly number[];
  #section: Section | undefined;
  #totals: Section | undefined;
  #processes = 0;
  #callers: Row[] = [];
  #place: "outside" | "callers" | "callees" = "outside";

  constructor(into: ProfileBuilder, notes: Notes) {
    this.#into = into;
    this.#notes = notes;
    this.#types = [into.valueType("time", "nanoseconds"), into.valueType("suspended", "nanoseconds")];
  }

  line(text: string, line: number): void {
    const section = SECTION.exec(text);
    if (section !== null) {
      this.#close();
      this.#section = { process: section[1], functions: [], ids: new Map(), calls: [] };
      return;
    }
    if (this.#section === undefined || /^\s*(?:%|$)/.test(text)) return;
    if (text.startsWith("{[")) this.#place = "callers";
    const match = ROW.exec(text);
    if (match !== null) this.#row(match);
    else if (!/^\{?\s*\[ *\](?:,|\}\.)|^ \{ (?:spawned_by|spawned_as|initial_calls),/.test(text)) {
      this.#notes.add("skipped", "bad-line", "a line is no row of the analysis: it was skipped", { line });
    }
    if (/\]\}\. *$/.test(text)) this.#place = "outside";
  }

  end(): void {
    if (this.#place !== "outside") {
      this.#notes.add("truncated", "truncated", "the analysis ends within a function");
    }
    this.#close();
    // The totals hold what the processes hold.
    if (this.#processes === 0) this.#emit(this.#totals);
    this.#notes.add(
      "information",
      "fprof-calls",
      "How often functions were called is not kept: only their time is.",
    );
  }

  #row(match: RegExpExecArray): void {
    const row: Row = {
      name: match[3]!,
      calls: Number(match[4]),
      inclusive: Math.round(Number(match[5]) * MILLISECOND),
      own: Math.round(Number(match[6]) * MILLISECOND),
    };
    if (this.#place === "callees" || this.#place === "outside") return;
    if (match[8] === "%") {
      this.#function(row);
      this.#callers = [];
      this.#place = "callees";
    } else this.#callers.push(row);
  }

  #function(row: Row): void {
    const section = this.#section!;
    if (row.name === "undefined") return; // who called what began the process
    const callee = this.#id(section, row.name);
    section.functions[callee]!.self[0]! += row.own;
    if (row.name === "suspend") section.functions[callee]!.self[1]! += row.inclusive;
    for (const { name, calls, inclusive } of this.#callers) {
      if (name === "undefined") continue;
      const caller = this.#id(section, name);
      section.calls.push({ caller, callee, calls, inclusive: Float64Array.of(inclusive, inclusive) });
    }
  }

  #id({ ids, functions }: Section, name: string): number {
    let id = ids.get(name);
    if (id === undefined) {
      const frame = this.#into.frameNamed(readable(name));
      id = functions.push({ frame, self: new Float64Array(2) }) - 1;
      ids.set(name, id);
    }
    return id;
  }

  #close(): void {
    const section = this.#section;
    this.#section = undefined;
    this.#callers = [];
    if (section === undefined) return;
    if (section.process === undefined) this.#totals = section;
    else if (section.functions.length > 0) {
      this.#processes++;
      this.#emit(section);
    }
  }

  #emit(section: Section | undefined): void {
    if (section === undefined) return;
    const { process, functions, calls } = section;
    const details = process === undefined ? {} : { thread: this.#into.thread({ name: process }) };
    addCallLists(this.#into, this.#notes, functions, calls, this.#types, details);
  }
}

/** `{lists,seq,2}` as Erlang writes it elsewhere: `lists:seq/2`. */
function readable(name: string): string {
  const parts = /^\{([^,]+),(.+),(\d+)\}$/.exec(name);
  return parts === null ? name : `${parts[1]}:${parts[2]}/${parts[3]}`;
}
