import { expect, it } from "vitest";
import { FlambeauError, type Reader } from "../../packages/core/src/index.ts";
import { readMutations } from "./fuzz.ts";

it("sees a reader that takes what the input claims", async () => {
  const greedy = {
    read: async () => {
      throw new FlambeauError("malformed", `${new Uint8Array(1e8).length} bytes`);
    },
  } as unknown as Reader;
  await expect(readMutations(greedy, new Uint8Array(50), 3)).rejects.toThrow(/bytes of memory/);
});
