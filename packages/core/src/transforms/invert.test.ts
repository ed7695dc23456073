import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { profileArbitrary } from "../../../../test/support/arbitrary.ts";
import { letters } from "../../../../test/support/letters.ts";
import { nodesOf, soundTree, treeFolded } from "../../../../test/support/trees.ts";
import { buildFlameTree } from "./build-tree.ts";
import { diffProfiles } from "./diff.ts";
import { buildFlameChart } from "./flame-chart.ts";
import { functionTable } from "./function-table.ts";
import { invertTree } from "./invert.ts";

const calls = (): ReturnType<typeof letters> =>
  letters(`
    A A A D .
    B B C . .
    D . D . .
    = 3 1 2 5 4
  `);

describe("invertTree", () => {
  it("puts leaves at the root and their callers above", () => {
    const inverted = soundTree(invertTree(buildFlameTree(calls()), 0));
    expect(nodesOf(inverted)).toEqual([
      " 4/15",
      "B 0/1",
      "B;A 1/1",
      "D 5/10",
      "D;B 0/3",
      "D;B;A 3/3",
      "D;C 0/2",
      "D;C;A 2/2",
    ]);
    expect(inverted.unit).toBe("samples");
  });

  it("keeps the weight of samples without frames at the root", () => {
    const profile = letters(`
      A B
      = 1 2
    `);
    const stackless = { ...profile, samples: { ...profile.samples, stack: Int32Array.of(0, -1) } };
    expect(nodesOf(invertTree(buildFlameTree(stackless), 0))).toEqual([" 2/3", "A 1/1"]);
  });

  it("leaves light groups unexpanded, with their weight", () => {
    const inverted = soundTree(invertTree(buildFlameTree(calls()), 3));
    expect(nodesOf(inverted)).toEqual([" 4/15", "B 1/1", "D 5/10", "D;B 0/3", "D;B;A 3/3", "D;C 2/2"]);
  });

  it("expands groups whose weights cancel out", () => {
    const profile = letters(`
      A B
      f f
      = 5 -5
    `);
    expect(nodesOf(invertTree(buildFlameTree(profile), 1))).toEqual([
      " 0/0",
      "f 0/0",
      "f;A 5/5",
      "f;B -5/-5",
    ]);
  });

  it("inverts both sides of a differential", () => {
    const base = letters(`
      A B
      f f
      = 1 2
    `);
    const head = letters(`
      A
      f
      = 7
    `);
    const inverted = soundTree(invertTree(buildFlameTree(diffProfiles(base, head)), 0));
    expect(nodesOf(inverted)).toEqual([" 0/10", "f 0/10", "f;A 8/8", "f;B 2/2"]);
    expect([...inverted.sides!.base.total]).toEqual([3, 3, 1, 2]);
    expect([...inverted.sides!.head.total]).toEqual([7, 7, 7, 0]);
  });

  it("conserves totals for every threshold, and turned twice gives the same stacks", () => {
    fc.assert(
      fc.property(profileArbitrary, fc.integer({ min: 0, max: 20 }), (profile, minWeight) => {
        const tree = buildFlameTree(profile);
        const partly = soundTree(invertTree(tree, minWeight));
        expect(partly.total[0]).toBe(tree.total[0]);
        const whole = soundTree(invertTree(tree, 0));
        expect(treeFolded(soundTree(invertTree(whole, 0)))).toEqual(treeFolded(tree));
      }),
      { seed: 20, numRuns: 200 },
    );
  });

  it("gives each leaf the weight that the function has of its own", () => {
    fc.assert(
      fc.property(profileArbitrary, (profile) => {
        const tree = buildFlameTree(profile);
        const { self } = functionTable(tree);
        const inverted = invertTree(tree, Number.POSITIVE_INFINITY);
        for (let node = 1; node < inverted.length; node++) {
          expect(inverted.parent[node]).toBe(0);
          expect(inverted.total[node]).toBe(self[inverted.name[node]!]);
        }
      }),
      { seed: 21, numRuns: 100 },
    );
  });

  it("merges the equal siblings of a flame chart", () => {
    const chart = buildFlameChart(
      letters(`
      A B A
    `),
    );
    expect(nodesOf(soundTree(invertTree(chart, 0)))).toEqual([" 0/3", "A 2/2", "B 1/1"]);
  });
});
