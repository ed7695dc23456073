import fc from "fast-check";
import { expect, it } from "vitest";
import { profileArbitrary } from "../../../../test/support/arbitrary.ts";
import { contentsOf } from "../../../../test/support/contents.ts";
import { MemorySink } from "../util/sink.ts";
import { writers } from "./registry.ts";

it.each(writers.map((writer) => [writer.id, writer] as const))(
  "%s leaves the profile as it was",
  async (_, writer) => {
    await fc.assert(
      fc.asyncProperty(profileArbitrary, async (profile) => {
        const before = contentsOf(profile);
        await writer.write(profile, new MemorySink(), {});
        expect(contentsOf(profile)).toEqual(before);
      }),
      { seed: 60, numRuns: 60 },
    );
  },
);
