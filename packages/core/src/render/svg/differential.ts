import { type FlameTree, totalsFromSelf } from "../../transforms/flame-tree.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { DiffOptions } from "./options.ts";
import type { Rgb } from "./palettes.ts";

/** Says of every node how much it changed, and in what colour that shows. */
export interface DiffView {
  readonly classic: boolean;
  readonly relative: boolean;
  readonly ofSelf: boolean;
  /** The change that full colour stands for, in weight units; 1 where relative. */
  readonly max: number;
  /** head − base (or the reverse with `negate`), in weight units. */
  delta(node: number): number;
  /** Strength and direction, −1 to 1. */
  share(node: number): number;
  color(node: number): Rgb;
  /** Total of each side. */
  base(node: number): number;
  head(node: number): number;
  /** Which side alone has the node. */
  only(node: number): "base" | "head" | undefined;
}

/** The differential of a tree with two sides. */
export function diffView(tree: FlameTree, options: DiffOptions): DiffView | undefined {
  if (tree.sides === undefined) return undefined;
  const { base, head } = tree.sides;
  const ofSelf = (options.diffColor ?? "total") === "self";
  const relative = options.diffScale === "relative";
  const classic = options.diffPalette === "classic";
  const sign = options.negate === true ? -1 : 1;
  const before = ofSelf ? base.self : base.total;
  const after = ofSelf ? head.self : head.total;
  const max = relative ? 1 : largestChange(before, after, ofSelf ? 0 : 1, tree.length, classic ? 1 : 0);
  const delta = (node: number): number => sign * (after[node]! - before[node]!);
  const share = (node: number): number => {
    const whole = relative ? Math.max(Math.abs(after[node]!), Math.abs(before[node]!)) : max;
    return whole === 0 ? 0 : Math.max(-1, Math.min(1, delta(node) / whole));
  };
  return {
    classic,
    relative,
    ofSelf,
    max,
    delta,
    share,
    color: (node) => {
      if (!classic) return blueOrange(share(node));
      return relative ? classicColor(share(node), 1) : classicColor(delta(node), max);
    },
    base: (node) => base.total[node]!,
    head: (node) => head.total[node]!,
    only: (node) => {
      if (base.total[node] === 0 && head.total[node] !== 0) return "head";
      return head.total[node] === 0 && base.total[node] !== 0 ? "base" : undefined;
    },
  };
}

/** flamegraph.pl never takes less than 1; elsewhere the largest change itself gets the full colour. */
function largestChange(
  before: Float64Array,
  after: Float64Array,
  from: number,
  length: number,
  least: number,
): number {
  let max = least;
  for (let node = from; node < length; node++) {
    const change = Math.abs(after[node]! - before[node]!);
    if (change > max) max = change;
  }
  return max;
}

/** flamegraph.pl's: white for none, red for more, blue for less. */
export function classicColor(change: number, max: number): Rgb {
  const fade = Math.trunc((210 * (max - Math.abs(change))) / max);
  if (change > 0) return [255, fade, fade];
  return change < 0 ? [fade, fade, 255] : [255, 255, 255];
}

/**
 * Grey for none, orange for more, blue for less: told apart in all common forms of colour blindness, and black text
 * is readable on every step. The root of the share spreads small changes, which are the usual ones.
 */
export function blueOrange(share: number): Rgb {
  const strength = Math.sqrt(Math.abs(share));
  const [red, green, blue] = share > 0 ? [245, 130, 20] : [70, 145, 235];
  const mix = (end: number): number => Math.round(236 + (end - 236) * strength);
  return [mix(red), mix(green), mix(blue)];
}

/**
 * A tree whose widths can be drawn. Weights below zero (a profile that is itself a difference) have no width:
 * such a tree becomes a differential whose base is what is negative and whose head is what is positive, drawn as
 * wide as both together.
 */
export function drawableTree(tree: FlameTree): { tree: FlameTree; signed: boolean } {
  let negative = false;
  for (let node = 0; node < tree.length; node++) {
    const self = tree.self[node]!;
    if (!Number.isFinite(self)) {
      throw new FlambeauError("malformed", `The weight ${self} of a frame cannot be drawn.`);
    }
    if (self < 0) negative = true;
  }
  if (!negative) return { tree, signed: false };
  const magnitude = tree.self.map(Math.abs);
  const side = (keep: (self: number) => number): { self: Float64Array; total: Float64Array } => {
    const self = tree.self.map(keep);
    return { self, total: totalsFromSelf(tree.parent, self, tree.length) };
  };
  return {
    tree: {
      ...tree,
      self: magnitude,
      total: totalsFromSelf(tree.parent, magnitude, tree.length),
      sides: tree.sides ?? {
        base: side((self) => Math.max(0, -self)),
        head: side((self) => Math.max(0, self)),
      },
    },
    signed: true,
  };
}
