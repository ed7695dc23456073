import { describe, expect, it } from "vitest";
import { letters, validated } from "../../../../test/support/letters.ts";
import { ProfileBuilder } from "../model/builder.ts";
import { profileSummary } from "./summary.ts";

describe("profileSummary", () => {
  it("counts stacks, depth and the heaviest functions", () => {
    const summary = profileSummary(
      letters(`
        A A A B
        B B A .
        B . . .
        = 3 1 2 5
      `),
    );
    expect(summary).toEqual({
      format: "letters",
      samples: 4,
      observations: 4,
      distinctStacks: 4,
      frames: 2,
      functions: 2,
      threads: 0,
      maxDepth: 3,
      meanDepth: 2,
      valueTypes: [{ name: "samples", unit: "count", total: 11 }],
      duration: undefined,
      topValueType: { name: "samples", unit: "count" },
      top: [
        { name: "B", self: 9, total: 9 },
        { name: "A", self: 2, total: 6 },
      ],
    });
  });

  it("counts no stack that no sample has, and takes the duration from the times", () => {
    const builder = new ProfileBuilder();
    const type = builder.valueType("samples", "count");
    const a = builder.stack(-1, builder.frameNamed("a"));
    builder.stack(a, builder.frameNamed("unused"));
    builder.sampleOf(a, type, 1, { time: 10 });
    builder.sampleOf(a, type, 1, { time: 35 });
    builder.sampleOf(-1, type, 1);
    const summary = profileSummary(validated(builder.finish()), { top: 1 });
    expect(summary).toMatchObject({ distinctStacks: 1, maxDepth: 1, duration: 25, functions: 2 });
    expect(summary.top).toEqual([{ name: "a", self: 2, total: 2 }]);
  });

  it("tells of an empty profile", () => {
    const summary = profileSummary(validated(new ProfileBuilder().finish()));
    expect(summary).toMatchObject({
      samples: 0,
      maxDepth: 0,
      meanDepth: 0,
      top: [],
      topValueType: undefined,
    });
  });
});
