import { describe, expect, it } from "vitest";
import { HotRows } from "./hot-rows.ts";

const HOUR = 3_600_000;
const select = (from: number, to: number) => ({ tenant: "one", type: "t", matchers: [], from, to });

/** One sample of weight 1 in every half hour from `from` to `to`, stack 1. */
function rows(from: number, to: number) {
  const count = (to - from) / (HOUR / 2);
  return {
    stacks: new Int32Array(count).fill(1),
    values: new Float64Array(count).fill(1),
    times: Uint32Array.from({ length: count }, (_, i) => from / 1000 + i * 1800),
  };
}

function sum(parts: readonly { values: Float64Array }[] | undefined): number | undefined {
  return parts?.reduce((total, { values }) => total + values.reduce((a, b) => a + b, 0), 0);
}

describe("hot rows", () => {
  it("answer the second time, edges included, until they are old", () => {
    let now = 1000 * HOUR;
    const hot = new HotRows(1000, () => now);
    const asked = select(10 * HOUR, 14 * HOUR);
    expect([hot.wants(asked), hot.wants(asked)]).toEqual([false, true]);
    expect(hot.beginLoading(asked)).toEqual({ from: 10 * HOUR, to: 14 * HOUR });
    expect(hot.beginLoading(asked)).toBeUndefined();
    hot.put(asked, rows(10 * HOUR, 14 * HOUR));
    hot.endLoading(asked);
    expect(sum(hot.lookUp(asked))).toBe(8);
    expect(sum(hot.lookUp(select(10.5 * HOUR, 13.5 * HOUR)))).toBe(6);
    expect(hot.lookUp(select(9 * HOUR, 12 * HOUR))).toBeUndefined();
    now += 61_000;
    expect(hot.lookUp(asked)).toBeUndefined();
  });

  it("leave all time, and more rows than there is room for, to the engine", () => {
    const hot = new HotRows(1000, () => 0);
    const everything = select(0, Date.UTC(2100, 0, 1));
    expect([hot.wants(everything), hot.wants(everything)]).toEqual([false, false]);
    expect(hot.lookUp(everything)).toBeUndefined();
    hot.wants(select(0, HOUR));
    expect([hot.hasRoom(select(0, HOUR), 125), hot.hasRoom(select(0, HOUR), 126)]).toEqual([true, false]);
  });
});
