import { describe, expect, it } from "vitest";
import { foldedOf, letters, validated } from "../../../../test/support/letters.ts";
import { ProfileBuilder } from "../model/builder.ts";
import { hideInlined } from "./hide-inlined.ts";
import { withRootFrame } from "./root-frame.ts";

describe("withRootFrame", () => {
  it("puts every stack below the frame, samples without frames as well", () => {
    const profile = letters(`
      A A C .
      B B . .
      = 1 2 3 4
    `);
    expect(foldedOf(validated(withRootFrame(profile, "x")))).toEqual(["x 4", "x;A;B 3", "x;C 3"]);
  });

  it("uses a frame of that name which is there already", () => {
    const profile = letters(`
      x A
      A x
    `);
    expect(foldedOf(validated(withRootFrame(profile, "x")))).toEqual(["x;A;x 1", "x;x;A 1"]);
  });

  it("keeps thread roots below it", () => {
    const builder = new ProfileBuilder();
    builder.meta.threadsAreRoots = true;
    const type = builder.valueType("samples", "count");
    const stack = builder.stack(-1, builder.frameNamed("f"));
    for (const name of ["t", "u", "t"])
      builder.sampleOf(stack, type, 1, { thread: builder.thread({ name }) });
    builder.sampleOf(stack, type, 5);
    const profile = validated(withRootFrame(builder.finish(), "x"));
    expect(foldedOf(profile)).toEqual(["x;f 5", "x;t;f 2", "x;u;f 1"]);
    expect(profile.meta.threadsAreRoots).toBe(false);
  });
});

describe("hideInlined", () => {
  it("gives the weight of inlined frames to their callers", () => {
    const profile = letters(`
      A A     A
      B B_[i] B_[i]
      . C     .
    `);
    expect(foldedOf(validated(hideInlined(profile)))).toEqual(["A 1", "A;B 1", "A;C 1"]);
  });
});
