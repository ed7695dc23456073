import type { Profile } from "../../model/profile.ts";
import { buildFlameTree } from "../../transforms/build-tree.ts";
import type { FlameTree } from "../../transforms/flame-tree.ts";
import type { ByteSink } from "../../util/sink.ts";
import { humanWeight } from "../../util/units.ts";
import type { WriteOptions, Writer } from "../writer.ts";
import { emitFolded, type LineEnd } from "./emit.ts";
import { type FoldedNames, foldedNaming, threadLabel } from "./names.ts";

/** What folded output is told besides the value type. */
export interface FoldedOptions extends WriteOptions, FoldedNames {}

/**
 * Folded stacks: one line per distinct stack, sorted; a comparison has two counts. A stack that weighs nothing in
 * the chosen value type has no line.
 */
export const foldedWriter: Writer & {
  write(profile: Profile, sink: ByteSink, options: FoldedOptions): Promise<string[]>;
} = {
  id: "folded",
  title: "Folded stacks",
  extensions: [".folded", ".collapsed", ".folded.txt"],
  async write(profile, sink, options: FoldedOptions = {}) {
    const tree = foldedTree(profile, options);
    await emitFolded(tree, lineEndOf(tree), sink);
    return [...lossesOf(profile, options), ...framelessLoss(tree, profile, options)];
  },
};

/** The tree whose nodes are the lines: frames named and threads labelled as the options say. */
function foldedTree(profile: Profile, options: FoldedOptions): FlameTree {
  const style = options.thread ?? (profile.meta.threadsAreRoots === true ? "name" : "none");
  return buildFlameTree(profile, {
    naming: foldedNaming(profile, options),
    threadRoots: style === "none" ? "none" : (thread) => threadLabel(thread, style),
    ...(options.valueType === undefined ? {} : { valueType: options.valueType }),
  });
}

function lineEndOf(tree: FlameTree): LineEnd {
  const { sides, self } = tree;
  if (sides === undefined) return (node) => (self[node] === 0 ? undefined : formatWeight(self[node]!));
  const { base, head } = sides;
  return (node) =>
    base.self[node] === 0 && head.self[node] === 0
      ? undefined
      : `${formatWeight(base.self[node]!)} ${formatWeight(head.self[node]!)}`;
}

/** Shortest decimal that reads back as the same number; never in exponent notation, which Perl's tools refuse. */
export function formatWeight(weight: number): string {
  const text = String(weight);
  if (!text.includes("e")) return text;
  return Math.abs(weight) >= 1 ? BigInt(weight).toString() : weight.toFixed(20).replace(/\.?0+$/, "");
}

/** What has no frame at all stands at the tree's root, for which there is no line. */
function framelessLoss({ self, sides }: FlameTree, profile: Profile, options: FoldedOptions): string[] {
  const lost = sides === undefined ? [self[0]!] : [sides.base.self[0]!, sides.head.self[0]!];
  if (lost.every((weight) => weight === 0)) return [];
  const type = profile.valueTypes[options.valueType ?? profile.meta.defaultValueType];
  const amounts = lost.map((weight) => humanWeight(weight, type?.unit ?? "count"));
  return [`folded stacks have no line for samples without frames: ${amounts.join(" and ")} left out`];
}

function lossesOf(profile: Profile, options: FoldedOptions): string[] {
  const losses: string[] = [];
  const shown = options.valueType ?? profile.meta.defaultValueType;
  const others = profile.valueTypes.filter((_, type) => type !== shown).map((type) => type.name);
  if (profile.meta.differential === undefined && others.length > 0) {
    losses.push(
      `folded stacks hold one value type: ${profile.valueTypes[shown]?.name} was written, not ${others.join(", ")}`,
    );
  }
  if (profile.samples.labels !== undefined) losses.push("folded stacks have no labels");
  if (profile.samples.time !== undefined) losses.push("folded stacks have no times");
  return losses;
}
