import { expect, it } from "vitest";
import { PointReads } from "./points.ts";
import type { ReadEngine } from "./read-engine.ts";

const DAY = 86_400_000;

it("points come from sums by minute, and from single profiles where the range cuts a minute in two", async () => {
  const asked: { sql: string; params: Record<string, unknown> }[] = [];
  const engine: ReadEngine = {
    columns: async (sql, params) => {
      asked.push({ sql, params: { ...params } });
      return { rows: 0, columns: [] };
    },
  };
  const selection = { tenant: "one", type: "t", matchers: [], from: DAY, to: DAY + 600_000 + 1_500 };
  const reads = new PointReads(engine);
  await reads.profiles(selection, { groupBy: [], byMinute: true });
  await reads.profiles({ ...selection, to: DAY + 30_000 }, { groupBy: [], byMinute: true });
  await reads.profiles({ ...selection, to: DAY + 60_000 }, { groupBy: [], byMinute: true });
  await reads.profiles({ ...selection, from: DAY + 1 }, { groupBy: [], byMinute: true, ids: true });
  const tables = asked.map(({ sql }) => [...sql.matchAll(/FROM (\w+)/g)].map(([, table]) => table));
  expect(tables).toEqual([["series_1m", "profiles"], ["profiles"], ["series_1m"], ["profiles"]]);
  const seconds = asked.map(({ params }) =>
    ["m_from", "m_to", "from", "to"].map((name) =>
      params[name] === undefined
        ? undefined
        : Number(params[name]) - (name.startsWith("m_") ? DAY / 1000 : DAY),
    ),
  );
  expect(seconds).toEqual([
    [0, 600, 600_000, 602_000],
    [undefined, undefined, 0, 30_000],
    [0, 60, undefined, undefined],
    [undefined, undefined, 0, 602_000],
  ]);
});
