import { groupedNumber } from "../../codec/csv.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";

/** A column of own weights, `CPU Time:Self`: seconds, or a count of something. */
interface Column {
  readonly at: number;
  readonly type: number;
  readonly scale: number;
}

/** `Function Stack,CPU Time:Self,Module`; the row `Total` is the root of everything and no function. */
export class VtuneRows {
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  readonly #columns: Column[] = [];
  readonly #module: number;
  readonly #path: number[] = [];

  constructor(header: readonly string[], into: ProfileBuilder, notes: Notes) {
    this.#into = into;
    this.#notes = notes;
    this.#module = header.indexOf("Module");
    header.forEach((name, at) => {
      const own = /^(.*):Self$/.exec(name);
      if (own === null) return;
      const time = /time/i.test(own[1]!);
      const type = into.valueType(own[1]!, time ? "nanoseconds" : "count");
      this.#columns.push({ at, type, scale: time ? 1e9 : 1 });
    });
    if (this.#columns.length === 0) {
      throw new FlambeauError("malformed", "the table has no column of own weights", {
        format: "call-tree-csv",
        line: 1,
        hint: "Ask VTune for it: vtune -report top-down -column 'CPU Time:Self,Module' -format csv.",
      });
    }
  }

  row(fields: readonly string[], line: number): void {
    const name = fields[0]!.trim();
    const depth = fields[0]!.length - fields[0]!.trimStart().length;
    if (name === "" || fields.length < 2 || depth > this.#path.length) {
      throw new FlambeauError("malformed", "a row is not indented as its place demands, or has no function", {
        format: "call-tree-csv",
        line,
      });
    }
    this.#path.length = depth;
    const parent = depth === 0 ? -1 : this.#path[depth - 1]!;
    const module = this.#module < 0 ? "" : (fields[this.#module] ?? "");
    const mapping = module === "" || module === "[Unknown]" ? -1 : this.#into.mapping({ path: module });
    const total = depth === 0 && name === "Total";
    const stack = total
      ? -1
      : this.#into.stack(parent, this.#into.frame({ name: this.#into.string(name), mapping }));
    this.#path.push(stack);
    const weights = new Float64Array(this.#into.valueTypes.length);
    for (const { at, type, scale } of this.#columns) {
      const amount = groupedNumber((fields[at] ?? "").replace(/s$/, ""));
      if (amount === undefined)
        this.#notes.add("skipped", "bad-number", "a weight is no number: it was skipped", { line });
      else weights[type] = Math.round(amount * scale);
    }
    if (weights.some((weight) => weight !== 0)) this.#into.sample(stack, weights);
  }
}
