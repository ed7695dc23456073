/**
 * What is drawn: stacks merged by name into one tree with weights. Node 0 is the root that stands for everything;
 * **`parent[i] < i`**, `parent[0] = -1`. Siblings are distinct in `name` (a trie): the same caller and name never
 * make two nodes.
 */
export interface FlameTree {
  readonly length: number;
  readonly parent: Int32Array;
  /** Row of `names`. */
  readonly name: Uint32Array;
  readonly names: NameTable;
  /** Weight of the samples that end in this node. May be negative in a difference. */
  readonly self: Float64Array;
  /** `self` plus all descendants' `self`. `total[0]` is everything. */
  readonly total: Float64Array;
  /** What the weights are: unit for titles ("samples", "ms", "bytes"). */
  readonly unit: string;
  /** What is measured in that unit, where there is a name for it: "cpu-clock" of `cpu-clock/nanoseconds`. */
  readonly measured?: string;
  /** Both sides of a differential; `self`/`total` then hold the side (or sum) that gives the width. */
  readonly sides?: { readonly base: Side; readonly head: Side };
  /**
   * A flame chart: siblings are drawn in row order instead of sorted by name, and only equal neighbours were
   * merged, so that siblings may share a name.
   */
  readonly ordered?: true;
  /**
   * With `ordered`: where each node begins, in weight units from the start of the root. Only this can place a
   * frame's own weight between its children, and pauses. Without it children follow each other without a gap,
   * after their parent's own weight.
   */
  readonly start?: Float64Array;
}

/** One side of a differential. */
export interface Side {
  readonly self: Float64Array;
  readonly total: Float64Array;
}

/** The distinct names of a tree: what a rectangle is labelled with. Row 0 is the empty name of the root "all". */
export interface NameTable {
  readonly length: number;
  /** The label, without annotations. */
  text(row: number): string;
  /** `FrameKind` of the frames behind this name. */
  kind(row: number): number;
  /** True where every frame behind this name was inlined. */
  inlined(row: number): boolean;
  /** The label as bytes: what folded output holds. */
  bytes(row: number): Uint8Array;
}

/** Total of every node from `self`: one backward loop, because a parent comes before its children. */
export function totalsFromSelf(
  parent: Int32Array,
  self: Float64Array,
  length: number = parent.length,
): Float64Array {
  const total = self.slice(0, length);
  for (let node = length - 1; node > 0; node--) {
    const up = parent[node]!;
    if (up >= 0) total[up] = total[up]! + total[node]!;
  }
  return total;
}

/** Children of every node as linked lists, in row order: `first[node]`, then `next[child]`, 0 = end. */
export interface ChildLists {
  readonly first: Int32Array;
  readonly next: Int32Array;
}

/** Builds the child lists in one backward loop. Node 0 is nobody's child, so 0 can mean "none". */
export function childLists(tree: Pick<FlameTree, "length" | "parent">): ChildLists {
  const first = new Int32Array(tree.length);
  const next = new Int32Array(tree.length);
  for (let node = tree.length - 1; node > 0; node--) {
    const up = tree.parent[node]!;
    next[node] = first[up]!;
    first[up] = node;
  }
  return { first, next };
}
