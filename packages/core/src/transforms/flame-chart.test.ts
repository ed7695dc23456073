import { describe, expect, it } from "vitest";
import { letters, validated } from "../../../../test/support/letters.ts";
import { pathOf, soundTree } from "../../../../test/support/trees.ts";
import { ProfileBuilder } from "../model/builder.ts";
import type { Profile } from "../model/profile.ts";
import { buildFlameChart } from "./flame-chart.ts";
import type { FlameTree } from "./flame-tree.ts";

/** Nodes in row order: `a;b @start total`. */
function boxes(tree: FlameTree): string[] {
  soundTree(tree);
  expect(tree.ordered).toBe(true);
  return Array.from(
    tree.self,
    (_, node) => `${pathOf(tree, node)} @${tree.start![node]} ${tree.total[node]}`,
  );
}

describe("buildFlameChart", () => {
  it("shares nodes between neighbours only", () => {
    const profile = letters(`
      a a a a b a
      b b . b . b
      = 1 2 5 3 1 1
    `);
    expect(boxes(buildFlameChart(profile))).toEqual([
      " @0 13",
      "a @0 11",
      "a;b @0 3",
      "a;b @8 3",
      "b @11 1",
      "a @12 1",
      "a;b @12 1",
    ]);
  });

  it("shares nodes of frames with the same name", () => {
    const builder = new ProfileBuilder();
    const type = builder.valueType("samples", "count");
    const name = builder.string("f");
    for (const line of [1, 2]) builder.sampleOf(builder.stack(-1, builder.frame({ name, line })), type, 1);
    expect(boxes(buildFlameChart(validated(builder.finish())))).toEqual([" @0 2", "f @0 2"]);
  });

  const timed = (): Profile => {
    const builder = new ProfileBuilder();
    const type = builder.valueType("cpu", "nanoseconds");
    const [one, two] = ["one", "two"].map((name) => builder.thread({ name }));
    const a = builder.stack(-1, builder.frameNamed("a"));
    const b = builder.stack(-1, builder.frameNamed("b"));
    builder.sampleOf(b, type, 1, { time: 30, thread: one! });
    builder.sampleOf(a, type, 2, { time: 10, thread: one! });
    builder.sampleOf(a, type, 4, { thread: two! });
    builder.sampleOf(a, type, 8, { time: 20, thread: two! });
    builder.sampleOf(-1, type, 16, { time: 5, thread: two! });
    return validated(builder.finish());
  };

  it("lays samples by time, those without a time last", () => {
    expect(boxes(buildFlameChart(timed()))).toEqual([" @0 31", "a @16 10", "b @26 1", "a @27 4"]);
  });

  it("gives each thread a stretch of its own", () => {
    const tree = buildFlameChart(timed(), { threadRoots: (thread) => thread?.name });
    expect(boxes(tree)).toEqual([
      " @0 31",
      "one @0 3",
      "one;a @0 2",
      "one;b @2 1",
      "two @3 28",
      "two;a @19 12",
    ]);
    expect(tree.unit).toBe("nanoseconds");
  });

  it("leaves out what the caller switches off", () => {
    const tree = buildFlameChart(timed(), { keep: Uint8Array.of(1, 1, 0, 0, 0) });
    expect(boxes(tree)).toEqual([" @0 3", "a @0 2", "b @2 1"]);
  });

  it("draws an empty profile as a root", () => {
    expect(boxes(buildFlameChart(new ProfileBuilder().finish()))).toEqual([" @0 0"]);
  });
});
