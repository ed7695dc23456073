import { describe, expect, it } from "vitest";
import { foldedOf, letters, validated } from "../../../../test/support/letters.ts";
import { ProfileBuilder, type SampleMode } from "./builder.ts";
import { validate } from "./validate.ts";

describe("ProfileBuilder", () => {
  it.each<SampleMode>(["each", "merged"])("keeps what is not finite out of samples, mode %s", (mode) => {
    const builder = new ProfileBuilder(mode);
    const type = builder.valueType("samples", "count");
    const stack = builder.stack(-1, builder.frameNamed("a"));
    for (const weight of [Number.NaN, 1e308, 1e308, Number.NEGATIVE_INFINITY, 2]) {
      builder.sampleOf(stack, type, weight, { time: weight / 1e-308 });
    }
    const { notes } = validated(builder.finish());
    expect(notes.map(({ code, count }) => [code, count])).toEqual([
      ["not-finite", mode === "merged" ? 3 : 2],
    ]);
  });

  it("keeps sums of a batch finite", () => {
    const builder = new ProfileBuilder("merged");
    builder.valueType("samples", "count");
    const root = builder.stack(-1, builder.frameNamed("a"));
    const stack = Int32Array.of(root, root, builder.stack(root, builder.frameNamed("b")));
    builder.sampleBatch({ length: 3, stack, weights: [Float64Array.of(1e308, 1e308, 5)] });
    const profile = validated(builder.finish());
    expect(foldedOf(profile)).toEqual(["a 0", "a;b 5"]);
    expect(profile.notes.map(({ code }) => code)).toEqual(["not-finite"]);
  });

  it("merges common prefixes into one tree", () => {
    const profile = letters(`
      A A A
      B B C
      D . .
    `);
    expect(foldedOf(profile)).toEqual(["A;B 1", "A;B;D 1", "A;C 1"]);
    expect(profile.stacks.length).toBe(4);
  });

  it("adds up equal samples in mode merged and drops their time", () => {
    const builder = new ProfileBuilder("merged");
    const type = builder.valueType("samples", "count");
    const stack = builder.stack(-1, builder.frameNamed("a"));
    const thread = builder.thread({ name: "t", tid: 1 });
    builder.sampleOf(stack, type, 2, { thread, time: 5 });
    builder.sampleOf(stack, type, 3, { thread, time: 9 });
    builder.sampleOf(stack, type, 4);
    const profile = validated(builder.finish());
    expect([...profile.samples.weights[0]!]).toEqual([5, 4]);
    expect(profile.samples.time).toBeUndefined();
  });

  it("gives the same profile whether or not it was told how many samples come", () => {
    const [told, untold] = [true, false].map((telling) => {
      const builder = new ProfileBuilder();
      const type = builder.valueType("samples", "count");
      if (telling) builder.expectSamples(1000);
      for (let i = 0; i < 1000; i++) builder.sampleOf(-1, type, i, { time: i });
      return validated(builder.finish()).samples;
    });
    expect(told).toEqual(untold);
  });

  it("takes over a batch of stacks, into an empty and a filled tree alike", () => {
    const batch = { length: 3, parent: Int32Array.of(-1, 0, 0), frame: Int32Array.of(0, 1, 2) };
    const empty = new ProfileBuilder();
    const filled = new ProfileBuilder();
    for (const builder of [empty, filled]) for (const name of ["a", "b", "c"]) builder.frameNamed(name);
    filled.stack(filled.stack(-1, 0), 2);
    expect([...empty.stackBatch(batch, true)]).toEqual([0, 1, 2]);
    expect([...filled.stackBatch(batch, true)]).toEqual([0, 2, 1]);
    expect(empty.stack(0, 2)).toBe(2);
    expect(empty.stack(0, 0)).toBe(3);
    validated(empty.finish());
    validated(filled.finish());
  });

  it("adopts a tree only where it has none, and goes on from there", () => {
    const batch = { length: 3, parent: Int32Array.of(-1, 0, 0, 9), frame: Int32Array.of(0, 1, 2, 9) };
    const builder = new ProfileBuilder();
    for (const name of ["a", "b", "c"]) builder.frameNamed(name);
    expect(builder.adoptStacks(batch)).toBe(true);
    expect(builder.adoptStacks(batch)).toBe(false);
    expect(builder.stack(0, 2)).toBe(2);
    expect(builder.stack(2, 0)).toBe(3);
    const { stacks } = validated(builder.finish());
    expect([...stacks.parent]).toEqual([-1, 0, 0, 2]);
    expect([...stacks.frame]).toEqual([0, 1, 2, 0]);
  });

  it("takes samples as columns, first or later, each or merged", () => {
    const batch = () => ({
      length: 3,
      stack: Int32Array.of(0, -1, 0, 7),
      weights: [Float64Array.of(1, 2, 4, 7)],
      time: Float64Array.of(10, Number.NaN, 30),
      labels: Int32Array.of(1, 0, 1),
    });
    const build = (mode: SampleMode, before: boolean) => {
      const builder = new ProfileBuilder(mode);
      const type = builder.valueType("samples", "count");
      const stack = builder.stack(-1, builder.frameNamed("a"));
      builder.labelSet([{ key: "k", value: "v" }]);
      if (before) builder.sampleOf(stack, type, 100, { labels: 1 });
      builder.sampleBatch(batch());
      builder.sampleOf(stack, type, 8, { thread: builder.thread({ name: "t" }) });
      const { samples } = validated(builder.finish());
      return { weights: [...samples.weights[0]!], time: samples.time, labels: [...samples.labels!] };
    };
    const times = [10, Number.NaN, 30, Number.NaN];
    expect(build("each", false)).toEqual({
      weights: [1, 2, 4, 8],
      time: Float64Array.from(times),
      labels: [1, 0, 1, 0],
    });
    expect(build("each", true)).toMatchObject({ weights: [100, 1, 2, 4, 8], labels: [1, 1, 0, 1, 0] });
    expect(build("merged", false)).toEqual({ weights: [5, 2, 8], time: undefined, labels: [1, 0, 0] });
    expect(build("merged", true)).toEqual({ weights: [105, 2, 8], time: undefined, labels: [1, 0, 0] });
  });

  it("interns frames by all of their columns", () => {
    const builder = new ProfileBuilder();
    const name = builder.string("f");
    const rows = [
      {},
      { line: 1 },
      { line: 1, column: 2 },
      { address: 1n << 40n },
      { kind: 2 as const },
      { inlined: true },
      {},
    ].map((more) => builder.frame({ name, ...more }));
    expect(rows).toEqual([0, 1, 2, 3, 4, 5, 0]);
  });

  it("keeps thousands of names apart and finds each again", () => {
    const builder = new ProfileBuilder();
    const names = Array.from({ length: 5000 }, (_, i) => `name${i}`);
    const ids = names.map((name) => builder.frameNamed(name));
    expect(new Set(ids).size).toBe(5000);
    expect(names.map((name) => builder.frameNamed(name))).toEqual(ids);
  });

  it("keeps the bytes of names that are not UTF-8", () => {
    const builder = new ProfileBuilder();
    const id = builder.stringBytes(Uint8Array.of(0x66, 0xff, 0x66));
    const { strings } = builder.finish();
    expect([...strings.view(id)]).toEqual([0x66, 0xff, 0x66]);
    expect(strings.get(id)).toBe("f\ufffdf");
  });
});

describe("facts about the recording", () => {
  it("leaves out what no clock can have said, with a note", () => {
    const builder = new ProfileBuilder();
    const type = { name: "cpu", unit: "nanoseconds" };
    Object.assign(builder.meta, { duration: 4e22, timeOrigin: 2n ** 63n, clock: "unix", title: "x" });
    builder.meta.period = { type, value: Number.NaN };
    const profile = builder.finish();
    expect(profile.meta).toEqual({ format: "unknown", defaultValueType: 0, title: "x" });
    expect(profile.notes.map(({ code }) => code)).toEqual([
      "impossible-duration",
      "impossible-period",
      "impossible-date",
    ]);
    expect(validate({ ...profile, meta: { ...profile.meta, duration: -1 } })).toEqual([
      "meta: a duration of -1 ns",
    ]);
    expect(validate({ ...profile, meta: { ...profile.meta, timeOrigin: 2n ** 63n } })).toHaveLength(1);
    expect(
      validate({ ...profile, meta: { ...profile.meta, period: { type, value: Infinity } } }),
    ).toHaveLength(1);
  });
});

describe("validate", () => {
  it("names each broken rule", () => {
    const profile = letters(`
      A A
      B C
    `);
    const broken = {
      ...profile,
      stacks: { ...profile.stacks, parent: Int32Array.of(-1, 2, 0) },
      samples: { ...profile.samples, weights: [Float64Array.of(1, Number.NaN)] },
      meta: { ...profile.meta, defaultValueType: 7 },
    };
    const faults = validate(broken).join("\n");
    expect(faults).toContain("parent is not an earlier row");
    expect(faults).toContain("is not finite");
    expect(faults).toContain("no default value type 7");
  });

  it("sees a stack that stands twice", () => {
    const profile = letters(`
      A A
      B C
    `);
    const broken = { ...profile, stacks: { ...profile.stacks, frame: Int32Array.of(0, 1, 1) } };
    expect(validate(broken).join()).toContain("the same parent and frame twice");
  });
});
