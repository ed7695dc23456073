import type { Profile } from "../model/profile.ts";
import { type Matcher, matchFrames } from "./matcher.ts";
import { keepSamples } from "./rebuild.ts";

/** Keeps the samples that contain a matching frame. */
export function focus(profile: Profile, matcher: Matcher): Profile {
  return keepSamples(
    profile,
    samplesContaining(profile, matcher),
    "focus",
    "samples without a matching frame were left out (focus)",
  );
}

/** Drops the samples that contain a matching frame. */
export function ignore(profile: Profile, matcher: Matcher): Profile {
  const keep = samplesContaining(profile, matcher).map((contains) => 1 - contains);
  return keepSamples(profile, keep, "ignore", "samples with a matching frame were left out (ignore)");
}

/** 1 for every sample with a matching frame anywhere in its stack. */
function samplesContaining(profile: Profile, matcher: Matcher): Uint8Array {
  const { stacks, samples } = profile;
  const frameMatches = matchFrames(profile, matcher);
  const contains = new Uint8Array(stacks.length);
  for (let row = 0; row < stacks.length; row++) {
    const parent = stacks.parent[row]!;
    contains[row] = frameMatches[stacks.frame[row]!]! | (parent < 0 ? 0 : contains[parent]!);
  }
  return Uint8Array.from(samples.stack, (stack) => (stack < 0 ? 0 : contains[stack]!));
}
