import { describe, expect, it } from "vitest";
import { HotRows } from "./hot-rows.ts";

const HOUR = 3_600_000;
const select = (from: number, to: number) => ({ tenant: "one", type: "t", matchers: [], from, to });
const NOON = 1000 * HOUR;

/** One sample of weight 1 in every half hour from `from` to `to`, stack 1. */
function rows({ from, to }: { from: number; to: number }) {
  const count = (to - from) / (HOUR / 2);
  return {
    stacks: new Int32Array(count).fill(1),
    values: new Float64Array(count).fill(1),
    times: Uint32Array.from({ length: count }, (_, i) => from / 1000 + i * 1800),
  };
}

function sum(hot: HotRows, selection: ReturnType<typeof select>): number | undefined {
  const parts = hot.lookUp(selection)?.parts;
  return parts?.reduce((total, { values }) => total + values.reduce((a, b) => a + b, 0), 0);
}

/** Hot rows that hold what was asked, and the ranges that were read. */
async function filled(asked: ReturnType<typeof select>, shared = false, now = () => NOON) {
  const hot = new HotRows(1000, shared, now);
  const read: [number, number][] = [];
  const load = (selection = asked) =>
    hot.load(selection, async (missing) => {
      read.push([missing.from / HOUR, missing.to / HOUR]);
      return rows(missing);
    });
  hot.wants(asked);
  await load();
  return { hot, read, load };
}

describe("hot rows", () => {
  it("answer the second time, edges included", async () => {
    const asked = select(10 * HOUR, 14 * HOUR);
    const fresh = new HotRows(1000, false);
    expect([fresh.wants(asked), fresh.wants(asked)]).toEqual([false, true]);
    expect(fresh.lookUp(asked)).toBeUndefined();
    const { hot, read } = await filled(asked);
    expect(read).toEqual([[10, 14]]);
    expect(sum(hot, asked)).toBe(8);
    expect(sum(hot, select(10.5 * HOUR, 13.5 * HOUR))).toBe(6);
    expect(hot.lookUp(select(5 * HOUR, 12 * HOUR))).toEqual({
      parts: undefined,
      missing: { from: 5 * HOUR, to: 10 * HOUR },
      quick: false,
    });
  });

  it("read again from where something was written, and no more", async () => {
    const asked = select(10 * HOUR, 14 * HOUR);
    const { hot, read, load } = await filled(asked);
    const written = { tenant: "one", type: "t", service: "s", from: 13.5 * HOUR, to: 13.6 * HOUR };
    hot.changed({ ...written, type: "other" });
    hot.changed({ ...written, from: 15 * HOUR, to: 16 * HOUR });
    expect(sum(hot, asked)).toBe(8);
    hot.changed(written);
    expect(sum(hot, select(10 * HOUR, 13.5 * HOUR))).toBe(7);
    expect(hot.lookUp(asked)).toMatchObject({ missing: { from: 13.5 * HOUR, to: 14 * HOUR }, quick: true });
    await load();
    expect(read).toEqual([
      [10, 14],
      [13.5, 14],
    ]);
    expect(sum(hot, asked)).toBe(8);
  });

  it("do not believe what was written while they were read", async () => {
    const asked = select(10 * HOUR, 14 * HOUR);
    const hot = new HotRows(1000, false);
    hot.wants(asked);
    const twice = Promise.all(
      [1, 2].map(() =>
        hot.load(asked, async (missing) => {
          const found = rows(missing);
          hot.changed({ tenant: "one", type: "t", service: "s", from: 12 * HOUR, to: 12 * HOUR });
          return found;
        }),
      ),
    );
    await twice;
    expect(hot.lookUp(asked)?.missing).toEqual({ from: 12 * HOUR, to: 14 * HOUR });
    expect(sum(hot, select(10 * HOUR, 12 * HOUR))).toBe(4);
  });

  it("age where others write to the same store", async () => {
    let now = NOON;
    const asked = select(10 * HOUR, 14 * HOUR);
    const { hot } = await filled(asked, true, () => now);
    expect(sum(hot, asked)).toBe(8);
    now += 61_000;
    expect(sum(hot, asked)).toBeUndefined();
    const alone = await filled(asked, false, () => now);
    now += 300_000;
    expect(sum(alone.hot, asked)).toBe(8);
  });

  it("heed the service of a selection", async () => {
    const matchers = [{ name: "service_name", operator: "=" as const, value: "shop" }];
    const { hot } = await filled({ ...select(10 * HOUR, 14 * HOUR), matchers } as never);
    const asked = { ...select(10 * HOUR, 14 * HOUR), matchers } as never;
    hot.changed({ tenant: "one", type: "t", service: "till", from: 11 * HOUR, to: 11 * HOUR });
    expect(sum(hot, asked)).toBe(8);
    hot.changed({ tenant: "one", type: "t", service: "shop", from: 11 * HOUR, to: 11 * HOUR });
    expect(sum(hot, asked)).toBeUndefined();
  });

  it("leave all time, and more rows than there is room for, to the engine", () => {
    const hot = new HotRows(1000, false, () => 0);
    const everything = select(0, Date.UTC(2100, 0, 1));
    expect([hot.wants(everything), hot.wants(everything)]).toEqual([false, false]);
    expect(hot.lookUp(everything)).toBeUndefined();
    hot.wants(select(0, HOUR));
    expect(hot.hasRoom(select(0, HOUR), 125)).toBe(true);
    expect(hot.wants(select(0, HOUR))).toBe(true);
    expect(hot.hasRoom(select(0, HOUR), 126)).toBe(false);
    // It is not counted again at once.
    expect(hot.wants(select(0, HOUR))).toBe(false);
  });
});
