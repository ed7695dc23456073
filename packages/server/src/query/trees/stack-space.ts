import { type FrameKindCode, PairInterner } from "@flambeau/core";
import type { Names } from "./name-tree.ts";
import { type MergedPair, type MergedTree, NameWeights } from "./name-weights.ts";

/** A frame as the store keeps it. */
export interface StoredFrame {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly mapping: string;
  readonly buildId: string;
  readonly address: bigint;
  readonly kind: FrameKindCode;
  readonly inlined: boolean;
}

/** In place of a stack's node: its frames are still to be told. */
const UNKNOWN_STACK = -1;
/** In place of a stack's node: it has no frames. */
const EMPTY_STACK = -2;

/** Stacks and what each weighs, stacks as rows of a {@link StackSpace}; a row may occur more than once. */
export interface WeightedStacks {
  readonly stacks: Int32Array;
  readonly values: Float64Array;
}

/**
 * The stacks of one tenant that queries have met, kept between queries so that the next one need not ask the engine
 * for them again. A stack's id in the store is a hash of 64 bits; here it is a row, counted up from 0.
 *
 * ```
 *   stack (row) ──▶ node of the frame tree ──▶ node of the name tree
 *                   parent, frame               parent, name
 * ```
 */
export class StackSpace {
  /** (low, high) half of a stack's id → row. */
  readonly #stacks = new PairInterner();
  /** (low, high) half of a frame's id → row of `#frameParts`. */
  readonly #frameIds = new PairInterner();
  /** Rows of `#frames` for each frame id: more than one where late symbols told of inlined calls. */
  readonly #frameParts: (readonly number[])[] = [];
  readonly #frames: StoredFrame[] = [];
  readonly #frameName: number[] = [];
  readonly #nameRows = new Map<string, number>([["", 0]]);
  readonly #nameTexts: string[] = [""];
  /** (parent node + 1, frame) → node; the frame tree's node 0 is the first real one. */
  readonly #nodes = new PairInterner();
  /** Node of the name tree for each node of the frame tree. */
  #nodeName: Int32Array<ArrayBuffer> = new Int32Array(1024);
  /** (parent, name) → node - 1; node 0 is the root. */
  readonly #nameNodes = new PairInterner();
  /** Frame tree node of each stack, or one of the two constants below. */
  #stackNode: Int32Array<ArrayBuffer> = new Int32Array(1024).fill(UNKNOWN_STACK);
  readonly #weights = new NameWeights();
  readonly names: Names = { text: (row) => this.#nameTexts[row] ?? "" };

  /** Nodes of both trees: what the space's memory grows with. */
  get size(): number {
    return this.#nodes.length + this.#nameNodes.length;
  }

  /** Row of a stack id, given as the two 32-bit halves of its little-endian bytes. */
  stackRow(low: number, high: number): number {
    const row = this.#stacks.add(low, high);
    if (row >= this.#stackNode.length) this.#stackNode = grownWith(this.#stackNode, row + 1, UNKNOWN_STACK);
    return row;
  }

  /** The stacks among `rows` whose frames are still to be given with {@link defineStack}; each once. */
  unknownStacks(rows: Int32Array): BigUint64Array {
    const seen = new Uint8Array(this.#stacks.length);
    const { a, b } = this.#stacks.columns();
    const found: bigint[] = [];
    for (const row of rows) {
      if (this.#stackNode[row] !== UNKNOWN_STACK || seen[row] === 1) continue;
      seen[row] = 1;
      found.push(joined(a[row]!, b[row]!));
    }
    return BigUint64Array.from(found);
  }

  /** True where {@link defineStack} has been told about a stack. */
  knowsStack(id: bigint): boolean {
    return (
      this.#stackNode[this.stackRow(Number(id & 0xffffffffn) | 0, Number(id >> 32n) | 0)] !== UNKNOWN_STACK
    );
  }

  /** True where {@link defineFrame} has been told about a frame. */
  knowsFrame(id: bigint): boolean {
    return this.#frameParts[this.#frameIdRow(id)] !== undefined;
  }

  /** Tells what a frame is: one frame, or the calls that were inlined at its address, outermost first. */
  defineFrame(id: bigint, parts: readonly StoredFrame[]): void {
    this.#frameParts[this.#frameIdRow(id)] = parts.map((frame) => {
      this.#frameName.push(this.#nameRow(displayName(frame)));
      return this.#frames.push(frame) - 1;
    });
  }

  /** Tells a stack's frames, root first, as ids given to {@link defineFrame} before. */
  defineStack(id: bigint, frames: readonly bigint[] | BigUint64Array): void {
    const stack = this.stackRow(Number(id & 0xffffffffn) | 0, Number(id >> 32n) | 0);
    let node = -1;
    for (const frameId of frames) {
      const parts = this.#frameParts[this.#frameIdRow(frameId)];
      if (parts === undefined) throw new RangeError(`frame ${frameId} of stack ${id} is not defined`);
      for (const frame of parts) node = this.#addNode(node, frame);
    }
    // A stack without frames weighs on the root.
    this.#stackNode[stack] = node < 0 ? EMPTY_STACK : node;
  }

  /**
   * Adds up the weights of stacks by function name. The tree holds the root, the `nodes` heaviest nodes that weigh
   * something, and all that weigh as much as the last of them.
   */
  mergeByName(parts: readonly WeightedStacks[], nodes: number = Number.POSITIVE_INFINITY): MergedTree {
    const { a: parents, b: names, length } = this.#nameNodes.columns();
    this.#weights.begin(parents, length + 1, 1);
    this.#addSide(0, parts);
    return this.#weights.finish(names, this.names, nodes);
  }

  /** The same for two selections side by side. */
  mergePairByName(
    left: readonly WeightedStacks[],
    right: readonly WeightedStacks[],
    nodes: number = Number.POSITIVE_INFINITY,
  ): MergedPair {
    const { a: parents, b: names, length } = this.#nameNodes.columns();
    this.#weights.begin(parents, length + 1, 2);
    this.#addSide(0, left);
    this.#addSide(1, right);
    return this.#weights.finishPair(names, this.names, nodes);
  }

  #addSide(side: 0 | 1, parts: readonly WeightedStacks[]): void {
    for (const { stacks, values } of parts) {
      for (let i = 0; i < stacks.length; i++) {
        const node = this.#stackNode[stacks[i]!]!;
        this.#weights.add(side, node < 0 ? 0 : this.#nodeName[node]!, values[i]!);
      }
    }
  }

  /** Frames of a stack, root first: for answers that keep lines and files. */
  framesOf(stack: number): StoredFrame[] {
    const { a: parents, b: frames } = this.#nodes.columns();
    const found: StoredFrame[] = [];
    for (let node = this.#stackNode[stack]!; node >= 0; node = parents[node]! - 1) {
      found.push(this.#frames[frames[node]!]!);
    }
    return found.reverse();
  }

  /**
   * True for stacks whose outermost frames have the given names, root first; what the stacks are must be known.
   */
  startsWith(names: readonly string[]): (stack: number) => boolean {
    const { a: parents } = this.#nameNodes.columns();
    let wanted = 0;
    for (const text of names) {
      const name = this.#nameRows.get(text);
      const node = name === undefined ? -1 : this.#nameNodes.find(wanted, name);
      if (node < 0) return () => false;
      wanted = node + 1;
    }
    return (stack) => {
      const node = this.#stackNode[stack]!;
      let up = node < 0 ? 0 : this.#nodeName[node]!;
      // A node's row is above its parent's.
      while (up > wanted) up = parents[up - 1]!;
      return up === wanted;
    };
  }

  #frameIdRow(id: bigint): number {
    return this.#frameIds.add(Number(id & 0xffffffffn) | 0, Number(id >> 32n) | 0);
  }

  #addNode(parent: number, frame: number): number {
    const known = this.#nodes.length;
    const node = this.#nodes.add(parent + 1, frame);
    if (node < known) return node;
    if (node >= this.#nodeName.length) this.#nodeName = grownWith(this.#nodeName, node + 1, 0);
    const above = parent < 0 ? 0 : this.#nodeName[parent]!;
    this.#nodeName[node] = this.#nameNodes.add(above, this.#frameName[frame]!) + 1;
    return node;
  }

  #nameRow(text: string): number {
    let row = this.#nameRows.get(text);
    if (row === undefined) {
      row = this.#nameTexts.length;
      this.#nameRows.set(text, row);
      this.#nameTexts.push(text);
    }
    return row;
  }
}

/** What a frame is called; without a symbol, its module in brackets, as everywhere in Flambeau. */
function displayName({ name, mapping }: StoredFrame): string {
  if (name !== "") return name;
  return `[${mapping.slice(mapping.lastIndexOf("/") + 1) || "unknown"}]`;
}

function joined(low: number, high: number): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

function grownWith(array: Int32Array<ArrayBuffer>, length: number, fill: number): Int32Array<ArrayBuffer> {
  const bigger = new Int32Array(Math.max(length, array.length * 2)).fill(fill, array.length);
  bigger.set(array);
  return bigger;
}
