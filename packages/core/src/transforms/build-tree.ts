import type { Profile } from "../model/profile.ts";
import type { FlameTree } from "./flame-tree.ts";
import { type FrameNaming, nameFrames } from "./names.ts";
import { type ThreadLabel, threadRoots } from "./thread-roots.ts";
import { shapeOfStacks, shapeWithRoots } from "./tree-shape.ts";
import { type WeightOptions, weighTree } from "./tree-weights.ts";

/** What of a profile is drawn. */
export interface TreeOptions extends WeightOptions {
  /** Default: by function, see {@link nameFrames}. Compute it once where several trees are built. */
  readonly naming?: FrameNaming | undefined;
  /**
   * The root frame of each thread's stacks. Default: the thread's name where `meta.threadsAreRoots`, else "none".
   * Threads with equal labels share one root frame.
   */
  readonly threadRoots?: ThreadLabel | "none" | undefined;
}

/**
 * Merges the stacks of a profile by name into the tree that a flame graph draws. Samples without frames weigh on
 * node 0 or on their thread's root frame. Stacks without weight are nodes too, except below thread roots, where
 * stacks without samples are left out.
 */
export function buildFlameTree(profile: Profile, options: TreeOptions = {}): FlameTree {
  const naming = options.naming ?? nameFrames(profile);
  const roots = threadRoots(profile, naming.names, options.threadRoots);
  const shape = roots === undefined ? shapeOfStacks(profile, naming) : shapeWithRoots(profile, naming, roots);
  return weighTree(profile, shape, options);
}
