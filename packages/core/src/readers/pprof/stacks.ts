import { FORMAT } from "../../codec/pprof-schema.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { LocationTree } from "./location-tree.ts";
import type { Locations } from "./locations.ts";
import { Pruning } from "./prune.ts";

/**
 * Puts the stacks of locations into the profile as stacks of frames and returns the profile's row of each row
 * of the tree. `pruning` says per location what is dropped; `size` is that of the input, in bytes.
 */
export function addStacks(
  tree: LocationTree,
  locations: Locations,
  pruning: Uint8Array | undefined,
  into: ProfileBuilder,
  size: number,
): (row: number) => number {
  const frames = new LocationFrames(tree, locations, pruning);
  if (pruning === undefined && frames.allAlone) {
    const { parent, location, length } = tree;
    for (let row = 0; row < length; row++) location[row] = frames.outermost[location[row]!]!;
    if (into.adoptStacks({ length, parent, frame: location })) return (row) => row;
    const rows = into.stackBatch({ length, parent, frame: location }, true);
    return (row) => (row < 0 ? -1 : rows[row]!);
  }
  frames.checkSize(tree, size);
  const rows = pruning === undefined ? expand(tree, frames, into) : prune(tree, frames, pruning, into);
  return (row) => (row < 0 ? -1 : rows[row]!);
}

/** The frames of every location that a stack uses, the outermost first. */
class LocationFrames {
  /** Per location: its outermost frame; -1 where no stack uses it. */
  readonly outermost: Int32Array;
  /** Frames of location `row`: `[start[row], end[row])` of `frames`. */
  readonly start: Int32Array;
  readonly end: Int32Array;
  readonly frames: number[] = [];
  /** Each location is one frame, and no two are the same: the tree of locations is the tree of frames. */
  readonly allAlone: boolean;

  constructor(tree: LocationTree, locations: Locations, pruning: Uint8Array | undefined) {
    const count = locations.length + 1;
    this.outermost = new Int32Array(count).fill(-1);
    this.start = new Int32Array(count);
    this.end = new Int32Array(count);
    const seen = new Set<number>();
    let used = 0;
    for (let row = 0; row < tree.length; row++) {
      const location = tree.location[row]!;
      if (this.outermost[location] !== -1) continue;
      this.start[location] = this.frames.length;
      locations.framesOf(location, this.frames);
      this.end[location] = this.frames.length;
      const outermost = this.frames[this.start[location]!]!;
      this.outermost[location] = outermost;
      seen.add(outermost);
      used++;
    }
    this.allAlone = pruning === undefined && seen.size === used && this.frames.length === used;
  }

  /**
   * Refuses a file that is made to grow: a location of very many lines, used very often, would take memory by
   * the product. Real locations have some dozens of lines at most.
   */
  checkSize(tree: LocationTree, size: number): void {
    const limit = 1e6 + size * 16;
    let frames = 0;
    for (let row = 0; row < tree.length; row++) {
      const location = tree.location[row]!;
      frames += this.end[location]! - this.start[location]!;
    }
    if (frames <= limit) return;
    throw new FlambeauError("too-large", `${frames} frames come out of a file of ${size} bytes`, {
      format: FORMAT,
      offset: 0,
      hint: "Some of its locations have a great many inlined functions; a sound file does not.",
    });
  }

  /** Row of the stack that calls all frames of `location` from `parent`. */
  push(parent: number, location: number, into: ProfileBuilder): number {
    let stack = parent;
    for (let i = this.start[location]!; i < this.end[location]!; i++)
      stack = into.stack(stack, this.frames[i]!);
    return stack;
  }
}

function expand(tree: LocationTree, frames: LocationFrames, into: ProfileBuilder): Int32Array {
  const rows = new Int32Array(tree.length);
  for (let row = 0; row < tree.length; row++) {
    const parent = tree.parent[row]!;
    rows[row] = frames.push(parent < 0 ? -1 : rows[parent]!, tree.location[row]!, into);
  }
  return rows;
}

/**
 * The same with pruning. From the root on, nothing is dropped before the first frame that does not match; at
 * the first match behind it the stack ends: before the location, or within it.
 */
function prune(
  tree: LocationTree,
  frames: LocationFrames,
  pruning: Uint8Array,
  into: ProfileBuilder,
): Int32Array {
  const rows = new Int32Array(tree.length);
  const foundUser = new Uint8Array(tree.length);
  const cut = new Uint8Array(tree.length);
  for (let row = 0; row < tree.length; row++) {
    const parent = tree.parent[row]!;
    const location = tree.location[row]!;
    const above = parent < 0 ? -1 : rows[parent]!;
    const user = parent >= 0 && foundUser[parent] === 1;
    const what = pruning[location]!;
    foundUser[row] = user || what === Pruning.none ? 1 : 0;
    cut[row] = (parent >= 0 && cut[parent] === 1) || (user && what !== Pruning.none) ? 1 : 0;
    const ended = (parent >= 0 && cut[parent] === 1) || (user && what === Pruning.whole);
    rows[row] = ended ? above : frames.push(above, location, into);
  }
  return rows;
}
