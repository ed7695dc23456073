import { groupedNumber } from "../../codec/csv.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";

/**
 * `Level,Function Name,Number of Calls,Elapsed Inclusive Time %,Elapsed Exclusive Time %,…,Module Name,`: the only own
 * weights that are exact are the calls; own time is a percentage of the whole.
 */
export class VisualStudioRows {
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  readonly #calls: { readonly at: number; readonly type: number };
  readonly #share: { readonly at: number; readonly type: number } | undefined;
  readonly #module: number;
  readonly #path: number[] = [];

  constructor(header: readonly string[], into: ProfileBuilder, notes: Notes) {
    this.#into = into;
    this.#notes = notes;
    const calls = header.indexOf("Number of Calls");
    const share = header.findIndex((name) => /Exclusive (?:Time|Samples) %$/.test(name));
    if (calls < 0 && share < 0) {
      throw new FlambeauError("malformed", "the table has neither calls nor exclusive percentages", {
        format: "call-tree-csv",
        line: 1,
      });
    }
    this.#calls = { at: calls, type: calls < 0 ? -1 : into.valueType("calls", "count") };
    this.#share = share < 0 ? undefined : { at: share, type: into.valueType("exclusive", "percent") };
    this.#module = header.indexOf("Module Name");
    if (this.#share !== undefined) {
      notes.add(
        "approximated",
        "percentages",
        "own time is a percentage of the whole, rounded to two decimals",
      );
    }
  }

  row(fields: readonly string[], line: number): void {
    const depth = Number(fields[0]);
    const name = fields[1] ?? "";
    if (!/^\d{1,6}$/.test(fields[0]!) || depth > this.#path.length || name === "") {
      throw new FlambeauError("malformed", "a row's level does not fit its place, or it has no function", {
        format: "call-tree-csv",
        line,
      });
    }
    this.#path.length = depth;
    const module = this.#module < 0 ? "" : (fields[this.#module] ?? "");
    const mapping = module === "" ? -1 : this.#into.mapping({ path: module });
    const frame = this.#into.frame({ name: this.#into.string(name), mapping });
    const stack = this.#into.stack(depth === 0 ? -1 : this.#path[depth - 1]!, frame);
    this.#path.push(stack);
    const weights = new Float64Array(this.#into.valueTypes.length);
    for (const column of [this.#calls, this.#share]) {
      if (column === undefined || column.at < 0) continue;
      const amount = groupedNumber(fields[column.at] ?? "");
      if (amount === undefined)
        this.#notes.add("skipped", "bad-number", "a weight is no number: it was skipped", { line });
      else weights[column.type] = amount;
    }
    if (weights.some((weight) => weight !== 0)) this.#into.sample(stack, weights);
  }
}
