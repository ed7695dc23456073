import type { Abbreviation, Abbreviations } from "./abbreviations.ts";
import type { AddressMap } from "./address-map.ts";
import type { Budget } from "./budget.ts";
import { type Bytes, DAMAGED } from "./bytes.ts";
import type { Columns } from "./columns.ts";
import { At, Form, Tag } from "./constants.ts";
import type { FileTable } from "./line-header.ts";
import type { FunctionNames } from "./names.ts";
import type { Ranges } from "./ranges.ts";
import { type Lookup, readValue, referenced, type Unit, type Value } from "./unit.ts";

/**
 * Functions and inlined calls with code of their own. `entry` is where their name is told; `caller` the row of the
 * function that an inlined call is in, `file`, `line`, `column` where it is called.
 */
export type ScopeRows = Columns<"entry" | "caller" | "file" | "line" | "column">;
/** Stretches of the file that belong to a scope; `depth` is how deep its entry lies. */
export type StretchRows = Columns<"start" | "end" | "depth" | "scope">;

/** What an entry is read with. */
export interface EntryContext {
  readonly info: Bytes;
  readonly abbreviations: Abbreviations;
  readonly lookup: Lookup;
  readonly ranges: Ranges;
  readonly names: FunctionNames;
  readonly scopes: ScopeRows;
  readonly stretches: StretchRows;
  readonly map: AddressMap;
  readonly budget: Budget;
  /** Runs the line program of a unit; gives its files. */
  readonly lines: (unit: Unit, offset: number, folder: string) => FileTable;
}

/** Names of scopes around that are longer than this are left out. */
const LONGEST_SCOPE = 4096;
/** Entries within entries: deeper than any compiler nests them. */
const DEEPEST = 4096;

/** Attributes that matter, by their number; others are stepped over. */
const KEPT: readonly number[] = [
  At.name,
  At.lines,
  At.lowPc,
  At.highPc,
  At.folder,
  At.origin,
  At.specification,
  At.ranges,
  At.callColumn,
  At.callFile,
  At.callLine,
  At.linkageName,
  At.textOffsetsBase,
  At.addressBase,
  At.rangeListsBase,
];
const SAME: ReadonlyMap<number, number> = new Map([
  [At.mipsLinkageName, At.linkageName],
  [At.gnuAddressBase, At.addressBase],
]);
/** Row of {@link Fields} by attribute; 0 is for those that nobody looks at. */
const SLOT: Uint8Array = new Uint8Array(0x2200);
for (const [i, attribute] of KEPT.entries()) SLOT[attribute] = i + 1;
for (const [attribute, same] of SAME) SLOT[attribute] = SLOT[same]!;

/** The attributes of one entry, used again for the next. */
class Fields {
  readonly #values: Value[] = Array.from({ length: KEPT.length + 1 }, () => ({ form: 0, number: 0 }));

  read(bytes: Bytes, unit: Unit, { fields }: Abbreviation): void {
    for (const value of this.#values) value.form = 0;
    for (let i = 0; i < fields.length; i += 3) {
      const slot = SLOT[fields[i]!] ?? 0;
      readValue(bytes, unit, fields[i + 1]!, fields[i + 2]!, this.#values[slot]!);
    }
  }

  get(attribute: number): Value | undefined {
    const value = this.#values[SLOT[attribute]!]!;
    return value.form === 0 ? undefined : value;
  }

  number(attribute: number): number {
    return this.get(attribute)?.number ?? 0;
  }
}

/** Goes through the entries of a unit. @throws DAMAGED, with what came before kept */
export function readEntries(context: EntryContext, unit: Unit, unitRow: number): void {
  if (unit.entries >= unit.end) return;
  const table = context.abbreviations.at(unit.abbreviations);
  const walk = new Walk(context, unit, unitRow);
  context.info.seek(unit.entries, unit.end);
  while (context.info.at < unit.end && context.budget.take()) {
    const offset = context.info.at;
    const code = context.info.unsigned();
    if (code === 0) {
      walk.leave();
      continue;
    }
    const abbreviation = table.get(code);
    if (abbreviation === undefined) throw DAMAGED;
    walk.enter(offset, abbreviation);
  }
}

/**
 * The stretches of the file that a unit has code in, as its first entry tells; none where it tells nothing, as units
 * do that hold only what others refer to. @throws DAMAGED
 */
export function unitStretches(
  context: EntryContext,
  unit: Unit,
  add: (start: number, end: number) => void,
): void {
  if (unit.entries >= unit.end) return;
  const table = context.abbreviations.at(unit.abbreviations);
  context.info.seek(unit.entries, unit.end);
  const abbreviation = table.get(context.info.unsigned());
  if (abbreviation !== undefined) new Walk(context, unit, -1).outline(abbreviation, add);
}

class Walk {
  readonly #context: EntryContext;
  readonly #unit: Unit;
  readonly #unitRow: number;
  readonly #fields = new Fields();
  /** Row of the function around, by depth. */
  readonly #around: number[] = [];
  /** Names of the namespaces and classes around, by depth. */
  readonly #scopeNames: string[] = [];
  #files: FileTable = () => 0;
  #first = true;

  constructor(context: EntryContext, unit: Unit, unitRow: number) {
    this.#context = context;
    this.#unit = unit;
    this.#unitRow = unitRow;
  }

  leave(): void {
    this.#around.pop();
    this.#scopeNames.pop();
  }

  enter(offset: number, abbreviation: Abbreviation): void {
    const { info } = this.#context;
    this.#fields.read(info, this.#unit, abbreviation);
    const after = info.at;
    let around = this.#around.at(-1) ?? -1;
    let name = this.#scopeNames.at(-1) ?? "";
    const { tag } = abbreviation;
    if (this.#first) this.#unitEntry();
    else if (tag === Tag.subprogram) around = this.#function(offset, name);
    else if (tag === Tag.inlined) around = this.#inlined(offset, around);
    else if (abbreviation.children && isScope(tag)) name = this.#named(name);
    info.seek(after, this.#unit.end);
    if (!abbreviation.children) return;
    if (this.#around.length >= DEEPEST) throw DAMAGED;
    this.#around.push(around);
    this.#scopeNames.push(name);
  }

  outline(abbreviation: Abbreviation, add: (start: number, end: number) => void): void {
    this.#fields.read(this.#context.info, this.#unit, abbreviation);
    this.#bases();
    this.#stretches((start, end) => {
      const offset = end > start ? this.#context.map.offset(start) : -1;
      if (offset >= 0) add(offset, offset + (end - start));
    });
  }

  /** The first entry says where the tables of the unit lie. */
  #bases(): void {
    const fields = this.#fields;
    const unit = this.#unit;
    unit.textOffsetsBase = fields.get(At.textOffsetsBase)?.number ?? unit.textOffsetsBase;
    unit.addressBase = fields.get(At.addressBase)?.number ?? (unit.version < 5 ? 0 : unit.addressBase);
    unit.rangeListsBase = fields.get(At.rangeListsBase)?.number ?? unit.rangeListsBase;
    const low = fields.get(At.lowPc);
    const lowPc = low === undefined ? 0 : this.#context.lookup.address(unit, low);
    unit.lowPc = Number.isNaN(lowPc) ? 0 : lowPc;
  }

  #unitEntry(): void {
    this.#first = false;
    this.#bases();
    const lines = this.#fields.get(At.lines);
    if (lines === undefined) return;
    const folder = this.#fields.get(At.folder);
    const path = folder === undefined ? "" : this.#context.lookup.text(this.#unit, folder);
    this.#files = this.#context.lines(this.#unit, lines.number, path);
  }

  /** A scope's name with those around it; nameless ones are as compilers write them. */
  #named(outer: string): string {
    const value = this.#fields.get(At.name);
    const name = value === undefined ? "" : this.#context.lookup.text(this.#unit, value);
    const shown = name === "" ? "(anonymous namespace)" : name;
    this.#context.budget.take(name.length >> 2);
    return outer === "" || outer.length > LONGEST_SCOPE ? shown : `${outer}::${shown}`;
  }

  #function(offset: number, scope: string): number {
    const fields = this.#fields;
    const more = fields.get(At.origin) ?? fields.get(At.specification);
    const name = fields.get(At.name);
    const linkage = fields.get(At.linkageName);
    this.#context.names.add({
      offset,
      unit: this.#unitRow,
      name,
      linkage,
      more: more === undefined ? -1 : referenced(this.#unit, more),
      scope: name !== undefined && linkage === undefined ? scope : "",
    });
    return this.#scope(offset, -1);
  }

  #inlined(offset: number, caller: number): number {
    const origin = this.#fields.get(At.origin);
    const entry = origin === undefined ? offset : referenced(this.#unit, origin);
    return caller < 0 ? caller : this.#scope(entry, caller);
  }

  /** Adds a scope, if it has code; its row, or that of the one around. */
  #scope(entry: number, caller: number): number {
    const { scopes, stretches } = this.#context;
    const row = scopes.length;
    const before = stretches.length;
    this.#stretches((start, end) => this.#stretch(start, end, row));
    if (stretches.length === before) return caller;
    const fields = this.#fields;
    return scopes.add({
      entry,
      caller,
      file: caller < 0 ? 0 : this.#files(fields.number(At.callFile)),
      line: fields.number(At.callLine),
      column: fields.number(At.callColumn),
    });
  }

  #stretches(add: (start: number, end: number) => void): void {
    const fields = this.#fields;
    const ranges = fields.get(At.ranges);
    if (ranges !== undefined) {
      this.#context.ranges.read(this.#unit, ranges, add);
      return;
    }
    const low = fields.get(At.lowPc);
    const high = fields.get(At.highPc);
    if (low === undefined || high === undefined) return;
    const start = this.#context.lookup.address(this.#unit, low);
    const end = this.#context.lookup.address(this.#unit, high);
    // A constant counts from the start.
    add(start, Number.isNaN(end) && isConstant(high.form) ? start + high.number : end);
  }

  #stretch(start: number, end: number, scope: number): void {
    if (!(end > start)) return;
    const offset = this.#context.map.offset(start);
    if (offset < 0) return;
    const depth = this.#around.length;
    this.#context.stretches.add({ start: offset, end: offset + (end - start), depth, scope });
  }
}

function isScope(tag: number): boolean {
  return tag === Tag.namespace || tag === Tag.structureType || tag === Tag.classType || tag === Tag.unionType;
}

function isConstant(form: number): boolean {
  return (
    form === Form.data1 ||
    form === Form.data2 ||
    form === Form.data4 ||
    form === Form.data8 ||
    form === Form.udata ||
    form === Form.sdata ||
    form === Form.implicit
  );
}
