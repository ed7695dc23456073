import type { Profile, StackTable } from "../model/profile.ts";
import { StackInterner } from "../model/stacks.ts";
import { childLists } from "./flame-tree.ts";
import { nameFrames } from "./names.ts";
import { finishStacks, type RebuiltStacks, rebuildStacks, withStacks } from "./rebuild.ts";

/**
 * Folds recursion, by function name.
 *
 * - "direct": calls of a function by itself are one: `a;b;b;c` → `a;b;c` (stackcollapse-recursive.pl).
 * - "cycles": a function that is on the stack already is gone back to, and what lay between is dropped from the
 *   stack: `a;b;a;c` → `a;c`. No name is then twice in a stack.
 *
 * Of the folded frames the outermost stays.
 */
export function collapseRecursion(profile: Profile, mode: "direct" | "cycles"): Profile {
  const naming = nameFrames(profile);
  const rebuilt =
    mode === "direct"
      ? foldDirect(profile.stacks, naming.row)
      : foldCycles(profile.stacks, naming.row, naming.names.length);
  return withStacks(profile, rebuilt);
}

/** Also folds frames of a coarser grouping that call one another: files, modules. */
export function foldDirect(stacks: StackTable, nameOf: Int32Array): RebuiltStacks {
  /** Name at the top of each new row. */
  const topName = new Int32Array(stacks.length);
  return rebuildStacks(stacks, (parent, frame, _, into) => {
    const name = nameOf[frame]!;
    if (parent >= 0 && topName[parent] === name) return parent;
    const row = into.add(parent, frame);
    topName[row] = name;
    return row;
  });
}

/** What entering an old row changed in the path, to be undone when leaving it. */
const UNDO_FIELDS = 4;

/**
 * Walks the old stacks depth first, with the new stack that each leads to as a path by depth:
 *
 * ```
 *   pathRow[0 .. length)   new rows from the root to the current one
 *   rowOfName, depthOfName where a name stood last; still so while pathRow[depth] is that row and depth < length
 * ```
 *
 * Going back to an ancestor only shortens the path, so each step costs the same however deep the stack is.
 */
function foldCycles(stacks: StackTable, nameOf: Int32Array, nameCount: number): RebuiltStacks {
  const into = new StackInterner();
  const rowOf = new Int32Array(stacks.length);
  const pathRow = new Int32Array(stacks.length);
  const rowOfName = new Int32Array(nameCount).fill(-1);
  const depthOfName = new Int32Array(nameCount);
  const undo = new Int32Array((stacks.length + 1) * UNDO_FIELDS);
  let undone = 0;
  let length = 0;

  const enter = (old: number): void => {
    const frame = stacks.frame[old]!;
    const name = nameOf[frame]!;
    const known = rowOfName[name]!;
    const depth = depthOfName[name]!;
    const at = undone++ * UNDO_FIELDS;
    undo[at] = length;
    undo[at + 1] = -1;
    if (known >= 0 && depth < length && pathRow[depth] === known) {
      length = depth + 1;
      rowOf[old] = known;
      return;
    }
    undo[at + 1] = pathRow[length]! + 1;
    undo[at + 2] = known;
    undo[at + 3] = depth;
    const row = into.add(length === 0 ? -1 : pathRow[length - 1]!, frame);
    pathRow[length] = row;
    rowOfName[name] = row;
    depthOfName[name] = length++;
    rowOf[old] = row;
  };

  const leave = (old: number): void => {
    const at = --undone * UNDO_FIELDS;
    length = undo[at]!;
    if (undo[at + 1] === -1) return;
    const name = nameOf[stacks.frame[old]!]!;
    pathRow[length] = undo[at + 1]! - 1;
    rowOfName[name] = undo[at + 2]!;
    depthOfName[name] = undo[at + 3]!;
  };

  walk(stacks, enter, leave);
  return { stacks: finishStacks(into), rowOf };
}

/** Depth first over all rows, without recursion. */
function walk(stacks: StackTable, enter: (row: number) => void, leave: (row: number) => void): void {
  // Child lists need one node above everything: rows move up by one.
  const parent = new Int32Array(stacks.length + 1);
  for (let row = 0; row < stacks.length; row++) parent[row + 1] = stacks.parent[row]! + 1;
  const { first, next } = childLists({ length: stacks.length + 1, parent });
  let node = first[0]!;
  while (node !== 0) {
    enter(node - 1);
    if (first[node] !== 0) {
      node = first[node]!;
      continue;
    }
    while (node !== 0 && next[node] === 0) {
      leave(node - 1);
      node = parent[node]!;
    }
    if (node === 0) return;
    leave(node - 1);
    node = next[node]!;
  }
}
