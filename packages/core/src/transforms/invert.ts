import { grown } from "../util/growable.ts";
import { type FlameTree, type Side, totalsFromSelf } from "./flame-tree.ts";
import { NodeList, withNodeZero } from "./tree-shape.ts";

/**
 * The inverted (bottom-up) tree: leaves at the root, callers above. It is made from the root on by refining
 * groups of nodes that have a weight of their own:
 *
 * ```
 *   members of the root's group    every node with self ≠ 0, standing on itself
 *   one step                       part the group by the name stood on: one inverted node per name;
 *                                  then every member steps to its caller, or ends at the outermost one
 * ```
 *
 * A group is taken further only while its members' self, each taken without its sign, comes to at least
 * `minWeight`; a smaller group stays one node with all its weight as self, so that totals are conserved. With a
 * differential both sides count. `minWeight` 0 expands everything.
 */
export function invertTree(tree: FlameTree, minWeight: number): FlameTree {
  const inversion = new Inversion(tree, minWeight);
  inversion.run();
  return inversion.finish();
}

/** A group: members `[start, end)` stand behind inverted row `row`. */
const GROUP_FIELDS = 3;

class Inversion {
  readonly #tree: FlameTree;
  readonly #minWeight: number;
  readonly #columns: readonly Float64Array[];
  /** The columns that say how heavy a group is: the width, or both sides of a differential. */
  readonly #sizing: readonly Float64Array[];
  readonly #rows = new NodeList();
  /** Self per column and inverted row, row 0 first. */
  #self: Float64Array[];
  /** Members of the groups: the node whose self they carry, and the node that they stand on. */
  #origin: Int32Array;
  #at: Int32Array;
  readonly #scratchOrigin: Int32Array;
  readonly #scratchAt: Int32Array;
  /** Per name while a group is parted: its members, then where the next one goes, or below 0 the row that ends it. */
  readonly #slotOfName: Int32Array;
  readonly #weightOfName: Float64Array;
  #namesMet = new Int32Array(256);
  #groups = new Int32Array(GROUP_FIELDS * 256);
  #groupCount = 0;

  constructor(tree: FlameTree, minWeight: number) {
    this.#tree = tree;
    this.#minWeight = minWeight;
    const { sides } = tree;
    this.#columns = sides === undefined ? [tree.self] : [tree.self, sides.base.self, sides.head.self];
    this.#sizing = sides === undefined ? this.#columns : this.#columns.slice(1);
    this.#self = this.#columns.map((column) => {
      const self = new Float64Array(1024);
      self[0] = column[0]!;
      return self;
    });
    this.#origin = nodesWithSelf(this.#columns, tree.length);
    this.#at = this.#origin.slice();
    this.#scratchOrigin = new Int32Array(this.#origin.length);
    this.#scratchAt = new Int32Array(this.#origin.length);
    this.#slotOfName = new Int32Array(tree.names.length);
    this.#weightOfName = new Float64Array(tree.names.length);
  }

  run(): void {
    this.#part(-1, 0, this.#origin.length);
    while (this.#groupCount > 0) {
      const group = --this.#groupCount * GROUP_FIELDS;
      const row = this.#groups[group]!;
      const start = this.#groups[group + 1]!;
      this.#part(row, start, this.#stepUp(row, start, this.#groups[group + 2]!));
    }
  }

  finish(): FlameTree {
    const { names, unit, measured } = this.#tree;
    const shape = withNodeZero(this.#rows.columns());
    const [width, base, head] = this.#self.map((column): Side => {
      const self = column.slice(0, shape.length);
      return { self, total: totalsFromSelf(shape.parent, self) };
    });
    const tree: FlameTree = {
      ...shape,
      names,
      unit,
      ...(measured === undefined ? {} : { measured }),
      ...width!,
    };
    return base === undefined || head === undefined ? tree : { ...tree, sides: { base, head } };
  }

  /** Moves every member to its caller. One that stood on the outermost frame ends: its weight is the row's self. */
  #stepUp(row: number, start: number, end: number): number {
    const { parent } = this.#tree;
    const origins = this.#origin;
    const ats = this.#at;
    let kept = start;
    for (let i = start; i < end; i++) {
      const caller = parent[ats[i]!]!;
      if (caller <= 0) {
        this.#addSelf(row, origins[i]!);
        continue;
      }
      origins[kept] = origins[i]!;
      ats[kept++] = caller;
    }
    return kept;
  }

  /** Parts members by the name they stand on: a row below `row` for each, taken further or closed. */
  #part(row: number, start: number, end: number): void {
    const names = this.#count(start, end);
    let next = start;
    for (let i = 0; i < names; i++) {
      const name = this.#namesMet[i]!;
      const inverted = this.#addRow(row, name);
      const count = this.#slotOfName[name]!;
      if (this.#weightOfName[name]! < this.#minWeight) {
        this.#slotOfName[name] = -1 - inverted;
      } else {
        this.#slotOfName[name] = next;
        this.#queue(inverted, next, next + count);
        next += count;
      }
    }
    // Members of one group that goes on as it is need no sorting.
    if (names !== 1 || next === start) this.#distribute(start, end, next);
    for (let i = 0; i < names; i++) {
      this.#slotOfName[this.#namesMet[i]!] = 0;
      this.#weightOfName[this.#namesMet[i]!] = 0;
    }
  }

  /** Members and weight per name, names in order of first appearance; returns how many names there are. */
  #count(start: number, end: number): number {
    const { name } = this.#tree;
    const slots = this.#slotOfName;
    const weights = this.#weightOfName;
    const origins = this.#origin;
    const ats = this.#at;
    const [one, other] = this.#sizing as [Float64Array, Float64Array?];
    let names = 0;
    for (let i = start; i < end; i++) {
      const met = name[ats[i]!]!;
      if (slots[met] === 0) {
        if (names === this.#namesMet.length) this.#namesMet = grown(this.#namesMet, names + 1);
        this.#namesMet[names++] = met;
      }
      slots[met] = slots[met]! + 1;
      let weight = Math.abs(one[origins[i]!]!);
      if (other !== undefined) weight += Math.abs(other[origins[i]!]!);
      weights[met] = weights[met]! + weight;
    }
    return names;
  }

  /** Counting sort: members to their name's slot in `[start, last)`, or into their row where that is closed. */
  #distribute(start: number, end: number, last: number): void {
    const { name } = this.#tree;
    const slots = this.#slotOfName;
    const origins = this.#origin;
    const ats = this.#at;
    const newOrigins = this.#scratchOrigin;
    const newAts = this.#scratchAt;
    for (let i = start; i < end; i++) {
      const at = ats[i]!;
      const met = name[at]!;
      const slot = slots[met]!;
      if (slot < 0) {
        this.#addSelf(-1 - slot, origins[i]!);
        continue;
      }
      slots[met] = slot + 1;
      newOrigins[slot] = origins[i]!;
      newAts[slot] = at;
    }
    if (last - start < 64) {
      // Cheaper than making views.
      for (let i = start; i < last; i++) {
        origins[i] = newOrigins[i]!;
        ats[i] = newAts[i]!;
      }
      return;
    }
    origins.set(newOrigins.subarray(start, last), start);
    ats.set(newAts.subarray(start, last), start);
  }

  #addRow(parent: number, name: number): number {
    const row = this.#rows.add(parent, name);
    if (row + 2 > this.#self[0]!.length) this.#self = this.#self.map((column) => grown(column, row + 2));
    return row;
  }

  #queue(row: number, start: number, end: number): void {
    const at = this.#groupCount++ * GROUP_FIELDS;
    if (at + GROUP_FIELDS > this.#groups.length) this.#groups = grown(this.#groups, at + GROUP_FIELDS);
    this.#groups[at] = row;
    this.#groups[at + 1] = start;
    this.#groups[at + 2] = end;
  }

  #addSelf(row: number, origin: number): void {
    for (let c = 0; c < this.#columns.length; c++) {
      const self = this.#self[c]!;
      self[row + 1] = self[row + 1]! + this.#columns[c]![origin]!;
    }
  }
}

/** The nodes with a weight of their own in any column, in row order; without node 0. */
function nodesWithSelf(columns: readonly Float64Array[], length: number): Int32Array {
  const has = new Uint8Array(length);
  let count = 0;
  for (const column of columns) {
    for (let node = 1; node < length; node++) {
      if (column[node] === 0 || has[node] === 1) continue;
      has[node] = 1;
      count++;
    }
  }
  const nodes = new Int32Array(count);
  let next = 0;
  for (let node = 1; node < length; node++) if (has[node] === 1) nodes[next++] = node;
  return nodes;
}
