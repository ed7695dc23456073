import { type EntryContext, unitStretches } from "./entries.ts";
import type { Unit } from "./unit.ts";

/** Which units are read, where only some addresses will be asked for. */
export class UnitChoice {
  readonly #wanted: Float64Array;
  /** By offset of the unit. */
  readonly #chosen = new Map<number, boolean>();
  readonly #starts: number[] = [];

  /** `wanted`: offsets in the file, in ascending order. */
  constructor(wanted: Float64Array) {
    this.#wanted = wanted;
  }

  /** Units with code that is wanted, and those without code of their own: they may hold what others refer to. */
  has(context: EntryContext, unit: Unit): boolean {
    const known = this.#chosen.get(unit.offset);
    if (known !== undefined) return known;
    let hasCode = false;
    let found = false;
    unitStretches(context, unit, (start, end) => {
      hasCode = true;
      found ||= this.#holdsOneOf(start, end);
    });
    this.#starts.push(unit.offset);
    this.#chosen.set(unit.offset, found || !hasCode);
    return found || !hasCode;
  }

  /** Chooses also the units that what was read refers to; false where there are no more. */
  choose({ names, scopes }: EntryContext): boolean {
    let more = false;
    const add = (entry: number): void => {
      const unit = this.#unitOf(entry);
      if (unit === undefined || this.#chosen.get(unit) === true) return;
      this.#chosen.set(unit, true);
      more = true;
    };
    for (let row = 0; row < scopes.length; row++) add(scopes.get("entry", row));
    names.eachReference(add);
    return more;
  }

  #unitOf(entry: number): number | undefined {
    const at = lowerBound(this.#starts, entry + 1) - 1;
    return this.#starts[at];
  }

  #holdsOneOf(start: number, end: number): boolean {
    const at = lowerBound(this.#wanted, start);
    return at < this.#wanted.length && this.#wanted[at]! < end;
  }
}

/** Row of the first number that is not below `value`. */
function lowerBound(sorted: ArrayLike<number>, value: number): number {
  let from = 0;
  let to = sorted.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (sorted[middle]! < value) from = middle + 1;
    else to = middle;
  }
  return from;
}
