import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { letters } from "../../../../test/support/letters.ts";
import { openStore, type Store } from "./open.ts";
import type { SeriesProfile } from "./store.ts";

const NOW = BigInt(Date.now()) * 1_000_000n;

function pushed(
  labels: Record<string, string>,
  picture: string,
  more: Partial<SeriesProfile> = {},
): SeriesProfile {
  return {
    tenant: "anonymous",
    type: "process_cpu:cpu:nanoseconds:cpu:nanoseconds",
    labels: Object.entries(labels).map(([name, value]) => ({ name, value })),
    start: NOW,
    duration: 10_000_000_000n,
    id: "",
    profile: letters(picture),
    valueType: 0,
    ...more,
  };
}

describe("the store", () => {
  let folder: string;
  let store: Store;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "flambeau-store-"));
    store = await openStore({ directory: folder, reserveBytes: 0, sessions: 2 });
  });
  afterAll(async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });

  it("finds a written profile in samples, rollups and series", async () => {
    await store.write([
      pushed(
        { pod: "a", service_name: "shop" },
        `
          A A A
          B B C
          D . .
        = 3 1 2`,
      ),
    ]);
    await store.flush();
    const rows = await store.query("SELECT stack, value FROM samples ORDER BY value");
    expect(rows.map(({ value }) => value)).toEqual([1n, 2n, 3n]);
    for (const rollup of ["roll_h", "roll_d", "series_1m"]) {
      expect(await store.query(`SELECT sum(value) AS sum FROM ${rollup}`)).toEqual([{ sum: 6n }]);
    }
    expect(await store.query("SELECT key, val FROM series_labels ORDER BY key")).toEqual([
      { key: "pod", val: "a" },
      { key: "service_name", val: "shop" },
    ]);
    const names = new Map(
      (await store.query("SELECT id, name FROM frames")).map(({ id, name }) => [id, name as string]),
    );
    const stacks = await store.query(
      "SELECT frames, value FROM stacks INNER JOIN samples USING (tenant, service, stack) ORDER BY value",
    );
    const folded = stacks.map(({ frames }) =>
      Array.from(frames as BigUint64Array, (id) => names.get(id)).join(";"),
    );
    expect(folded).toEqual(["A;B", "A;C", "A;B;D"]);
    const [labels] = await store.query("SELECT labels FROM series");
    expect(labels).toEqual({
      labels: new Map([
        ["pod", "a"],
        ["service_name", "shop"],
      ]),
    });
  });
});
