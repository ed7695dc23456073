import {
  buildFlameTree,
  collapseLibraries,
  collapseRecursion,
  compactStacks,
  diffProfiles,
  FlambeauError,
  type FlameTree,
  type FrameNaming,
  focus,
  groupBy,
  hide,
  hideInlined,
  ignore,
  invertTree,
  keepSamples,
  type Matcher,
  nameFrames,
  ownCodeOnly,
  type Profile,
  prune,
  trimRoot,
} from "@flambeau/core";
import { RecentCache } from "./cache.ts";
import { checkpoint } from "./rpc.ts";
import { selectedSamples } from "./selection.ts";
import { type DataSpec, type FilterStep, type FrameMatch, keyOf, type Selection } from "./spec.ts";
import { threadLabel, treeOptions } from "./tree-options.ts";
import { inversionShare } from "./views/graph.ts";

/**
 * From the profiles that were read to what views are made of, each stage kept for the next question:
 *
 * ```
 *   read profile ── filter steps ── selected samples ──┬── (comparison) ── tree ── views
 *                                     the other side ──┘
 * ```
 *
 * The filters come before the samples are selected, so that dragging a time range does not filter again: filters
 * look at stacks alone, so the order makes no difference.
 */
export class Pipeline {
  readonly #profiles = new Map<number, Profile>();
  readonly #filtered = new RecentCache<Profile>(6, bytesOfProfile);
  readonly #selected = new RecentCache<Profile>(6, bytesOfProfile);
  readonly #trees = new RecentCache<FlameTree>(4, bytesOfTree);
  readonly #naming = new WeakMap<Profile, FrameNaming>();

  add(id: number, profile: Profile): void {
    this.#profiles.set(id, profile);
  }

  remove(id: number): void {
    this.#profiles.delete(id);
    // Keys hold ids, which are not used again; only the memory has to go.
    this.#filtered.clear();
    this.#selected.clear();
    this.#trees.clear();
  }

  /** The profile as it was read. */
  profile(id: number): Profile {
    const profile = this.#profiles.get(id);
    if (profile === undefined) throw new FlambeauError("usage", "The profile was closed.");
    return profile;
  }

  /** The samples of a spec, filtered; of a comparison both sides as one differential profile. */
  async samples(spec: DataSpec, signal: AbortSignal): Promise<Profile> {
    const { head, base, filters } = spec;
    if (base === undefined) return this.#side(head, filters, spec.groupBy, signal);
    const key = keyOf(["diff", { ...spec, threads: "merged" }]);
    const known = this.#selected.get(key);
    if (known !== undefined) return known;
    const bases = await this.#side(base, filters, "function", signal);
    const heads = await this.#side(head, filters, "function", signal);
    await checkpoint(signal);
    const compared = diffProfiles(bases, heads, {
      normalize: spec.normalize,
      groupBy: spec.groupBy,
      valueType: spec.valueType,
      threads: spec.threads === "merged" ? "none" : threadLabel(spec.threads),
    });
    return this.#selected.set(key, compared);
  }

  /** The merged tree of a spec. */
  async tree(spec: DataSpec, signal: AbortSignal): Promise<FlameTree> {
    const key = keyOf(["tree", spec]);
    const known = this.#trees.get(key);
    if (known !== undefined) return known;
    const profile = await this.samples(spec, signal);
    await checkpoint(signal);
    const tree = buildFlameTree(profile, { ...treeOptions(profile, spec), naming: this.naming(profile) });
    return this.#trees.set(key, tree);
  }

  /** The inverted tree, and the share of the whole below which it is not taken apart further. */
  async inverted(spec: DataSpec, signal: AbortSignal): Promise<{ tree: FlameTree; cutBelow: number }> {
    const tree = await this.tree(spec, signal);
    const cutBelow = inversionShare(tree);
    const key = keyOf(["inverted", spec]);
    const known = this.#trees.get(key);
    if (known !== undefined) return { tree: known, cutBelow };
    await checkpoint(signal);
    const inverted = invertTree(tree, Math.abs(tree.total[0] ?? 0) * cutBelow);
    return { tree: this.#trees.set(key, inverted), cutBelow };
  }

  /** How a profile's frames are named. */
  naming(profile: Profile): FrameNaming {
    const naming = this.#naming.get(profile) ?? nameFrames(profile);
    this.#naming.set(profile, naming);
    return naming;
  }

  async #side(
    selection: Selection,
    filters: readonly FilterStep[],
    by: DataSpec["groupBy"],
    signal: AbortSignal,
  ): Promise<Profile> {
    const key = keyOf([selection, filters, by]);
    const known = this.#selected.get(key);
    if (known !== undefined) return known;
    const filtered = await this.#filter(selection.profile, filters, by, signal);
    await checkpoint(signal);
    const keep = selectedSamples(filtered, selection);
    const kept =
      keep === undefined
        ? filtered
        : keepSamples(filtered, keep, "selection", "samples outside the selection are left out");
    return this.#selected.set(key, kept);
  }

  async #filter(
    id: number,
    filters: readonly FilterStep[],
    by: DataSpec["groupBy"],
    signal: AbortSignal,
  ): Promise<Profile> {
    let profile = this.profile(id);
    for (let count = 1; count <= filters.length; count++) {
      const key = keyOf([id, filters.slice(0, count)]);
      const known = this.#filtered.get(key);
      if (known === undefined) {
        await checkpoint(signal);
        profile = this.#filtered.set(key, applyStep(profile, filters[count - 1]!));
      } else {
        profile = known;
      }
    }
    if (by === "function") return profile;
    const key = keyOf([id, filters, by]);
    return this.#filtered.get(key) ?? this.#filtered.set(key, groupBy(profile, by));
  }
}

/** The columns of samples and stacks, which transforms make anew; frames and strings are shared. */
function bytesOfProfile({ samples, stacks }: Profile): number {
  return samples.length * (16 + 8 * samples.weights.length) + stacks.length * 8;
}

function bytesOfTree({ length, sides }: FlameTree): number {
  return length * (sides === undefined ? 24 : 56);
}

/** Applies one filter step. A pattern that is no regular expression is an error of code "usage". */
export function applyStep(profile: Profile, step: FilterStep): Profile {
  switch (step.kind) {
    case "focus":
      return focus(profile, matcherOf(step.match));
    case "ignore":
      return ignore(profile, matcherOf(step.match));
    case "hide":
      return hide(profile, matcherOf(step.match));
    case "prune":
      return prune(profile, matcherOf(step.match));
    case "root": {
      const matcher = matcherOf(step.match);
      // What stood above the new roots has no samples any more.
      return compactStacks(trimRoot(focus(profile, matcher), matcher));
    }
    case "recursion":
      return collapseRecursion(profile, step.mode);
    case "library":
      return collapseLibraries(profile, step.library);
    case "own-code":
      return ownCodeOnly(profile, step.rules);
    case "inlined":
      return hideInlined(profile);
  }
}

function matcherOf({ name, pattern, module, file }: FrameMatch): Matcher {
  const byName = name ?? (pattern === undefined ? undefined : expression(pattern));
  if (byName === undefined && module === undefined && file === undefined) {
    throw new FlambeauError("usage", "The filter does not say which frames it means.");
  }
  return {
    ...(byName === undefined ? {} : { name: byName }),
    ...(module === undefined ? {} : { module }),
    ...(file === undefined ? {} : { file }),
  };
}

/** The regular expression of a text that a user typed. */
export function expression(pattern: string, flags: string = ""): RegExp {
  try {
    return new RegExp(pattern, flags);
  } catch (cause) {
    throw new FlambeauError("usage", `"${pattern}" is no regular expression: ${(cause as Error).message}`, {
      cause,
    });
  }
}
