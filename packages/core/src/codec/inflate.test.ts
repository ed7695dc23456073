import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { mutated, seeded } from "../../../../test/support/reading.ts";
import { inflateZlib } from "./inflate.ts";

const random = seeded(7);
const TEXT = new TextEncoder().encode(
  Array.from({ length: 4000 }, (_, i) => `${i % 7} function${Math.floor(random() * 90)};`).join("\n"),
);
const NOISE = Uint8Array.from({ length: 70000 }, () => Math.floor(random() * 256));

describe("zlib streams", () => {
  it.each([
    ["stored", NOISE, { level: 0 }],
    ["fixed codes", TEXT, { strategy: 4 }],
    ["own codes", TEXT, { level: 9 }],
    ["noise", NOISE, { level: 6 }],
    ["nothing", new Uint8Array(0), {}],
  ])("%s come out as they went in", (_, bytes, options) => {
    const packed = deflateSync(bytes, options);
    const between = new Uint8Array(packed.length + 7);
    between.set(packed, 5);
    const { bytes: out, end, complete } = inflateZlib(between, 5, 1 << 24);
    expect(Buffer.compare(out, bytes)).toBe(0);
    expect([end, complete]).toEqual([packed.length + 5, true]);
  });

  it("keeps what came before the break, and grows no further than it may", () => {
    const packed = deflateSync(TEXT);
    const half = inflateZlib(packed.subarray(0, packed.length / 2), 0, 1 << 24);
    expect(half.complete).toBe(false);
    expect(half.bytes.length).toBeGreaterThan(1000);
    expect(Buffer.compare(half.bytes, TEXT.subarray(0, half.bytes.length))).toBe(0);
    const bomb = inflateZlib(deflateSync(new Uint8Array(1 << 20)), 0, 1000);
    expect([bomb.complete, bomb.bytes.length <= 1000]).toEqual([false, true]);
    expect(inflateZlib(TEXT, 0, 1000)).toMatchObject({ complete: false, end: 0 });
  });

  it("survives a thousand mutations", () => {
    const packed = deflateSync(TEXT.subarray(0, 2000));
    for (let round = 0; round < 1000; round++) {
      const { bytes } = inflateZlib(mutated(packed, random), 0, 1 << 16);
      expect(bytes.length).toBeLessThanOrEqual(1 << 16);
    }
  });
});
