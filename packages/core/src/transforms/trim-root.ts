import type { Profile } from "../model/profile.ts";
import { type Matcher, matchFrames } from "./matcher.ts";
import { rebuildStacks, withStacks } from "./rebuild.ts";

/**
 * Lets stacks begin at a matching frame: it is kept and its callers are dropped (`--skip-after` of the perf
 * collapsers). Where several frames of a stack match, the innermost decides, as there. Stacks without a match stay.
 * Where threads are root frames, trimmed samples lose their thread, so that nothing stands above the match.
 */
export function trimRoot(profile: Profile, matcher: Matcher): Profile {
  const { stacks, samples, meta } = profile;
  const matches = matchFrames(profile, matcher);
  const trimmed = new Uint8Array(stacks.length);
  const rebuilt = rebuildStacks(stacks, (parent, frame, old, into) => {
    const caller = stacks.parent[old]!;
    trimmed[old] = matches[frame]! | (caller < 0 ? 0 : trimmed[caller]!);
    return into.add(matches[frame] === 1 ? -1 : parent, frame);
  });
  const result = withStacks(profile, rebuilt);
  if (samples.thread === undefined || meta.threadsAreRoots !== true) return result;
  const thread = samples.thread.map((id, row) => {
    const stack = samples.stack[row]!;
    return stack >= 0 && trimmed[stack] === 1 ? -1 : id;
  });
  return { ...result, samples: { ...result.samples, thread } };
}
