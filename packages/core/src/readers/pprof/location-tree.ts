import { grown } from "../../util/growable.ts";
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

/** A part of at most so many stacks, and so many bytes of ids, is decoded into one small array. */
const SMALL_STACKS = 1 << 15;
const SMALL_BYTES = 1 << 21;
/** So many stacks are fetched from memory together, a power of two. */
const TOUCHED = 32;

/**
 * Builds the prefix tree of all distinct stacks by partition: the stacks that have come to the same node lie next
 * to each other in `order`; they are parted by their next location, and each part is a child. A part is done with
 * all its descendants before the next one. The parting needs no hashing, because locations are small numbers,
 * and a stack that is alone needs no parting: its rest is a chain.
 *
 * ```
 * order      0      1      2            0      1      2           0      1      2
 * stacks     a b c  a b d  e            a b c  a b d  e           a b c  a b d  e
 *            └──── the root ────┘       └── a ──┘     └ chain     └ b ───┘
 * ```
 *
 * Stacks are packed varint ids, leaf first, so each is read backwards from its end. What costs time is not the
 * parting but fetching from memory; so large parts are read one id further at a time, in the order of the input,
 * and a part that has become small is decoded as a whole into an array that fits the processor's cache.
 */
export class LocationTreeBuilder {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #stacks: ByteRangeInterner;
  readonly #ids: IdRows;
  readonly #missingRow: number;
  readonly #parent: Int32Array;
  readonly #location: Int32Array;
  readonly #leaf: Int32Array;
  /** Per stack: where the ids not yet read end. */
  readonly #cursor: Int32Array;
  /** The stacks, those of a node next to each other; within the small part, their numbers there. */
  readonly #order: Int32Array;
  /** The next location of each stack of the part, and room to part in. */
  readonly #next: Int32Array;
  readonly #parted: Int32Array;
  /** Per location: how many of the part's stacks go there; once parted, -1 - the place of the next of them. */
  readonly #counts: Int32Array;
  /** The small part: its stacks, where the locations of each start in `smallIds`, and those, each list ended by -1. */
  readonly #smallStack: Int32Array;
  readonly #smallStart: Int32Array;
  #smallIds = new Int32Array(1024);
  /** Parts still to be done: node, start and end in `order`, and how far the small part is read; -1: a large one. */
  #work = new Int32Array(1024);
  #worked = 0;
  #length = 0;
  #missing = 0;
  /** Position in front of the id that `#rare` read. */
  #at = 0;
  /** Keeps what `#touch` read: a look whose result nobody wants may be optimised away. */
  readonly #touched = new Uint8Array(1);

  /** `ids` finds a row below `missingRow`, which itself stands for ids that are not in the table. */
  constructor(bytes: Uint8Array, stacks: ByteRangeInterner, ids: IdRows, missingRow: number) {
    const count = stacks.length;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#stacks = stacks;
    this.#ids = ids;
    this.#missingRow = missingRow;
    const capacity = countIds(bytes, stacks);
    this.#parent = new Int32Array(capacity);
    this.#location = new Int32Array(capacity);
    this.#leaf = new Int32Array(count);
    this.#cursor = new Int32Array(count);
    this.#order = new Int32Array(count);
    for (let stack = 0; stack < count; stack++) {
      this.#cursor[stack] = stacks.end(stack);
      this.#order[stack] = stack;
    }
    this.#next = new Int32Array(count);
    this.#parted = new Int32Array(count);
    this.#counts = new Int32Array(missingRow + 1);
    this.#smallStack = new Int32Array(Math.min(count, SMALL_STACKS));
    this.#smallStart = new Int32Array(Math.min(count, SMALL_STACKS));
  }

  build(): LocationTree {
    if (this.#order.length > 0) this.#later(-1, 0, this.#order.length, -1);
    while (this.#worked > 0) {
      this.#worked -= 4;
      const at = this.#worked;
      const work = this.#work;
      this.#children(work[at]!, work[at + 1]!, work[at + 2]!, work[at + 3]!);
    }
    return {
      length: this.#length,
      parent: this.#parent,
      location: this.#location,
      leaf: this.#leaf,
      missing: this.#missing,
    };
  }

  /** Adds the children of `node`, where the stacks `[start, end)` of `order` are; their own come later. */
  #children(node: number, start: number, end: number, depth: number): void {
    if (depth < 0 && this.#isSmall(start, end)) {
      this.#decode(start, end);
      depth = 0;
    }
    if (depth < 0) this.#part(node, start, this.#countLarge(node, start, end), depth);
    else if (end - start === 1) this.#chain(node, this.#order[start]!, depth);
    else if (end - start === 2) this.#pair(node, this.#order[start]!, this.#order[start + 1]!, depth);
    else this.#part(node, start, this.#countSmall(node, start, end, depth), depth);
  }

  #isSmall(start: number, end: number): boolean {
    if (end - start > SMALL_STACKS) return false;
    let size = 0;
    for (let i = start; i < end && size <= SMALL_BYTES; i++) {
      const stack = this.#order[i]!;
      size += this.#cursor[stack]! - this.#stacks.start(stack);
    }
    // A single stack has to be small, however long it is: there is nothing left to part.
    return size <= SMALL_BYTES || end - start === 1;
  }

  /** Decodes all that is left of a part's stacks; from then on `order` holds their numbers in the small part. */
  #decode(start: number, end: number): void {
    const order = this.#order;
    const stacks = this.#stacks;
    let used = 0;
    for (let i = start; i < end; i++) {
      if (((i - start) & (TOUCHED - 1)) === 0) this.#touch(i, Math.min(end, i + TOUCHED));
      const stack = order[i]!;
      const from = stacks.start(stack);
      const at = this.#cursor[stack]!;
      this.#smallIds = grown(this.#smallIds, used + (at - from) + 1);
      this.#smallStack[i - start] = stack;
      this.#smallStart[i - start] = used;
      order[i] = i - start;
      used = this.#decodeStack(from, at, used);
    }
  }

  /**
   * Looks at the ends of stacks that will be decoded next. They lie far apart in the input; so close behind each
   * other, the processor fetches many of them from memory at a time instead of waiting for one after the other.
   */
  #touch(start: number, end: number): void {
    const bytes = this.#bytes;
    let seen = 0;
    for (let i = start; i < end; i++) {
      const stack = this.#order[i]!;
      seen |= bytes[this.#stacks.start(stack)]! | bytes[this.#cursor[stack]! - 1]!;
    }
    this.#touched[0] = seen;
  }

  /**
   * Writes the locations of one stack to `smallIds` from `used` on; returns where the next one goes. How long an
   * id is cannot be foretold, so ids of up to three bytes (21 bits) are taken from a word without a branch:
   *
   * ```
   * byte       at-4  at-3  at-2  at-1      c1 = the byte at-2 continues, c2 = and so does the one before
   * bits        0…    8…   16…   24…31     the id starts 8 * (c1 + c2) bits below bit 24
   * ```
   */
  #decodeStack(from: number, behind: number, used: number): number {
    const view = this.#view;
    const ids = this.#smallIds;
    const { direct } = this.#ids;
    const known = direct.length;
    let to = used;
    let at = behind;
    while (at > from) {
      if (at >= 4) {
        const word = view.getInt32(at - 4, true);
        const c1 = (word >>> 23) & 1;
        const c2 = c1 & (word >>> 15);
        const more = c1 + c2;
        const low = word >>> (24 - more * 8);
        const id = (low & 127) | ((low >>> 1) & 0x3f80) | ((low >>> 2) & 0x1fc000);
        const next = at - 1 - more;
        // A fourth byte, or one in front of the stack, is decoded again with care.
        if ((c2 & (word >>> 7)) === 0 && next >= from && id < known && direct[id]! >= 0) {
          ids[to++] = direct[id]!;
          at = next;
          continue;
        }
      }
      ids[to++] = this.#rare(from, at);
      at = this.#at;
    }
    ids[to] = -1;
    return to + 1;
  }

  /** Counts where the stacks of a part go on to. Those that end here leave; returns where the others end. */
  #countSmall(node: number, start: number, end: number, depth: number): number {
    const order = this.#order;
    const ids = this.#smallIds;
    const starts = this.#smallStart;
    const next = this.#next;
    const counts = this.#counts;
    let kept = start;
    for (let i = start; i < end; i++) {
      const stack = order[i]!;
      const location = ids[starts[stack]! + depth]!;
      if (location < 0) {
        this.#leaf[this.#smallStack[stack]!] = node;
        continue;
      }
      next[kept - start] = location;
      order[kept++] = stack;
      counts[location] = counts[location]! + 1;
    }
    return kept;
  }

  /** The same for a large part, whose next ids have still to be decoded. */
  #countLarge(node: number, start: number, end: number): number {
    const order = this.#order;
    let kept = start;
    for (let i = start; i < end; i++) {
      const stack = order[i]!;
      const from = this.#stacks.start(stack);
      const at = this.#cursor[stack]!;
      if (at === from) {
        this.#leaf[stack] = node;
        continue;
      }
      const location = this.#rare(from, at);
      this.#cursor[stack] = this.#at;
      this.#next[kept - start] = location;
      order[kept++] = stack;
      this.#counts[location] = this.#counts[location]! + 1;
    }
    return kept;
  }

  /** Parts `[start, end)` of `order`, whose next locations were counted: each part becomes a child of `node`. */
  #part(node: number, start: number, end: number, depth: number): void {
    const order = this.#order;
    const next = this.#next;
    const parted = this.#parted;
    const counts = this.#counts;
    const size = end - start;
    const deeper = depth < 0 ? -1 : depth + 1;
    if (size === 0) return;
    if (counts[next[0]!] === size) {
      counts[next[0]!] = 0;
      this.#later(this.#append(node, next[0]!), start, end, deeper);
      return;
    }
    let used = 0;
    for (let i = 0; i < size; i++) {
      const location = next[i]!;
      let count = counts[location]!;
      if (count > 0) {
        const child = this.#append(node, location);
        if (count === 1 && depth >= 0) {
          counts[location] = 0;
          this.#chain(child, order[start + i]!, deeper);
          continue;
        }
        this.#later(child, start + used, start + used + count, deeper);
        used += count;
        count = count - used - 1;
      }
      parted[-1 - count] = order[start + i]!;
      counts[location] = count - 1;
    }
    for (let i = 0; i < size; i++) counts[next[i]!] = 0;
    for (let i = 0; i < used; i++) order[start + i] = parted[i]!;
  }

  /** Two stacks of the small part: one chain as long as they agree, then two. */
  #pair(node: number, a: number, b: number, depth: number): void {
    const ids = this.#smallIds;
    const startA = this.#smallStart[a]!;
    const startB = this.#smallStart[b]!;
    let row = node;
    for (; ids[startA + depth] === ids[startB + depth] && ids[startA + depth]! >= 0; depth++) {
      row = this.#append(row, ids[startA + depth]!);
    }
    this.#chain(row, a, depth);
    this.#chain(row, b, depth);
  }

  /** Finishes a stack of the small part that is alone at `node`. */
  #chain(node: number, stack: number, depth: number): void {
    const ids = this.#smallIds;
    const parents = this.#parent;
    const locations = this.#location;
    let row = node;
    let next = this.#length;
    for (let i = this.#smallStart[stack]! + depth; ids[i]! >= 0; i++) {
      parents[next] = row;
      locations[next] = ids[i]!;
      row = next++;
    }
    this.#length = next;
    this.#leaf[this.#smallStack[stack]!] = row;
  }

  /** Puts a part on the work list. */
  #later(node: number, start: number, end: number, depth: number): void {
    const at = this.#worked;
    this.#worked = at + 4;
    this.#work = grown(this.#work, this.#worked);
    const work = this.#work;
    work[at] = node;
    work[at + 1] = start;
    work[at + 2] = end;
    work[at + 3] = depth;
  }

  #append(parent: number, location: number): number {
    const row = this.#length++;
    this.#parent[row] = parent;
    this.#location[row] = location;
    return row;
  }

  /**
   * Row of the location whose id ends at `end` and starts no earlier than `from`, whatever its length; sets `#at`
   * to where it starts. A varint of more than ten bytes is no id, and so is missing.
   */
  #rare(from: number, end: number): number {
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
    let at = stacks.start(stack);
    const end = stacks.end(stack);
    all += end - at;
    for (; at + 4 <= end; at += 4) {
      const high = (view.getInt32(at, true) >>> 7) & 0x01010101;
      continued += Math.imul(high, 0x01010101) >>> 24;
    }
    for (; at < end; at++) continued += bytes[at]! >>> 7;
  }
  return all - continued;
}
