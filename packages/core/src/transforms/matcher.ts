import type { Profile } from "../model/profile.ts";
import { frameLabels } from "./labels.ts";

/** A text means exactly this text; a regular expression may match anywhere. */
export type Pattern = string | RegExp;

/** A test on a frame: every part that is given must hold. */
export interface FramePattern {
  /** The label by function: name, else `[module]`, else the address. */
  readonly name?: Pattern | undefined;
  /** Source file, as the profiler wrote it. */
  readonly file?: Pattern | undefined;
  /** Path or base name of the module. */
  readonly module?: Pattern | undefined;
}

/** A pattern alone is one for the name; of several, any may hold. */
export type Matcher = Pattern | FramePattern | readonly (Pattern | FramePattern)[];

/** The test of a pattern. */
export function testOf(pattern: Pattern): (text: string) => boolean {
  if (typeof pattern === "string") return (text) => text === pattern;
  // With the flags g and y a regular expression remembers where it stopped.
  const stateless = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ""));
  return (text) => stateless.test(text);
}

/** 1 for every frame that matches. Each distinct text is tested once. */
export function matchFrames(profile: Profile, matcher: Matcher): Uint8Array {
  const matches = new Uint8Array(profile.frames.length);
  const patterns = Array.isArray(matcher) ? matcher : [matcher as Pattern | FramePattern];
  for (const pattern of patterns) {
    const parts: FramePattern =
      typeof pattern === "string" || pattern instanceof RegExp ? { name: pattern } : pattern;
    const tests = testsOf(profile, parts);
    if (tests.length === 0) continue;
    for (let frame = 0; frame < matches.length; frame++) {
      if (matches[frame] === 0 && tests.every((test) => test(frame))) matches[frame] = 1;
    }
  }
  return matches;
}

function testsOf(profile: Profile, { name, file, module }: FramePattern): ((frame: number) => boolean)[] {
  const { frames, strings, mappings } = profile;
  const tests: ((frame: number) => boolean)[] = [];
  if (name !== undefined) {
    const labels = frameLabels(profile, "function");
    const matches = once(labels.strings.length, (id) => labels.strings.get(id), testOf(name));
    tests.push((frame) => matches(labels.id[frame]!));
  }
  if (file !== undefined) {
    const matches = once(strings.length, (id) => strings.get(id), testOf(file));
    tests.push((frame) => frames.file[frame] !== 0 && matches(frames.file[frame]!));
  }
  if (module !== undefined) {
    const test = testOf(module);
    const matching = mappings.map(({ path }) => test(path) || test(path.replace(/^.*[/\\](?=.)/s, "")));
    tests.push((frame) => matching[frames.mapping[frame]!] === true);
  }
  return tests;
}

/** Tests text `id` the first time it is asked for. */
function once(
  length: number,
  text: (id: number) => string,
  test: (text: string) => boolean,
): (id: number) => boolean {
  const UNKNOWN = 0;
  const NO = 1;
  const YES = 2;
  const known = new Uint8Array(length);
  return (id) => {
    if (known[id] === UNKNOWN) known[id] = test(text(id)) ? YES : NO;
    return known[id] === YES;
  };
}
