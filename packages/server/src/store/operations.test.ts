import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { hasEngine, pushed, RECENT, scratchFolder } from "../../../../test/support/store.ts";
import { openStore, restoreStore, type Store } from "./open.ts";
import type { StoreOptions } from "./options.ts";
import { MIGRATIONS } from "./schema/migrations.ts";
import { TABLES } from "./schema/tables.ts";

const DAY = 86_400_000;
const TABLES_WITH_VALUES = ["samples", "profiles", "roll_h", "roll_d", "series_1m"];

/** One embedded engine at a time: it is one per process. */
describe.skipIf(!hasEngine)("operating the embedded store", { timeout: 180_000 }, () => {
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  let store: Store | undefined;
  let log: string[];
  beforeAll(async () => {
    folder = await scratchFolder();
  });
  beforeEach(() => {
    log = [];
  });
  afterAll(async () => {
    await store?.close();
    await folder.remove();
  });

  const options = (name: string, more: Partial<StoreOptions> = {}): StoreOptions => ({
    directory: join(folder.path, name),
    reserveBytes: 0,
    sessions: 1,
    commitInterval: 10,
    log: (_, message) => log.push(message),
    ...more,
  });

  async function reopened(name: string, more: Partial<StoreOptions> = {}): Promise<Store> {
    await store?.close();
    store = undefined;
    store = await openStore(options(name, more));
    return store;
  }

  async function sums(tenant: string): Promise<bigint[]> {
    const all: bigint[] = [];
    for (const table of TABLES_WITH_VALUES) {
      const sql = `SELECT sum(value) AS sum FROM ${table} WHERE tenant = {tenant:String}`;
      all.push((await store!.query(sql, { tenant }))[0]!.sum as bigint);
    }
    return all;
  }

  const write = (tenant: string, weight: number, at = RECENT): Promise<void> =>
    store!.write([pushed({ service_name: "shop" }, `A\nB\n= ${weight}`, { tenant, at })]);

  it("drops what is older than a tenant's retention, and what a shorter one no longer keeps", async () => {
    const tenants = new Map([["brief", 5]]);
    await reopened("retention", { retention: { days: 30, tenants } });
    for (const tenant of ["brief", "long"]) {
      await write(tenant, 1);
      await write(tenant, 10, RECENT - 10 * DAY);
      await write(tenant, 100, RECENT - 40 * DAY);
    }
    await store!.flush();
    await store!.optimize();
    expect(await sums("brief")).toEqual([1n, 1n, 1n, 1n, 1n]);
    expect(await sums("long")).toEqual([11n, 11n, 11n, 11n, 11n]);

    await reopened("retention", { retention: { days: 7, tenants: new Map([["brief", 60]]) } });
    await store!.sweep();
    expect(await sums("long")).toEqual([1n, 1n, 1n, 1n, 1n]);
    expect(log.filter((line) => line.includes("shorter retention"))).toHaveLength(1);
    // A longer one holds from now on.
    await write("brief", 1000, RECENT - 50 * DAY);
    await store!.flush();
    await store!.optimize();
    expect(await sums("brief")).toEqual([1001n, 1001n, 1001n, 1001n, 1001n]);
    await store!.sweep();
    expect(await sums("brief")).toEqual([1001n, 1001n, 1001n, 1001n, 1001n]);
  });

  it("keeps stacks and frames for as long as samples need them, however long ago they were first written", async () => {
    await reopened("weeks");
    const weeks = [0, 7, 14].map((days) => RECENT - days * DAY);
    for (const at of weeks) for (const weight of [1, 2]) await write("t", weight, at);
    await store!.flush();
    for (const table of ["stacks", "frames"]) {
      const rows = await store!.query(
        `SELECT week, count() AS n FROM ${table} GROUP BY week ORDER BY week DESC`,
      );
      const mondays = weeks.map((at) => Math.floor(at / DAY)).map((day) => day - ((day + 3) % 7));
      expect(rows).toEqual(mondays.map((week) => ({ week, n: table === "stacks" ? 1n : 2n })));
    }
  });

  it("restores a backup into another folder", async () => {
    await reopened("original");
    await write("t", 5);
    await write("t", 6, RECENT - 3 * DAY);
    await store!.writeSymbols("t", "ab", [{ address: 1n, lines: [] }]);
    const backup = join(folder.path, "backup");
    await store!.backup(backup);
    await write("t", 100);
    await store!.flush();
    const dump = async (): Promise<unknown[]> => {
      const all: unknown[] = [];
      for (const { name, order } of TABLES)
        all.push(await store!.query(`SELECT * FROM ${name} ORDER BY ${order}`));
      return all;
    };
    await store!.close();
    store = await restoreStore(options("copy"), backup);
    const restored = await dump();
    expect(await sums("t")).toEqual([11n, 11n, 11n, 11n, 11n]);
    expect(restored.map((rows) => (rows as unknown[]).length > 0)).toEqual(
      TABLES.map(({ name }) => name !== "span_samples"),
    );
    await write("t", 7);
    await store.flush();
    expect(await sums("t")).toEqual([18n, 18n, 18n, 18n, 18n]);

    await store.close();
    store = undefined;
    await expect(restoreStore(options("copy"), backup)).rejects.toThrow(/has data/);
    await rm(join(backup, "flambeau-backup.json"));
    await expect(restoreStore(options("third"), backup)).rejects.toThrow();
    await reopened("original");
    expect(await sums("t")).toEqual([111n, 111n, 111n, 111n, 111n]);
    expect(await readdir(join(folder.path, "original", "engine", "shadow"))).not.toContainEqual(
      expect.stringMatching(/^backup/),
    );
  });

  it("repeats a deletion that a crash cut short", async () => {
    await reopened("deletion");
    await write("t", 5);
    await write("u", 5);
    await store!.flush();
    await store!.close();
    const deletions = join(folder.path, "deletion", "deletions");
    await mkdir(deletions, { recursive: true });
    const deletion = { tenant: "t", matchers: [], from: 0, to: RECENT + DAY };
    await writeFile(join(deletions, "a.json"), JSON.stringify(deletion));
    await writeFile(join(deletions, "b.json"), '{"tenant": "u", "mat');
    await reopened("deletion");
    expect(await sums("t")).toEqual([0n, 0n, 0n, 0n, 0n]);
    expect(await sums("u")).toEqual([5n, 5n, 5n, 5n, 5n]);
    expect(await readdir(deletions)).toEqual([]);
  });

  it("belongs to one process at a time, and takes over from one that is gone", async () => {
    await reopened("locked");
    await store!.close();
    store = undefined;
    const lock = join(folder.path, "locked", "lock");
    await writeFile(lock, String(process.ppid));
    await expect(openStore(options("locked"))).rejects.toThrow(/in use by process/);
    await writeFile(lock, "999999999");
    await reopened("locked");
    expect(await readFile(lock, "utf8")).toBe(String(process.pid));
  });

  it("refuses data of a newer schema, and applies each step once", async () => {
    await reopened("schema");
    expect(await store!.query("SELECT version, name FROM migrations ORDER BY version")).toEqual([
      { version: 1, name: "tables and views" },
      { version: 2, name: "larger blocks of stacks" },
    ]);
    await reopened("schema");
    expect(await store!.query("SELECT count() AS n FROM migrations")).toEqual([{ n: 2n }]);
    const { openEmbedded } = await import("./engine/embedded.ts");
    const onEngine = async (...statements: readonly string[]): Promise<void> => {
      await store?.close();
      store = undefined;
      const engine = await openEmbedded({
        path: join(folder.path, "schema", "engine"),
        scratch: folder.path,
        sessions: 1,
        database: "flambeau",
      });
      for (const statement of statements) await engine.command(statement);
      await engine.close();
    };
    // As version 1 left it.
    await onEngine(
      ...["samples", "roll_h", "roll_d"].map(
        (table) =>
          `ALTER TABLE ${table} MODIFY COLUMN stack RESET SETTING min_compress_block_size, max_compress_block_size`,
      ),
      "ALTER TABLE migrations DELETE WHERE version = 2 SETTINGS mutations_sync = 2",
    );
    await reopened("schema");
    const widened = await store!.query(
      "SELECT name FROM system.tables WHERE database = 'flambeau' AND create_table_query LIKE '%min_compress_block_size = 1048576%' ORDER BY name",
    );
    expect(widened.map(({ name }) => name)).toEqual(["roll_d", "roll_h", "samples"]);
    await onEngine("INSERT INTO migrations (version, name, at) VALUES (99, 'of the future', now())");
    await expect(openStore(options("schema"))).rejects.toThrow(/schema version 99, this Flambeau knows 2/);
  });

  it("builds statements for a cluster that the engine's own parser takes", async () => {
    await reopened("parser");
    const topology = { cluster: "it's" };
    const statements = MIGRATIONS.flatMap((migration) => migration.statements(topology));
    const views = statements.filter((statement) => statement.startsWith("CREATE MATERIALIZED VIEW"));
    const changes = statements.filter((statement) => statement.startsWith("ALTER TABLE"));
    expect(statements).toHaveLength(TABLES.length * 2 + views.length + changes.length);
    for (const statement of statements) {
      const [row] = await store!.query("SELECT formatQuery({statement:String}) AS text", { statement });
      const text = row!.text as string;
      expect(text).toMatch(/ON CLUSTER `it\\?'s`/);
      expect(text).toMatch(
        /(Replicated\w*MergeTree|Distributed\('it\\'s', currentDatabase\(\), '\w+_local'|TO \w+_local|ALTER TABLE \w+_local)/,
      );
    }
    await expect(store!.query("SELECT formatQuery('CREATE TABEL x')")).rejects.toThrow();
  });

  it("refuses what no time of ours can hold, and stacks too deep to write out", async () => {
    await reopened("limits");
    await expect(write("t", 1, -1000)).rejects.toMatchObject({ code: "malformed" });
    await expect(write("t", 1, 2 ** 33 * 1000)).rejects.toMatchObject({ code: "malformed" });
    await store!.close();
    await expect(write("t", 1)).rejects.toMatchObject({ code: "closed" });
    await expect(store!.query("SELECT 1")).rejects.toMatchObject({ code: "closed" });
    await store!.close();
  });
});
