import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { durationOf } from "./duration.ts";

/** The table of functions: what each spent itself, without a stack. */
export class UftraceReport {
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  readonly #time: number;
  readonly #calls: number;
  #titles = "";
  /** Where each column begins and ends: the rulers below the titles. */
  #columns: readonly (readonly [start: number, end: number])[] = [];

  constructor(into: ProfileBuilder, notes: Notes) {
    this.#into = into;
    this.#notes = notes;
    this.#time = into.valueType("time", "nanoseconds");
    this.#calls = into.valueType("calls", "count");
    notes.add("information", "no-stacks", "The text is a table of functions: it holds no stacks.");
  }

  line(text: string, line: number): void {
    if (text.includes("Total time")) this.#titles = text;
    else if (/^[ =]*=[ =]*$/.test(text)) {
      this.#columns = [...text.matchAll(/=+/g)].map((ruler) => [ruler.index, ruler.index + ruler[0].length]);
    } else if (!text.startsWith("#") && text.trim() !== "" && !this.#row(text)) {
      this.#notes.add("skipped", "bad-line", "a line is no row of the table: it was skipped", { line });
    }
  }

  end(): void {}

  #row(text: string): boolean {
    const last = this.#columns[this.#columns.length - 1];
    const self = /^(\d{1,9}\.\d{1,9}) +([a-z]{1,2})$/.exec(this.#cell(text, "Self time"));
    const name = last === undefined ? "" : text.slice(last[0]).trim();
    const duration = self === null ? undefined : durationOf(self[1]!, self[2]!);
    if (duration === undefined || name === "") return false;
    const calls = this.#cell(text, "Calls");
    const stack = this.#into.stack(-1, this.#into.frameNamed(name));
    this.#into.sampleOf(stack, this.#time, duration);
    if (/^\d{1,15}$/.test(calls)) this.#into.sampleOf(stack, this.#calls, Number(calls));
    return true;
  }

  #cell(text: string, title: string): string {
    const at = this.#titles.indexOf(title);
    const column = this.#columns.find(([start, end]) => at >= start && at < end);
    return at < 0 || column === undefined ? "" : text.slice(column[0], column[1]).trim();
  }
}
