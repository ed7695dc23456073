import type { Profile } from "../model/profile.ts";
import { type StackColumns, StackInterner } from "../model/stacks.ts";
import { grown } from "../util/growable.ts";
import type { NameTable } from "./flame-tree.ts";
import { mergeByName } from "./merge-by-name.ts";
import { type FrameNaming, isInjective } from "./names.ts";
import type { ThreadRoots } from "./thread-roots.ts";

/** A tree without weights, and the node that each sample ends in. */
export interface TreeShape {
  readonly length: number;
  readonly parent: Int32Array;
  readonly name: Uint32Array;
  readonly names: NameTable;
  readonly nodeOfSample: Int32Array;
}

/**
 * Nodes below node 0 in the making. Row `r` here is node `r + 1` of the tree, and parent -1 is node 0: the
 * convention of {@link StackInterner}, which can stand in where nodes have to merge.
 */
export class NodeList {
  #length = 0;
  #parent: Int32Array;
  #frame: Int32Array;

  /** `expected`: how many rows to make room for. */
  constructor(expected: number = 1024) {
    this.#parent = new Int32Array(expected);
    this.#frame = new Int32Array(expected);
  }

  get length(): number {
    return this.#length;
  }

  /** Always a new row. */
  add(parent: number, name: number): number {
    const row = this.#length++;
    if (row >= this.#parent.length) {
      this.#parent = grown(this.#parent, row + 1);
      this.#frame = grown(this.#frame, row + 1);
    }
    this.#parent[row] = parent;
    this.#frame[row] = name;
    return row;
  }

  /** The columns so far: arrays may be longer than `length`. */
  columns(): StackColumns {
    return { length: this.#length, parent: this.#parent, frame: this.#frame };
  }
}

/** Puts node 0 in front of rows: every row moves up by one. */
export function withNodeZero(rows: StackColumns): Pick<TreeShape, "length" | "parent" | "name"> {
  const { length } = rows;
  const parent = new Int32Array(length + 1);
  const name = new Uint32Array(length + 1);
  parent[0] = -1;
  for (let row = 0; row < length; row++) parent[row + 1] = rows.parent[row]! + 1;
  name.set(rows.frame.subarray(0, length), 1);
  return { length: length + 1, parent, name };
}

/** Tree of all stacks of a profile, without thread roots. */
export function shapeOfStacks(profile: Profile, naming: FrameNaming): TreeShape {
  const { stacks, samples } = profile;
  const nodeOfSample = new Int32Array(samples.length);
  const { names, row: nameOf } = naming;
  if (isInjective(naming)) {
    for (let i = 0; i < samples.length; i++) nodeOfSample[i] = samples.stack[i]! + 1;
    return { ...shifted(profile, nameOf), names, nodeOfSample };
  }
  const { length, parent, name, nodeOf } = mergeByName(stacks, nameOf, names.length);
  for (let i = 0; i < samples.length; i++) nodeOfSample[i] = nodeOf[samples.stack[i]! + 1]!;
  return { length, parent, name, names, nodeOfSample };
}

/** No two frames share a name, so no two stacks merge: the stacks are the tree, moved up by one. */
function shifted({ stacks }: Profile, nameOf: Int32Array): Pick<TreeShape, "length" | "parent" | "name"> {
  const { length } = stacks;
  const parent = new Int32Array(length + 1);
  const name = new Uint32Array(length + 1);
  parent[0] = -1;
  for (let i = 0; i < length; i++) {
    parent[i + 1] = stacks.parent[i]! + 1;
    name[i + 1] = nameOf[stacks.frame[i]!]!;
  }
  return { length: length + 1, parent, name };
}

/**
 * Tree in which each group of threads has a root frame. Per group only the ancestors of its own stacks are
 * visited: from each sample's stack up to the first ancestor that the group has already met, then down again.
 */
export function shapeWithRoots(profile: Profile, naming: FrameNaming, roots: ThreadRoots): TreeShape {
  const { stacks, samples } = profile;
  const { row: nameOf } = naming;
  const nodes = emptyNodes(naming, roots, stacks.length + roots.rootName.length);
  const nodeOfSample = new Int32Array(samples.length);
  const metBy = new Int32Array(stacks.length);
  const rowOf = new Int32Array(stacks.length);
  let path = new Int32Array(256);
  for (let group = 0; group < roots.rootName.length; group++) {
    const rootName = roots.rootName[group]!;
    const from = roots.start[group]!;
    const to = roots.start[group + 1]!;
    if (from === to) continue;
    const root = rootName === 0 ? -1 : nodes.add(-1, rootName);
    for (let i = from; i < to; i++) {
      const sample = roots.samples[i]!;
      let depth = 0;
      let stack = samples.stack[sample]!;
      for (; stack >= 0 && metBy[stack] !== group + 1; stack = stacks.parent[stack]!) {
        if (depth === path.length) path = grown(path, depth + 1);
        path[depth++] = stack;
      }
      let row = stack < 0 ? root : rowOf[stack]!;
      while (depth > 0) {
        const next = path[--depth]!;
        row = nodes.add(row, nameOf[stacks.frame[next]!]!);
        rowOf[next] = row;
        metBy[next] = group + 1;
      }
      nodeOfSample[sample] = row + 1;
    }
  }
  return { ...withNodeZero(nodes.columns()), names: roots.names, nodeOfSample };
}

/**
 * Where no two frames share a name, every node is new. Else nodes are looked up; so they are where a group has no
 * root frame, because its outermost frames may be named like another group's root frame.
 */
function emptyNodes(naming: FrameNaming, roots: ThreadRoots, expected: number): NodeList | StackInterner {
  if (isInjective(naming) && !roots.rootName.includes(0)) return new NodeList(expected);
  const nodes = new StackInterner();
  nodes.reserve(expected);
  return nodes;
}
