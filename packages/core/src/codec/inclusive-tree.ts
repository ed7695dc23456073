/** Gets what a node of the tree weighs itself; `path` are the frames from the tree's root to the node. */
export type OnSelf = (path: readonly number[], self: readonly number[]) => void;

/**
 * Reads a call tree that is printed line by line, parents before children, with inclusive weights: a node's own weight
 * is what its children leave, known when the next node is not below it.
 *
 * ```
 * 10 main        depth 0
 *   7 a          depth 1
 *     7 b        depth 2      → main;a;b 7, main;c 1, main 2
 *   1 c          depth 1
 * ```
 */
export class InclusiveTree {
  readonly #onSelf: OnSelf;
  readonly #path: number[] = [];
  readonly #left: number[][] = [];
  /** How many nodes weigh less than their children. */
  overfull = 0;

  constructor(onSelf: OnSelf) {
    this.#onSelf = onSelf;
  }

  /** Depth of the last node + 1. */
  get depth(): number {
    return this.#path.length;
  }

  /** Adds the next line; a depth beyond the last node's + 1 counts as that. Frame -1 is none: a node that only groups. */
  node(depth: number, frame: number, inclusive: readonly number[]): void {
    this.#close(Math.min(depth, this.#path.length));
    const parent = this.#left[this.#left.length - 1];
    if (parent !== undefined) for (let i = 0; i < parent.length; i++) parent[i]! -= inclusive[i] ?? 0;
    this.#path.push(frame);
    this.#left.push([...inclusive]);
  }

  end(): void {
    this.#close(0);
  }

  #close(depth: number): void {
    while (this.#path.length > depth) {
      const self = this.#left.pop()!;
      if (self.some((weight) => weight < 0)) this.overfull++;
      const own = self.map((weight) => Math.max(0, weight));
      if (own.some((weight) => weight > 0)) this.#onSelf(this.#path, own);
      this.#path.pop();
    }
  }
}
