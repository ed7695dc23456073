import { expect, test } from "vitest";
import { RecentCache } from "./cache.ts";

test("keeps what was used last, up to the limit", () => {
  const cache = new RecentCache<string>(2, () => 1);
  cache.set("a", "A");
  cache.set("b", "B");
  expect(cache.get("a")).toBe("A");
  cache.set("c", "C");
  expect([cache.get("a"), cache.get("b"), cache.get("c")]).toEqual(["A", undefined, "C"]);
  cache.clear();
  expect(cache.get("a")).toBeUndefined();
});

test("what is too large for the budget goes, but never the value used last", () => {
  const cache = new RecentCache<number>(9, (size) => size);
  cache.set("small", 1 << 20);
  cache.set("large", 200 << 20);
  cache.set("larger", 100 << 20);
  expect([cache.get("small"), cache.get("large"), cache.get("larger")]).toEqual([
    undefined,
    undefined,
    100 << 20,
  ]);
  cache.set("huge", 2 ** 31);
  expect([cache.get("larger"), cache.get("huge")]).toEqual([undefined, 2 ** 31]);
});
