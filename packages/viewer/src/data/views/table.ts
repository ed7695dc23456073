import { type FlameTree, type FunctionTable, functionTable, type Side } from "@flambeau/core";
import { buffersOfNames, type PackedNames, packNames } from "../names.ts";
import { expression } from "../pipeline.ts";
import type { Reply } from "../rpc.ts";
import type { DataSpec } from "../spec.ts";

/** What the rows are sorted by. Changes: by their size, whatever their sign. */
export type TableSort = "name" | "self" | "total" | "self-change" | "total-change";

export interface TableRequest {
  readonly data: DataSpec;
  readonly sort: TableSort;
  readonly descending: boolean;
  /** Only functions whose name holds this text, or fits this regular expression. */
  readonly filter?: { readonly text: string; readonly regex: boolean };
}

/** Weights per row: of the whole or, in a comparison, of one side. */
export interface TableColumns {
  readonly self: Float64Array<ArrayBuffer>;
  readonly total: Float64Array<ArrayBuffer>;
  /** Weight of everything. */
  readonly all: number;
}

/** The functions of a tree, in the order asked for. */
export interface TableResult extends TableColumns {
  readonly names: PackedNames;
  /** Functions before filtering. */
  readonly functions: number;
  readonly unit: string;
  readonly measured: string | undefined;
  readonly sides: { readonly base: TableColumns; readonly head: TableColumns } | undefined;
}

const tables = new WeakMap<Float64Array, FunctionTable>();

/** Weights by function, of a tree or of one of its sides; added up once. */
export function tableOf(tree: FlameTree, { self, total }: Side): FunctionTable {
  const table = tables.get(total) ?? functionTable({ ...tree, self, total });
  tables.set(total, table);
  return table;
}

/** Adds up a tree by function, filters and sorts. */
export function tableView(tree: FlameTree, request: TableRequest): Reply<TableResult> {
  const whole = tableOf(tree, tree);
  const sides = tree.sides && {
    base: tableOf(tree, tree.sides.base),
    head: tableOf(tree, tree.sides.head),
  };
  const rows = filtered(tree, whole, sides, request.filter);
  const functions = rows.length;
  const order = sorted(tree, rows.kept, whole, sides, request);
  const names = packNames(tree.names, order);
  const columnsOf = (table: FunctionTable, all: number): TableColumns => ({
    self: picked(table.self, order),
    total: picked(table.total, order),
    all,
  });
  const value: TableResult = {
    ...columnsOf(whole, tree.total[0] ?? 0),
    names,
    functions,
    unit: tree.unit,
    measured: tree.measured,
    sides: sides && {
      base: columnsOf(sides.base, tree.sides!.base.total[0] ?? 0),
      head: columnsOf(sides.head, tree.sides!.head.total[0] ?? 0),
    },
  };
  const tables: TableColumns[] = [value];
  if (value.sides !== undefined) tables.push(value.sides.base, value.sides.head);
  return {
    value,
    transfer: [...buffersOfNames(names), ...tables.flatMap(({ self, total }) => [self.buffer, total.buffer])],
  };
}

interface Sides {
  readonly base: FunctionTable;
  readonly head: FunctionTable;
}

/** Rows with any weight, and those of them whose name is asked for. */
function filtered(
  { names }: FlameTree,
  whole: FunctionTable,
  sides: Sides | undefined,
  filter: TableRequest["filter"],
): { length: number; kept: number[] } {
  const matches = filter === undefined || filter.text === "" ? () => true : nameTest(filter);
  const weighs = (row: number): boolean =>
    whole.total[row] !== 0 || (sides?.base.total[row] ?? 0) !== 0 || (sides?.head.total[row] ?? 0) !== 0;
  let length = 0;
  const kept: number[] = [];
  for (let row = 1; row < names.length; row++) {
    if (!weighs(row)) continue;
    length++;
    if (matches(names.text(row))) kept.push(row);
  }
  return { length, kept };
}

/** The test of a search text; capitals matter only where the text has some. */
export function nameTest({ text, regex }: { text: string; regex: boolean }): (name: string) => boolean {
  const caseSensitive = text !== text.toLowerCase();
  if (regex) {
    const test = expression(text, caseSensitive ? "" : "i");
    return (name) => test.test(name);
  }
  return caseSensitive ? (name) => name.includes(text) : (name) => name.toLowerCase().includes(text);
}

function sorted(
  { names }: FlameTree,
  rows: readonly number[],
  whole: FunctionTable,
  sides: Sides | undefined,
  { sort, descending }: TableRequest,
): Int32Array {
  if (sort === "name") {
    const texts = new Map(rows.map((row) => [row, names.text(row)]));
    const order = [...rows].sort((a, b) => (texts.get(a)! < texts.get(b)! ? -1 : 1));
    return Int32Array.from(descending ? order.reverse() : order);
  }
  const column = sort.startsWith("self") ? "self" : "total";
  const keyOfRow =
    sort.endsWith("change") && sides !== undefined
      ? (row: number): number => Math.abs(sides.head[column][row]! - sides.base[column][row]!)
      : (row: number): number => whole[column][row]!;
  const keys = Float64Array.from(rows, keyOfRow);
  const order = Int32Array.from({ length: rows.length }, (_, i) => i);
  order.sort((a, b) => keys[b]! - keys[a]! || a - b);
  if (!descending) order.reverse();
  return order.map((i) => rows[i]!);
}

function picked(column: Float64Array, rows: Int32Array): Float64Array<ArrayBuffer> {
  const out = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) out[i] = column[rows[i]!]!;
  return out;
}
