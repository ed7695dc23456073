import { grown } from "../../util/growable.ts";

/** Columns of doubles that grow together: rows of debug information, of which there may be millions. */
export class Columns<Name extends string> {
  readonly #names: readonly Name[];
  readonly #columns: Record<Name, Float64Array>;
  length = 0;

  constructor(...names: readonly Name[]) {
    this.#names = names;
    this.#columns = Object.fromEntries(names.map((name) => [name, new Float64Array(64)])) as Record<
      Name,
      Float64Array
    >;
  }

  /** Adds a row; its number. */
  add(row: Readonly<Record<Name, number>>): number {
    const at = this.length++;
    for (const name of this.#names) {
      let column = this.#columns[name];
      if (at >= column.length) {
        column = grown(column, at + 1);
        this.#columns[name] = column;
      }
      column[at] = row[name];
    }
    return at;
  }

  /** Takes back all rows from the given one on. */
  truncate(length: number): void {
    this.length = length;
  }

  get(name: Name, row: number): number {
    return this.#columns[name][row]!;
  }

  column(name: Name): Float64Array {
    return this.#columns[name].subarray(0, this.length);
  }
}
