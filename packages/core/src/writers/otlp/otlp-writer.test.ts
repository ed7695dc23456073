import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { profileArbitrary } from "../../../../../test/support/arbitrary.ts";
import { foldedOf, validated } from "../../../../../test/support/letters.ts";
import { headOf, noteCodes, readWith } from "../../../../../test/support/reading.ts";
import { ProfileBuilder } from "../../model/builder.ts";
import { FrameKind, type Profile, totalsOf } from "../../model/profile.ts";
import { otlpReader } from "../../readers/otlp/index.ts";
import { MemorySink } from "../../util/sink.ts";
import { otlpWriter } from "./index.ts";

async function written(
  profile: Profile,
  options: { valueType?: number } = {},
): Promise<{ bytes: Uint8Array; lost: string[] }> {
  const sink = new MemorySink();
  const lost = await otlpWriter.write(profile, sink, options);
  return { bytes: sink.bytes(), lost };
}

/** Everything that the format can hold of a sample, as a line. */
function dump(profile: Profile, type: number): string[] {
  const { samples, stacks, frames, strings, threads, labelSets, mappings } = profile;
  return Array.from({ length: samples.length }, (_, row) => {
    const weight = samples.weights[type]![row]!;
    const stack: string[] = [];
    for (let at = samples.stack[row]!; at >= 0; at = stacks.parent[at]!) {
      const frame = stacks.frame[at]!;
      const mapping = mappings[frames.mapping[frame]!];
      stack.push(
        [
          strings.get(frames.name[frame]!),
          strings.get(frames.file[frame]!),
          frames.line[frame],
          frames.column[frame],
          frames.address[frame],
          frames.kind[frame],
          frames.inlined[frame],
          mapping?.path,
          mapping?.buildId,
          mapping?.start,
        ].join(),
      );
    }
    const { name, tid, pid, process } = threads[samples.thread?.[row] ?? -1] ?? {};
    const thread = JSON.stringify([name, tid, pid, process]);
    const labels = JSON.stringify(labelSets[samples.labels?.[row] ?? 0]);
    return weight === 0 ? "" : [weight, samples.time?.[row], thread, labels, ...stack].join(" | ");
  })
    .filter((line) => line !== "")
    .sort();
}

function detailed(): Profile {
  const builder = new ProfileBuilder("each");
  const cpu = builder.valueType("cpu", "nanoseconds");
  builder.meta.timeOrigin = 1_700_000_000_000_000_123n;
  builder.meta.clock = "unix";
  builder.meta.duration = 5e9;
  builder.meta.period = { type: { name: "cpu", unit: "nanoseconds" }, value: 1e6 };
  const mapping = builder.mapping({ path: "/bin/app", buildId: "abcd", start: 0x1000n, end: 0x2000n });
  const file = builder.string("a.c");
  const main = builder.frame({ name: builder.string("main"), file, line: 3, column: 4, mapping });
  const place = { address: 0xffff_8000_0000_1234n, mapping };
  const work = builder.frame({ name: builder.string("work"), file, line: 7, ...place });
  const inner = builder.frame({ name: builder.string("inner"), file, line: 9, inlined: true, ...place });
  const kernel = builder.frame({ name: 0, address: 0x99n, kind: FrameKind.kernel });
  const top = builder.stack(-1, main);
  const leaf = builder.stack(builder.stack(top, work), inner);
  const thread = builder.thread({ name: "w", tid: 7, pid: 3, process: "app" });
  const labels = builder.labelSet([
    { key: "colour", value: "red" },
    { key: "size", value: -7, unit: "bytes" },
    { key: "ratio", value: 0.5, unit: "" },
  ]);
  builder.sampleOf(leaf, cpu, 10, { time: 5, thread, labels });
  builder.sampleOf(builder.stack(top, kernel), cpu, -(2 ** 40), { time: 6 });
  builder.sampleOf(-1, cpu, 3);
  return validated(builder.finish());
}

describe("OTLP writer", () => {
  it("writes what its reader reads back: frames, inlining, mappings, threads, times, labels", async () => {
    const profile = detailed();
    const { bytes, lost } = await written(profile);
    expect(lost).toEqual([]);
    expect(otlpReader.sniff(headOf(bytes))).toBe("yes");
    const again = await readWith(otlpReader, bytes);
    expect(noteCodes(again)).toEqual([]);
    expect(dump(again, 0)).toEqual(dump(profile, 0));
    const { timeOrigin, clock, duration, period } = profile.meta;
    expect(again.meta).toMatchObject({ timeOrigin, clock, duration, period });
  });

  it("writes a profile per value type, the default first, or only the one asked for", async () => {
    const builder = new ProfileBuilder("each");
    builder.valueType("samples", "count");
    builder.valueType("cpu", "nanoseconds");
    builder.meta.defaultValueType = 1;
    builder.sample(builder.stack(-1, builder.frameNamed("a")), [1, 10.4]);
    const profile = validated(builder.finish());
    const { bytes, lost } = await written(profile);
    const again = await readWith(otlpReader, bytes);
    expect(again.valueTypes.map(({ name }) => name)).toEqual(["cpu", "samples"]);
    expect([...totalsOf(again)]).toEqual([10, 1]);
    expect(lost.join(" ")).toMatch(/once for each.*1 weights were rounded/);
    const one = await written(profile, { valueType: 0 });
    expect((await readWith(otlpReader, one.bytes)).valueTypes.map(({ name }) => name)).toEqual(["samples"]);
    expect(one.lost).toEqual(["Only one of 2 value types was written."]);
  });

  it("says that times of another clock and kinds of frames are lost", async () => {
    const builder = new ProfileBuilder("each");
    const type = builder.valueType("samples", "count");
    const frame = builder.frame({ name: builder.string("a"), kind: FrameKind.jit });
    builder.sampleOf(builder.stack(-1, frame), type, 1, { time: 5 });
    const { lost } = await written(validated(builder.finish()));
    expect(lost.length).toBe(2);
  });

  it("keeps stacks and weights of any profile", async () => {
    await fc.assert(
      fc.asyncProperty(profileArbitrary, async (profile) => {
        const { bytes } = await written(profile);
        const again = await readWith(otlpReader, bytes);
        for (const [type, { name, unit }] of profile.valueTypes.entries()) {
          const row = again.valueTypes.findIndex((other) => other.name === name && other.unit === unit);
          const nonzero = (line: string): boolean => !line.endsWith(" 0");
          expect(foldedOf(again, row).filter(nonzero)).toEqual(foldedOf(profile, type).filter(nonzero));
        }
      }),
      { seed: 11, numRuns: 150 },
    );
  });
});
