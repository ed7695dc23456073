import type { Graph } from "./graph.ts";

/** Nodes in an order in which each comes before its dominator, and the dominator of each (0, the root, its own). */
export interface Dominators {
  /** Rows of the nodes, the root last. */
  readonly order: Int32Array;
  readonly dominator: Int32Array;
  /** Nodes that no strong path from the root leads to: they count as the root's own. */
  readonly unreachable: number;
}

/**
 * The dominator tree: node d dominates n where every path from the root to n passes d, so that n is freed with d.
 * `skips(node, edge)` are edges that are not followed. Algorithm: Cooper, Harvey and Kennedy, "A Simple, Fast Dominance
 * Algorithm" (2001): dominators are refined in reverse postorder until nothing changes.
 */
export function dominatorsOf(graph: Graph, skips: (node: number, edge: number) => boolean): Dominators {
  const { length } = graph;
  const order = new Int32Array(length);
  const index = new Int32Array(length).fill(-1);
  const reached = postorder(graph, skips, order, index);
  const { firstIn, sources } = incoming(graph, skips, index, reached);
  /** By place in the postorder; -1: not known yet. */
  const dominator = new Int32Array(length).fill(-1);
  const root = length - 1;
  dominator[root] = root;
  // What cannot be reached hangs at the root.
  for (let place = reached; place < length - 1; place++) dominator[place] = root;
  const meet = (one: number, other: number): number => {
    let a = one;
    let b = other;
    while (a !== b) {
      while (a < b) a = dominator[a]!;
      while (b < a) b = dominator[b]!;
    }
    return a;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (let place = reached - 1; place >= 0; place--) {
      const node = order[place]!;
      let best = -1;
      for (let edge = firstIn[node]!; edge < firstIn[node + 1]!; edge++) {
        const from = sources[edge]!;
        if (dominator[from]! >= 0) best = best < 0 ? from : meet(from, best);
      }
      if (best >= 0 && dominator[place] !== best) {
        dominator[place] = best;
        changed = true;
      }
    }
  }
  const byNode = new Int32Array(length);
  for (let place = 0; place < length; place++) byNode[order[place]!] = order[dominator[place]!]!;
  return { order, dominator: byNode, unreachable: length - 1 - reached };
}

/**
 * Fills `order` with the reachable nodes but the root in postorder, then the unreachable ones, then the root, and `index`
 * with each node's place. Returns how many are reachable, the root not counted.
 */
function postorder(
  graph: Graph,
  skips: (node: number, edge: number) => boolean,
  order: Int32Array,
  index: Int32Array,
): number {
  const { length, first, target } = graph;
  const stack = new Int32Array(length);
  const next = Uint32Array.from(first.subarray(0, length));
  const seen = new Uint8Array(length);
  let depth = 1;
  let place = 0;
  seen[0] = 1;
  while (depth > 0) {
    const node = stack[depth - 1]!;
    const edge = next[node]!;
    if (edge < first[node + 1]!) {
      next[node] = edge + 1;
      const to = target[edge]!;
      if (seen[to] === 0 && !skips(node, edge)) {
        seen[to] = 1;
        stack[depth++] = to;
      }
    } else {
      depth--;
      if (node === 0) continue;
      index[node] = place;
      order[place++] = node;
    }
  }
  const reached = place;
  for (let node = 1; node < length; node++) {
    if (seen[node] === 1) continue;
    index[node] = place;
    order[place++] = node;
  }
  order[length - 1] = 0;
  index[0] = length - 1;
  return reached;
}

/**
 * The edges turned round: the places of a node's sources are `sources[firstIn[node] .. firstIn[node + 1])`. What cannot be
 * reached itself (its place is `reached` or later) keeps nothing alive.
 */
function incoming(
  graph: Graph,
  skips: (node: number, edge: number) => boolean,
  index: Int32Array,
  reached: number,
): { readonly firstIn: Uint32Array; readonly sources: Int32Array } {
  const { length, first, target } = graph;
  const isDead = (node: number): boolean => node !== 0 && index[node]! >= reached;
  const firstIn = new Uint32Array(length + 1);
  for (let node = 0; node < length; node++) {
    if (isDead(node)) continue;
    for (let edge = first[node]!; edge < first[node + 1]!; edge++) {
      if (!skips(node, edge)) firstIn[target[edge]! + 1]!++;
    }
  }
  for (let node = 0; node < length; node++) firstIn[node + 1]! += firstIn[node]!;
  const filled = firstIn.slice();
  const sources = new Int32Array(firstIn[length]!);
  for (let node = 0; node < length; node++) {
    if (isDead(node)) continue;
    for (let edge = first[node]!; edge < first[node + 1]!; edge++) {
      if (!skips(node, edge)) sources[filled[target[edge]!]!++] = index[node]!;
    }
  }
  return { firstIn, sources };
}
