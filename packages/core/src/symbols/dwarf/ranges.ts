import type { Budget } from "./budget.ts";
import type { Bytes } from "./bytes.ts";
import { Form } from "./constants.ts";
import type { Lookup, Unit, Value } from "./unit.ts";

/** Entries of range lists: DWARF 5, 7.25. */
const End = 0;
const BaseIndex = 1;
const StartIndexEndIndex = 2;
const StartIndexLength = 3;
const Offsets = 4;
const Base = 5;
const StartEnd = 6;
const StartLength = 7;

/** Reads the stretches of code that an entry covers, of either kind of list. */
export class Ranges {
  readonly #old: Bytes;
  readonly #lists: Bytes;
  readonly #lookup: Lookup;
  readonly #budget: Budget;

  constructor(old: Bytes, lists: Bytes, lookup: Lookup, budget: Budget) {
    this.#old = old;
    this.#lists = lists;
    this.#lookup = lookup;
    this.#budget = budget;
  }

  /** @throws DAMAGED */
  read(unit: Unit, value: Value, add: (start: number, end: number) => void): void {
    if (unit.version < 5) this.#pairs(unit, value.number, add);
    else this.#list(unit, this.#start(unit, value), add);
  }

  #start(unit: Unit, { form, number }: Value): number {
    if (form !== Form.rnglistx) return number;
    this.#lists.seek(unit.rangeListsBase + number * unit.offsetSize);
    return unit.rangeListsBase + this.#lists.sized(unit.offsetSize);
  }

  /** Pairs of addresses from the unit's; the highest address announces another one to count from. */
  #pairs(unit: Unit, start: number, add: (start: number, end: number) => void): void {
    const bytes = this.#old;
    const highest = unit.addressSize === 8 ? -1 : 0xffffffff;
    let base = unit.lowPc;
    bytes.seek(start);
    while (this.#budget.take()) {
      const from = bytes.address(unit.addressSize);
      const to = bytes.address(unit.addressSize);
      if (from === 0 && to === 0) return;
      if (from === highest) base = to;
      else add(base + from, base + to);
    }
  }

  #list(unit: Unit, start: number, add: (start: number, end: number) => void): void {
    const bytes = this.#lists;
    const address = (): number => bytes.address(unit.addressSize);
    const indexed = (): number => this.#lookup.indexed(unit, bytes.unsigned());
    let base = unit.lowPc;
    bytes.seek(start);
    while (this.#budget.take()) {
      let from = 0;
      switch (bytes.u8()) {
        case BaseIndex:
          base = indexed();
          break;
        case StartIndexEndIndex:
          from = indexed();
          add(from, indexed());
          break;
        case StartIndexLength:
          from = indexed();
          add(from, from + bytes.unsigned());
          break;
        case Offsets:
          from = base + bytes.unsigned();
          add(from, base + bytes.unsigned());
          break;
        case Base:
          base = address();
          break;
        case StartEnd:
          from = address();
          add(from, address());
          break;
        case StartLength:
          from = address();
          add(from, from + bytes.unsigned());
          break;
        case End:
          return;
        default:
          return;
      }
    }
  }
}
