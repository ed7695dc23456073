import type { Names, NameTree } from "./name-tree.ts";
import { type LeftOut, leastTotal } from "./node-limit.ts";
import { type PathTrie, popcount } from "./path-trie.ts";

/** The heavy part of a tree. */
export interface MergedTree extends NameTree {
  readonly leftOut: LeftOut;
}

/** The heavy part of two trees with the same nodes: what each side weighs, 0 where it lacks the node. */
export interface MergedPair {
  readonly length: number;
  readonly parent: Int32Array;
  readonly name: Int32Array;
  readonly names: Names;
  readonly left: WeightColumns;
  readonly right: WeightColumns;
  readonly leftOut: LeftOut;
}

/** Weights by node. */
export interface WeightColumns {
  readonly self: Float64Array;
  readonly total: Float64Array;
}

/** Ends of paths and what each weighs; an end may occur more than once. */
export interface WeightedStacks {
  /** Nodes of a trie. */
  readonly stacks: Int32Array;
  readonly values: Float64Array;
}

/**
 * The part of a trie that a query touches, as segments: stretches of nodes within a run that all weigh the same,
 * because no path ends and no other run hangs between them. Ascending, so that a segment's parent is before it.
 *
 * ```
 *   run   a b c d        a path ends at b, another run hangs at c, a path ends at d:  segments  [a b] [c] [d]
 * ```
 * Stacks part at few places: there are ten times fewer segments than nodes.
 */
interface Segments {
  readonly length: number;
  /** First and last node; the root is a segment of its own. */
  readonly head: Int32Array;
  readonly end: Int32Array;
  /** Segment above; -1 for the root. */
  readonly parent: Int32Array;
}

/** Segments that stay, and how many nodes they are. */
interface Kept {
  readonly segments: Uint8Array;
  readonly nodes: number;
  readonly leftOut: LeftOut;
}

/**
 * Adds up weights over the part of a trie that a query touches. The bits are kept from query to query and only those
 * that were set are cleared, so that a query costs what it touches.
 */
export class PathSums {
  readonly #trie: PathTrie;
  /** A bit per node: a segment ends there. */
  #ends: Int32Array<ArrayBuffer> = new Int32Array(0);
  /** A bit per node: its run was walked through; only at the first node of a run. */
  #walked: Int32Array<ArrayBuffer> = new Int32Array(0);
  /** For each word of `#ends` that is not 0: the segments that end before it. */
  #before: Int32Array<ArrayBuffer> = new Int32Array(0);
  /** A bit per word of `#ends` and `#walked`: it is not 0. */
  #words: Int32Array<ArrayBuffer> = new Int32Array(0);

  constructor(trie: PathTrie) {
    this.#trie = trie;
  }

  /**
   * The tree of all paths: the root, the `nodes` heaviest nodes that weigh something, and all that weigh as much as the
   * last of them.
   */
  merge(parts: readonly WeightedStacks[], texts: Names, nodes: number): MergedTree {
    const segments = this.#segmentsOf(parts);
    const self = this.#selfOf(segments, parts);
    const total = totalsOf(segments, self);
    this.#clear();
    const kept = keptOf(segments, total, nodes);
    return {
      ...this.#skeleton(segments, kept, texts),
      ...columnsOf(segments, kept, self, total),
      leftOut: kept.leftOut,
    };
  }

  /** The same for two sides; the larger of them decides whether a node is too light. */
  mergePair(
    left: readonly WeightedStacks[],
    right: readonly WeightedStacks[],
    texts: Names,
    nodes: number,
  ): MergedPair {
    const segments = this.#segmentsOf([...left, ...right]);
    const selves = [this.#selfOf(segments, left), this.#selfOf(segments, right)] as const;
    const totals = [totalsOf(segments, selves[0]), totalsOf(segments, selves[1])] as const;
    this.#clear();
    const larger = totals[0].map((total, i) => Math.max(total, totals[1][i]!));
    const kept = keptOf(segments, larger, nodes);
    return {
      ...this.#skeleton(segments, kept, texts),
      left: columnsOf(segments, kept, selves[0], totals[0]),
      right: columnsOf(segments, kept, selves[1], totals[1]),
      leftOut: kept.leftOut,
    };
  }

  #segmentsOf(parts: readonly WeightedStacks[]): Segments {
    this.#makeRoom();
    this.#mark(0);
    for (const { stacks } of parts) for (const node of stacks) this.#walkUp(node);
    return this.#collect();
  }

  #makeRoom(): void {
    const words = (this.#trie.length >>> 5) + 1;
    if (words <= this.#ends.length) return;
    const room = Math.ceil(words * 1.25);
    this.#ends = new Int32Array(room);
    this.#walked = new Int32Array(room);
    this.#before = new Int32Array(room);
    this.#words = new Int32Array((room >>> 5) + 1);
  }

  #mark(node: number): void {
    const word = node >>> 5;
    this.#ends[word]! |= 1 << (node & 31);
    this.#words[word >>> 5]! |= 1 << (word & 31);
  }

  /** Marks the end of a path, and where the runs that it goes through hang. */
  #walkUp(end: number): void {
    const trie = this.#trie;
    const walked = this.#walked;
    let node = end;
    while (node > 0) {
      this.#mark(node);
      const start = trie.runStart(node);
      const word = start >>> 5;
      const bit = 1 << (start & 31);
      if ((walked[word]! & bit) !== 0) return;
      walked[word]! |= bit;
      this.#words[word >>> 5]! |= 1 << (word & 31);
      node = trie.runParent(start);
    }
  }

  #collect(): Segments {
    const ends = this.#ends;
    const words = this.#words;
    let length = 0;
    forEachBit(words, words.length, (word) => {
      this.#before[word] = length;
      length += popcount(ends[word]!);
    });
    const end = new Int32Array(length);
    let at = 0;
    forEachBit(words, words.length, (word) => {
      for (let bits = ends[word]!; bits !== 0; bits &= bits - 1) {
        end[at++] = word * 32 + 31 - Math.clz32(bits & -bits);
      }
    });
    return { length, end, ...this.#hang(end) };
  }

  /** Where each segment begins and what it hangs on. */
  #hang(end: Int32Array): Pick<Segments, "head" | "parent"> {
    const head = new Int32Array(end.length);
    const parent = new Int32Array(end.length);
    parent[0] = -1;
    for (let i = 1; i < end.length; i++) {
      const start = this.#trie.runStart(end[i]!);
      if (start > end[i - 1]!) {
        head[i] = start;
        parent[i] = this.#segment(this.#trie.runParent(start));
      } else {
        head[i] = end[i - 1]! + 1;
        parent[i] = i - 1;
      }
    }
    return { head, parent };
  }

  /** The segment that ends at a node which is marked. */
  #segment(node: number): number {
    const word = node >>> 5;
    return this.#before[word]! + popcount(this.#ends[word]! & ((1 << (node & 31)) - 1));
  }

  #selfOf({ length }: Segments, parts: readonly WeightedStacks[]): Float64Array {
    const self = new Float64Array(length);
    for (const { stacks, values } of parts) {
      for (let i = 0; i < stacks.length; i++) self[this.#segment(stacks[i]!)]! += values[i]!;
    }
    return self;
  }

  #clear(): void {
    const words = this.#words;
    forEachBit(words, words.length, (word) => {
      this.#ends[word] = 0;
      this.#walked[word] = 0;
    });
    words.fill(0);
  }

  /** The kept nodes, one by one. */
  #skeleton(
    { length, head, end, parent }: Segments,
    kept: Kept,
    names: Names,
  ): { length: number; parent: Int32Array; name: Int32Array; names: Names } {
    const { labels } = this.#trie;
    const parents = new Int32Array(kept.nodes);
    const name = new Int32Array(kept.nodes);
    /** Place of each segment's last node. */
    const last = new Int32Array(length);
    parents[0] = -1;
    let at = 1;
    for (let i = 1; i < length; i++) {
      if (kept.segments[i] === 0) continue;
      let above = last[parent[i]!]!;
      for (let node = head[i]!; node <= end[i]!; node++) {
        parents[at] = above;
        name[at] = labels[node]!;
        above = at++;
      }
      last[i] = above;
    }
    return { length: kept.nodes, parent: parents, name, names };
  }
}

/** What the segments weigh with all that hangs on them: one backward loop. */
function totalsOf({ length, parent }: Segments, self: Float64Array): Float64Array {
  const total = self.slice();
  for (let i = length - 1; i > 0; i--) total[parent[i]!]! += total[i]!;
  return total;
}

/** Chooses the segments that stay. */
function keptOf({ length, head, end, parent }: Segments, total: Float64Array, nodes: number): Kept {
  const sizes = new Int32Array(length);
  let touched = 1;
  for (let i = 1; i < length; i++) touched += sizes[i] = end[i]! - head[i]! + 1;
  // Weight can cancel out or be zero: such nodes have nothing to show.
  const least = Math.max(leastTotal(total, nodes, sizes), Number.MIN_VALUE);
  const segments = new Uint8Array(length);
  segments[0] = 1;
  let stay = 1;
  let weight = 0;
  for (let i = 1; i < length; i++) {
    // Below a node that was cut off already, its weight is counted there.
    if (segments[parent[i]!] === 0) continue;
    if (total[i]! >= least) {
      segments[i] = 1;
      stay += sizes[i]!;
    } else {
      weight += total[i]!;
    }
  }
  return { segments, nodes: stay, leftOut: { nodes: touched - stay, weight } };
}

/** Weights of the kept nodes: all of a segment weigh the same, and its last one has what ends there. */
function columnsOf(
  { length, head, end }: Segments,
  kept: Kept,
  self: Float64Array,
  total: Float64Array,
): WeightColumns {
  const columns = { self: new Float64Array(kept.nodes), total: new Float64Array(kept.nodes) };
  columns.self[0] = self[0]!;
  columns.total[0] = total[0]!;
  let at = 1;
  for (let i = 1; i < length; i++) {
    if (kept.segments[i] === 0) continue;
    const size = end[i]! - head[i]! + 1;
    columns.total.fill(total[i]!, at, at + size);
    at += size;
    columns.self[at - 1] = self[i]!;
  }
  return columns;
}

/** Calls `visit` with the place of each bit that is set, ascending. */
function forEachBit(words: Int32Array, length: number, visit: (place: number) => void): void {
  for (let i = 0; i < length; i++) {
    for (let bits = words[i]!; bits !== 0; bits &= bits - 1) visit(i * 32 + 31 - Math.clz32(bits & -bits));
  }
}
