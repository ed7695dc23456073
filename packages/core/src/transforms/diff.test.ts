import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { profileArbitrary } from "../../../../test/support/arbitrary.ts";
import { foldedOf, letters, validated } from "../../../../test/support/letters.ts";
import { treeFolded } from "../../../../test/support/trees.ts";
import { ProfileBuilder } from "../model/builder.ts";
import { type Profile, totalsOf } from "../model/profile.ts";
import { buildFlameTree } from "./build-tree.ts";
import { type DiffOptions, diffProfiles } from "./diff.ts";
import { stripHexLabel } from "./strip-hex.ts";

/** `path base head` per stack. */
function lines(profile: Profile): string[] {
  validated(profile);
  const { base, head } = profile.meta.differential!;
  const heads = new Map(foldedOf(profile, head).map(split));
  return foldedOf(profile, base).map((line) => `${line} ${heads.get(split(line)[0])}`);
}

function split(line: string): [string, string] {
  const at = line.lastIndexOf(" ");
  return [line.slice(0, at), line.slice(at + 1)];
}

const base = (): Profile =>
  letters(`
    a a a
    b c .
    = 2 4 1
  `);
const head = (): Profile =>
  letters(`
    a a
    b d
    = 6 8
  `);

describe("diffProfiles", () => {
  it("keeps what is on one side only, with its weight on that side", () => {
    const diff = diffProfiles(base(), head());
    expect(lines(diff)).toEqual(["a 1 0", "a;b 2 6", "a;c 4 0", "a;d 0 8"]);
    expect(diff.valueTypes).toEqual([
      { name: "samples (base)", unit: "count" },
      { name: "samples (head)", unit: "count" },
    ]);
    expect(buildFlameTree(diff).unit).toBe("samples");
  });

  it("scales base to head's total, exactly", () => {
    const diff = diffProfiles(base(), head(), { normalize: true });
    expect(lines(diff)).toEqual(["a 2 0", "a;b 4 6", "a;c 8 0", "a;d 0 8"]);
    expect(diff.notes.map((note) => note.code)).toEqual(["normalized"]);
    const empty = diffProfiles(new ProfileBuilder().finish(), head(), { normalize: true });
    expect(lines(empty)).toEqual(["a;b 0 6", "a;d 0 8"]);
    expect(empty.notes.map((note) => note.code)).toEqual(["not-normalized"]);
  });

  it("matches frames whose lines and addresses moved between builds", () => {
    const build = (line: number, address: bigint): Profile => {
      const builder = new ProfileBuilder();
      const name = builder.string("f");
      const stack = builder.stack(-1, builder.frame({ name, line, address }));
      builder.sampleOf(stack, builder.valueType("samples", "count"), line);
      return validated(builder.finish());
    };
    expect(lines(diffProfiles(build(3, 5n), build(4, 6n)))).toEqual(["f 3 4"]);
    expect(lines(diffProfiles(build(3, 5n), build(4, 6n), { groupBy: "function+line" }))).toEqual([
      "f (:3) 3 0",
      "f (:4) 0 4",
    ]);
  });

  it("adds up several profiles of a side", () => {
    expect(lines(diffProfiles([base(), base()], [head(), base()]))).toEqual([
      "a 2 1",
      "a;b 4 8",
      "a;c 8 4",
      "a;d 0 8",
    ]);
  });

  it("makes addresses in names equal where asked", () => {
    const one = letters(`
      f_0x12
    `);
    const other = letters(`
      f_0xff
    `);
    expect(lines(diffProfiles(one, other))).toHaveLength(2);
    expect(lines(diffProfiles(one, other, { relabel: stripHexLabel }))).toEqual(["f_0x... 1 1"]);
  });

  it("matches threads by name where they are root frames", () => {
    const build = (tid: number): Profile => {
      const profile = letters(`
        a b
      `);
      return validated({
        ...profile,
        meta: { ...profile.meta, threadsAreRoots: true },
        threads: [
          { name: "web", tid },
          { name: "db", tid: tid + 1 },
        ],
        samples: { ...profile.samples, thread: Int32Array.of(0, 1) },
      });
    };
    const diff = validated(diffProfiles(build(1), build(7)));
    expect(diff.threads).toEqual([{ name: "web" }, { name: "db" }]);
    expect(treeFolded(buildFlameTree(diff))).toEqual(["db;b 2", "web;a 2"]);
    const without = validated(diffProfiles(build(1), build(7), { threads: "none" }));
    expect([without.threads.length, without.samples.thread]).toEqual([0, undefined]);
  });

  it("compares the value type that both have, and says so where they differ", () => {
    const bytes = letters(
      `
      a
    `,
      { type: "space", unit: "bytes" },
    );
    expect(() => diffProfiles(bytes, head())).toThrow(/counts samples\/count, the other space\/bytes/);
    const shares = diffProfiles(bytes, head(), { normalize: true });
    expect(shares.notes.map((note) => note.code)).toEqual(["diff-value-types", "normalized"]);
    const options: DiffOptions = { valueType: "samples" };
    expect(() => diffProfiles(bytes, head(), { ...options, normalize: true })).toThrow(/counts samples/);
  });

  it("keeps what was left out while reading in sight", () => {
    const noted = {
      ...base(),
      notes: [{ kind: "skipped", code: "x", message: "x", count: 2, places: [] }],
    } as const;
    expect(diffProfiles(noted, head()).notes.map((note) => note.code)).toEqual(["x"]);
  });

  it("conserves both sides' totals and stacks", () => {
    fc.assert(
      fc.property(profileArbitrary, profileArbitrary, (one, other) => {
        const diff = validated(diffProfiles(one, other));
        expect([...totalsOf(diff)]).toEqual([totalsOf(one)[0], totalsOf(other)[0]]);
        const weights = new Map(foldedOf(diff, 0).map(split));
        for (const [path, weight] of foldedOf(one).map(split)) expect(weights.get(path)).toBe(weight);
      }),
      { seed: 30, numRuns: 150 },
    );
  });
});
