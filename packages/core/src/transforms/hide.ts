import type { Profile } from "../model/profile.ts";
import { type Matcher, matchFrames } from "./matcher.ts";
import { rebuildStacks, withStacks } from "./rebuild.ts";

/**
 * Drops matching frames; what they called moves up to their callers, and their own weight goes to their callers.
 * A sample all of whose frames match stays, without frames.
 */
export function hide(profile: Profile, matcher: Matcher): Profile {
  const hidden = matchFrames(profile, matcher);
  const rebuilt = rebuildStacks(profile.stacks, (parent, frame, _, into) =>
    hidden[frame] === 1 ? parent : into.add(parent, frame),
  );
  return withStacks(profile, rebuilt);
}
