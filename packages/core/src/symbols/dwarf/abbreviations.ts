import type { Budget } from "./budget.ts";
import { type Bytes, DAMAGED } from "./bytes.ts";
import { Form } from "./constants.ts";

/** How the entries of one kind are laid out. */
export interface Abbreviation {
  readonly tag: number;
  readonly children: boolean;
  /** Attribute, form, value of an implicit constant; three numbers each. */
  readonly fields: Float64Array;
}

/** More kinds of entries than any compiler writes for a unit. */
const MOST = 200_000;
/** Steps of the budget that one kind costs. */
const COST = 20;

/** Abbreviation tables by their offset; units share them. */
export class Abbreviations {
  readonly #bytes: Bytes;
  readonly #budget: Budget;
  readonly #tables = new Map<number, ReadonlyMap<number, Abbreviation>>();

  constructor(bytes: Bytes, budget: Budget) {
    this.#bytes = bytes;
    this.#budget = budget;
  }

  /** @throws DAMAGED */
  at(offset: number): ReadonlyMap<number, Abbreviation> {
    const known = this.#tables.get(offset);
    if (known !== undefined) return known;
    // Of damaged files with a table each, or overlapping ones, only the last few are kept.
    if (this.#tables.size > 64) this.#tables.clear();
    const table = this.#read(offset);
    this.#tables.set(offset, table);
    return table;
  }

  #read(offset: number): ReadonlyMap<number, Abbreviation> {
    const bytes = this.#bytes;
    bytes.seek(offset);
    const table = new Map<number, Abbreviation>();
    for (let code = bytes.unsigned(); code !== 0; code = bytes.unsigned()) {
      const tag = bytes.unsigned();
      const children = bytes.u8() !== 0;
      const fields: number[] = [];
      for (;;) {
        const attribute = bytes.unsigned();
        const form = bytes.unsigned();
        const implicit = form === Form.implicit ? bytes.signed() : 0;
        if (attribute === 0 && form === 0) break;
        fields.push(attribute, form, implicit);
      }
      table.set(code, { tag, children, fields: Float64Array.from(fields) });
      if (table.size > MOST || !this.#budget.take(COST + fields.length)) throw DAMAGED;
    }
    return table;
  }
}
