import fc from "fast-check";
import { expect, test } from "vitest";
import { letters } from "../../../../test/support/letters.ts";
import { treeFolded } from "../../../../test/support/trees.ts";
import {
  buildFlameTree,
  diffProfiles,
  type FlameTree,
  functionTable,
  neighbours,
  ProfileBuilder,
  sandwich,
} from "../index.ts";

function rowOf(tree: FlameTree, name: string): number {
  for (let row = 1; row < tree.names.length; row++) if (tree.names.text(row) === name) return row;
  throw new Error(`no ${name}`);
}

test("callers and callees of every call are merged", () => {
  const tree = buildFlameTree(
    letters(`
      a a b c
      f f f x
      x y y .
      = 1 2 4 8
    `),
  );
  const { callers, callees } = sandwich(tree, rowOf(tree, "f"));
  expect(treeFolded(callees)).toEqual(["f;x 1", "f;y 6"]);
  expect(treeFolded(callers)).toEqual(["f;a 3", "f;b 4"]);
});

test("of a function that calls itself the outermost call counts", () => {
  const tree = buildFlameTree(
    letters(`
      a
      f
      g
      f
      x
    `),
  );
  const { callers, callees } = sandwich(tree, rowOf(tree, "f"));
  expect(treeFolded(callees)).toEqual(["f;g;f;x 1"]);
  expect(treeFolded(callers)).toEqual(["f;a 1"]);
});

test("a function that nothing calls, and one that calls nothing", () => {
  const tree = buildFlameTree(letters("f f\n. g\n= 3 4"));
  expect(treeFolded(sandwich(tree, rowOf(tree, "f")).callers)).toEqual(["f 7"]);
  expect(treeFolded(sandwich(tree, rowOf(tree, "g")).callees)).toEqual(["g 4"]);
});

test("both sides of a differential are kept apart", () => {
  const tree = buildFlameTree(diffProfiles(letters("a\nf\n= 3"), letters("b\nf\n= 5")));
  const { callers } = sandwich(tree, rowOf(tree, "f"));
  expect([callers.sides!.base.total[0], callers.sides!.head.total[0], callers.total[0]]).toEqual([3, 5, 8]);
  const a = [...callers.name].findIndex((name) => callers.names.text(name) === "a");
  expect([callers.sides!.base.total[a], callers.sides!.head.total[a]]).toEqual([3, 0]);
});

test("calls between functions weigh once per sample", () => {
  const tree = buildFlameTree(
    letters(`
      a f f
      f g g
      g f .
      . g .
      = 1 2 4
    `),
  );
  const { callers, callees } = neighbours(tree, rowOf(tree, "f"));
  const named = (weights: Float64Array): Record<string, number> =>
    Object.fromEntries(
      [...weights.entries()].filter(([, weight]) => weight > 0).map(([row, w]) => [tree.names.text(row), w]),
    );
  expect(named(callers)).toEqual({ a: 1, "": 6, g: 2 });
  expect(named(callees)).toEqual({ g: 7 });
});

test("a call chain of 100,000 frames", () => {
  const builder = new ProfileBuilder("each");
  builder.meta.format = "test";
  const type = builder.valueType("samples", "count");
  let stack = -1;
  for (let i = 0; i < 100_000; i++) stack = builder.stack(stack, builder.frameNamed(`f${i % 7}`));
  builder.sampleOf(stack, type, 1);
  const tree = buildFlameTree(builder.finish());
  const { callers, callees } = sandwich(tree, rowOf(tree, "f3"));
  expect([callers.length, callees.length]).toEqual([5, 99_998]);
  expect(neighbours(tree, rowOf(tree, "f3")).callees[rowOf(tree, "f4")]).toBe(1);
});

test("both trees weigh what the function weighs in total", () => {
  const stack = fc.array(fc.constantFrom("a", "b", "c", "d"), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(fc.array(fc.tuple(stack, fc.integer({ min: 1, max: 9 })), { minLength: 1 }), (samples) => {
      const builder = new ProfileBuilder("each");
      builder.meta.format = "test";
      const type = builder.valueType("samples", "count");
      for (const [names, weight] of samples) {
        let row = -1;
        for (const name of names) row = builder.stack(row, builder.frameNamed(name));
        builder.sampleOf(row, type, weight);
      }
      const tree = buildFlameTree(builder.finish());
      const { total } = functionTable(tree);
      for (let name = 1; name < tree.names.length; name++) {
        const { callers, callees } = sandwich(tree, name);
        expect([callers.total[0], callees.total[0]]).toEqual([total[name], total[name]]);
      }
    }),
    { seed: 7, numRuns: 200 },
  );
});
