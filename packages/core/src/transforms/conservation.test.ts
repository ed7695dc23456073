import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { profileArbitrary } from "../../../../test/support/arbitrary.ts";
import { contentsOf } from "../../../../test/support/contents.ts";
import { foldedOf, letters, validated } from "../../../../test/support/letters.ts";
import { soundTree, treeFolded } from "../../../../test/support/trees.ts";
import { ProfileBuilder } from "../model/builder.ts";
import { type Profile, totalsOf } from "../model/profile.ts";
import { buildFlameTree } from "./build-tree.ts";
import { diffProfiles } from "./diff.ts";
import { filterSamples } from "./filter.ts";
import { buildFlameChart } from "./flame-chart.ts";
import { focus, ignore } from "./focus.ts";
import { functionTable } from "./function-table.ts";
import { groupBy } from "./group.ts";
import { hide } from "./hide.ts";
import { invertTree } from "./invert.ts";
import { invertProfile } from "./invert-profile.ts";
import { collapseLibraries } from "./libraries.ts";
import { mergeProfiles } from "./merge.ts";
import { ownCodeOnly } from "./own-code.ts";
import { prune } from "./prune.ts";
import { mergeSamples } from "./rebuild.ts";
import { collapseRecursion } from "./recursion.ts";
import { stripHex } from "./strip-hex.ts";
import { profileSummary } from "./summary.ts";
import { trimRoot } from "./trim-root.ts";

/** Transforms that keep every value type's total. */
const CONSERVING: [string, (profile: Profile) => Profile][] = [
  ["hide", (profile) => hide(profile, /^[ab_]/)],
  ["prune", (profile) => prune(profile, "b")],
  ["trimRoot", (profile) => trimRoot(profile, ["b", "constructor"])],
  ["collapseRecursion direct", (profile) => collapseRecursion(profile, "direct")],
  ["collapseRecursion cycles", (profile) => collapseRecursion(profile, "cycles")],
  ["invertProfile", invertProfile],
  ["groupBy function", (profile) => groupBy(profile, "function")],
  ["groupBy file", (profile) => groupBy(profile, "file")],
  ["groupBy module", (profile) => groupBy(profile, "module")],
  ["groupBy function+line", (profile) => groupBy(profile, "function+line")],
  ["stripHex", stripHex],
  ["collapseLibraries", (profile) => collapseLibraries(profile)],
  ["collapseLibraries of one", (profile) => collapseLibraries(profile, "kernel")],
  ["ownCodeOnly", (profile) => ownCodeOnly(profile, ["name:b", "kind:kernel", "file:*"])],
  ["mergeSamples", mergeSamples],
  ["merge with a label", (profile) => mergeProfiles([profile], { sources: ["x"] })],
];

/** Transforms that choose samples. */
const CHOOSING: [string, (profile: Profile) => Profile][] = [
  ["focus", (profile) => focus(profile, "b")],
  ["ignore", (profile) => ignore(profile, "b")],
  ["filterSamples", (profile) => filterSamples(profile, { threads: ["pool"] })],
];

/** The names of a folded line that stand above the same name. */
function repeats(path: string): string[] {
  const names = path.split(";");
  return names.filter((name, at) => names.indexOf(name) !== at);
}

describe("conservation", () => {
  it.each(CONSERVING)("%s keeps totals, and the profile sound", (_, transform) => {
    fc.assert(
      fc.property(profileArbitrary, (profile) => {
        const before = contentsOf(profile);
        const result = validated(transform(profile));
        expect(contentsOf(profile)).toEqual(before);
        expect([...totalsOf(result)]).toEqual([...totalsOf(profile)]);
        expect(soundTree(buildFlameTree(result)).total[0]).toBe(totalsOf(profile)[0]);
      }),
      { seed: 50, numRuns: 120 },
    );
  });

  it.each(CHOOSING)("%s keeps samples whole and counts the others in a note", (_, transform) => {
    fc.assert(
      fc.property(profileArbitrary, (profile) => {
        const before = contentsOf(profile);
        const result = validated(transform(profile));
        expect(contentsOf(profile)).toEqual(before);
        const dropped = result.notes.reduce((sum, note) => sum + note.count, 0);
        expect(result.samples.length + dropped).toBe(profile.samples.length);
        expect(buildFlameTree(result).total[0]).toBe(totalsOf(result)[0]);
      }),
      { seed: 51, numRuns: 120 },
    );
  });

  it("focus and ignore part the samples between them", () => {
    fc.assert(
      fc.property(profileArbitrary, (profile) => {
        const parts = [focus(profile, "b"), ignore(profile, "b")];
        expect(parts[0]!.samples.length + parts[1]!.samples.length).toBe(profile.samples.length);
        expect(totalsOf(parts[0]!)[0]! + totalsOf(parts[1]!)[0]!).toBe(totalsOf(profile)[0]);
        for (const line of foldedOf(parts[1]!)) expect(line.split(" ")[0]!.split(";")).not.toContain("b");
      }),
      { seed: 52, numRuns: 120 },
    );
  });

  it("trees weigh what the samples weigh, with and without thread roots, in every grouping", () => {
    const label = (thread: { name: string } | undefined): string | undefined => thread?.name;
    fc.assert(
      fc.property(profileArbitrary, fc.constantFrom(label, "none" as const), (profile, threadRoots) => {
        for (const valueType of [0, 1]) {
          const total = totalsOf(profile)[valueType];
          const tree = soundTree(buildFlameTree(profile, { valueType, threadRoots }));
          expect(tree.total[0]).toBe(total);
          const chart = soundTree(buildFlameChart(profile, { valueType, threadRoots }));
          expect(chart.total[0]).toBe(total);
          expect(sumByPath(treeFolded(chart))).toEqual(sumByPath(treeFolded(tree)));
        }
      }),
      { seed: 53, numRuns: 120 },
    );
  });

  it("an unannotated tree holds what folded lines hold", () => {
    fc.assert(
      fc.property(profileArbitrary, (profile) => {
        expect(sumByPath(treeFolded(buildFlameTree(profile)))).toEqual(sumByPath(foldedOf(profile)));
      }),
      { seed: 54, numRuns: 120 },
    );
  });

  it("no name repeats after cycles are folded, and none directly after direct recursion is", () => {
    fc.assert(
      fc.property(profileArbitrary, (generated) => {
        const { annotated: _, ...meta } = generated.meta;
        const profile = { ...generated, meta };
        for (const line of foldedOf(collapseRecursion(profile, "cycles"))) {
          expect(repeats(line.slice(0, line.lastIndexOf(" ")))).toEqual([]);
        }
        const direct = foldedOf(profile).map((line) => {
          const names = line.slice(0, line.lastIndexOf(" ")).split(";");
          const kept = names.filter((name, at) => name !== names[at - 1]);
          return `${kept.join(";")} ${line.slice(line.lastIndexOf(" ") + 1)}`;
        });
        expect(sumByPath(foldedOf(collapseRecursion(profile, "direct")))).toEqual(sumByPath(direct));
      }),
      { seed: 55, numRuns: 150 },
    );
  });

  it("cycles fold as going back along one stack does", () => {
    fc.assert(
      fc.property(profileArbitrary, (generated) => {
        const { annotated: _, ...meta } = generated.meta;
        const profile = { ...generated, meta };
        const expected = foldedOf(profile).map((line) => {
          const path: string[] = [];
          for (const name of line.slice(0, line.lastIndexOf(" ")).split(";")) {
            const at = path.indexOf(name);
            if (at >= 0) path.length = at + 1;
            else path.push(name);
          }
          return `${path.join(";")} ${line.slice(line.lastIndexOf(" ") + 1)}`;
        });
        expect(sumByPath(foldedOf(collapseRecursion(profile, "cycles")))).toEqual(sumByPath(expected));
      }),
      { seed: 56, numRuns: 200 },
    );
  });

  it("a function's total counts each sample once", () => {
    fc.assert(
      fc.property(profileArbitrary, (generated) => {
        const { annotated: _, ...meta } = generated.meta;
        const profile = { ...generated, meta };
        const tree = buildFlameTree(profile);
        const { total } = functionTable(tree);
        for (let name = 1; name < tree.names.length; name++) {
          const containing = focus(profile, tree.names.text(name));
          expect(total[name]).toBe(totalsOf(containing)[0]);
        }
      }),
      { seed: 57, numRuns: 100 },
    );
  });
});

/** Weights per path, paths without weight left out. */
function sumByPath(lines: readonly string[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const line of lines) {
    const at = line.lastIndexOf(" ");
    const path = line.slice(0, at);
    sums.set(path, (sums.get(path) ?? 0) + Number(line.slice(at + 1)));
  }
  return new Map([...sums].filter(([, weight]) => weight !== 0).sort(([a], [b]) => (a < b ? -1 : 1)));
}

describe("a stack 100,000 frames deep", () => {
  const DEPTH = 100_000;
  const deep = (nameOf: (depth: number) => string): Profile => {
    const builder = new ProfileBuilder();
    const type = builder.valueType("samples", "count");
    let stack = -1;
    for (let depth = 0; depth < DEPTH; depth++)
      stack = builder.stack(stack, builder.frameNamed(nameOf(depth)));
    builder.sampleOf(stack, type, 3, { time: 1, thread: builder.thread({ name: "pool" }) });
    return builder.finish();
  };

  it.each([...CONSERVING, ...CHOOSING])("goes through %s", (_, transform) => {
    for (const profile of [deep((depth) => `f${depth}`), deep((depth) => (depth % 3 === 0 ? "a" : "b"))]) {
      const result = validated(transform(profile));
      expect(totalsOf(result)[0]).toBeOneOf([0, 3]);
    }
  });

  it("goes through trees, charts, inversion, comparison and summary", () => {
    for (const profile of [deep((depth) => `f${depth}`), deep((depth) => (depth % 3 === 0 ? "a" : "b"))]) {
      const tree = buildFlameTree(profile, { threadRoots: (thread) => thread?.name });
      expect([tree.length, tree.total[0], tree.total[DEPTH]]).toEqual([DEPTH + 2, 3, 3]);
      const inverted = invertTree(tree, 0);
      expect([inverted.length, inverted.total[0], inverted.self[DEPTH + 1]]).toEqual([DEPTH + 2, 3, 3]);
      const chart = buildFlameChart(profile);
      expect([chart.length, chart.total[0]]).toEqual([DEPTH + 1, 3]);
      const diff = validated(diffProfiles(profile, [profile, profile]));
      expect([...totalsOf(diff)]).toEqual([3, 6]);
      expect(profileSummary(profile)).toMatchObject({ maxDepth: DEPTH, distinctStacks: 1 });
    }
  });
});

describe("names of Object's properties", () => {
  it("are names like any other", () => {
    const profile = letters(`
      __proto__   __proto__
      constructor toString
      __proto__   .
    `);
    expect(treeFolded(soundTree(buildFlameTree(profile)))).toEqual([
      "__proto__;constructor;__proto__ 1",
      "__proto__;toString 1",
    ]);
    expect(foldedOf(validated(collapseRecursion(profile, "cycles")))).toEqual([
      "__proto__ 1",
      "__proto__;toString 1",
    ]);
    expect(foldedOf(validated(hide(profile, "__proto__")))).toEqual(["constructor 1", "toString 1"]);
    expect(foldedOf(validated(mergeProfiles([profile, profile])))).toEqual([
      "__proto__;constructor;__proto__ 2",
      "__proto__;toString 2",
    ]);
  });
});

describe("an empty profile", () => {
  it.each([...CONSERVING, ...CHOOSING])("goes through %s", (_, transform) => {
    const result = validated(transform(new ProfileBuilder().finish()));
    expect(result.samples.length).toBe(0);
  });
});
