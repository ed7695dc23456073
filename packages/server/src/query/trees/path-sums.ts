import { bitsOf, lowestBit, popcount, setBit } from "./bits.ts";
import type { Names, NameTree } from "./name-tree.ts";
import { type LeftOut, leastTotal } from "./node-limit.ts";
import type { PathTrie } from "./path-trie.ts";
import {
  columnsOf,
  type Kept,
  keptOf,
  largerOf,
  type Segments,
  type WeighedSegments,
  type WeightColumns,
} from "./segments.ts";

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

/** Ends of paths and what each weighs; an end may occur more than once. */
export interface WeightedStacks {
  /** Nodes of a trie. */
  readonly stacks: Int32Array;
  readonly values: Float64Array;
}

/** The runs of a trie that a query touches, ascending; the root's is the first. */
interface TouchedRuns {
  readonly runs: Int32Array;
  /** The node that each hangs on, and the run of that; the root's own. */
  readonly hangOn: Int32Array;
  readonly above: Int32Array;
  /** What each run weighs with all that hangs on it, by side. */
  readonly totals: readonly Float64Array[];
  /** Nodes in them that are on some path. */
  readonly nodes: number;
}

/**
 * Adds up weights over the part of a trie that a query touches, first by runs: a run weighs what its first node weighs,
 * so the n-th heaviest run tells of most runs that none of their nodes is among the n heaviest. Only the others are
 * looked at node by node. What is kept between queries is cleared where it was touched, so that a query costs what it
 * touches.
 */
export class PathSums {
  readonly #trie: PathTrie;
  /** A bit per run: touched. */
  #touched: Int32Array<ArrayBuffer> = new Int32Array(0);
  /** A bit per run: heavy enough to be looked at. */
  #heavy: Int32Array<ArrayBuffer> = new Int32Array(0);
  /** Of touched runs: the last node that is on a path. */
  #deepest: Int32Array<ArrayBuffer> = new Int32Array(0);
  /** Of touched runs: weight, by side. */
  readonly #weights: Float64Array<ArrayBuffer>[] = [];
  #count = 0;
  /** A bit per node: a segment ends there. */
  #ends: Int32Array<ArrayBuffer> = new Int32Array(0);
  /** For each word of `#ends` that is not 0: the segments that end before it. */
  #before: Int32Array<ArrayBuffer> = new Int32Array(0);
  /** A bit per word of `#ends`: it is not 0. */
  #words: Int32Array<ArrayBuffer> = new Int32Array(0);

  constructor(trie: PathTrie) {
    this.#trie = trie;
  }

  /**
   * The tree of all paths: the root, the `nodes` heaviest nodes that weigh something, and all that weigh as much as the
   * last of them.
   */
  merge(parts: readonly WeightedStacks[], texts: Names, nodes: number): MergedTree {
    const { segments, kept, selves, totals } = this.#sum([parts], nodes);
    return {
      ...this.#skeleton(segments, kept, texts),
      ...columnsOf(segments, kept, selves[0]!, totals[0]!),
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
    const { segments, kept, selves, totals } = this.#sum([left, right], nodes);
    return {
      ...this.#skeleton(segments, kept, texts),
      left: columnsOf(segments, kept, selves[0]!, totals[0]!),
      right: columnsOf(segments, kept, selves[1]!, totals[1]!),
      leftOut: kept.leftOut,
    };
  }

  #sum(
    sides: readonly (readonly WeightedStacks[])[],
    nodes: number,
  ): WeighedSegments & { readonly kept: Kept } {
    this.#makeRoom(sides.length);
    const runsOf = sides.map((parts, side) => parts.map((part) => this.#addRuns(part, this.#weights[side]!)));
    const touched = this.#touchedRuns(sides.length);
    this.#findHeavy(touched.runs, largerOf(touched.totals), nodes);
    this.#mark(0);
    sides.forEach((parts, side) => {
      parts.forEach(({ stacks }, i) => {
        this.#markEnds(stacks, runsOf[side]![i]!);
      });
    });
    const hung = this.#markHung(touched);
    const segments = this.#collect();
    const weighed = sides.map((parts, side) => {
      const self = this.#selfOf(segments, parts, runsOf[side]!);
      return { self, total: this.#totalOf(segments, self, hung, touched, touched.totals[side]!) };
    });
    this.#clear(touched.runs, sides.length);
    const selves = weighed.map(({ self }) => self);
    const totals = weighed.map(({ total }) => total);
    return { segments, selves, totals, kept: keptOf({ segments, selves, totals }, touched.nodes, nodes) };
  }

  #makeRoom(sides: number): void {
    if (this.#trie.runs > this.#deepest.length) {
      const room = Math.ceil(this.#trie.runs * 1.25);
      this.#touched = new Int32Array((room >>> 5) + 1);
      this.#heavy = new Int32Array((room >>> 5) + 1);
      this.#deepest = new Int32Array(room);
      this.#weights.length = 0;
    }
    while (this.#weights.length < sides) this.#weights.push(new Float64Array(this.#deepest.length));
    const words = (this.#trie.length >>> 5) + 1;
    if (words <= this.#ends.length) return;
    const room = Math.ceil(words * 1.25);
    this.#ends = new Int32Array(room);
    this.#before = new Int32Array(room);
    this.#words = new Int32Array((room >>> 5) + 1);
  }

  /** Adds the weights of paths to the runs that they end in, and touches those above; the run of each path. */
  #addRuns({ stacks, values }: WeightedStacks, weights: Float64Array): Int32Array {
    const deepest = this.#deepest;
    const touched = this.#touched;
    const runs = this.#trie.runsOf(stacks);
    for (let i = 0; i < stacks.length; i++) {
      const node = stacks[i]!;
      const run = runs[i]!;
      weights[run]! += values[i]!;
      if (deepest[run]! < node) deepest[run] = node;
      if ((touched[run >>> 5]! & (1 << (run & 31))) === 0) this.#touch(run);
    }
    return runs;
  }

  /** Touches a run and those that it hangs on. */
  #touch(from: number): void {
    const touched = this.#touched;
    let run = from;
    while ((touched[run >>> 5]! & (1 << (run & 31))) === 0) {
      touched[run >>> 5]! |= 1 << (run & 31);
      this.#count++;
      if (run === 0) return;
      const node = this.#trie.runParents[run]!;
      run = this.#trie.runOf(node);
      if (this.#deepest[run]! < node) this.#deepest[run] = node;
    }
  }

  #touchedRuns(sides: number): TouchedRuns {
    const { runParents, runStarts } = this.#trie;
    this.#touch(0);
    const runs = bitsOf(this.#touched, this.#count);
    const hangOn = new Int32Array(runs.length);
    for (let i = 1; i < runs.length; i++) hangOn[i] = runParents[runs[i]!]!;
    const above = this.#trie.runsOf(hangOn);
    const columns = this.#weights.slice(0, sides);
    let nodes = 1;
    for (let i = runs.length - 1; i > 0; i--) {
      const run = runs[i]!;
      for (let side = 0; side < sides; side++) columns[side]![above[i]!]! += columns[side]![run]!;
      nodes += this.#deepest[run]! - runStarts[run]! + 1;
    }
    const totals = columns.map((weights) => gathered(weights, runs));
    return { runs, hangOn, above, totals, nodes };
  }

  #findHeavy(runs: Int32Array, totals: Float64Array, nodes: number): void {
    const least = leastTotal(totals, nodes);
    for (let i = 0; i < runs.length; i++) if (i === 0 || totals[i]! >= least) setBit(this.#heavy, runs[i]!);
  }

  #isHeavy(run: number): boolean {
    return (this.#heavy[run >>> 5]! & (1 << (run & 31))) !== 0;
  }

  #mark(node: number): void {
    setBit(this.#ends, node);
    setBit(this.#words, node >>> 5);
  }

  /** Marks where paths end in heavy runs. */
  #markEnds(stacks: Int32Array, runs: Int32Array): void {
    for (let i = 0; i < stacks.length; i++) if (this.#isHeavy(runs[i]!)) this.#mark(stacks[i]!);
  }

  /** Marks where runs hang on heavy ones; the places of those runs. */
  #markHung({ runs, hangOn, above }: TouchedRuns): Int32Array {
    const places = new Int32Array(runs.length);
    let count = 0;
    for (let i = 1; i < runs.length; i++) {
      if (!this.#isHeavy(above[i]!)) continue;
      this.#mark(hangOn[i]!);
      places[count++] = i;
    }
    return places.subarray(0, count);
  }

  #collect(): Segments {
    const { runParents, runStarts } = this.#trie;
    const words = bitsOf(this.#words);
    let length = 0;
    for (const word of words) {
      this.#before[word] = length;
      length += popcount(this.#ends[word]!);
    }
    const end = new Int32Array(length);
    let at = 0;
    for (const word of words) {
      for (let bits = this.#ends[word]!; bits !== 0; bits &= bits - 1) {
        end[at++] = word * 32 + lowestBit(bits);
      }
    }
    const head = new Int32Array(length);
    const parent = new Int32Array(length);
    parent[0] = -1;
    for (let i = 1; i < length; i++) {
      const run = this.#trie.runOf(end[i]!);
      const start = runStarts[run]!;
      const isFirst = start > end[i - 1]!;
      head[i] = isFirst ? start : end[i - 1]! + 1;
      parent[i] = isFirst ? this.#segment(runParents[run]!) : i - 1;
    }
    return { length, end, head, parent };
  }

  /** The segment that ends at a node which is marked. */
  #segment(node: number): number {
    const word = node >>> 5;
    return this.#before[word]! + popcount(this.#ends[word]! & ((1 << (node & 31)) - 1));
  }

  /** What ends in each segment, of one side. */
  #selfOf(
    { length }: Segments,
    parts: readonly WeightedStacks[],
    runsOf: readonly Int32Array[],
  ): Float64Array {
    const self = new Float64Array(length);
    parts.forEach(({ stacks, values }, part) => {
      const runs = runsOf[part]!;
      for (let i = 0; i < stacks.length; i++) {
        if (this.#isHeavy(runs[i]!)) self[this.#segment(stacks[i]!)]! += values[i]!;
      }
    });
    return self;
  }

  /** What each segment weighs with all that hangs on it. */
  #totalOf(
    { length, head, parent }: Segments,
    self: Float64Array,
    hung: Int32Array,
    { hangOn }: TouchedRuns,
    runTotals: Float64Array,
  ): Float64Array {
    const { runStarts } = this.#trie;
    const total = self.slice();
    for (const i of hung) total[this.#segment(hangOn[i]!)]! += runTotals[i]!;
    for (let i = length - 1; i > 0; i--) {
      // The first segment of a run is in what its run weighs.
      if (runStarts[this.#trie.runOf(head[i]!)] !== head[i]) total[parent[i]!]! += total[i]!;
    }
    return total;
  }

  #clear(runs: Int32Array, sides: number): void {
    for (const run of runs) {
      this.#touched[run >>> 5] = 0;
      this.#heavy[run >>> 5] = 0;
      this.#deepest[run] = 0;
      for (let side = 0; side < sides; side++) this.#weights[side]![run] = 0;
    }
    for (const word of bitsOf(this.#words)) this.#ends[word] = 0;
    this.#words.fill(0);
    this.#count = 0;
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

function gathered(values: Float64Array, places: Int32Array): Float64Array {
  const found = new Float64Array(places.length);
  for (let i = 0; i < places.length; i++) found[i] = values[places[i]!]!;
  return found;
}
