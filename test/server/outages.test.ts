import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { eventually, hasEngine, TestServer } from "../support/server.ts";
import { canMount, SmallDisk } from "../support/small-disk.ts";
import { startServer } from "../support/store.ts";

const CPU = "process_cpu:cpu:nanoseconds:cpu:nanoseconds";
const SELECTOR = '{service_name="shop"}';
/** One sample of a folded push, in nanoseconds, at 100 samples a second. */
const SAMPLE = 1e7;

interface Answer {
  readonly status: number;
  readonly code: string | undefined;
  readonly retryAfter: string | null;
}

/** Pushes one sample of `work`, below `noise` frames whose names do not compress. */
async function push(server: TestServer, n: number, noise = 0): Promise<Answer> {
  const frames = Array.from({ length: noise }, (_, i) => ((n * 7919 + i * 104_729) * 31).toString(36));
  const body = `${["main", ...frames, "work"].join(";")} 1\n`;
  const response = await fetch(`${server.url}/ingest?name=shop{push=n${n}}`, { method: "POST", body });
  const text = await response.text();
  return {
    status: response.status,
    code: text === "" ? undefined : (JSON.parse(text) as { code?: string }).code,
    retryAfter: response.headers.get("retry-after"),
  };
}

/** Pushes ten at a time until one is refused: how many were taken, and the first refusal. */
async function pushUntilRefused(
  server: TestServer,
  noise: number,
): Promise<{ taken: number; refused: Answer | undefined }> {
  let taken = 0;
  let refused: Answer | undefined;
  for (let wave = 1; refused === undefined && wave < 100; wave++) {
    const pushes = Array.from({ length: 10 }, (_, i) => push(server, wave * 10 + i, noise));
    const answers = await Promise.all(pushes);
    refused = answers.find(({ status }) => status !== 200);
    taken += answers.filter(({ status }) => status === 200).length;
  }
  return { taken, refused };
}

const top = (server: TestServer): Promise<[string, number][]> => server.topFunctions(CPU, SELECTOR);

/** Everything acknowledged is there, once. */
async function expectSamples(server: TestServer, count: number, seconds = 15): Promise<void> {
  const found = await eventually(
    () => top(server),
    ([first]) => first?.[1] === count * SAMPLE,
    seconds,
  );
  expect(found).toEqual([["work", count * SAMPLE]]);
}

describe.skipIf(!hasEngine || !canMount)(
  "a full disk, over HTTP",
  { concurrent: true, timeout: 120_000 },
  () => {
    it("refuses pushes with 507, answers queries, and takes on again when there is room", async () => {
      const disk = await SmallDisk.mount();
      const server = await TestServer.start([], {
        env: { FLAMBEAU_RESERVE: "0" },
        data: join(disk.path, "data"),
      }).catch(async (error: unknown) => {
        await disk.remove();
        throw error;
      });
      try {
        expect(await push(server, 0)).toMatchObject({ status: 200 });
        await expectSamples(server, 1);

        await disk.fill(0);
        for (let n = 1; n < 4; n++)
          expect(await push(server, n)).toMatchObject({ status: 507, code: "disk-full" });
        expect(await top(server)).toEqual([["work", SAMPLE]]);
        expect((await fetch(`${server.url}/healthz`)).status).toBe(200);

        // Room for the journal, none for what the engine makes of it: what was acknowledged waits.
        await disk.fill(256 * 1024);
        const { taken, refused } = await pushUntilRefused(server, 2000);
        expect(refused).toMatchObject({ status: 507, code: "disk-full" });
        expect((await top(server))[0]![1]).toBeGreaterThanOrEqual(SAMPLE);

        await disk.free();
        expect(
          await eventually(
            () => push(server, 5000),
            ({ status }) => status === 200,
          ),
        ).toMatchObject({ status: 200 });
        await expectSamples(server, taken + 2, 30);
        expect(await server.stop()).toBe(0);
      } finally {
        await server.stop("SIGKILL");
        await disk.remove();
      }
    });
  },
);

describe.skipIf(!hasEngine)(
  "an engine that goes away, over HTTP",
  { concurrent: true, timeout: 120_000 },
  () => {
    it("fills the journal to its bound, then answers 429; back again it drains, nothing lost", async () => {
      const folder = mkdtempSync(join(tmpdir(), "flambeau-outage-"));
      let engine = await startServer(folder);
      const server = await TestServer.start(["--store", engine.url], {
        env: { FLAMBEAU_JOURNAL: "300KiB" },
      }).catch(async (error: unknown) => {
        await engine.kill();
        throw error;
      });
      try {
        let acknowledged = 0;
        for (; acknowledged < 3; acknowledged++) {
          expect(await push(server, acknowledged)).toMatchObject({ status: 200 });
        }
        await expectSamples(server, acknowledged);

        await engine.kill();
        const { taken, refused } = await pushUntilRefused(server, 300);
        acknowledged += taken;
        expect(refused).toEqual({ status: 429, code: "overloaded", retryAfter: "2" });
        expect(acknowledged).toBeGreaterThan(10);
        // What is kept in memory may still be answered.
        await expect(server.topFunctions(CPU, '{service_name="other"}')).rejects.toThrow(/: 503 /);
        expect((await fetch(`${server.url}/ready`)).status).toBe(503);

        engine = await startServer(folder, engine.port);
        expect(
          await eventually(
            () => push(server, 5000),
            ({ status }) => status === 200,
          ),
        ).toMatchObject({ status: 200 });
        await expectSamples(server, acknowledged + 1, 30);
        const metrics = await (await fetch(`${server.url}/metrics`)).text();
        expect(metrics).toMatch(/^flambeau_journal_bytes 0$/m);
      } finally {
        await server.remove();
        await engine.kill();
        rmSync(folder, { recursive: true, force: true });
      }
    });
  },
);
