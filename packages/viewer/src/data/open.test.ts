import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LocalData, perfScript } from "../../../../test/support/viewer-data.ts";
import { CancelledError, type Progress } from "./rpc.ts";

let data: LocalData;
beforeEach(() => {
  data = new LocalData();
});
afterEach(() => data.close());

const FOLDED = "main;a 3\nmain;b 4\n";

test("a file is read: what the page shows around the views comes back", async () => {
  const info = await data.open(FOLDED, "x.folded");
  expect(info).toMatchObject({
    id: 1,
    name: "x.folded",
    format: "folded",
    samples: 2,
    frames: 3,
    stacks: 3,
    valueTypes: [{ name: "samples", unit: "count", total: 7 }],
    threads: [],
    noThread: undefined,
    labels: [],
    time: undefined,
    hasFiles: false,
  });
});

test("an ArrayBuffer is handed over, not copied", async () => {
  const buffer = new TextEncoder().encode(FOLDED).buffer;
  const info = await data.client.call("open", { input: { buffer, name: "x" } }, { transfer: [buffer] });
  expect([info.samples, buffer.byteLength]).toEqual([2, 0]);
});

test("gzip is unpacked, and its ending leaves the name", async () => {
  const info = await data.open(new Uint8Array(gzipSync(FOLDED)), "x.folded.gz");
  expect([info.format, info.samples, info.notes]).toEqual(["folded", 2, []]);
});

test.each(["one.zip", "one.zst", "one.lz4"])("%s is unpacked as on the command line", async (name) => {
  const path = new URL(`../../../core/src/wrappers/fixtures/${name}`, import.meta.url);
  const info = await data.open(new Uint8Array(readFileSync(path)), name);
  expect([info.format, info.samples > 100]).toEqual(["perf-script", true]);
});

test("gzip that breaks off keeps what came, with a note", async () => {
  const lines = Array.from({ length: 200_000 }, (_, i) => `main;f${(i * 7919) % 100_003} ${i}`).join("\n");
  const packed = gzipSync(lines);
  const info = await data.open(new Uint8Array(packed.subarray(0, packed.length / 2)), "x.gz");
  expect(info.samples).toBeGreaterThan(1000);
  expect(info.notes.map((note) => [note.code, note.kind])).toContainEqual(["gzip-broken", "truncated"]);
});

test("gzip that is damaged from its beginning is an error", async () => {
  await expect(
    data.open(new Uint8Array([0x1f, 0x8b, 8, 0, 9, 9, 9, 9, 9, 9, 255, 255])),
  ).rejects.toMatchObject({
    code: "malformed",
  });
});

test("an error keeps its code, place and hint across the channel", async () => {
  await expect(data.open("", "empty.txt")).rejects.toMatchObject({
    name: "FlambeauError",
    code: "empty-input",
    hint: expect.stringContaining("recorded"),
  });
  await expect(data.open(new Uint8Array([1, 2, 3, 4]))).rejects.toMatchObject({ code: "unknown-format" });
});

test("reading tells how far it is, and can be cancelled in the middle", async () => {
  const chunk = new TextEncoder().encode("main;some;function;deep;down 1\n".repeat(40_000));
  const blob = new Blob(Array.from({ length: 80 }, () => chunk));
  const controller = new AbortController();
  const seen: Progress[] = [];
  const reading = data.client.call(
    "open",
    { input: { blob, name: "large" } },
    {
      signal: controller.signal,
      onProgress: (progress) => {
        seen.push(progress);
        controller.abort();
      },
    },
  );
  await expect(reading).rejects.toBeInstanceOf(CancelledError);
  expect(seen).toHaveLength(1);
  expect(seen[0]!.total).toBe(blob.size);
  expect(seen[0]!.done).toBeLessThan(blob.size);
  // The worker is free again at once, and gives the next profile the first id.
  expect((await data.open(FOLDED)).id).toBe(1);
});

test("a call that was cancelled before it began never reaches the worker", async () => {
  const call = data.client.call("close", { profile: 1 }, { signal: AbortSignal.abort() });
  await expect(call).rejects.toBeInstanceOf(CancelledError);
});

test("an unknown method, and a worker that broke down, reject", async () => {
  await expect(data.client.call("toString" as never, {} as never)).rejects.toThrow("no method toString");
  const call = data.client.call("close", { profile: 1 });
  data.client.fail(new Error("gone"));
  await expect(call).rejects.toThrow("gone");
});

test("an address: read as it streams; a server's refusal is an error that names it", async () => {
  const url = `data:text/plain,${encodeURIComponent(FOLDED)}`;
  const info = await data.client.call("open", { input: { url, name: "served" } });
  expect([info.name, info.samples]).toEqual(["served", 2]);
  const nowhere = data.client.call("open", { input: { url: "http://127.0.0.1:1/x", name: "x" } });
  await expect(nowhere).rejects.toMatchObject({ code: "io", hint: expect.stringContaining("CORS") });
});

test("threads and times are summed up", async () => {
  const info = await data.open(perfScript(["web/1@1.5 a", "web/2@2.5 a", "web/2@2.0 a"]));
  expect(info.threads.map(({ name, pid, tid, samples }) => [name, pid, tid, samples])).toEqual([
    ["web", 700, 701, 1],
    ["web", 700, 702, 2],
  ]);
  expect(info.time!.to - info.time!.from).toBe(1e9);
  expect([info.ordered, info.threadsAreRoots]).toEqual([true, true]);
});
