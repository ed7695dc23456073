import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { decode } from "./decode.ts";

const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../../../../core/src/wrappers/fixtures/${name}`, import.meta.url)));
const limits = { sampleLabels: 1000, stackDepth: 200, body: 1 << 26 };

it.each(["one.zst", "one.lz4", "one.zip"])("takes %s off", async (name) => {
  const { profile } = await decode({ format: "any", bytes: fixture(name), limits });
  expect([profile.meta.format, profile.samples.length > 10, profile.notes]).toEqual([
    "perf-script",
    true,
    [],
  ]);
});

it("unpacks no more than a body may hold", async () => {
  const work = decode({ format: "any", bytes: fixture("one.zst"), limits: { ...limits, body: 10_000 } });
  await expect(work).rejects.toMatchObject({
    code: "too-large",
    message: "the zstd data holds more than 10000 bytes",
  });
});
