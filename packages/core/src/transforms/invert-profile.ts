import type { Profile } from "../model/profile.ts";
import { StackInterner } from "../model/stacks.ts";
import { finishStacks, withStacks } from "./rebuild.ts";

/**
 * Turns every stack over: leaf first, outermost caller last. Complete, so the new tree may be much larger than the
 * old one; for drawing, `invertTree` makes only what can be seen.
 */
export function invertProfile(profile: Profile): Profile {
  const { stacks, samples } = profile;
  const into = new StackInterner();
  const rowOf = new Int32Array(stacks.length).fill(-1);
  for (const leaf of samples.stack) {
    if (leaf < 0 || rowOf[leaf] !== -1) continue;
    let row = -1;
    for (let at = leaf; at >= 0; at = stacks.parent[at]!) row = into.add(row, stacks.frame[at]!);
    rowOf[leaf] = row;
  }
  return withStacks(profile, { stacks: finishStacks(into), rowOf });
}
