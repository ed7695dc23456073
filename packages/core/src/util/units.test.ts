import { describe, expect, it } from "vitest";
import { grouped, humanBytes, humanTime, humanWeight } from "./units.ts";

describe("numbers for people", () => {
  it("groups digits and drops needless decimals", () => {
    expect([0, 7, 1234, -1234567, 1.5, 0.1234, -0.0001, 1e21].map(grouped)).toEqual([
      "0",
      "7",
      "1,234",
      "-1,234,567",
      "1.5",
      "0.123",
      "0",
      "1e+21",
    ]);
  });

  it("chooses the unit that reads best", () => {
    expect([0, 999, 1000, 1.82e9, 59.9e9, 90e9, 7200e9].map(humanTime)).toEqual([
      "0 ns",
      "999 ns",
      "1 µs",
      "1.82 s",
      "59.9 s",
      "1.5 min",
      "2 h",
    ]);
    expect([1, 1536, 5 * 2 ** 30].map(humanBytes)).toEqual(["1 B", "1.5 KiB", "5 GiB"]);
  });

  it("knows the units of value types", () => {
    expect(humanWeight(1500, "milliseconds")).toBe("1.5 s");
    expect(humanWeight(2048, "bytes")).toBe("2 KiB");
    expect(humanWeight(12345, "count")).toBe("12,345");
    expect(humanWeight(3, "objects")).toBe("3 objects");
  });
});
