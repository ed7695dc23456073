import { hashPair } from "../../util/hash.ts";
import type { ByteRangeInterner } from "./byte-ranges.ts";
import type { IdRows } from "./id-rows.ts";

/** A prefix tree over rows of the location table, root first; `leaf` holds each stack's row. */
export interface LocationTree {
  length: number;
  readonly parent: Int32Array;
  readonly location: Int32Array;
  readonly leaf: Int32Array;
  /** Location ids that the table does not hold (they became `missing`). */
  readonly missing: number;
}

/**
 * Builds the prefix tree of all distinct stacks, level by level from the root. Stacks are packed varint ids,
 * leaf first, so each is read backwards from its end. A level's hash table only holds that level's nodes and
 * stays in the cache; a stack that no other shares a node with any more needs no look-up: its rest is a chain.
 *
 * ```
 * stacks (root first)   a b c    a b d e    a b d f
 * level 0               a        a          a          one node, three stacks
 * level 1               b        b          b
 * level 2               c→chain  d          d          c is alone: finished as a chain
 * level 3                        e→chain    f→chain
 * ```
 */
export class LocationTreeBuilder {
  readonly #bytes: Uint8Array;
  readonly #stacks: ByteRangeInterner;
  readonly #ids: IdRows;
  readonly #missingRow: number;
  readonly #parent: Int32Array;
  readonly #location: Int32Array;
  /** Per stack: the node reached so far; at the end its leaf. */
  readonly #node: Int32Array;
  /** Per stack: where the ids not yet read end. */
  readonly #cursor: Int32Array;
  #length = 0;
  #missing = 0;
  /** Position in front of the id that `#previous` read. */
  #at = 0;

  /** `missingRow` stands for ids that are not in the table. */
  constructor(bytes: Uint8Array, stacks: ByteRangeInterner, ids: IdRows, missingRow: number) {
    this.#bytes = bytes;
    this.#stacks = stacks;
    this.#ids = ids;
    this.#missingRow = missingRow;
    const capacity = countIds(bytes, stacks);
    this.#parent = new Int32Array(capacity);
    this.#location = new Int32Array(capacity);
    this.#node = new Int32Array(stacks.length).fill(-1);
    this.#cursor = stacks.end.slice(0, stacks.length);
  }

  build(): LocationTree {
    let active = new Int32Array(this.#stacks.length);
    for (let stack = 0; stack < active.length; stack++) active[stack] = stack;
    let slots = new Int32Array(tableSize(active.length));
    let shared = new Int32Array(active.length + 1);
    while (active.length > 0) {
      slots = slots.subarray(0, tableSize(active.length)).fill(0);
      shared = shared.subarray(0, active.length).fill(0);
      const base = this.#length;
      this.#level(active, slots, shared);
      active = active.subarray(0, this.#keepShared(active, shared, base));
    }
    return {
      length: this.#length,
      parent: this.#parent,
      location: this.#location,
      leaf: this.#node,
      missing: this.#missing,
    };
  }

  /** Moves every stack of `active` one frame on; `shared` counts the unfinished stacks at each new node. */
  #level(active: Int32Array, slots: Int32Array, shared: Int32Array): void {
    const { start } = this.#stacks;
    const node = this.#node;
    const cursor = this.#cursor;
    const parents = this.#parent;
    const locations = this.#location;
    const base = this.#length;
    const mask = slots.length - 1;
    for (let i = 0; i < active.length; i++) {
      const stack = active[i]!;
      const from = start[stack]!;
      const location = this.#previous(from, cursor[stack]!);
      cursor[stack] = this.#at;
      const parent = node[stack]!;
      let slot = hashPair(parent, location) & mask;
      let row = -1;
      for (;;) {
        row = slots[slot]! - 1;
        if (row < 0 || (locations[row] === location && parents[row] === parent)) break;
        slot = (slot + 1) & mask;
      }
      if (row < 0) {
        row = this.#append(parent, location);
        slots[slot] = row + 1;
      }
      node[stack] = row;
      if (this.#at > from) shared[row - base] = shared[row - base]! + 1;
    }
  }

  /** Finishes the stacks that are alone at their node; keeps the others in front of `active`, returns how many. */
  #keepShared(active: Int32Array, shared: Int32Array, base: number): number {
    const { start } = this.#stacks;
    let kept = 0;
    for (let i = 0; i < active.length; i++) {
      const stack = active[i]!;
      const from = start[stack]!;
      let at = this.#cursor[stack]!;
      if (at === from) continue;
      let row = this.#node[stack]!;
      if (shared[row - base] !== 1) {
        active[kept++] = stack;
        continue;
      }
      while (at > from) {
        row = this.#append(row, this.#previous(from, at));
        at = this.#at;
      }
      this.#node[stack] = row;
    }
    return kept;
  }

  #append(parent: number, location: number): number {
    const row = this.#length++;
    this.#parent[row] = parent;
    this.#location[row] = location;
    return row;
  }

  /** Row of the location whose id ends at `end` and starts no earlier than `from`; sets `#at` to where it starts. */
  #previous(from: number, end: number): number {
    const bytes = this.#bytes;
    let at = end - 1;
    let id = bytes[at]!;
    while (at > from && bytes[at - 1]! >= 128) {
      if (end - at === 4) return this.#previousLong(from, end);
      at--;
      id = (id << 7) | (bytes[at]! & 127);
    }
    this.#at = at;
    const { direct } = this.#ids;
    const row = id < direct.length ? direct[id]! : this.#ids.row(id, 0);
    if (row >= 0) return row;
    this.#missing++;
    return this.#missingRow;
  }

  /** The same for ids of more than four bytes. One of more than ten bytes is no id, and so is missing. */
  #previousLong(from: number, end: number): number {
    const bytes = this.#bytes;
    let at = end - 1;
    let low = bytes[at]!;
    let high = 0;
    while (at > from && bytes[at - 1]! >= 128) {
      at--;
      high = (high << 7) | (low >>> 25);
      low = (low << 7) | (bytes[at]! & 127);
    }
    this.#at = at;
    const row = end - at > 10 ? -1 : this.#ids.row(low >>> 0, high >>> 0);
    if (row >= 0) return row;
    this.#missing++;
    return this.#missingRow;
  }
}

/** Room for twice as many entries, a power of two. */
function tableSize(entries: number): number {
  let size = 16;
  while (size < entries * 2) size *= 2;
  return size;
}

/** How many varints the stacks hold: their bytes without the continuation bit, counted four at a time. */
function countIds(bytes: Uint8Array, stacks: ByteRangeInterner): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let continued = 0;
  let all = 0;
  for (let stack = 0; stack < stacks.length; stack++) {
    let at = stacks.start[stack]!;
    const end = stacks.end[stack]!;
    all += end - at;
    for (; at + 4 <= end; at += 4) {
      const high = (view.getInt32(at, true) >>> 7) & 0x01010101;
      continued += Math.imul(high, 0x01010101) >>> 24;
    }
    for (; at < end; at++) continued += bytes[at]! >>> 7;
  }
  return all - continued;
}
