import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { invertTree } from "../../packages/core/src/index.ts";
import { gatherNames } from "../../packages/core/src/layout/gathered-names.ts";
import { layoutTree } from "../../packages/core/src/layout/layout.ts";
import { foldedTree } from "../support/folded-tree.ts";
import { seeded } from "../support/reading.ts";
import { renumbered } from "../support/renumbered.ts";
import { svgOf } from "../support/svg.ts";

/** Names that agree in all but their annotation, and in their first bytes. */
const name = fc.constantFrom(
  "a",
  "a_[k]",
  "a_[i]",
  "b",
  "c;c",
  "prefix::one",
  "prefix::two",
  "\u00e9",
  "\ud83d\ude00",
);
const stack = fc.array(name, { minLength: 1, maxLength: 6 }).map((frames) => frames.join(";"));
const weight = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 400 }));
const line = fc.tuple(stack, weight).map(([path, first]) => `${path} ${first}`);
const twoSided = fc.tuple(stack, weight, weight).map(([path, base, head]) => `${path} ${base} ${head}`);
const lines = (one: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.array(one, { minLength: 1, maxLength: 60 }).map((list) => [...list, "a;b 50 20"].join("\n"));

const settings = { seed: 20, numRuns: 120 };

describe("a picture depends on the tree, not on how its rows are numbered", () => {
  test.each([
    ["one side", lines(line)],
    ["a differential", lines(twoSided)],
  ])("%s, with its inverted layer and gathered names", async (_, text) => {
    await fc.assert(
      fc.asyncProperty(text, fc.integer(), fc.constantFrom(0.1, 20, 150), async (folded, seed, minWidth) => {
        const tree = foldedTree(folded, { width: "both" });
        const other = renumbered(tree, seeded(seed));
        const draw = async (from: typeof tree): Promise<string> =>
          (await svgOf(from, { minWidth, interactive: true, invertedTree: invertTree(from, 10) })).svg;
        expect(await draw(other)).toBe(await draw(tree));
      }),
      settings,
    );
  });

  test("however often the table of gathered names has to shrink", () => {
    fc.assert(
      fc.property(lines(line), fc.integer(), (folded, seed) => {
        const tree = foldedTree(folded);
        const summaries = [tree, renumbered(tree, seeded(seed))].map((from) => {
          const layout = layoutTree(from, { minWidth: 100 });
          const table = gatherNames(from, layout, { minWidth: 100, threshold: 1, maxRows: 3 });
          return {
            threshold: table.threshold,
            unlisted: [table.unlistedNames, ...table.unlistedWeight],
            rows: Array.from(table.rect, (rect, row) => [rect, table.weight[row]]).sort(),
          };
        });
        expect(summaries[1]).toEqual(summaries[0]);
      }),
      settings,
    );
  });
});
