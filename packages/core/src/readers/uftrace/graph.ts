import { InclusiveTree } from "../../codec/inclusive-tree.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { durationOf } from "./duration.ts";

/** `  301.055 us :     |  +-(100) malloc`. */
const ROW = /^ *(\d{1,9}\.\d{1,9}) +([a-z]{1,2}) (?:: )?([ |]*)(\+-)?\((\d{1,15})\) (\S.*)$/;

/**
 * The tree of calls. Children stand three columns to the right, behind `+-`; an only child stands right below its parent,
 * without it:
 *
 * ```
 * (1) main
 *  +-(2) f
 *  | (2) g      main;f;g
 *  |
 *  +-(1) h      main;h
 * ```
 */
export class UftraceGraph {
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  readonly #calls: number;
  readonly #tree: InclusiveTree;
  /** Column and stack of each node on the path to the last one. */
  #path: { readonly column: number; readonly stack: number }[] = [];
  #backtrace = false;

  constructor(into: ProfileBuilder, notes: Notes) {
    this.#into = into;
    this.#notes = notes;
    const time = into.valueType("time", "nanoseconds");
    this.#calls = into.valueType("calls", "count");
    this.#tree = new InclusiveTree((path, [self]) => into.sampleOf(path[path.length - 1]!, time, self!));
  }

  line(text: string, line: number): void {
    if (/^=+ (?:BACKTRACE|FUNCTION CALL GRAPH) =+$/.test(text)) {
      this.#backtrace = text.includes("BACKTRACE");
      this.#path = [];
    }
    if (this.#backtrace || /^[#=]/.test(text) || /^[ :|]*$/.test(text)) return;
    const row = ROW.exec(text);
    const duration = row === null ? undefined : durationOf(row[1]!, row[2]!);
    if (row === null || duration === undefined) {
      this.#notes.add("skipped", "bad-line", "a line is no node of the graph: it was skipped", { line });
      return;
    }
    const branch = row[4] !== undefined;
    const column = row[3]!.length + (branch ? 2 : 0);
    while (this.#path.length > 0 && this.#isBeside(column, branch)) this.#path.pop();
    const parent = this.#path[this.#path.length - 1]?.stack ?? -1;
    const stack = this.#into.stack(parent, this.#into.frameNamed(row[6]!));
    this.#tree.node(this.#path.length, stack, [duration]);
    this.#path.push({ column, stack });
    this.#into.sampleOf(stack, this.#calls, Number(row[5]));
  }

  end(): void {
    this.#tree.end();
  }

  #isBeside(column: number, branch: boolean): boolean {
    const last = this.#path[this.#path.length - 1]!.column;
    return branch ? last >= column : last > column;
  }
}
