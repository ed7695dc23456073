import type { Profile } from "../model/profile.ts";
import { rebuildStacks, withStacks } from "./rebuild.ts";

/** Drops inlined frames, so that stacks hold only calls that were really made; their weight goes to the caller. */
export function hideInlined(profile: Profile): Profile {
  const { inlined } = profile.frames;
  const rebuilt = rebuildStacks(profile.stacks, (parent, frame, _, into) =>
    inlined[frame] === 1 ? parent : into.add(parent, frame),
  );
  return withStacks(profile, rebuilt);
}
