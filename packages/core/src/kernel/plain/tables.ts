import { StackInterner } from "../../model/stacks.ts";
import { StringInterner } from "../../model/strings.ts";
import { grown } from "../../util/growable.ts";
import type { Fault } from "../faults.ts";
import type { CellColumns, ScanGroup, ScanTables } from "../kernel.ts";

const FAULT_PLACES = 5;

/** Columns that grow: {@link CellColumns} in the making. */
class Cells {
  length = 0;
  node: Uint32Array = new Uint32Array(256);
  group: Uint32Array = new Uint32Array(256);
  a: Float64Array = new Float64Array(256);
  b: Float64Array = new Float64Array(256);

  push(node: number, group: number, a: number, b: number): number {
    const row = this.length++;
    if (row >= this.node.length) {
      this.node = grown(this.node, row + 1);
      this.group = grown(this.group, row + 1);
      this.a = grown(this.a, row + 1);
      this.b = grown(this.b, row + 1);
    }
    this.node[row] = node;
    this.group[row] = group;
    this.a[row] = a;
    this.b[row] = b;
    return row;
  }

  columns(): CellColumns {
    const { length } = this;
    return {
      node: this.node.slice(0, length),
      group: this.group.slice(0, length),
      a: this.a.slice(0, length),
      b: this.b.slice(0, length),
    };
  }
}

/** What the kernel keeps in its memory, in plain TypeScript: symbols, prefix tree, cells, groups, faults. */
export class PlainTables {
  readonly #symbols = new StringInterner();
  readonly #nodes = new StackInterner();
  readonly #cells = new Cells();
  readonly #each: Cells | undefined;
  /** (node, group) → cell; a node and a group make one integer below 2^53. */
  readonly #cellOf = new Map<number, number>();
  readonly #groups: ScanGroup[] = [];
  readonly #groupOf = new Map<string, number>();
  readonly #faults = new Map<number, { count: number; places: { offset: number; line: number }[] }>();
  samples = 0;

  constructor(each: boolean) {
    this.#each = each ? new Cells() : undefined;
  }

  /** Number of a symbol; an empty one is a symbol too, as in the kernel. */
  symbol(bytes: Uint8Array, start: number = 0, end: number = bytes.length): number {
    return this.#symbols.addBytes(bytes, start, end);
  }

  /** Node numbers are the interner's rows plus one: node 0 is the root. */
  child(node: number, symbol: number): number {
    return this.#nodes.add(node - 1, symbol) + 1;
  }

  add(node: number, group: number, a: number, b: number): void {
    this.samples++;
    if (this.#each !== undefined) {
      this.#each.push(node, group, a, b);
      return;
    }
    const key = node * 0x200000 + group;
    const cell = this.#cellOf.get(key);
    if (cell === undefined) this.#cellOf.set(key, this.#cells.push(node, group, a, b));
    else {
      this.#cells.a[cell] = this.#cells.a[cell]! + a;
      this.#cells.b[cell] = this.#cells.b[cell]! + b;
    }
  }

  /** Number of a group, which is made from `make` the first time its key is seen. */
  group(key: string, make: () => ScanGroup): number {
    let id = this.#groupOf.get(key);
    if (id === undefined) {
      id = this.#groups.push(make()) - 1;
      this.#groupOf.set(key, id);
    }
    return id;
  }

  notePeriod(group: number): void {
    const known = this.#groups[group]!;
    if (!known.hasPeriod) this.#groups[group] = { ...known, hasPeriod: true };
  }

  fault(code: number, offset: number, line: number): void {
    let fault = this.#faults.get(code);
    if (fault === undefined) {
      fault = { count: 0, places: [] };
      this.#faults.set(code, fault);
    }
    fault.count++;
    if (fault.places.length < FAULT_PLACES) fault.places.push({ offset, line });
  }

  finish(time: ScanTables["time"]): ScanTables {
    const { length, parent, frame } = this.#nodes.columns();
    const nodeSymbol = new Uint32Array(length + 1);
    const nodeParent = new Uint32Array(length + 1);
    for (let row = 0; row < length; row++) {
      nodeSymbol[row + 1] = frame[row]!;
      nodeParent[row + 1] = parent[row]! + 1;
    }
    const symbols = this.#symbols.finish();
    return {
      symbols: { bytes: symbols.bytes, offsets: symbols.offsets },
      nodeSymbol,
      nodeParent,
      groups: this.#groups,
      cells: this.#cells.columns(),
      each: this.#each?.columns(),
      samples: this.samples,
      time,
      faults: [...this.#faults].map(([code, fault]): Fault => ({ code, ...fault })),
    };
  }
}
