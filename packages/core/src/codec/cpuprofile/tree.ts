import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { NodeIds, type NodeTable } from "./nodes.ts";

/** What a node stands for besides a function. */
export const NodeRole = {
  function: 0,
  root: 1,
  garbageCollector: 2,
  idle: 3,
} as const;

/** Each node's stack in the builder. */
export interface CallTree {
  readonly ids: NodeIds;
  /** Row of the builder's stacks; -1 for the root, which is no frame. */
  readonly stack: Int32Array;
  /** {@link NodeRole}. */
  readonly role: Uint8Array;
  /** Nodes from the top, `(root)` included. */
  readonly depth: Int32Array;
  /** Depth at which V8 cut stacks; Infinity where it did not, as in a file with deeper ones, which V8 did not write. */
  readonly cutAt: number;
}

/** V8 records at most this many nodes from `(root)` to the leaf. */
const V8_DEPTH = 257;

/**
 * Joins the nodes to a tree and hands its stacks to the builder, callers first. A file may lie: a child that is
 * not there, a child of two parents, nodes that call each other in a circle. Each is noted, and as much of the
 * tree as can be had is kept.
 */
export function buildTree(nodes: NodeTable, builder: ProfileBuilder, notes: Notes): CallTree {
  const ids = new NodeIds(nodes, (row) =>
    notes.add("skipped", "duplicate-node", "Two nodes have the same id; samples go to the first.", {
      offset: nodes.offset[row]!,
    }),
  );
  const parent = callers(nodes, ids, notes);
  const order = callersFirst(nodes, parent, notes);
  const stack = new Int32Array(nodes.length).fill(-1);
  const role = new Uint8Array(nodes.length);
  const depth = new Int32Array(nodes.length);
  builder.expectStacks(builder.stackCount + nodes.length);
  builder.expectFrames(nodes.length);
  let hasRoot = false;
  let deepest = 0;
  for (const row of order) {
    const up = parent[row]!;
    depth[row] = up < 0 ? 1 : depth[up]! + 1;
    deepest = Math.max(deepest, depth[row]!);
    role[row] = roleOf(nodes, builder, row, depth[row]!);
    if (role[row] === NodeRole.root) {
      hasRoot = true;
      continue;
    }
    stack[row] = builder.stack(up < 0 ? -1 : stack[up]!, frameOf(nodes, builder, row));
  }
  const cutAt = hasRoot && deepest === V8_DEPTH ? V8_DEPTH : Number.POSITIVE_INFINITY;
  return { ids, stack, role, depth, cutAt };
}

/** V8's own entries stand at the top or right below `(root)`; deeper, the name is a function's. */
function roleOf(nodes: NodeTable, builder: ProfileBuilder, row: number, depth: number): number {
  if (depth > 2) return NodeRole.function;
  const name = builder.text(nodes.name[row]!);
  if (name === "(root)" && depth === 1) return NodeRole.root;
  if (name === "(garbage collector)") return NodeRole.garbageCollector;
  return name === "(idle)" ? NodeRole.idle : NodeRole.function;
}

function frameOf(nodes: NodeTable, builder: ProfileBuilder, row: number): number {
  const name = nodes.name[row]!;
  return builder.frame({
    name: name === 0 ? builder.string("(anonymous)") : name,
    file: nodes.file[row]!,
    line: nodes.line[row]!,
    column: nodes.column[row]!,
  });
}

/** Row of each node's caller, -1 for none: by nesting, by `children`, by `parent`. */
function callers(nodes: NodeTable, ids: NodeIds, notes: Notes): Int32Array {
  const parent = nodes.nestedIn.slice(0, nodes.length);
  for (let edge = 0; edge < nodes.edgeFrom.length; edge++) {
    const from = nodes.edgeFrom.at(edge);
    adopt(nodes, parent, from, ids.row(nodes.edgeTo.at(edge)), notes);
  }
  for (let i = 0; i < nodes.calleeOf.length; i++) {
    const row = nodes.calleeOf.at(i);
    if (parent[row]! >= 0) continue;
    const up = ids.row(nodes.callerId.at(i));
    if (up >= 0 && up !== row) parent[row] = up;
    else noteMissing(notes, nodes.offset[row]!);
  }
  return parent;
}

function adopt(nodes: NodeTable, parent: Int32Array, from: number, child: number, notes: Notes): void {
  const place = { offset: nodes.offset[from]! };
  if (child < 0) noteMissing(notes, place.offset);
  else if (child === from) noteCircle(notes, place.offset);
  else if (parent[child]! < 0) parent[child] = from;
  else if (parent[child] !== from) {
    notes.add("skipped", "two-callers", "A node is the child of two nodes; it stays with the first.", place);
  }
}

function noteMissing(notes: Notes, offset: number): void {
  notes.add("skipped", "missing-node", "A node names a child or parent that is not in the file.", { offset });
}

function noteCircle(notes: Notes, offset: number): void {
  notes.add(
    "approximated",
    "node-circle",
    "Nodes are their own callers, in a circle; the circle was cut open at its first node.",
    { offset },
  );
}

/** True where each row's caller comes before it, as V8 writes them: then there is no circle. */
function isInOrder(parent: Int32Array): boolean {
  for (let row = 0; row < parent.length; row++) if (parent[row]! >= row) return false;
  return true;
}

/** All rows, each after its caller. Cuts circles open by changing `parent`. */
function callersFirst(nodes: NodeTable, parent: Int32Array, notes: Notes): Int32Array {
  const { length } = nodes;
  const order = new Int32Array(length);
  if (isInOrder(parent)) {
    for (let row = 0; row < length; row++) order[row] = row;
    return order;
  }
  const firstChild = new Int32Array(length).fill(-1);
  const nextSibling = new Int32Array(length).fill(-1);
  for (let row = length - 1; row >= 0; row--) {
    const up = parent[row]!;
    if (up < 0) continue;
    nextSibling[row] = firstChild[up]!;
    firstChild[up] = row;
  }
  const seen = new Uint8Array(length);
  let count = 0;
  const visit = (top: number): void => {
    let next = count;
    order[count++] = top;
    seen[top] = 1;
    for (; next < count; next++) {
      for (let child = firstChild[order[next]!]!; child >= 0; child = nextSibling[child]!) {
        if (seen[child] === 1) continue;
        order[count++] = child;
        seen[child] = 1;
      }
    }
  };
  for (let row = 0; row < length; row++) if (parent[row]! < 0) visit(row);
  for (let row = 0; row < length; row++) {
    if (seen[row] === 1) continue;
    noteCircle(notes, nodes.offset[row]!);
    parent[row] = -1;
    visit(row);
  }
  return order;
}
