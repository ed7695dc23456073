import type { Profile } from "../model/profile.ts";
import { StackInterner } from "../model/stacks.ts";
import { withNamedFrames } from "./named-frames.ts";
import { finishStacks } from "./rebuild.ts";
import { threadName } from "./thread-roots.ts";

/**
 * Puts every stack below one more frame, so that recordings stay side by side when they are merged. Where threads
 * are root frames, they become real frames below it.
 *
 * ```
 *   a;b  c      withRootFrame(…, "x")      x;a;b  x;c
 * ```
 */
export function withRootFrame(profile: Profile, name: string): Profile {
  const { samples, threads, meta } = profile;
  const threaded = meta.threadsAreRoots === true;
  const labels = threads.map((thread) => (threaded ? (threadName(thread) ?? "") : ""));
  const distinct = [...new Set([name, ...labels.filter((label) => label !== "")])];
  const { frames, strings, rows } = withNamedFrames(profile, distinct);
  const frameOf = new Map(distinct.map((label, i) => [label, rows[i]!]));

  const into = new StackInterner();
  const root = into.add(-1, frameOf.get(name)!);
  const bases = labels.map((label) => (label === "" ? root : into.add(root, frameOf.get(label)!)));
  const planter = new Planter(profile, into);
  const stack = samples.stack.map((old, row) => {
    return planter.plant(old, bases[samples.thread?.[row] ?? -1] ?? root);
  });
  return {
    ...profile,
    meta: { ...meta, threadsAreRoots: false },
    frames,
    strings,
    stacks: finishStacks(into),
    samples: { ...samples, stack },
  };
}

/** Copies stacks onto new roots, each (stack, root) once. */
class Planter {
  readonly #profile: Profile;
  readonly #into: StackInterner;
  readonly #known = new Map<number, number>();
  readonly #path: number[] = [];

  constructor(profile: Profile, into: StackInterner) {
    this.#profile = profile;
    this.#into = into;
  }

  plant(old: number, base: number): number {
    const { stacks } = this.#profile;
    const key = (row: number): number => base * stacks.length + row;
    let at = old;
    let row: number | undefined;
    while (at >= 0) {
      row = this.#known.get(key(at));
      if (row !== undefined) break;
      this.#path.push(at);
      at = stacks.parent[at]!;
    }
    let top = row ?? base;
    for (let next = this.#path.pop(); next !== undefined; next = this.#path.pop()) {
      top = this.#into.add(top, stacks.frame[next]!);
      this.#known.set(key(next), top);
    }
    return top;
  }
}
