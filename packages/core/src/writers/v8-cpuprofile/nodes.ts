import type { Profile } from "../../model/profile.ts";
import { grown } from "../../util/growable.ts";

/** What a node stands for that is no frame of the profile. */
export const SpecialNode = { root: -1, idle: -2, thread: -3 } as const;

/** The nodes of the file: row + 1 is the id; row 0 is `(root)`. Callers come before callees. */
export class CallNodes {
  length = 1;
  /** Row of the profile's frames, or one of {@link SpecialNode}. */
  frame: Int32Array = new Int32Array(256);
  parent: Int32Array = new Int32Array(256);
  /** Samples that end in the node. */
  hits: Int32Array = new Int32Array(256);
  /** Names of the nodes that stand for threads, by row. */
  readonly threadNames: Map<number, string> = new Map();
  readonly #stacks: Profile["stacks"];
  /** Node of each of the profile's stacks below the current root, or -1. */
  readonly #node: Int32Array;
  #root = 0;
  #idle = -1;

  constructor({ stacks }: Profile) {
    this.#stacks = stacks;
    this.#node = new Int32Array(stacks.length).fill(-1);
    this.frame[0] = SpecialNode.root;
    this.parent[0] = -1;
  }

  /** Goes on with a node for a thread, below which the following samples stand. */
  beginThread(name: string): void {
    this.#node.fill(-1);
    this.#root = this.#add(0, SpecialNode.thread);
    this.threadNames.set(this.#root, name);
  }

  /** Row of the node that an idle thread's samples end in. */
  idle(): number {
    if (this.#idle < 0) this.#idle = this.#add(0, SpecialNode.idle);
    return this.#idle;
  }

  /** Row of a stack's node (-1: no frames). */
  of(stack: number): number {
    const path: number[] = [];
    let at = stack;
    for (; at >= 0 && this.#node[at]! < 0; at = this.#stacks.parent[at]!) path.push(at);
    let row = at < 0 ? this.#root : this.#node[at]!;
    for (let i = path.length - 1; i >= 0; i--) {
      row = this.#add(row, this.#stacks.frame[path[i]!]!);
      this.#node[path[i]!] = row;
    }
    return row;
  }

  /** First child and next sibling of each node, -1 for none: in the order of rows. */
  children(): { readonly first: Int32Array; readonly next: Int32Array } {
    const first = new Int32Array(this.length).fill(-1);
    const next = new Int32Array(this.length).fill(-1);
    for (let row = this.length - 1; row > 0; row--) {
      const parent = this.parent[row]!;
      next[row] = first[parent]!;
      first[parent] = row;
    }
    return { first, next };
  }

  #add(parent: number, frame: number): number {
    const row = this.length++;
    this.frame = grown(this.frame, row + 1);
    this.parent = grown(this.parent, row + 1);
    this.hits = grown(this.hits, row + 1);
    this.parent[row] = parent;
    this.frame[row] = frame;
    return row;
  }
}
