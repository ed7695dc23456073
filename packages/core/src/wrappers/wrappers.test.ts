import { readFileSync } from "node:fs";
import { zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { mutated, seeded } from "../../../../test/support/reading.ts";
import { Notes } from "../model/notes.ts";
import { validate } from "../model/validate.ts";
import { detect, readProfile } from "../readers/open.ts";
import { FlambeauError } from "../util/errors.ts";
import { type ByteSource, readAll, readFully, sourceOfBytes } from "../util/source.ts";
import { unpackers } from "./index.ts";

const fixture = (name: string): Uint8Array => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
const whole = readFileSync(new URL("../../../../fixtures/perf-script/java-perf-map.txt", import.meta.url));

interface Unpacked {
  readonly bytes: Uint8Array;
  readonly codes: string[];
  readonly wrappers: readonly string[];
  readonly name: string | undefined;
}

async function unpack(packed: Uint8Array, entry?: string, name = "x"): Promise<Unpacked> {
  const notes = new Notes();
  const source = sourceOfBytes(packed, name);
  const detected = await detect(source, notes, { from: "folded", unpackers, entry });
  const bytes = await readAll(detected.source);
  return {
    bytes,
    codes: notes.list().map(({ code }) => code),
    wrappers: detected.wrappers,
    name: detected.source.name,
  };
}

async function refusal(packed: Uint8Array, entry?: string): Promise<FlambeauError> {
  const error = await unpack(packed, entry).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(FlambeauError);
  return error as FlambeauError;
}

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

describe("what zip, zstd and lz4 write", () => {
  it.each([
    ["one.zip", ["zip"]],
    ["streamed.zip", ["zip"]],
    ["one.zst", ["zstd"]],
    ["streamed.zst", ["zstd"]],
    ["frames.zst", ["zstd"]],
    ["one.lz4", ["LZ4"]],
    ["linked.lz4", ["LZ4"]],
    ["nested.zip", ["zip", "zstd"]],
  ])("%s is unpacked", async (file, wrappers) => {
    const result = await unpack(fixture(file));
    expect(same(result.bytes, whole)).toBe(true);
    expect(result).toMatchObject({ codes: [], wrappers });
  });

  it.each(["stored.zip", "small.zst"])("%s is unpacked", async (file) => {
    expect(same((await unpack(fixture(file))).bytes, whole.subarray(0, 3000))).toBe(true);
  });

  it.each([
    ["one.zst", "zstd"],
    ["one.lz4", "LZ4"],
  ])("%s is unpacked behind frames of foreign data", async (file, wrapper) => {
    const foreign = [0x5e, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3, 0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0];
    const result = await unpack(Buffer.concat([Uint8Array.from(foreign), fixture(file)]));
    expect(same(result.bytes, whole)).toBe(true);
    expect(result).toMatchObject({ codes: [], wrappers: [wrapper] });
  });

  it("reads as a profile of the format inside", async () => {
    const profile = await readProfile(sourceOfBytes(fixture("nested.zip")), { unpackers });
    expect(profile.meta.format).toBe("perf-script");
    expect(profile.samples.length).toBeGreaterThan(100);
  });

  it("takes the ending off the name", async () => {
    expect((await unpack(fixture("one.zst"), undefined, "a.perf.zst")).name).toBe("a.perf");
    expect((await unpack(fixture("one.lz4"), undefined, "a.perf.lz4")).name).toBe("a.perf");
    expect((await unpack(fixture("one.zip"), undefined, "a.perf.zip")).name).toBe("a.perf");
  });

  it("says so where the host lends no unpacker", async () => {
    for (const file of ["one.zst", "one.zip", "one.lz4"]) {
      const work = detect(sourceOfBytes(fixture(file)), new Notes(), { from: "folded" });
      await expect(work).rejects.toMatchObject({
        code: "unsupported",
        message: expect.stringMatching(/^the input is (zstd|zip|LZ4) data, which cannot be unpacked here/),
        hint: expect.stringContaining("Unpack it first"),
      });
    }
  });
});

describe("a zip archive of several files", () => {
  it("names them and how to choose", async () => {
    const error = await refusal(fixture("two.zip"));
    expect(error).toMatchObject({ code: "usage", hint: expect.stringContaining("--entry") });
    expect(error.message).toContain("2 files: run/README.txt, run/java.perf");
    expect((await refusal(fixture("two.zip"), "other")).message).toContain("none of them other");
  });

  it.each(["run/java.perf", "java.perf"])("hands out %s", async (entry) => {
    expect(same((await unpack(fixture("two.zip"), entry)).bytes, whole)).toBe(true);
  });

  it("puts files together that are one profile", async () => {
    const text = (letters: string) => new TextEncoder().encode(letters);
    const archive = zipSync({
      "Callstacks.txt": text("0.5 sym1 sym2\n"),
      "Symbols.txt": text('sym1 "a" "leaf" "" 0\nsym2 "a" "root" "" 0'),
      "Stats.txt": text("Duration: 1\n"),
      "minidump.dmp": text("MDMP"),
    });
    const profile = await readProfile(sourceOfBytes(archive), { unpackers });
    expect(validate(profile)).toEqual([]);
    expect([profile.meta.format, profile.samples.weights[0]![0]]).toEqual(["sleepy", 5e8]);
    expect((await unpack(archive, "Stats.txt")).bytes.length).toBe(12);
  });

  it("reads the only one that is a profile, and says so", async () => {
    const text = (letters: string) => new TextEncoder().encode(letters);
    const speedscope = text(
      `{"$schema":"https://www.speedscope.app/file-format-schema.json","shared":{"frames":[{"name":"f"}]},"profiles":[{"type":"sampled","name":"p","unit":"none","startValue":0,"endValue":3,"samples":[[0]],"weights":[3]}]}`,
    );
    const two = zipSync({ "run/README.md": text("# How it was made\n"), "run/p.json": speedscope });
    const profile = await readProfile(sourceOfBytes(two), { unpackers });
    expect(validate(profile)).toEqual([]);
    expect(profile.meta.format).toBe("speedscope");
    expect([...profile.notes].map(({ code, message }) => [code, message])).toContainEqual([
      "zip-entry",
      "Of the zip archive, run/p.json was read: the other file is no profile.",
    ]);
    const both = zipSync({ "a.json": speedscope, "b.json": speedscope });
    await expect(readProfile(sourceOfBytes(both), { unpackers })).rejects.toMatchObject({ code: "usage" });
  });

  it("does not list hundreds of them", async () => {
    const files = Array.from({ length: 300 }, (_, i) => [`part${i}`, new Uint8Array(1)] as const);
    const { message } = await refusal(zipSync(Object.fromEntries(files)));
    expect(message).toContain("300 files: part0,");
    expect(message).toContain("and 292 more");
  });

  it("passes over folders and what macOS and jar add", async () => {
    const archive = zipSync({
      "a/": new Uint8Array(0),
      "a/run.txt": new TextEncoder().encode("x 1\n"),
      "__MACOSX/a/._run.txt": new Uint8Array(9),
      "a/.DS_Store": new Uint8Array(9),
    });
    expect(new TextDecoder().decode((await unpack(archive)).bytes)).toBe("x 1\n");
  });

  it("is empty without a file", async () => {
    expect(await refusal(fixture("folder.zip"))).toMatchObject({ code: "empty-input" });
    expect(await refusal(zipSync({}))).toMatchObject({ code: "empty-input" });
  });
});

describe("what cannot be unpacked is refused", () => {
  it("too large a window", async () => {
    const frame = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa0, 1, 0, 0);
    expect(await refusal(frame)).toMatchObject({
      code: "too-large",
      hint: expect.stringContaining("--long"),
    });
    const single = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0);
    expect(await refusal(single)).toMatchObject({ code: "too-large" });
  });

  it("a dictionary", async () => {
    const frame = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x01, 0x20, 7, 1, 0, 0);
    expect(await refusal(frame)).toMatchObject({ code: "unsupported" });
    const lz4 = Uint8Array.of(0x04, 0x22, 0x4d, 0x18, 0x61, 0x40, 1, 2, 3, 4, 0);
    expect(await refusal(lz4)).toMatchObject({ code: "unsupported" });
  });

  it("encrypted files and unknown methods", async () => {
    const archive = zipSync({ run: new Uint8Array(100) });
    const at = Buffer.from(archive).indexOf(Uint8Array.of(0x50, 0x4b, 1, 2), 0);
    archive[at + 10] = 12;
    expect((await refusal(archive)).message).toContain("method 12");
    archive[at + 8]! |= 1;
    expect((await refusal(archive)).message).toContain("encrypted");
  });

  it("a directory that lies", async () => {
    const archive = zipSync({ run: new Uint8Array(100) });
    const at = Buffer.from(archive).indexOf(Uint8Array.of(0x50, 0x4b, 1, 2), 0);
    archive[at + 42] = 77;
    expect(await refusal(archive)).toMatchObject({ code: "malformed", offset: 77 });
  });

  it("layers without end", async () => {
    let archive = zipSync({ run: new Uint8Array(3) });
    for (let i = 0; i < 5; i++) archive = zipSync({ run: archive });
    expect(await refusal(archive)).toMatchObject({ code: "unsupported" });
  });
});

describe("truncated and damaged", () => {
  it.each(["one.zip", "streamed.zip", "streamed.zst", "frames.zst", "linked.lz4"])(
    "%s keeps what came, with a note",
    async (file) => {
      const packed = fixture(file);
      let kept = 0;
      for (const share of [0.6, 0.9, 0.97]) {
        const cut = packed.subarray(0, Math.floor(packed.length * share));
        const result = await unpack(cut).catch((error: unknown) => error as FlambeauError);
        if (result instanceof FlambeauError) {
          expect(result.code).toBe("malformed");
          continue;
        }
        kept++;
        expect(same(result.bytes, whole.subarray(0, result.bytes.length))).toBe(true);
        expect(result.codes).toHaveLength(1);
        expect(result.codes[0]).toMatch(/-truncated$/);
      }
      expect(kept).toBeGreaterThan(0);
    },
  );

  // Of the larger ones fewer: each is unpacked whole.
  it.each([
    ["one.zip", 500],
    ["streamed.zip", 500],
    ["two.zip", 500],
    ["linked.lz4", 500],
    ["stored.zip", 3000],
    ["small.zst", 3000],
  ] as const)("%s survives %d mutations", async (file, rounds) => {
    const packed = fixture(file);
    const random = seeded(packed.length);
    for (let round = 0; round < rounds; round++) {
      try {
        const { bytes } = await unpack(mutated(packed, random));
        expect(bytes.length).toBeLessThan(1 << 25);
      } catch (error) {
        if (!(error instanceof FlambeauError)) throw error;
      }
    }
  });
});

describe("a bomb", () => {
  /** How much is handed out before the reader has had enough, and how much was taken from the source for it. */
  async function taken(packed: Uint8Array): Promise<{ given: number; used: number }> {
    let used = 0;
    const inner = sourceOfBytes(packed);
    const source: ByteSource = {
      name: undefined,
      size: undefined,
      read(target) {
        const count = inner.read(target.subarray(0, 4096)) as number;
        used += count;
        return count;
      },
    };
    const { source: unpacked } = await detect(source, new Notes(), { from: "folded", unpackers });
    const buffer = new Uint8Array(1000);
    let given = 0;
    for (let i = 0; i < 100; i++) given += await readFully(unpacked, buffer);
    return { given, used };
  }

  it("is unpacked no further than it is read", async () => {
    // 128 KiB of zeros in four bytes, twenty thousand times.
    const blocks = new Uint8Array(6 + 20_000 * 4);
    blocks.set([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58]);
    for (let at = 6; at < blocks.length; at += 4) blocks.set([0x02, 0x00, 0x10, 0x41], at);
    const { given, used } = await taken(blocks);
    expect(given).toBe(100_000);
    expect(used).toBeLessThan(70_000);
  });

  it("reaches the reader piece by piece from an archive", async () => {
    const archive = zipSync({ zeros: new Uint8Array(100_000_000) });
    expect(archive.length).toBeLessThan(200_000);
    expect((await taken(archive)).given).toBe(100_000);
  });
});

describe("xz", () => {
  const text = Array.from({ length: 399 }, (_, i) => `main;f${(i + 1) % 7};g${(i + 1) % 5} ${i + 1}\n`).join(
    "",
  );
  /** Two streams, the first in blocks of 1,000 bytes (xz 5.4.1). */
  const packed = new Uint8Array(
    Buffer.from(
      "/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4APnAO1dADaYSXKFkgMDvnn1E3EncqQPiKpUI62BWHv7Yx6CWGN+9YDMKgJ8sr3Msthx6oraUTKYfD8YCkS7EYG5oW9NRMXc54zdIN20GXHtR5x5pCfyiIdeK5gKPrEvjsUsw6BFUPe8dRVlyBr+1uT+mYrQSLLNd3IKFM5OXtX35CVIA2akycIG8JX2xVFzBZxSyDCpwhZJZGTlazJKwftdA2w6tj64W6YP5ICITrXBQqqJdRojwln1GX9QPeRkxwRFwaWMtHBXRSzWaxdhnBqFBA2PYWbqctIie1ELryqx1F6XLH8DcKaIO8aIjhH7wJOwAAAAAAD5iqb060uSEQIAIQEWAAAAdC/lo+AD5wDfXQAwmkob4V6ZC2YDDq/dYs70qCH8wQyT+85ZD9xvkk9s93Q99CbNh/boesaw/1Ded+wbveB7ag823oaS1d3w820TP0CLpAYZmHwlWB9KwY1W4PW96USXeW/x6Ru3GHH1VpyD/NlPbU1QY5ff3atpg49nOqXro49/9cyLnUNhX1fCrrUFc+mEWS4NaZSqRyByVRLb7nHgNf5HK3u8QRNAimrlBx5iNYfIx8jmC9p/+dIhzG7ygicgX5ongSjISSJRvvUjr8zHg03iVl+U/xZBrbgEfIm1sn75gkNK8SatkJnAAAB1rQauAoR2CQIAIQEWAAAAdC/lo+ABjwB0XQAzjEADQ/981twSUVSXJvyxUa6s0bi1dBZs11tQyj+c0pyt3tH4SB5dA++kOrF/6+vWFJZJxLupxpWYhcno6dgMruK77Z10Yv2SxeuB1cSuFmbqTb+58+zdUEF6qYtDHwG0yRwi2DZvx9hfVu+n9IcHuBiBggCYvqkEv4kHQwADiQLoB/sB6AeQAZADAAAp51girCc+LQQAAAAABFla/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4A2UAeNdADcOyMMhjL/HV0Rso9u7Ez27QQwh2zq3EI5/tCCo01JTbmVt9XalHwmNIETIXK4A+mPh5TKA322Q1bPbXnr/k+fcXfWvjjC4L65UMYBYbPvG81Ftea//+U0KvCo41os8J/nRK6WgFQeRbie779KP+MwrtEaUZSYWuZmF8Jt04b4S367C1srxrsscqQ6IrV9lH0FFtVNe6e1F2qqFCK6sB+7Rc3IXx8MbVrKQFWMgddxcztDn1iT1WDSsphYsrEzX8ELiJcdqb8eB5SGQW6wGc+JBz3cc5hMswdo5al6muFShGPKd9R+cRyVoW6o7NVNgIbUisQadfEq/XnpAWBUY18XFYDm2VTWlBb5C++1yMLuRpEbDEiA+uuDovGm4B/BSFeJ0P0FQ8LKsCHay8Nr9J5KmEQpK7ULBx+p+IQVL6PzxY7e+OPDN2ptvF9zha3hw9VTKnJgpF1MmNh6zrbVm/pG+TOwXgR2FNTzr6UNEZZnXVT4JugSDvZeWUmm4wiX7pIts5mAjI2OyuOQ5pcAhbm1m6j1drIRFrfUI9kuTWmbTA2W63wVmSv31YQF4z0IuSmoCYDLI19BZCRq7iDjSbtHPGx/z7NlIvifMShTI5FPdX4FD0KfnT84ii2KVzrkQaGYNwAAA9Sif1F8uc0AAAf8DlRsAAMZY3PqxxGf7AgAAAAAEWVo=",
      "base64",
    ),
  );

  it("is taken off, all streams of it", async () => {
    const { bytes, codes, wrappers, name } = await unpack(packed, undefined, "stacks.txt.xz");
    expect([Buffer.from(bytes).toString(), codes, wrappers, name]).toEqual([text, [], ["xz"], "stacks.txt"]);
  });

  it("keeps what comes before damage", async () => {
    const { bytes, codes } = await unpack(packed.subarray(0, packed.length / 2));
    expect(codes).toEqual(["xz-damaged"]);
    expect(bytes.length).toBeGreaterThan(1000);
    expect(text.startsWith(Buffer.from(bytes).toString())).toBe(true);
    await expect(unpack(packed.subarray(0, 20))).rejects.toThrow(FlambeauError);
  });
});
