import { describe, expect, it } from "vitest";
import { haveCorpus, readCorpus } from "../../../../test/support/corpus.ts";
import { validated } from "../../../../test/support/letters.ts";
import { pathOf } from "../../../../test/support/trees.ts";
import { ProfileBuilder } from "../model/builder.ts";
import type { Profile } from "../model/profile.ts";
import { buildFlameTree } from "./build-tree.ts";
import { type DiffOptions, diffProfiles } from "./diff.ts";
import { collapseRecursion } from "./recursion.ts";
import { stripHexLabel } from "./strip-hex.ts";

const PEER = "jonhoo__inferno__";

function textOf(file: string): string {
  return Buffer.from(readCorpus("folded", PEER + file)).toString("utf8");
}

/** Folded lines are only frames, blanks and a number here: this test needs no reader. */
function profileOf(file: string): Profile {
  const builder = new ProfileBuilder("each");
  const type = builder.valueType("samples", "count");
  for (const line of linesOf(textOf(file))) {
    const at = line.lastIndexOf(" ");
    let stack = -1;
    for (const name of line.slice(0, at).split(";")) stack = builder.stack(stack, builder.frameNamed(name));
    builder.sampleOf(stack, type, Number(line.slice(at + 1)));
  }
  return validated(builder.finish());
}

function linesOf(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}

describe.skipIf(!haveCorpus)("the peers' expectations", () => {
  it("collapseRecursion folds what inferno's collapse-recursive folds", () => {
    const tree = buildFlameTree(collapseRecursion(profileOf("collapse-recursive-basic.txt"), "direct"));
    const lines: string[] = [];
    for (let node = 0; node < tree.length; node++) {
      if (tree.self[node] !== 0) lines.push(`${pathOf(tree, node)} ${tree.self[node]}`);
    }
    const expected = linesOf(textOf("collapse-recursive-basic.txt.expected.collapse-recursive.txt"));
    expect(lines.sort()).toEqual(expected.sort());
  });

  it.each<[string, DiffOptions]>([
    ["default", {}],
    ["normalize", { normalize: true }],
    ["striphex", { relabel: stripHexLabel }],
  ])("diffProfiles compares as inferno's diff-folded does: %s", (name, options) => {
    const diff = validated(diffProfiles(profileOf("diff-before.txt"), profileOf("diff-after.txt"), options));
    const { sides, ...tree } = buildFlameTree(diff);
    const lines: string[] = [];
    for (let node = 0; node < tree.length; node++) {
      if (tree.self[node] === 0) continue;
      // The peers cut normalised weights down to whole numbers.
      lines.push(`${pathOf(tree, node)} ${Math.trunc(sides!.base.self[node]!)} ${sides!.head.self[node]}`);
    }
    expect(lines.sort()).toEqual(linesOf(textOf(`diff-after.txt.expected.diff-${name}.txt`)).sort());
  });
});
