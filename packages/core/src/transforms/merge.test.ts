import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { profileArbitrary } from "../../../../test/support/arbitrary.ts";
import { foldedOf, letters, validated } from "../../../../test/support/letters.ts";
import { ProfileBuilder } from "../model/builder.ts";
import { type Profile, type ProfileMeta, totalsOf } from "../model/profile.ts";
import { diffProfiles } from "./diff.ts";
import { filterSamples } from "./filter.ts";
import { mergeProfiles } from "./merge.ts";

const one = (): Profile =>
  letters(`
    A A
    B C
    = 1 2
  `);
const two = (): Profile =>
  letters(`
    C A
    . B
    = 4 8
  `);

function timed(meta: Partial<ProfileMeta>, time: number): Profile {
  const profile = one();
  return validated({
    ...profile,
    meta: { ...profile.meta, ...meta },
    samples: { ...profile.samples, time: Float64Array.of(time, Number.NaN) },
  });
}

describe("mergeProfiles", () => {
  it("unites tables and keeps every sample", () => {
    const merged = validated(mergeProfiles([one(), two()]));
    expect(foldedOf(merged)).toEqual(["A;B 9", "A;C 2", "C 4"]);
    expect([merged.samples.length, merged.frames.length, merged.stacks.length]).toEqual([4, 3, 4]);
    expect(merged.meta.format).toBe("letters");
  });

  it("labels samples by source where asked", () => {
    const merged = validated(mergeProfiles([one(), two()], { sources: ["x.perf", "y.perf"] }));
    const rest = filterSamples(merged, { labels: [{ key: "source", value: "y.perf" }] });
    expect(foldedOf(validated(rest))).toEqual(["A;B 8", "C 4"]);
  });

  it("matches value types by name and unit", () => {
    const bytes = letters(
      `
      A
      = 64
    `,
      { type: "space", unit: "bytes" },
    );
    const merged = validated(mergeProfiles([bytes, one()]));
    expect(merged.valueTypes.map((type) => type.name)).toEqual(["space", "samples"]);
    expect([...totalsOf(merged)]).toEqual([64, 3]);
    expect(merged.meta.defaultValueType).toBe(0);
  });

  it("moves times to the earliest origin", () => {
    const merged = validated(
      mergeProfiles([
        timed({ clock: "unix", timeOrigin: 1_000n, duration: 7 }, 5),
        timed({ clock: "unix", timeOrigin: 900n, duration: 3 }, 5),
      ]),
    );
    expect([...merged.samples.time!]).toEqual([105, Number.NaN, 5, Number.NaN]);
    expect([merged.meta.timeOrigin, merged.meta.clock, merged.meta.duration]).toEqual([900n, "unix", 10]);
    expect(merged.notes).toEqual([]);
  });

  it("says so where times cannot be compared", () => {
    const merged = validated(
      mergeProfiles([
        timed({ clock: "unix", timeOrigin: 1_000n }, 5),
        timed({ clock: "monotonic", timeOrigin: 1n }, 6),
      ]),
    );
    expect([...merged.samples.time!]).toEqual([5, Number.NaN, 6, Number.NaN]);
    expect(merged.notes.map((note) => note.code)).toEqual(["merged-times"]);
    expect(merged.meta.timeOrigin).toBeUndefined();
  });

  it("stays a comparison where every input is one", () => {
    const diff = diffProfiles(one(), two());
    const merged = validated(mergeProfiles([diff, diff]));
    expect(merged.meta.differential).toEqual({ base: 0, head: 1 });
    expect([...totalsOf(merged)]).toEqual([6, 24]);
    expect(mergeProfiles([diff, one()]).meta.differential).toBeUndefined();
  });

  it("answers for none and for one", () => {
    const profile = one();
    expect(mergeProfiles([profile])).toBe(profile);
    expect(foldedOf(validated(mergeProfiles([])))).toEqual([]);
    const empty = new ProfileBuilder().finish();
    expect(foldedOf(validated(mergeProfiles([empty, profile])))).toEqual(foldedOf(profile));
  });

  it("conserves totals and does not depend on the order", () => {
    fc.assert(
      fc.property(profileArbitrary, profileArbitrary, (first, second) => {
        const merged = validated(mergeProfiles([first, second]));
        const back = validated(mergeProfiles([second, first]));
        for (const type of [0, 1]) {
          expect(totalsOf(merged)[type]).toBe(totalsOf(first)[type]! + totalsOf(second)[type]!);
          expect(foldedOf(merged, type)).toEqual(foldedOf(back, type));
        }
        expect(merged.threads).toEqual(first.threads);
      }),
      { seed: 40, numRuns: 150 },
    );
  });
});
