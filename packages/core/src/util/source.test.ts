import { describe, expect, it } from "vitest";
import { readAll } from "./source.ts";

describe("readAll", () => {
  it("refuses what is too long for one array before any memory is asked for", async () => {
    const source = { name: "x", size: 2 ** 32, read: () => 0 };
    await expect(readAll(source)).rejects.toMatchObject({ code: "too-large" });
  });

  it("reads sources whose size is not known, or not true", async () => {
    for (const size of [undefined, 3, 200_000]) {
      let left = 100_000;
      const read = (target: Uint8Array): number => {
        const count = Math.min(left, target.length);
        left -= count;
        return count;
      };
      expect((await readAll({ name: "x", size, read })).length).toBe(100_000);
    }
  });
});
