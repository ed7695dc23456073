import { describe, expect, it } from "vitest";
import { corpusFiles, haveCorpus, readCorpus } from "../../../../../test/support/corpus.ts";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import {
  bytesOf,
  headOf,
  type Input,
  noteCodes,
  readingError,
  readWith,
} from "../../../../../test/support/reading.ts";
import { dhatReader } from "./index.ts";

const read = (input: Input) => readWith(dhatReader, input);

const FILE = {
  dhatFileVersion: 2,
  mode: "rust-heap",
  verb: "Allocated",
  tu: "µs",
  cmd: "./app --fast",
  pps: [
    { tb: 100, tbk: 4, tl: 7, mb: 60, mbk: 2, gb: 50, gbk: 1, eb: 0, ebk: 0, fs: [1, 2, 3] },
    { tb: 30, tbk: 1, tl: 1, mb: 30, mbk: 1, gb: 0, gbk: 0, eb: 30, ebk: 1, acc: [1, 2], fs: [4, 3] },
  ],
  ftbl: [
    "[root]",
    "0x10AF: alloc::grow (raw_vec.rs:430:5)",
    "0x20: work<a (b)> (in /usr/bin/app)",
    "0x30: main (main.c:12)",
    "???",
  ],
};

describe("dhat", () => {
  it("keeps every weight, stacks from the root, files, lines and modules", async () => {
    const profile = await read(FILE);
    expect(profile.valueTypes.map(({ name, unit }) => `${name}/${unit}`)).toEqual([
      "total/bytes",
      "total/blocks",
      "maximum/bytes",
      "maximum/blocks",
      "at-peak/bytes",
      "at-peak/blocks",
      "at-end/bytes",
      "at-end/blocks",
      "lifetimes/nanoseconds",
    ]);
    expect(foldedOf(profile)).toEqual(["main;[unknown] 30", "main;work<a (b)>;alloc::grow 100"]);
    expect(foldedOf(profile, 6)).toEqual(["main;[unknown] 30", "main;work<a (b)>;alloc::grow 0"]);
    expect(foldedOf(profile, 8)).toEqual(["main;[unknown] 1000", "main;work<a (b)>;alloc::grow 7000"]);
    const { frames, strings } = profile;
    const grow = Array.from(frames.name, (name) => strings.get(name)).indexOf("alloc::grow");
    expect([
      strings.get(frames.file[grow]!),
      frames.line[grow],
      frames.column[grow],
      frames.address[grow],
    ]).toEqual(["raw_vec.rs", 430, 5, 0x10afn]);
    expect(profile.mappings).toMatchObject([{ path: "/usr/bin/app" }]);
    expect(profile.meta.title).toBe("./app --fast");
    expect(profile.notes).toEqual([]);
  });

  it("names what a copy profile counts, and units of one's own", async () => {
    const pps = [{ tb: 5, tbk: 1, fs: [1] }];
    const copied = await read({ ...FILE, mode: "copy", pps });
    expect(copied.valueTypes[0]).toEqual({ name: "copied", unit: "bytes" });
    const custom = await read({ ...FILE, mode: "ad-hoc", bsu: "units", pps });
    expect(custom.valueTypes[0]).toEqual({ name: "total", unit: "units" });
  });

  it("says where a stack names a frame that is not there, and refuses a file without points", async () => {
    const profile = await read({ ...FILE, pps: [{ tb: 5, fs: [99, 3] }] });
    expect(foldedOf(profile)).toEqual(["main;[unknown] 5"]);
    expect(noteCodes(profile)).toEqual(["missing-frame×1"]);
    expect(await readingError(dhatReader, { ...FILE, pps: [] })).toMatchObject({ code: "malformed" });
    expect(dhatReader.sniff(headOf(FILE))).toBe("yes");
    expect(dhatReader.sniff(headOf({ version: "dhatFileVersion" }))).toBe("no");
  });

  it("reads or refuses mutations", async () => {
    const bytes = bytesOf(FILE);
    expect(await readMutations(dhatReader, bytes, 3000)).toBeGreaterThan(100);
  });

  it.skipIf(!haveCorpus).each(corpusFiles("dhat"))(
    "reads %s of the corpus, whose totals are the points'",
    async (file) => {
      const bytes = readCorpus("dhat", file);
      const { pps } = JSON.parse(new TextDecoder().decode(bytes)) as { pps: { tb: number }[] };
      const profile = await read(bytes);
      expect(profile.samples.weights[0]!.reduce((a, b) => a + b, 0)).toBe(
        pps.reduce((sum, { tb }) => sum + tb, 0),
      );
      expect(profile.samples.length).toBe(pps.length);
      expect(profile.notes).toEqual([]);
    },
  );
});
