import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { scratchFolder } from "../../../../../test/support/store.ts";
import type { Engine } from "../engine/engine.ts";
import type { JournalFile } from "./journal-file.ts";
import { Loader } from "./loader.ts";

let folder: Awaited<ReturnType<typeof scratchFolder>>;
beforeAll(async () => {
  folder = await scratchFolder();
});
afterAll(() => folder.remove());

it("keeps loads apart, unless much waits, somebody waits, or it is to stop", async () => {
  const loads: number[] = [];
  let loaded = 0;
  const engine = {
    load: ({ stretches }: { stretches: readonly unknown[] }) => {
      loads.push(stretches.length);
      return Promise.resolve();
    },
  } as unknown as Engine;
  const loader = new Loader(
    engine,
    folder.path,
    { interval: 60_000, bytes: 1000 },
    () => undefined,
    () => loaded++,
    () => undefined,
  );
  let next = 0;
  const file = (bytes: number): JournalFile => ({
    path: join(folder.path, `${next}.journal`),
    bytes,
    samples: 1,
    opened: 0,
    sections: [{ kind: "samples", day: 0, rows: 1, spans: 0, offset: 0, length: 1 }],
    token: `token-${next++}`,
  });
  const rest = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 30));
  loader.add(file(10));
  await expect.poll(() => loaded, { timeout: 5000 }).toBe(1);
  loader.add(file(10));
  loader.add(file(10));
  await rest();
  expect(loads).toEqual([1]);
  loader.add(file(980));
  await expect.poll(() => loads, { timeout: 5000 }).toEqual([1, 3]);
  loader.add(file(10));
  await loader.drained();
  expect(loads).toEqual([1, 3, 1]);
  loader.add(file(10));
  await loader.paused(() => Promise.resolve());
  await loader.stop();
  // What is left is for the next process.
  expect([loads.length, loaded]).toEqual([3, 5]);
});
