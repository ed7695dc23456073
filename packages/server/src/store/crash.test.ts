import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasEngine, scratchFolder } from "../../../../test/support/store.ts";
import { openStore } from "./open.ts";

/** `npm run test:faults` does 50; a few in every run keep the way there open. */
const KILLS = Number(process.env.FLAMBEAU_KILLS ?? 8);
const SEED = Number(process.env.FLAMBEAU_KILL_SEED ?? 20_261);

describe.skipIf(!hasEngine)(`kill -9 under load, ${KILLS} times`, () => {
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  let script: string;
  beforeAll(async () => {
    folder = await scratchFolder();
    // Beside the packages, so that the bundle finds the native engine.
    script = fileURLToPath(new URL(`../../dist/crash-${process.pid}.mjs`, import.meta.url));
    await build({
      entryPoints: [fileURLToPath(new URL("../../../../test/support/store-child.ts", import.meta.url))],
      outfile: script,
      bundle: true,
      platform: "node",
      format: "esm",
      conditions: ["source"],
      external: ["chdb", "chdb/connection", "@clickhouse/client"],
    });
  });
  afterAll(async () => {
    await folder.remove();
  });

  it(
    "keeps every acknowledged profile once, and rollups agree with samples",
    async () => {
      const random = generator(SEED);
      const directory = join(folder.path, "store");
      const acknowledged = new Set<number>();
      let next = 0;
      for (let kill = 0; kill < KILLS; kill++) {
        const child = spawn(process.execPath, [script, directory, String(next)], {
          stdio: ["ignore", "pipe", "inherit"],
          env: { ...process.env, UV_THREADPOOL_SIZE: "6" },
        });
        next = await killedAtRandom(child, random, acknowledged, next);
      }
      expect(acknowledged.size).toBeGreaterThan(KILLS);
      const store = await openStore({ directory, reserveBytes: 0, sessions: 1 });
      try {
        await store.flush();
        const rows = await store.query(
          "SELECT value, count() AS n FROM samples GROUP BY value HAVING value > 1",
        );
        const found = new Map(rows.map(({ value, n }) => [Number(value) - 1, Number(n)]));
        const missing = [...acknowledged].filter((n) => n > 0 && !found.has(n));
        const doubled = [...found].filter(([, times]) => times !== 1);
        expect({ missing, doubled }).toEqual({ missing: [], doubled: [] });
        const sum = (table: string): string => `(SELECT sum(value) FROM ${table})`;
        const tables = ["samples", "profiles", "roll_h", "roll_d", "series_1m"];
        const [sums] = await store.query(
          `SELECT ${tables.map((table) => `${sum(table)} AS ${table}`).join(", ")}`,
        );
        expect(sums).toEqual(Object.fromEntries(tables.map((table) => [table, sums!.samples])));
        const [bare] = await store.query(
          "SELECT count() AS n FROM samples WHERE (service, stack) NOT IN (SELECT service, stack FROM stacks)",
        );
        expect(bare).toEqual({ n: 0n });
        const [unnamed] = await store.query(
          "SELECT count() AS n FROM (SELECT arrayJoin(frames) AS id FROM stacks) WHERE id NOT IN (SELECT id FROM frames)",
        );
        expect(unnamed).toEqual({ n: 0n });
        console.log(`${KILLS} kills, ${acknowledged.size} acknowledged profiles, ${found.size} found`);
      } finally {
        await store.close();
      }
    },
    30_000 + KILLS * 10_000,
  );
});

/** Lets a child run for a random while, kills it, and collects what it acknowledged; the next number to use. */
async function killedAtRandom(
  child: ChildProcess,
  random: () => number,
  acknowledged: Set<number>,
  first: number,
): Promise<number> {
  let text = "";
  let timer: NodeJS.Timeout | undefined;
  child.stdout!.on("data", (chunk: Buffer) => {
    text += chunk.toString();
    // From the start of the replay to a second of load, seldom before.
    timer ??= setTimeout(() => child.kill("SIGKILL"), random() * 1200);
  });
  const early = random() < 0.2 ? setTimeout(() => child.kill("SIGKILL"), random() * 800) : undefined;
  const [, signal] = (await once(child, "close")) as [number | null, string | null];
  clearTimeout(timer);
  clearTimeout(early);
  expect(signal).toBe("SIGKILL");
  let next = first;
  for (const line of text.split("\n").slice(0, -1)) {
    if (line === "ready") continue;
    acknowledged.add(Number(line));
    next = Math.max(next, Number(line) + 1);
  }
  // Numbers that were pushed and not acknowledged are not used again: they may be there, once.
  return next + 16;
}

function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
