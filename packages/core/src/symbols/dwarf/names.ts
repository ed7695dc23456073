import { readableName } from "../readable-name.ts";
import type { Budget } from "./budget.ts";
import { Columns } from "./columns.ts";
import type { Lookup, Unit, Value } from "./unit.ts";

/** References that lead from one entry of a function to the next: declaration, abstract instance, concrete one. */
const MOST_HOPS = 8;
/** What reading a mangled name costs, in steps of the budget. */
const NAME_STEPS = 100;

/** What an entry says of a function's name. */
export interface FunctionEntry {
  /** Offset of the entry in the section: each is greater than the one before. */
  readonly offset: number;
  readonly unit: number;
  readonly name: Value | undefined;
  readonly linkage: Value | undefined;
  /** Offset of the entry that says more; -1 where there is none. */
  readonly more: number;
  /** Namespaces and classes around it. */
  readonly scope: string;
}

/** All functions that entries describe; their names are made when they are asked for. */
export class FunctionNames {
  readonly #lookup: Lookup;
  readonly #units: readonly Unit[];
  readonly #rows = new Columns(
    "offset",
    "unit",
    "nameForm",
    "name",
    "linkageForm",
    "linkage",
    "more",
    "scope",
  );
  readonly #scopes: string[] = [""];
  readonly #scopeIds = new Map<string, number>([["", 0]]);
  readonly #known = new Map<number, string>();
  readonly #names = new Map<string, string>();
  readonly #budget: Budget;

  constructor(lookup: Lookup, units: readonly Unit[], budget: Budget) {
    this.#budget = budget;
    this.#lookup = lookup;
    this.#units = units;
  }

  get length(): number {
    return this.#rows.length;
  }

  add({ offset, unit, name, linkage, more, scope }: FunctionEntry): void {
    let id = this.#scopeIds.get(scope);
    if (id === undefined) {
      id = this.#scopes.push(scope) - 1;
      this.#scopeIds.set(scope, id);
    }
    this.#rows.add({
      offset,
      unit,
      nameForm: name?.form ?? 0,
      name: name?.number ?? 0,
      linkageForm: linkage?.form ?? 0,
      linkage: linkage?.number ?? 0,
      more,
      scope: id,
    });
  }

  /** Calls `each` with every entry that another refers to for more. */
  eachReference(each: (offset: number) => void): void {
    for (let row = 0; row < this.#rows.length; row++) {
      const more = this.#rows.get("more", row);
      if (more >= 0) each(more);
    }
  }

  /** The name of the function that an entry describes, in its own language; empty where it is not known. */
  of(offset: number): string {
    const known = this.#known.get(offset);
    if (known !== undefined) return known;
    const name = this.#follow(offset);
    this.#known.set(offset, name);
    return name;
  }

  /** The linker's name says most; it may stand at an entry further on. */
  #follow(start: number): string {
    let plain = "";
    let offset = start;
    for (let hop = 0; hop < MOST_HOPS && offset >= 0; hop++) {
      const row = this.#find(offset);
      if (row < 0) break;
      const linkage = this.#text(row, "linkageForm", "linkage");
      if (linkage !== "") return this.#readable(linkage);
      const name = this.#text(row, "nameForm", "name");
      if (plain === "" && name !== "") {
        const scope = this.#scopes[this.#rows.get("scope", row)]!;
        plain = scope === "" ? name : `${scope}::${name}`;
      }
      offset = this.#rows.get("more", row);
    }
    return plain;
  }

  /** Many entries share a name: each inlined call has one of its own. */
  #readable(linkage: string): string {
    const known = this.#names.get(linkage);
    if (known !== undefined) return known;
    if (!this.#budget.take(NAME_STEPS + linkage.length)) return linkage;
    const name = readableName(linkage);
    this.#names.set(linkage, name);
    return name;
  }

  #text(row: number, form: "nameForm" | "linkageForm", number: "name" | "linkage"): string {
    const value = { form: this.#rows.get(form, row), number: this.#rows.get(number, row) };
    return value.form === 0 ? "" : this.#lookup.text(this.#units[this.#rows.get("unit", row)]!, value);
  }

  #find(offset: number): number {
    let from = 0;
    let to = this.#rows.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.#rows.get("offset", middle) < offset) from = middle + 1;
      else to = middle;
    }
    return from < this.#rows.length && this.#rows.get("offset", from) === offset ? from : -1;
  }
}
