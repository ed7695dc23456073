import { gzipSync } from "node:zlib";
import { FlambeauError, Notes, readAll, sourceOfBytes } from "@flambeau/core";
import { describe, expect, it } from "vitest";
import { gunzip } from "./gunzip.ts";

/** Text that does not compress to nothing, so that cutting the file cuts the text. */
function noise(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = 1;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[i] = 97 + ((state >>> 16) % 26);
  }
  return bytes;
}

function withoutChecksum(compressed: Uint8Array): Uint8Array {
  compressed.fill(1, compressed.length - 8, compressed.length - 4);
  return compressed;
}

async function unpack(compressed: Uint8Array): Promise<{ bytes: Uint8Array; codes: string[] }> {
  const notes = new Notes();
  const bytes = await readAll(gunzip(sourceOfBytes(compressed, "x.gz"), notes));
  return { bytes, codes: notes.list().map((note) => note.code) };
}

describe("gunzip", () => {
  it("unpacks data of many pieces", async () => {
    const original = noise(3_000_000);
    const { bytes, codes } = await unpack(gzipSync(original));
    expect(Buffer.compare(bytes, original)).toBe(0);
    expect(codes).toEqual([]);
  });

  it("joins members that follow each other", async () => {
    const { bytes } = await unpack(Buffer.concat([gzipSync("first "), gzipSync("second")]));
    expect(Buffer.from(bytes).toString()).toBe("first second");
  });

  it("unpacks highly compressed data", async () => {
    const { bytes } = await unpack(gzipSync(Buffer.alloc(50_000_000, "a")));
    expect(bytes.length).toBe(50_000_000);
  });

  it.each([10, 1000, 200_000])("keeps what came of data cut off %i bytes before its end", async (cut) => {
    const original = noise(1_000_000);
    const compressed = gzipSync(original);
    const { bytes, codes } = await unpack(compressed.subarray(0, compressed.length - cut));
    expect(codes).toEqual(["gzip-truncated"]);
    expect(bytes.length).toBeGreaterThan(original.length - cut * 2.5);
    expect(Buffer.compare(bytes, original.subarray(0, bytes.length))).toBe(0);
  });

  it("keeps what came before damage", async () => {
    const original = noise(1_000_000);
    const compressed = gzipSync(original);
    compressed.fill(0xff, 500_000, 500_100);
    const { bytes, codes } = await unpack(compressed);
    expect(codes).toEqual(["gzip-damaged"]);
    expect(bytes.length).toBeGreaterThan(500_000);
    expect(Buffer.compare(bytes.subarray(0, 500_000), original.subarray(0, 500_000))).toBe(0);
  });

  it.each([
    [
      "something else behind it",
      gzipSync(noise(90_000)),
      new TextEncoder().encode("and more\n"),
      "gzip-trailing",
    ],
    [
      "a checksum that does not fit",
      withoutChecksum(gzipSync(noise(90_000))),
      new Uint8Array(0),
      "gzip-damaged",
    ],
  ])("keeps all of data with %s", async (_, compressed, more, code) => {
    const { bytes, codes } = await unpack(Buffer.concat([compressed, more]));
    expect(Buffer.compare(bytes, noise(90_000))).toBe(0);
    expect(codes).toEqual([code]);
  });

  it("keeps every byte before damage in the first megabyte", async () => {
    const original = noise(1_000_000);
    const compressed = gzipSync(original);
    const cut = await unpack(compressed.subarray(0, 500_000));
    compressed.fill(0xff, 500_000, 500_100);
    const { bytes } = await unpack(compressed);
    expect(bytes.length).toBeGreaterThanOrEqual(cut.bytes.length - 1);
    expect(Buffer.compare(bytes.subarray(0, cut.bytes.length), cut.bytes.subarray(0, bytes.length))).toBe(0);
  });

  it("refuses data that is damaged from the start", async () => {
    const broken = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xff, 0xff, 0xff, 0xff);
    await expect(unpack(broken)).rejects.toThrow(FlambeauError);
  });
});
