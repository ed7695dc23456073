import { afterAll, describe, expect, it } from "vitest";
import {
  detect,
  type Profile,
  ProfileBuilder,
  sourceOfBytes,
  totalsOf,
} from "../../packages/core/src/index.ts";
import { unpackers } from "../../packages/core/src/wrappers/index.ts";
import { recordAgreement } from "../support/agreement.ts";
import { haveCorpus, readCorpus } from "../support/corpus.ts";
import { foldedOf, validated } from "../support/letters.ts";

const counts = { total: 0, agree: 0, deliberate: 0 };

async function read(file: string): Promise<{ builder: ProfileBuilder; failure: unknown }> {
  const builder = new ProfileBuilder();
  const bytes = readCorpus("nettrace", `microsoft__perfview__${file}.zip`);
  const { reader, source } = await detect(sourceOfBytes(bytes), builder.notes, { unpackers });
  expect(reader.id).toBe("nettrace");
  const failure = await reader.read(source, builder, builder.notes, {}).then(
    () => undefined,
    (error: unknown) => error,
  );
  return { builder, failure };
}

async function profileOf(file: string): Promise<Profile> {
  const { builder, failure } = await read(file);
  expect(failure).toBeUndefined();
  return validated(builder.finish());
}

describe.skipIf(!haveCorpus)("corpus of .NET traces", () => {
  afterAll(() => recordAgreement({ area: "PerfView, events of a .NET trace", ...counts }));

  it("names every managed frame of a trace without native code", async () => {
    const profile = await profileOf("only_managed_samples.nettrace");
    expect([...totalsOf(profile)]).toEqual([7423]);
    const folded = foldedOf(profile);
    const program = "NoNativeStacks.Program";
    expect(folded.every((line) => line.startsWith(`${program}.Main(System.String[]);`))).toBe(true);
    expect(folded).toContainEqual(expect.stringContaining(`;${program}.FindByte(`));
    expect(profile.frames.name.every((name) => name > 0)).toBe(true);
    expect(profile.mappings.map(({ path }) => path)).toContainEqual(expect.stringMatching(/\.dll$/));
  });

  it("reads a trace of 32 bits with a long rundown", async () => {
    const profile = await profileOf("HeartRateMonitor.10068.nettrace");
    expect([...totalsOf(profile)]).toEqual([921]);
    const unknown = profile.frames.name.filter((name) => name === 0).length;
    expect(unknown / profile.frames.length).toBeLessThan(0.05);
    const origin = profile.meta.timeOrigin!;
    expect(new Date(Number(origin / 1_000_000n)).toISOString()).toBe("2020-05-22T06:11:38.687Z");
    expect(profile.meta.duration).toBeGreaterThan(2e9);
  });

  it("sees every event of a netperf file, none of which is a sample", async () => {
    counts.total++;
    const { builder, failure } = await read("eventpipe-dotnetcore2.1-linux-x64-tracelogging.netperf");
    expect(failure).toMatchObject({ code: "malformed", hint: expect.stringContaining("dotnet-trace") });
    const file = "microsoft__perfview__eventpipe-dotnetcore2.1-linux-x64-tracelogging.netperf.zip";
    const baseline = new TextDecoder().decode(readCorpus("nettrace", `${file}.expected.baseline.txt`));
    const expected = [...baseline.matchAll(/^\uFEFF?\S+, (\d+),/gm)].map((match) => Number(match[1]));
    const passed = builder.notes.list().find(({ code }) => code === "other-events");
    expect(passed?.count).toBe(expected.reduce((sum, count) => sum + count, 0));
    counts.agree++;
  });
});
