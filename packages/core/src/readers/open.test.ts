import { describe, expect, it } from "vitest";
import { foldedOf, validated } from "../../../../test/support/letters.ts";
import type { Notes } from "../model/notes.ts";
import { FlambeauError } from "../util/errors.ts";
import { encodeUtf8 } from "../util/platform.ts";
import { type ByteSource, sourceOfBytes } from "../util/source.ts";
import { chooseReader, readProfile } from "./open.ts";
import { Head, type Reader, type Verdict } from "./reader.ts";

function source(text: string): ByteSource {
  return sourceOfBytes(encodeUtf8(text));
}

/** A source whose answers are promises of a few bytes, as from a slow pipe. */
function trickle(text: string): ByteSource {
  const inner = source(text);
  return { name: undefined, size: undefined, read: async (target) => inner.read(target.subarray(0, 3)) };
}

/** "Unpacks" by taking ten bytes of header away. */
function stripTen(inner: ByteSource, notes: Notes): ByteSource {
  let begun = false;
  notes.add("information", "unpacked", "it was unpacked");
  return {
    name: inner.name,
    size: undefined,
    async read(target) {
      if (!begun) await inner.read(new Uint8Array(10));
      begun = true;
      return inner.read(target);
    },
  };
}

const GZIP_HEADER = "\x1f\u008b\b\0\0\0\0\0\0\x03";

function latin1(text: string): ByteSource {
  return sourceOfBytes(Uint8Array.from(text, (c) => c.charCodeAt(0)));
}

async function failure(work: Promise<unknown>): Promise<FlambeauError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(FlambeauError);
  return error as FlambeauError;
}

function fake(id: string, priority: number, verdict: Verdict): Reader {
  return {
    id,
    title: id,
    priority,
    extensions: [],
    carries: {
      time: false,
      threads: false,
      labels: false,
      lines: false,
      inlined: false,
      severalValueTypes: false,
    },
    sniff: () => verdict,
    read: async () => {},
  };
}

describe("readProfile", () => {
  it("finds the format by the content, at once or in small pieces", async () => {
    for (const input of [source("a;b 2\na;c 3\n"), trickle("a;b 2\na;c 3\n")]) {
      const profile = validated(await readProfile(input));
      expect(profile.meta.format).toBe("folded");
      expect(foldedOf(profile)).toEqual(["a;b 2", "a;c 3"]);
    }
  });

  it("takes a byte order mark off", async () => {
    const profile = validated(await readProfile(source("\ufeffa;b 2\n")));
    expect(foldedOf(profile)).toEqual(["a;b 2"]);
  });

  it("takes gzip off where the host can, layer by layer, and keeps its notes", async () => {
    const profile = await readProfile(latin1(`${GZIP_HEADER}${GZIP_HEADER}a;b 2\n`), { gunzip: stripTen });
    expect(foldedOf(profile)).toEqual(["a;b 2"]);
    expect(profile.notes).toMatchObject([{ code: "unpacked", count: 2 }]);
  });

  it("refuses gzip where the host cannot, and layers without end", async () => {
    expect(await failure(readProfile(latin1(`${GZIP_HEADER}a;b 2\n`)))).toMatchObject({
      code: "unsupported",
    });
    const endless = latin1(GZIP_HEADER.repeat(9));
    expect(await failure(readProfile(endless, { gunzip: stripTen }))).toMatchObject({ code: "unsupported" });
  });

  it("says that an input is empty, and when it is so only inside", async () => {
    expect(await failure(readProfile(source("")))).toMatchObject({ code: "empty-input" });
    const inside = await failure(readProfile(latin1(GZIP_HEADER), { gunzip: stripTen }));
    expect(inside).toMatchObject({ code: "empty-input" });
    expect(inside.message).toContain("gzip");
  });

  it.each([
    ["\x7fELF\x02\x01\x01\0\0\0\0\0", "ELF program"],
    ["DTiJ\x01\0\0\0(\0\0\0", "a jitdump: names"],
    ["JiTD\0\0\0\x01\0\0\0(", "a jitdump: names"],
    ["7f9ea0003400 378 JS:~ node:internal\n0x7f4274ec81c0 0x270 int f(a)\n", "a perf-PID.map: names"],
    ["\0\x01\x02\x03\x04\x05\x06\x07", "begins with 00 01 02 03 04 05 06 07"],
    ["<!DOCTYPE html><p>", "HTML"],
    ["hello, \x1b[31mworld\n", '"hello, ?[31mworld"'],
  ])("says what unknown bytes look like: %j", async (bytes, words) => {
    const error = await failure(readProfile(latin1(bytes)));
    expect(error).toMatchObject({ code: "unknown-format", hint: expect.stringContaining("folded") });
    expect(error.message).toContain(words);
  });

  it("uses the reader that was asked for, and knows when there is none of that name", async () => {
    const profile = await readProfile(source("main 3\n"), { from: "folded" });
    expect(foldedOf(profile)).toEqual(["main 3"]);
    const unknown = await failure(readProfile(source("main 3\n"), { from: "nonsense" }));
    expect(unknown).toMatchObject({ code: "usage", hint: expect.stringContaining("perf-script") });
  });
});

describe("chooseReader", () => {
  const head = new Head(new Uint8Array(1), true);

  it("takes yes before maybe, and the higher priority among maybes", () => {
    expect(chooseReader(head, [fake("a", 3, "maybe"), fake("b", 2, "yes")]).id).toBe("b");
    expect(chooseReader(head, [fake("a", 3, "maybe"), fake("b", 2, "maybe")]).id).toBe("a");
  });

  it("asks where two are sure", () => {
    expect(() => chooseReader(head, [fake("a", 3, "yes"), fake("b", 2, "yes")])).toThrow(
      expect.objectContaining({
        code: "ambiguous-format",
        hint: expect.stringContaining("--from a or --from b"),
      }),
    );
  });
});

it("says what a tar archive and a Parquet table are", async () => {
  const tar = new Uint8Array(1024);
  tar.set(new TextEncoder().encode("perf.data"));
  tar.set(new TextEncoder().encode("ustar"), 257);
  await expect(readProfile(sourceOfBytes(tar))).rejects.toMatchObject({
    message: expect.stringContaining("tar archive"),
  });
  const table = new TextEncoder().encode("PAR1\0\0\0\0");
  await expect(readProfile(sourceOfBytes(table))).rejects.toMatchObject({
    message: expect.stringContaining("Parquet"),
  });
});
