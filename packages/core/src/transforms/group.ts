import type { Profile } from "../model/profile.ts";
import { GroupedFrames } from "./grouped-frames.ts";
import type { GroupBy } from "./labels.ts";
import type { NamingOptions } from "./names.ts";
import { rebuildStacks, withStacks } from "./rebuild.ts";
import { foldDirect } from "./recursion.ts";

/** How frames are grouped, besides what by. */
export interface GroupOptions extends NamingOptions {
  /** Fold a group that calls itself into one frame. Default: yes for files and modules, no for functions. */
  readonly fold?: boolean | undefined;
}

/** Makes one frame of all frames with the same label: see {@link GroupBy} for the labels. */
export function groupBy(profile: Profile, by: GroupBy, options: GroupOptions = {}): Profile {
  const grouped = new GroupedFrames(by, options);
  const frameOf = grouped.add(profile);
  const { frames, strings, mappings } = grouped.finish();
  const rebuilt = rebuildStacks(profile.stacks, (parent, frame, _, into) =>
    into.add(parent, frameOf[frame]!),
  );
  const result: Profile = { ...withStacks(profile, rebuilt), frames, strings, mappings };
  if (!(options.fold ?? (by === "file" || by === "module"))) return result;
  const identity = Int32Array.from({ length: frames.length }, (_, frame) => frame);
  return withStacks(result, foldDirect(result.stacks, identity));
}
