import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type ClickHouseServer,
  hasEngine,
  pushed,
  RECENT,
  realServer,
  scratchFolder,
  startServer,
} from "../../../../test/support/store.ts";
import { idsOf } from "./ids/profile-ids.ts";
import { openStore, type Store } from "./open.ts";
import type { LabelMatcher, Selection, WholeSeries } from "./store.ts";

const HOUR = 3_600_000;
const PICTURE = `
    A A A
    B B C
    D . .
  = 3 1 2`;

/** Everything that both connections, and a real server, answer alike. */
const connections: readonly {
  readonly name: string;
  start(folder: string): Promise<ClickHouseServer | undefined>;
}[] = [
  { name: "embedded", start: async () => undefined },
  { name: "over HTTP", start: (folder) => startServer(folder) },
];

const real = await scratchFolder().then(async ({ path, remove }) => ({
  server: await realServer(path),
  remove,
}));
afterAll(async () => {
  await real.server?.kill();
  await real.remove();
});
if (real.server === undefined) {
  console.warn(
    "no ClickHouse server (FLAMBEAU_CLICKHOUSE_URL, or clickhouse on PATH): 1 contract suite skipped",
  );
}

for (const { name, start } of connections) {
  describe.skipIf(!hasEngine)(`the store, ${name}`, { timeout: 180_000 }, () => contract(start));
}
describe.skipIf(real.server === undefined)("the store, on a real server", () =>
  contract(async () => real.server),
);

function contract(start: (folder: string) => Promise<ClickHouseServer | undefined>): void {
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  let server: ClickHouseServer | undefined;
  let store: Store;
  const open = (): Promise<Store> =>
    openStore({
      directory: join(folder.path, "store"),
      reserveBytes: 0,
      sessions: 2,
      commitInterval: 20,
      ...(server === undefined ? {} : { server: server.url }),
    });

  beforeAll(async () => {
    folder = await scratchFolder();
    server = await start(folder.path);
    store = await open();
  });
  afterAll(async () => {
    await store.close();
    if (server !== real.server) await server?.kill();
    await folder.remove();
  });

  /** Folded stacks and values of a tenant's samples. */
  async function folded(tenant: string): Promise<string[]> {
    const names = new Map(
      (await store.query("SELECT id, name FROM frames WHERE tenant = {tenant:String}", { tenant })).map(
        (row) => [row.id, row.name as string],
      ),
    );
    const rows = await store.query(
      `SELECT s.frames AS frames, sum(value) AS value FROM samples
       LEFT JOIN (SELECT DISTINCT service, stack, frames FROM stacks WHERE tenant = {tenant:String}) AS s
       USING (service, stack) WHERE tenant = {tenant:String} GROUP BY frames`,
      { tenant },
    );
    return rows
      .map(({ frames, value }) => {
        const stack = Array.from(frames as BigUint64Array, (id) => names.get(id) ?? `unknown ${id}`);
        return `${stack.join(";")} ${value}`;
      })
      .sort();
  }

  async function sums(tenant: string): Promise<Record<string, bigint>> {
    const all: Record<string, bigint> = {};
    for (const table of ["samples", "profiles", "roll_h", "roll_d", "series_1m"]) {
      const [row] = await store.query(
        `SELECT sum(value) AS sum FROM ${table} WHERE tenant = {tenant:String}`,
        {
          tenant,
        },
      );
      all[table] = row!.sum as bigint;
    }
    return all;
  }

  const all = (value: bigint): Record<string, bigint> => ({
    samples: value,
    profiles: value,
    roll_h: value,
    roll_d: value,
    series_1m: value,
  });

  const selection = (
    tenant: string,
    matchers: LabelMatcher[],
    from = RECENT - HOUR,
    to = RECENT + HOUR,
  ): Selection => ({
    tenant,
    matchers,
    from,
    to,
  });

  it("finds a written profile in samples, rollups and series", async () => {
    const tenant = "first";
    await store.write([pushed({ pod: "a", service_name: "shop" }, PICTURE, { tenant })]);
    await store.flush();
    expect(await folded(tenant)).toEqual(["A;B 1", "A;B;D 3", "A;C 2"]);
    expect(await sums(tenant)).toEqual(all(6n));
    const params = { tenant };
    expect(
      await store.query(
        "SELECT key, val, service FROM series_labels WHERE tenant = {tenant:String} ORDER BY key",
        params,
      ),
    ).toEqual([
      { key: "pod", val: "a", service: "shop" },
      { key: "service_name", val: "shop", service: "shop" },
    ]);
    const [series] = await store.query(
      "SELECT labels, day FROM series WHERE tenant = {tenant:String}",
      params,
    );
    expect(series).toEqual({
      labels: new Map([
        ["pod", "a"],
        ["service_name", "shop"],
      ]),
      day: Math.floor(RECENT / 86_400_000),
    });
    expect(
      await store.query("SELECT n, dur, ts FROM profiles WHERE tenant = {tenant:String}", params),
    ).toEqual([{ n: 3, dur: 10_000, ts: BigInt(RECENT) }]);
  });

  it("takes digests, and asks for the frames of what it does not know (any more)", async () => {
    const tenant = "digest";
    const item = pushed({ service_name: "shop" }, PICTURE, { tenant });
    const { profile, ...head } = item;
    const ids = idsOf(profile);
    const rows = [...new Set(profile.samples.stack)];
    const sum = (row: number): number =>
      profile.samples.stack.reduce(
        (total, stack, i) => total + (stack === row ? profile.samples.weights[0]![i]! : 0),
        0,
      );
    // No frames at all: the store is taken to know everything.
    const digest = {
      stacks: Uint32Array.from(rows.flatMap((row) => [...ids.stacks.subarray(2 * row, 2 * row + 2)])),
      weights: [Float64Array.from(rows, sum)],
      listOf: new Int32Array(rows.length).fill(-1),
      listEnds: new Int32Array(0),
      lists: new Int32Array(0),
      frameIds: new Uint32Array(0),
      frameEnds: new Int32Array(0),
      frames: new Uint8Array(0),
    };
    let asked = 0;
    const complete = (): Promise<WholeSeries> => {
      asked++;
      return Promise.resolve(item);
    };
    await store.write([{ ...head, digest, complete }]);
    await store.flush();
    expect(asked).toBe(1);
    expect(await folded(tenant)).toEqual(["A;B 1", "A;B;D 3", "A;C 2"]);
    await store.write([{ ...head, digest, complete }]);
    await store.flush();
    expect(asked).toBe(1);
    expect(await folded(tenant)).toEqual(["A;B 2", "A;B;D 6", "A;C 4"]);
    expect(await sums(tenant)).toEqual(all(12n));
  });

  it("keeps weights as whole numbers and carries fractions to the next profile of the series", async () => {
    const tenant = "fractions";
    const labels = { service_name: "slow" };
    for (let i = 0; i < 4; i++) {
      await store.write([pushed(labels, "A B\n= 0.25 -2", { tenant, at: RECENT + i * 1000 })]);
    }
    await store.flush();
    expect(await folded(tenant)).toEqual(["A 1", "B -8"]);
  });

  it("keeps 64-bit weights to the last digit that a double has", async () => {
    const tenant = "large";
    const values = [2 ** 53 - 1, -(2 ** 53) + 1, 2 ** 62, 2 ** 32, -(2 ** 32), 1e300];
    for (const [i, value] of values.entries()) {
      await store.write([pushed({ service_name: "x" }, `${"ABCDEF"[i]}\n= ${value}`, { tenant })]);
    }
    await store.flush();
    const expected = [
      "A 9007199254740991",
      "B -9007199254740991",
      `C ${2n ** 62n}`,
      "D 4294967296",
      "E -4294967296",
    ];
    expect(await folded(tenant)).toEqual([...expected, `F ${2n ** 63n - 1024n}`]);
    expect((await store.statistics()).outOfRange).toBeGreaterThan(0);
  });

  it("counts a profile once that is pushed twice with its id, and twice without one", async () => {
    const tenant = "twice";
    const id = "5f0c9d3e-8f3c-4f6e-9f5e-0d1c2b3a4f5e";
    const once = pushed({ service_name: "shop" }, PICTURE, { tenant, id });
    await Promise.all([store.write([once, once]), store.write([once])]);
    await store.flush();
    await store.write([once]);
    await store.flush();
    expect(await sums(tenant)).toEqual(all(6n));
    await store.close();
    store = await open();
    await store.write([pushed({ service_name: "shop" }, PICTURE, { tenant, id })]);
    await store.flush();
    expect(await sums(tenant)).toEqual(all(6n));
    expect((await store.statistics()).duplicates).toBe(1);
    // Another series of the same push, and the same contents without an id, are other profiles.
    await store.write([pushed({ service_name: "shop", span: "1" }, PICTURE, { tenant, id })]);
    const anonymous = pushed({ service_name: "shop" }, PICTURE, { tenant });
    await store.write([anonymous]);
    await store.write([anonymous]);
    await store.flush();
    expect(await sums(tenant)).toEqual(all(24n));
    const rows = await store.query(
      "SELECT id FROM profiles WHERE tenant = {tenant:String} AND id = {id:UUID}",
      {
        tenant,
        id,
      },
    );
    expect(rows).toEqual([{ id }, { id }]);
  });

  it("takes names, labels and tenants for what they are", async () => {
    const nasty = [
      "'; DROP TABLE samples; --",
      "\\'",
      "\\",
      "a\0b",
      "{x:String}",
      "\n\t",
      "ü🔥",
      "__proto__",
      "`",
      '"',
    ];
    const strings = fc.array(fc.oneof(fc.constantFrom(...nasty), fc.string({ unit: "binary" })), {
      minLength: 8,
    });
    for (const [i, value] of [...nasty, ...fc.sample(strings, { numRuns: 4, seed: 7 }).flat()].entries()) {
      const text = value.replace(/\p{Surrogate}/gu, "");
      const [row] = await store.query(
        "SELECT {text:String} AS text, {list:Array(String)} AS list, hex({text:String}) AS hex",
        { text, list: [text, "", text] },
      );
      expect(row).toEqual({
        text,
        list: [text, "", text],
        hex: Buffer.from(text).toString("hex").toUpperCase(),
      });
      if (i >= nasty.length) continue;
      await store.write([pushed({ service_name: text, [text]: text }, "A", { tenant: text })]);
    }
    await store.flush();
    for (const text of nasty) {
      const rows = await store.query(
        "SELECT service, labels FROM series WHERE tenant = {text:String} AND labels[{text:String}] = {text:String}",
        { text },
      );
      const labels = new Map(Object.entries({ service_name: text, [text]: text }).toSorted());
      if (text === "__proto__") labels.set(text, text);
      expect(rows.map(({ service }) => service)).toEqual([text]);
      expect(rows.map((row) => (row.labels as Map<string, string>).get(text))).toEqual([text]);
    }
  });

  it("reads only the granules that a query is about", async () => {
    const tenant = "granules";
    const services = Array.from({ length: 40 }, (_, i) => `service-${i}`);
    const wide = Array.from({ length: 300 }, (_, i) => `f${i}`).join(" ");
    for (let minute = 0; minute < 10; minute++) {
      const at = RECENT + minute * 60_000;
      await store.write(services.map((service_name) => pushed({ service_name }, wide, { tenant, at })));
    }
    await store.flush();
    await store.optimize();
    for (const [table, time] of [
      ["samples", "ts"],
      ["roll_h", "t"],
    ]) {
      const rows = await store.query(
        `EXPLAIN indexes = 1 SELECT stack, sum(value) FROM ${table} WHERE tenant = {tenant:String}
         AND type = 'process_cpu:cpu:nanoseconds:cpu:nanoseconds' AND service = 'service-7'
         AND ${time} >= {from:DateTime} AND ${time} < {to:DateTime} GROUP BY stack`,
        { tenant, from: (RECENT - HOUR) / 1000, to: RECENT / 1000 + 60 },
      );
      const plan = rows.map((row) => row.explain as string).join("\n");
      const primary = plan.slice(plan.indexOf("PrimaryKey"));
      const [, read, of] = /Granules: (\d+)\/(\d+)/.exec(primary)!;
      expect(plan).toMatch(/PrimaryKey\s+Keys:\s+tenant\s+type\s+service\s+ts?\n/);
      expect(Number(read)).toBeLessThanOrEqual(2);
      if (table === "samples") expect(Number(of)).toBeGreaterThan(10);
    }
  });

  it("deletes by selector and time; rollups, series and labels agree afterwards", async () => {
    const tenant = "deletes";
    const write = (service_name: string, pod: string, at: number, weight: number): Promise<void> =>
      store.write([pushed({ service_name, pod }, `A\n= ${weight}`, { tenant, at })]);
    await write("shop", "a", RECENT, 1);
    await write("shop", "b", RECENT, 10);
    await write("shop", "b", RECENT + 5000, 100);
    await write("shop", "b", RECENT - 25 * HOUR, 1000);
    await write("bank", "b", RECENT, 10_000);
    const pods: LabelMatcher[] = [
      { name: "service_name", operator: "=~", value: "sho." },
      { name: "pod", operator: "!=", value: "a" },
    ];
    expect(await store.delete(selection(tenant, pods, RECENT + 4000, RECENT + 9000))).toEqual({ series: 1 });
    expect(await sums(tenant)).toEqual(all(11_011n));
    // Written again in the same second: not taken for the same insert as before.
    await write("shop", "b", RECENT + 5000, 100);
    await store.flush();
    expect(await sums(tenant)).toEqual(all(11_111n));
    await store.delete(selection(tenant, pods));
    expect(await sums(tenant)).toEqual(all(11_001n));
    const left = (): Promise<Record<string, unknown>[]> =>
      store.query(
        `SELECT DISTINCT service, val, toUInt8(day = toDate({day:DateTime})) AS today FROM series_labels
         WHERE tenant = {tenant:String} AND key = 'pod' ORDER BY service, val, today`,
        { tenant, day: RECENT / 1000 },
      );
    expect(await left()).toEqual([
      { service: "bank", val: "b", today: 1 },
      { service: "shop", val: "a", today: 1 },
      { service: "shop", val: "b", today: 0 },
    ]);
    // A series that was deleted and comes again is found again.
    await write("shop", "b", RECENT, 100_000);
    await store.flush();
    expect((await left()).map(({ today }) => today)).toEqual([1, 1, 0, 1]);
    await store.delete(selection(tenant, [], 0, 4e12));
    expect(await sums(tenant)).toEqual(all(0n));
    expect(await left()).toEqual([]);
    expect(await folded(tenant)).toEqual([]);
    expect(await sums("first")).toEqual(all(6n));
  });

  it("names addresses after the samples came", async () => {
    const tenant = "native";
    const { profile } = pushed({ service_name: "x" }, "A");
    const frames = {
      ...profile.frames,
      name: new Uint32Array(1),
      mapping: new Int32Array(1),
      address: new BigUint64Array([0x7f00_0000_1234n]),
    };
    const native = {
      ...profile,
      frames,
      mappings: [
        {
          path: "/bin/x",
          buildId: "abcd",
          start: 0x7f00_0000_0000n,
          end: 0x7f00_0010_0000n,
          fileOffset: 0x1000n,
        },
      ],
    };
    await store.write([pushed({ service_name: "x" }, "A", { tenant, profile: native })]);
    await store.flush();
    expect(await store.unresolved(tenant)).toEqual([
      { buildId: "abcd", mapping: "/bin/x", addresses: [0x2234n] },
    ]);
    const line = { name: "inner", file: "x.c", line: 7, column: 2 };
    await store.writeSymbols(tenant, "abcd", [
      { address: 0x2234n, lines: [line, { ...line, name: "outer" }] },
    ]);
    expect(await store.unresolved(tenant)).toEqual([]);
    const [row] = await store.query("SELECT lines FROM symbols FINAL WHERE tenant = {tenant:String}", {
      tenant,
    });
    expect(row!.lines).toEqual([
      ["inner", "x.c", 7, 2],
      ["outer", "x.c", 7, 2],
    ]);
    expect(await store.unresolved("first")).toEqual([]);
  });

  it("finds the samples of a span", async () => {
    const tenant = "spans";
    const spans = new BigUint64Array([1n, 0n, 2n ** 64n - 1n]);
    await store.write([pushed({ service_name: "x" }, PICTURE, { tenant, spans })]);
    await store.flush();
    const rows = await store.query(
      "SELECT span, value FROM span_samples WHERE tenant = {tenant:String} ORDER BY span",
      { tenant },
    );
    expect(rows).toEqual([
      { span: 1n, value: 3n },
      { span: 2n ** 64n - 1n, value: 2n },
    ]);
    expect(await sums(tenant)).toEqual(all(6n));
  });

  it("writes a series' part of a profile, and a profile of many days at once", async () => {
    const tenant = "parts";
    const day = 86_400_000;
    const items = Array.from({ length: 20 }, (_, i) =>
      pushed({ service_name: "x" }, PICTURE, { tenant, at: RECENT - i * day, rows: Int32Array.of(0, 2) }),
    );
    await store.write(items);
    await store.flush();
    expect(await sums(tenant)).toEqual(all(100n));
    expect(await folded(tenant)).toEqual(["A;B;D 60", "A;C 40"]);
  });

  it("answers queries side by side and reports errors as errors", async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => store.query("SELECT {i:UInt64} AS i", { i })),
    );
    expect(answers.map(([row]) => row!.i)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    await expect(store.query("SELECT no_such_column FROM samples")).rejects.toThrow(/no_such_column/);
    const list = Array.from({ length: 50_000 }, (_, i) => BigInt(i) * 1_000_003n);
    const [row] = await store.query("SELECT length({list:Array(UInt64)}) AS n", { list });
    expect(row!.n).toBe(50_000n);
  });
}
