import { parseLineNumber } from "../../codec/native-frames.ts";
import { unescapeXml } from "../../codec/xml.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";

/** A call that has not returned. */
interface Call {
  readonly id: string;
  readonly name: number;
  /** Stack of the callers, each at the line of its call. */
  readonly base: number;
  readonly stack: number;
}

/** Fields of a row that are looked at: those behind them are arguments. */
const FIELDS = 10;
/** Deeper than PHP goes. */
const DEEPEST = 1 << 20;

/** Follows calls and returns, and gives the time between two rows to the innermost open call. */
export class XdebugTrace {
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  readonly #time: number;
  readonly #calls: number;
  readonly #open: Call[] = [];
  #last: number | undefined;
  #ended = false;
  #withoutReturn = 0;
  #origin: number | undefined;

  constructor(into: ProfileBuilder, notes: Notes) {
    this.#into = into;
    this.#notes = notes;
    this.#time = into.valueType("time", "nanoseconds");
    this.#calls = into.valueType("calls", "count");
  }

  line(text: string, line: number): void {
    if (text.includes("\t")) {
      if (text.startsWith("\t<tr><td>")) this.#htmlRow(text, line);
      else if (!text.startsWith("\t<tr><th>")) this.#row(text.split("\t", FIELDS), line);
      return;
    }
    const version = /^Version: (\S+)/.exec(text);
    if (version !== null) this.#into.meta.producer = `xdebug ${version[1]}`;
    else if (/^TRACE START/.test(text)) this.#ended = false;
    else if (/^TRACE END/.test(text)) this.#ended = true;
    else if (/^<table /.test(text)) this.#ended = false;
    else if (text === "</table>") this.#ended = true;
    else if (!this.#humanRow(text) && text.trim() !== "" && !/^File format: /.test(text)) {
      this.#notes.add("skipped", "bad-line", "a line is no call or return: it was skipped", { line });
    }
  }

  end(): void {
    if (!this.#ended && this.#open.length > 0) {
      this.#notes.add(
        "truncated",
        "truncated",
        "the trace ends while functions run: their time up to there counts",
      );
    }
    if (this.#withoutReturn > 0) {
      const text = "the trace says when functions begin, not when they return";
      this.#notes.add("approximated", "no-returns", text, undefined, this.#withoutReturn);
    }
    this.#notes.add("skipped", "memory", "the memory in use at each call was skipped");
    if (this.#last !== undefined && this.#origin !== undefined) {
      this.#into.meta.duration = Math.max(0, this.#last - this.#origin);
    }
  }

  /** `level id 0 time memory function user-defined include file line …`, `level id 1 time memory`, `level id R …`. */
  #row(fields: readonly string[], line: number): void {
    const [level, id, kind, seconds] = fields;
    if (kind === "R" || kind === "A") return; // a return value, an assignment
    const time = nanoseconds(seconds);
    if (time === undefined) {
      this.#notes.add("skipped", "bad-line", "a line is no call or return: it was skipped", { line });
      return;
    }
    this.#advance(time);
    if (level === "" || level === undefined) return; // the last row: only the end's time
    if (kind === "0") {
      const depth = /^\d{1,7}$/.test(level) ? Number(level) : this.#open.length + 1;
      this.#enter(depth - 1, id ?? "", fields[5] ?? "", fields[8] ?? "", fields[9]);
    } else if (kind === "1") this.#leave(id ?? "");
  }

  /** `    0.0004     397336     -> App\main() /gen/w.php:6`; `>=>` is a return value. */
  #humanRow(text: string): boolean {
    const match = /^\s+(\d+\.\d+)\s+(\d+)(\s+)->\s(.*)$/.exec(text);
    if (match === null) {
      const end = /^\s+(\d+\.\d+)\s+\d+(?:(\s+)>=>.*|\s*)$/.exec(text);
      if (end !== null) this.#advance(nanoseconds(end[1])!);
      if (end?.[2] !== undefined) this.#returned(Math.max(0, Math.floor((end[2].length - 4) / 2)));
      // A value without a time: what is assigned.
      return end !== null || /^\s+>?=>/.test(text);
    }
    const place = /^(.*) (\S.*):(\d+)$/.exec(match[4]!);
    this.#beginning(
      nanoseconds(match[1])!,
      Math.max(0, Math.floor((match[3]!.length - 3) / 2)),
      place?.[1] ?? match[4]!,
      place?.[2] ?? "",
      place?.[3],
    );
    return true;
  }

  /** A row of the table in HTML: number, time, memory, an arrow behind `&nbsp; &nbsp;` per level, call, place. */
  #htmlRow(text: string, line: number): void {
    const cells = [...text.matchAll(/<td[^<>]*>([^<]*)<\/td>/g)].map((match) => match[1]!);
    const arrow = cells.findIndex((cell) => cell.endsWith("-&gt;"));
    const time = nanoseconds(cells[1]);
    const call = unescapeXml(cells[arrow + 1] ?? "");
    if (arrow < 2 || time === undefined || call === "") {
      this.#notes.add("skipped", "bad-line", "a line is no call or return: it was skipped", { line });
      return;
    }
    const depth = cells[arrow]!.split("&nbsp;").length >> 1;
    const place = /^(.*):(\d+)$/.exec(unescapeXml(cells[arrow + 2] ?? ""));
    this.#beginning(time, depth, call, place?.[1] ?? "", place?.[2]);
  }

  /** A return value of the form for people stands at the depth of its call. */
  #returned(depth: number): void {
    if (depth >= this.#open.length) return;
    this.#withoutReturn -= this.#open.length - depth;
    this.#open.length = depth;
  }

  /** A call of the forms for people: when it returns is known only where values are in the trace. */
  #beginning(time: number, depth: number, call: string, file: string, line: string | undefined): void {
    this.#withoutReturn++;
    this.#advance(time);
    this.#enter(depth, "", call.replace(/\(.*\)$/s, ""), file, line);
  }

  #advance(time: number): void {
    this.#origin ??= time;
    const running = this.#open[this.#open.length - 1];
    const spent = this.#last === undefined ? 0 : time - this.#last;
    if (spent < 0)
      this.#notes.add("approximated", "time-backwards", "time runs backwards: the step was taken as zero");
    if (running !== undefined && spent > 0) {
      this.#into.sampleOf(running.stack, this.#time, spent, { time: this.#last! - this.#origin });
    }
    this.#last = Math.max(this.#last ?? time, time);
  }

  /** The place is where the caller calls: it belongs to the caller's frame. */
  #enter(depth: number, id: string, name: string, file: string, line: string | undefined): void {
    this.#open.length = Math.max(0, Math.min(depth, this.#open.length, DEEPEST));
    const caller = this.#open[this.#open.length - 1];
    let base = -1;
    if (caller !== undefined) {
      const frame = { name: caller.name, file: this.#into.string(file), line: parseLineNumber(line) };
      base = this.#into.stack(caller.base, this.#into.frame(frame));
    }
    const row = this.#into.string(name === "" ? "[unknown]" : name);
    const stack = this.#into.stack(base, this.#into.frame({ name: row }));
    this.#open.push({ id, name: row, base, stack });
    this.#into.sampleOf(stack, this.#calls, 1, { time: (this.#last ?? 0) - (this.#origin ?? 0) });
  }

  #leave(id: string): void {
    const top = this.#open[this.#open.length - 1];
    if (top === undefined) return;
    if (top.id === id) this.#open.pop();
    else {
      this.#notes.add("approximated", "unmatched-return", "a function returns that does not run innermost");
      const at = this.#open.findLastIndex((call) => call.id === id);
      if (at >= 0) this.#open.length = at;
    }
  }
}

function nanoseconds(seconds: string | undefined): number | undefined {
  if (seconds === undefined || !/^\d{1,12}(?:\.\d+)?$/.test(seconds)) return undefined;
  return Math.round(Number(seconds) * 1e9);
}
