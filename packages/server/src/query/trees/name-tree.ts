/**
 * Stacks merged by function name: what the query API answers with. Node 0 is the root of everything and has no
 * name; **`parent[i] < i`**. Siblings are distinct in name.
 *
 * Weights are doubles: exact to 2^53, which is 104 days of CPU time in nanoseconds; beyond that the sum is off by
 * less than one part in 10^15.
 */
export interface NameTree {
  readonly length: number;
  readonly parent: Int32Array;
  /** Row of `names`. */
  readonly name: Int32Array;
  readonly names: Names;
  readonly self: Float64Array;
  readonly total: Float64Array;
}

/** The texts behind name rows. Row 0 is the empty name of the root. */
export interface Names {
  text(row: number): string;
  /** True where a text may hold characters from U+D800 on: those that UTF-16 orders otherwise than UTF-8. */
  readonly high: boolean;
}

/** Characters that make a name {@link Names.high}. */
export const HIGH: RegExp = /[\ud800-\uffff]/;

/** Children of every node in byte order of their names: `start[node]` … `start[node + 1]` of `children`. */
export interface SortedChildren {
  readonly start: Int32Array;
  readonly children: Int32Array;
}

/** The shape of a tree: all that sorting its children needs. */
export type TreeShape = Pick<NameTree, "length" | "parent" | "name" | "names">;

/** Sorts the children of every node. */
export function sortedChildren(tree: TreeShape): SortedChildren {
  const start = new Int32Array(tree.length + 2);
  for (let node = 1; node < tree.length; node++) start[tree.parent[node]! + 2]!++;
  for (let i = 2; i < start.length; i++) start[i]! += start[i - 1]!;
  const children = new Int32Array(tree.length - 1);
  for (let node = 1; node < tree.length; node++) children[start[tree.parent[node]! + 1]!++] = node;
  for (let node = 0; node < tree.length; node++) {
    const [from, to] = [start[node]!, start[node + 1]!];
    if (to - from > 1) sortSiblings(tree, children.subarray(from, to));
  }
  return { start, children };
}

/** Most nodes have a few children: those are sorted where they are. */
function sortSiblings({ name, names }: TreeShape, siblings: Int32Array): void {
  const text = (node: number): string => names.text(name[node]!);
  // The engine compares code units several at a time.
  const isAfter = names.high
    ? (a: string, b: string) => compareUtf8(a, b) > 0
    : (a: string, b: string) => a > b;
  if (siblings.length > 12) {
    siblings.set(Array.from(siblings).sort((a, b) => (isAfter(text(a), text(b)) ? 1 : -1)));
    return;
  }
  for (let i = 1; i < siblings.length; i++) {
    const node = siblings[i]!;
    const own = text(node);
    let at = i;
    while (at > 0 && isAfter(text(siblings[at - 1]!), own)) siblings[at] = siblings[--at]!;
    siblings[at] = node;
  }
}

/** Order of the UTF-8 bytes, without encoding: code units agree with it except above the surrogates. */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    const xHigh = x >= 0xd800 && x <= 0xdfff;
    const yHigh = y >= 0xd800 && y <= 0xdfff;
    if (xHigh !== yHigh) return xHigh ? 1 : -1;
    return x - y;
  }
  return a.length - b.length;
}
