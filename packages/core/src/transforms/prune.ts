import type { Profile } from "../model/profile.ts";
import { type Matcher, matchFrames } from "./matcher.ts";
import { rebuildStacks, withStacks } from "./rebuild.ts";

/**
 * Drops everything that a matching frame called; the weight goes to the matching frame. Where several frames of a
 * stack match, the outermost decides, because the others are in its subtree. (pprof's `-prune_from` cuts at the
 * innermost match, which leaves the callees of the outer ones.)
 */
export function prune(profile: Profile, matcher: Matcher): Profile {
  const { stacks } = profile;
  const matches = matchFrames(profile, matcher);
  /** 1 for rows that match or are below a match: nothing grows on them. */
  const closed = new Uint8Array(stacks.length);
  const rebuilt = rebuildStacks(stacks, (parent, frame, old, into) => {
    const caller = stacks.parent[old]!;
    if (caller >= 0 && closed[caller] === 1) {
      closed[old] = 1;
      return parent;
    }
    closed[old] = matches[frame]!;
    return into.add(parent, frame);
  });
  return withStacks(profile, rebuilt);
}
