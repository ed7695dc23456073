import { describe, expect, it } from "vitest";
import { foldedWith } from "../../../../../test/support/folded-with.ts";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { bytesOf, headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { FrameKind } from "../../model/profile.ts";
import { perfJsonReader } from "./index.ts";

const text = `{"linux-perf-json-version": 1, "headers": {"perf-version": "6.1", "cmdline": ["perf"]}, "samples": [
  {"timestamp": 9007199254740993, "pid": 5, "tid": 6, "comm": "w", "callchain": [
    {"ip": "0x10", "symbol": "leaf", "dso": "w"}, {"ip": "0x7f51618354a3"}, {"ip": "0x20", "symbol": "main", "dso": "w"}]},
  {"timestamp": 9007199254741993, "pid": 5, "tid": 5, "comm": "w", "callchain": [
    {"ip": "0xffffffff81", "symbol": "do_fault", "dso": "[kernel.kallsyms]"}]}
]}`;

describe("perf data convert --to-json", () => {
  it("reads call chains from the leaf, times and threads", async () => {
    expect(perfJsonReader.sniff(headOf(text))).toBe("yes");
    const profile = await readWith(perfJsonReader, text);
    expect(foldedWith(profile, 0, ({ name, module, kind }) => `${module}!${name}${kind}`)).toEqual([
      `[kernel.kallsyms]!do_fault${FrameKind.kernel} 1`,
      "w!main0;!0x7f51618354a30;w!leaf0 1",
    ]);
    expect([...profile.samples.time!]).toEqual([0, 1000]);
    expect(profile.meta).toMatchObject({
      timeOrigin: 9007199254740993n,
      producer: "perf 6.1",
      threadsAreRoots: true,
    });
    expect(profile.threads).toEqual([
      { name: "w", pid: 5, tid: 6 },
      { name: "w", pid: 5, tid: 5 },
    ]);
  });

  it("notes a sample without a time, and a cut file", async () => {
    const odd = await readWith(perfJsonReader, text.replace("9007199254740993", '"x"'));
    expect(noteCodes(odd)).toEqual(["sample-without-time×1"]);
    const cut = await readWith(perfJsonReader, text.slice(0, -30));
    expect([noteCodes(cut), cut.samples.length]).toEqual([["truncated×1"], 1]);
    expect((await readingError(perfJsonReader, '{"samples":')).code).toBe("truncated");
  });

  it("reads or refuses mutations", async () => {
    expect(await readMutations(perfJsonReader, bytesOf(text), 3000)).toBeGreaterThan(100);
  });
});
