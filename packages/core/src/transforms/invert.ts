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
  readonly #rows = new NodeList();
  /** Self per column and inverted row, row 0 first. */
  #self: Float64Array[];
  /** Members of the groups: the node whose self they carry, and the node that they stand on. */
  #origin: Int32Array;
  #at: Int32Array;
  readonly #scratchOrigin: Int32Array;
  readonly #scratchAt: Int32Array;
  /** Per name while a group is parted: members so far, then where the next one goes. */
  readonly #slotOfName: Int32Array;
  #namesMet = new Int32Array(256);
  #groups = new Int32Array(GROUP_FIELDS * 256);
  #groupCount = 0;

  constructor(tree: FlameTree, minWeight: number) {
    this.#tree = tree;
    this.#minWeight = minWeight;
    const { sides } = tree;
    this.#columns = sides === undefined ? [tree.self] : [tree.self, sides.base.self, sides.head.self];
    this.#self = this.#columns.map((column) => {
      const self = new Float64Array(1024);
      self[0] = column[0]!;
      return self;
    });
    this.#origin = this.#nodesWithSelf();
    this.#at = this.#origin.slice();
    this.#scratchOrigin = new Int32Array(this.#origin.length);
    this.#scratchAt = new Int32Array(this.#origin.length);
    this.#slotOfName = new Int32Array(tree.names.length);
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
    const { names, unit } = this.#tree;
    const shape = withNodeZero(this.#rows.columns());
    const [width, base, head] = this.#self.map((column): Side => {
      const self = column.slice(0, shape.length);
      return { self, total: totalsFromSelf(shape.parent, self) };
    });
    const tree: FlameTree = { ...shape, names, unit, ...width! };
    return base === undefined || head === undefined ? tree : { ...tree, sides: { base, head } };
  }

  #nodesWithSelf(): Int32Array {
    const has = (node: number): boolean => this.#columns.some((column) => column[node] !== 0);
    const { length } = this.#tree;
    let count = 0;
    for (let node = 1; node < length; node++) if (has(node)) count++;
    const nodes = new Int32Array(count);
    let next = 0;
    for (let node = 1; node < length; node++) if (has(node)) nodes[next++] = node;
    return nodes;
  }

  /** Moves every member to its caller. One that stood on the outermost frame ends: its weight is the row's self. */
  #stepUp(row: number, start: number, end: number): number {
    const { parent } = this.#tree;
    let kept = start;
    for (let i = start; i < end; i++) {
      const origin = this.#origin[i]!;
      const caller = parent[this.#at[i]!]!;
      if (caller <= 0) {
        this.#addSelf(row, origin);
        continue;
      }
      this.#origin[kept] = origin;
      this.#at[kept++] = caller;
    }
    return kept;
  }

  /** Parts members by the name they stand on: a row below `row` for each, taken further or closed. */
  #part(row: number, start: number, end: number): void {
    const names = this.#sortByName(start, end);
    let from = start;
    for (let i = 0; i < names; i++) {
      const name = this.#namesMet[i]!;
      // After sorting, a name's slot is where its members end.
      const to = this.#slotOfName[name]!;
      this.#slotOfName[name] = 0;
      this.#open(this.#rows.add(row, name), from, to);
      from = to;
    }
  }

  /** Counting sort of members by name, names in order of first appearance; returns how many names there are. */
  #sortByName(start: number, end: number): number {
    const { name } = this.#tree;
    const slots = this.#slotOfName;
    let names = 0;
    for (let i = start; i < end; i++) {
      const met = name[this.#at[i]!]!;
      if (slots[met] === 0) {
        if (names === this.#namesMet.length) this.#namesMet = grown(this.#namesMet, names + 1);
        this.#namesMet[names++] = met;
      }
      slots[met] = slots[met]! + 1;
    }
    let next = start;
    for (let i = 0; i < names; i++) {
      const met = this.#namesMet[i]!;
      const count = slots[met]!;
      slots[met] = next;
      next += count;
    }
    if (names < 2) {
      if (names === 1) slots[this.#namesMet[0]!] = end;
      return names;
    }
    this.#scratchOrigin.set(this.#origin.subarray(start, end), start);
    this.#scratchAt.set(this.#at.subarray(start, end), start);
    for (let i = start; i < end; i++) {
      const at = this.#scratchAt[i]!;
      const met = name[at]!;
      const slot = slots[met]!;
      slots[met] = slot + 1;
      this.#origin[slot] = this.#scratchOrigin[i]!;
      this.#at[slot] = at;
    }
    return names;
  }

  /** Queues a group that is heavy enough; else its row takes all its weight. */
  #open(row: number, start: number, end: number): void {
    for (let c = 0; c < this.#self.length; c++) this.#self[c] = grown(this.#self[c]!, row + 2);
    let weight = 0;
    for (const column of this.#sizing()) {
      for (let i = start; i < end; i++) weight += Math.abs(column[this.#origin[i]!]!);
    }
    if (weight < this.#minWeight) {
      for (let i = start; i < end; i++) this.#addSelf(row, this.#origin[i]!);
      return;
    }
    const at = this.#groupCount++ * GROUP_FIELDS;
    this.#groups = grown(this.#groups, at + GROUP_FIELDS);
    this.#groups[at] = row;
    this.#groups[at + 1] = start;
    this.#groups[at + 2] = end;
  }

  /** The columns that say how heavy a group is: the width, or both sides of a differential. */
  #sizing(): readonly Float64Array[] {
    return this.#columns.length === 1 ? this.#columns : this.#columns.slice(1);
  }

  #addSelf(row: number, origin: number): void {
    for (let c = 0; c < this.#columns.length; c++) {
      const self = this.#self[c]!;
      self[row + 1] = self[row + 1]! + this.#columns[c]![origin]!;
    }
  }
}
