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
 * Builds the prefix tree of all distinct stacks by partition: the stacks that have come to the same node lie next
 * to each other in `order`; they are read one frame further and parted by it, and each part is a child. A part
 * is done with all its descendants before the next, so that what is read stays in the cache, and the parting
 * needs no hashing, because locations are small numbers. A stack that is alone needs no parting: its rest is a
 * chain. Stacks are packed varint ids, leaf first, so each is read backwards from its end.
 *
 * ```
 * order      0      1      2            0      1      2           0      1      2
 * stacks     a b c  a b d  e            a b c  a b d  e           a b c  a b d  e
 *            └──── the root ────┘       └── a ──┘     └ chain     └ b ───┘
 * ```
 */
export class LocationTreeBuilder {
  readonly #bytes: Uint8Array;
  readonly #starts: Int32Array;
  readonly #ids: IdRows;
  readonly #missingRow: number;
  readonly #parent: Int32Array;
  readonly #location: Int32Array;
  readonly #leaf: Int32Array;
  /** Per stack: where the ids not yet read end. */
  readonly #cursor: Int32Array;
  /** The stacks, those of a node next to each other; the location that each came to last. */
  readonly #order: Int32Array;
  readonly #next: Int32Array;
  /** Room to part in. */
  readonly #parted: Int32Array;
  /** Per location: how many of the part's stacks go there, then where the next of them is put. */
  readonly #counts: Int32Array;
  /** Parts still to be done: triples of node, start and end in `order`. */
  readonly #work: number[] = [];
  #length = 0;
  #missing = 0;
  /** Position in front of the id that `#previous` read. */
  #at = 0;

  /** `ids` finds a row below `missingRow`, which itself stands for ids that are not in the table. */
  constructor(bytes: Uint8Array, stacks: ByteRangeInterner, ids: IdRows, missingRow: number) {
    this.#bytes = bytes;
    this.#starts = stacks.start;
    this.#ids = ids;
    this.#missingRow = missingRow;
    const capacity = countIds(bytes, stacks);
    this.#parent = new Int32Array(capacity);
    this.#location = new Int32Array(capacity);
    this.#leaf = new Int32Array(stacks.length);
    this.#cursor = stacks.end.slice(0, stacks.length);
    this.#order = Int32Array.from(this.#leaf, (_, stack) => stack);
    this.#next = new Int32Array(stacks.length);
    this.#parted = new Int32Array(stacks.length);
    this.#counts = new Int32Array(missingRow + 1);
  }

  build(): LocationTree {
    if (this.#order.length > 0) this.#work.push(-1, 0, this.#order.length);
    while (this.#work.length > 0) {
      const end = this.#work.pop()!;
      const start = this.#work.pop()!;
      const node = this.#work.pop()!;
      this.#part(node, start, this.#advance(node, start, end));
    }
    return {
      length: this.#length,
      parent: this.#parent,
      location: this.#location,
      leaf: this.#leaf,
      missing: this.#missing,
    };
  }

  /** Reads one frame further in the stacks at a node. Those that end there leave; returns where the others end. */
  #advance(node: number, start: number, end: number): number {
    const order = this.#order;
    const starts = this.#starts;
    const cursor = this.#cursor;
    const next = this.#next;
    const counts = this.#counts;
    let kept = start;
    for (let i = start; i < end; i++) {
      const stack = order[i]!;
      const from = starts[stack]!;
      const to = cursor[stack]!;
      if (to === from) {
        this.#leaf[stack] = node;
        continue;
      }
      const location = this.#previous(from, to);
      cursor[stack] = this.#at;
      order[kept] = stack;
      next[kept] = location;
      counts[location] = counts[location]! + 1;
      kept++;
    }
    return kept;
  }

  /** Parts `[start, end)` of `order` by `next`: every part becomes a child of `node`. */
  #part(node: number, start: number, end: number): void {
    const order = this.#order;
    const next = this.#next;
    const parted = this.#parted;
    const counts = this.#counts;
    if (start === end) return;
    const first = next[start]!;
    if (counts[first] === end - start) {
      counts[first] = 0;
      this.#child(node, first, start, end);
      return;
    }
    // A count becomes the negated place of the part's next stack, which is never 0: places are taken from 1.
    let place = start;
    const children = this.#work.length;
    for (let i = start; i < end; i++) {
      const location = next[i]!;
      let at = counts[location]!;
      if (at > 0) {
        this.#work.push(location, place, place + at);
        place += at;
        at = at - place - 1;
      }
      parted[-at - 1] = order[i]!;
      counts[location] = at - 1;
    }
    for (let i = start; i < end; i++) {
      order[i] = parted[i]!;
      counts[next[i]!] = 0;
    }
    this.#children(node, children);
  }

  /** Turns the parts on the work list from `from` on, which hold a location, into nodes; drops those that are done. */
  #children(node: number, from: number): void {
    const parts = this.#work.splice(from);
    for (let i = 0; i < parts.length; i += 3) this.#child(node, parts[i]!, parts[i + 1]!, parts[i + 2]!);
  }

  /** A new child of `node`; a single stack is finished, several are put on the work list. */
  #child(node: number, location: number, start: number, end: number): void {
    let row = this.#append(node, location);
    if (end - start > 1) {
      this.#work.push(row, start, end);
      return;
    }
    const stack = this.#order[start]!;
    const from = this.#starts[stack]!;
    let at = this.#cursor[stack]!;
    while (at > from) {
      row = this.#append(row, this.#previous(from, at));
      at = this.#at;
    }
    this.#leaf[stack] = row;
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
