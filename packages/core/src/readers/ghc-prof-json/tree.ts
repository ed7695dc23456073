import { JsonKeys, type JsonReader, NumberColumn } from "../../codec/json.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";

/** Members of a node of the tree. */
export const NODE: JsonKeys<"id" | "entries" | "alloc" | "ticks" | "children"> = new JsonKeys(
  "id",
  "entries",
  "alloc",
  "ticks",
  "children",
);

/** The tree of cost centres: callers before callees. */
export class CostTree {
  /** Nanoseconds of a tick. */
  tick = 1e6;
  /** Row of the builder's frames by id of the cost centre. */
  readonly frames: Map<number, number> = new Map();
  readonly #parent = new NumberColumn();
  readonly #id = new NumberColumn();
  readonly #weights = { ticks: new NumberColumn(), alloc: new NumberColumn(), entries: new NumberColumn() };

  get length(): number {
    return this.#parent.length;
  }

  add(parent: number): number {
    this.#parent.push(parent);
    this.#id.push(-1);
    for (const column of Object.values(this.#weights)) column.push(0);
    return this.length - 1;
  }

  member(json: JsonReader, key: string, row: number): void {
    if (key === "id") this.#id.set(row, json.numberOr(-1));
    else if (key === "ticks" || key === "alloc" || key === "entries")
      this.#weights[key].set(row, json.numberOr(0));
    else json.skipValue();
  }

  addSamples(into: ProfileBuilder, notes: Notes): void {
    into.valueType("time", "nanoseconds");
    into.valueType("alloc", "bytes");
    into.valueType("entries", "count");
    const stacks = new Int32Array(this.length);
    const { ticks, alloc, entries } = this.#weights;
    for (let row = 0; row < this.length; row++) {
      const parent = this.#parent.at(row);
      const frame = this.frames.get(this.#id.at(row));
      if (frame === undefined) {
        notes.add(
          "approximated",
          "missing-cost-centre",
          "The tree names a cost centre that is not in the list.",
        );
      }
      stacks[row] = into.stack(parent < 0 ? -1 : stacks[parent]!, frame ?? into.frameNamed("[unknown]"));
      const weights = [ticks.at(row) * this.tick, alloc.at(row), entries.at(row)];
      if (!weights.every(Number.isFinite)) {
        notes.add("skipped", "not-finite", "A weight that is not a finite number was left out.");
      } else if (weights.some((weight) => weight !== 0)) into.sample(stacks[row]!, weights);
    }
  }
}
