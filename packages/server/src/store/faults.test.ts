import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canMount, SmallDisk } from "../../../../test/support/small-disk.ts";
import {
  type ClickHouseServer,
  hasEngine,
  pushed,
  scratchFolder,
  startServer,
} from "../../../../test/support/store.ts";
import { openStore, type Store } from "./open.ts";

const TABLES = ["samples", "profiles", "roll_h", "roll_d", "series_1m"];

async function sums(store: Store): Promise<number[]> {
  const all: number[] = [];
  for (const table of TABLES) {
    const [row] = await store.query(`SELECT sum(value) AS sum FROM ${table}`);
    all.push(Number(row!.sum));
  }
  return all;
}

/** Names that do not compress, so that the journal has some weight. */
const picture = (n: number): string =>
  `${Array.from({ length: 200 }, (_, i) => `f${(n * 7919 + i * 104_729).toString(36)}`).join(" ")}`;

const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  for (let i = 0; i < 600; i++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("waited for 30 s in vain");
};

describe.skipIf(!hasEngine || !canMount)("a full disk", { timeout: 180_000 }, () => {
  let mounted: SmallDisk;
  let store: Store;
  beforeAll(async () => {
    mounted = await SmallDisk.mount();
    store = await openStore({
      directory: join(mounted.path, "store"),
      reserveBytes: 0,
      sessions: 1,
      commitInterval: 5,
    });
  });
  afterAll(async () => {
    await store.close();
    await mounted.remove();
  });

  it("refuses writes, goes on reading, and takes on again; nothing acknowledged is lost", async () => {
    let acknowledged = 0;
    const push = async (n: number): Promise<unknown> => {
      const failed = await store
        .write([pushed({ service_name: `s${n}` }, picture(n))])
        .catch((error: unknown) => error);
      if (failed === undefined) acknowledged += 200;
      return failed;
    };
    for (let n = 0; n < 5; n++) expect(await push(n)).toBeUndefined();
    await store.flush();
    expect(await sums(store)).toEqual(TABLES.map(() => 1000));

    // No room for the journal.
    await mounted.fill(0);
    expect(await push(5)).toMatchObject({ code: "disk-full" });
    expect(await sums(store)).toEqual(TABLES.map(() => 1000));
    await mounted.free();

    // Room for the journal, not for the engine's parts.
    await mounted.fill(256 * 1024);
    const answers: unknown[] = [];
    for (let n = 6; n < 60 && answers.at(-1) === undefined; n++) answers.push(await push(n));
    expect(answers.at(-1)).toMatchObject({ code: "disk-full" });
    await until(async () => (await store.statistics().catch(() => undefined))?.loadFailure !== undefined);
    expect((await sums(store))[0]).toBeGreaterThanOrEqual(1000);

    await mounted.free();
    for (let n = 60; n < 65; n++) expect(await push(n)).toBeUndefined();
    await store.flush();
    expect(await sums(store)).toEqual(TABLES.map(() => acknowledged));
    const unresolved = await store.query(
      "SELECT count() AS n FROM (SELECT arrayJoin(frames) AS id FROM stacks) WHERE id NOT IN (SELECT id FROM frames)",
    );
    expect(unresolved).toEqual([{ n: 0n }]);
  });
});

describe.skipIf(!hasEngine)("a server that goes away", { timeout: 180_000 }, () => {
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  let server: ClickHouseServer;
  let store: Store;
  beforeAll(async () => {
    folder = await scratchFolder();
    server = await startServer(folder.path);
    store = await openStore({
      directory: join(folder.path, "store"),
      server: server.url,
      reserveBytes: 0,
      commitInterval: 5,
      loadInterval: 0,
      journalBytes: 300_000,
    });
  });
  afterAll(async () => {
    await store.close();
    await server.kill();
    await folder.remove();
  });

  it("makes the journal grow to its bound; afterwards it drains, and everything is there once", async () => {
    let acknowledged = 0;
    const push = async (n: number): Promise<unknown> => {
      const failed = await store
        .write([pushed({ service_name: `s${n}` }, picture(n))])
        .catch((error: unknown) => error);
      if (failed === undefined) acknowledged += 200;
      return failed;
    };
    for (let n = 0; n < 3; n++) expect(await push(n)).toBeUndefined();
    await store.flush();
    await server.kill();
    let refusal: unknown;
    for (let n = 3; refusal === undefined && n < 500; n++) refusal = await push(n);
    expect(refusal).toMatchObject({ code: "overloaded", retryAfter: 2 });
    expect(acknowledged).toBeGreaterThan(600);
    expect(store.journal().bytes).toBeLessThan(400_000);
    expect(store.journal().oldest).toBeGreaterThan(0);
    await expect(store.query("SELECT 1")).rejects.toMatchObject({ code: "engine-down" });

    server = await startServer(folder.path, server.port);
    await store.flush();
    expect(await push(1000)).toBeUndefined();
    await store.flush();
    expect(await sums(store)).toEqual(TABLES.map(() => acknowledged));
    expect(store.journal()).toEqual({ files: 0, bytes: 0, rows: 0, oldest: 0 });
  });

  const kills = Number(process.env.FLAMBEAU_KILLS ?? 4);
  const patience = { timeout: 60_000 + kills * 10_000 };
  it("counts everything once, however often the server is killed while it loads", patience, async () => {
    const before = await sums(store);
    let acknowledged = 0;
    let stop = false;
    const load = (async () => {
      for (let n = 2000; !stop; n++) {
        const written = await store.write([pushed({ service_name: `s${n % 7}` }, picture(n))]).then(
          () => true,
          () => false,
        );
        if (written) acknowledged += 200;
        else await new Promise((resolve) => setTimeout(resolve, 50));
      }
    })();
    for (let kill = 0; kill < kills; kill++) {
      // In the midst of loading, at another moment each time.
      await until(() => store.journal().bytes < 150_000);
      await new Promise((resolve) => setTimeout(resolve, (kill * 37) % 200));
      await server.kill();
      server = await startServer(folder.path, server.port);
    }
    stop = true;
    await load;
    await store.flush();
    expect(acknowledged).toBeGreaterThan(0);
    expect(await sums(store)).toEqual(before.map((sum) => sum + acknowledged));
    console.log(`${kills} kills of the server, ${acknowledged / 200} acknowledged profiles`);
  });

  it("takes a thousand pushes at the same time", async () => {
    const before = await sums(store);
    const pushes = Array.from({ length: 1000 }, (_, n) =>
      pushed({ service_name: `s${n}` }, "A B", { id: `push ${n}` }),
    );
    await Promise.all(pushes.map((one) => store.write([one])));
    await store.flush();
    expect(await sums(store)).toEqual(before.map((sum) => sum + 2000));
  });
});
