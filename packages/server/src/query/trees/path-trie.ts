import { popcount } from "./bits.ts";
import { ABSENT, IdTable } from "./id-table.ts";

/**
 * A tree of paths that only grows. A path's new end is laid down as one *run* of nodes side by side, so that a node's
 * parent is the node before it, except at the start of a run:
 *
 * ```
 *   paths  a b c d,  a b e,  a b c d f      node     0   1 2 3 4   5   6
 *                                           label    -   a b c d   e   f
 *                                           run     [0] [1······] [2] [3]
 *   parent of a run's first node                         0         2   4
 * ```
 * A node takes 4 bytes and a run some 30, where a table of parents and children takes five times that: stacks have far
 * more frames than places where they part. **A node's parent is less than the node**; node 0 is the root.
 */
export class PathTrie {
  #labels: Int32Array<ArrayBuffer> = new Int32Array(1 << 12);
  #length = 1;
  /**
   * Two words for every 32 nodes: a bit for each, where a run starts there; and how many runs start before them. Side by
   * side, because both are asked for together.
   */
  #starts: Int32Array<ArrayBuffer> = Int32Array.of(1, 0);
  #runStarts: Int32Array<ArrayBuffer> = new Int32Array(1 << 8);
  #runParents: Int32Array<ArrayBuffer> = new Int32Array(1 << 8).fill(-1, 0, 1);
  #runs = 1;
  /** (parent, label) → first node of a run. What follows within a run is not in here. */
  readonly #children = new IdTable();

  constructor() {
    this.#reserve(1);
  }

  /** Nodes, the root among them. */
  get length(): number {
    return this.#length;
  }

  /** Bytes in use. */
  get bytes(): number {
    return this.#length * 4.25 + this.#runs * 8 + this.#children.bytes;
  }

  /** Label of each node; the array may be longer than `length`. */
  get labels(): Int32Array {
    return this.#labels;
  }

  /** The node at the end of the path `labels[from]` … `labels[to - 1]`; makes what is missing of it. */
  add(labels: ArrayLike<number>, from: number, to: number, top = 0): number {
    let node = top;
    for (let i = from; i < to; i++) {
      const next = this.child(node, labels[i]!);
      if (next < 0) return this.#append(node, labels, i, to);
      node = next;
    }
    return node;
  }

  /** The child of a node, or -1. */
  child(node: number, label: number): number {
    const next = node + 1;
    if (next < this.#length && this.#labels[next] === label && !this.#isStart(next)) return next;
    const found = this.#children.get(node, label);
    return found === ABSENT ? -1 : found;
  }

  /** Runs, the root's among them; they are numbered in the order of their nodes. */
  get runs(): number {
    return this.#runs;
  }

  /** First node of each run; the array may be longer than `runs`. */
  get runStarts(): Int32Array {
    return this.#runStarts;
  }

  /** Node that each run hangs on, which is in a run with a lower number; likewise. */
  get runParents(): Int32Array {
    return this.#runParents;
  }

  /** The run that a node is in. */
  runOf(node: number): number {
    const word = (node >>> 5) * 2;
    const starts = this.#starts;
    return starts[word + 1]! + popcount(starts[word]! & (-1 >>> (31 - (node & 31)))) - 1;
  }

  /** The runs that many nodes are in. */
  runsOf(nodes: Int32Array): Int32Array {
    const starts = this.#starts;
    const runs = new Int32Array(nodes.length);
    for (let i = 0; i < nodes.length; i++) {
      const node = nodes[i]!;
      const word = (node >>> 5) * 2;
      runs[i] = starts[word + 1]! + popcount(starts[word]! & (-1 >>> (31 - (node & 31)))) - 1;
    }
    return runs;
  }

  /** A node's parent; -1 for the root. */
  parent(node: number): number {
    if (node === 0) return -1;
    return this.#isStart(node) ? this.#runParents[this.runOf(node)]! : node - 1;
  }

  #isStart(node: number): boolean {
    return (this.#starts[(node >>> 5) * 2]! & (1 << (node & 31))) !== 0;
  }

  #append(parent: number, labels: ArrayLike<number>, from: number, to: number): number {
    const start = this.#length;
    this.#reserve(start + to - from);
    for (let i = from, at = start; i < to; i++, at++) this.#labels[at] = labels[i]!;
    this.#length = start + to - from;
    this.#starts[(start >>> 5) * 2]! |= 1 << (start & 31);
    if (this.#runs === this.#runParents.length) {
      this.#runStarts = grown(this.#runStarts, this.#runs + 1);
      this.#runParents = grown(this.#runParents, this.#runs + 1);
    }
    this.#runStarts[this.#runs] = start;
    this.#runParents[this.#runs++] = parent;
    // Words that begin behind this run's start count it.
    for (let word = (start >>> 5) + 1; word <= this.#length >>> 5; word++) {
      this.#starts[word * 2 + 1] = this.#runs;
    }
    this.#children.set(parent, labels[from]!, start);
    return this.#length - 1;
  }

  #reserve(length: number): void {
    if (length > this.#labels.length) this.#labels = grown(this.#labels, length);
    const words = ((length >>> 5) + 1) * 2;
    if (words > this.#starts.length) this.#starts = grown(this.#starts, words);
  }
}

function grown(array: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  const bigger = new Int32Array(Math.max(length, array.length * 2));
  bigger.set(array);
  return bigger;
}
