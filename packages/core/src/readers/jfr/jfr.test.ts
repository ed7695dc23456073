import { describe, expect, it } from "vitest";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import {
  allocation,
  chunk,
  constants,
  constantsFrom,
  metadata,
  type Out,
  park,
  sample,
  setting,
  usual,
} from "../../../../../test/support/jfr.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { FrameKind } from "../../model/profile.ts";
import { jfrReader } from "./index.ts";

describe("JFR", () => {
  it.each([true, false])(
    "reads samples with stacks, threads, times, lines and kinds; compressed: %s",
    async (compressed) => {
      const profile = await readWith(jfrReader, chunk({ compressed, records: usual }));
      expect(foldedOf(profile)).toEqual(["App.main 20000000", "App.main;App.work;App.inner 20000000"]);
      expect(profile.valueTypes.map(({ name, unit }) => `${name}/${unit}`)).toEqual([
        "cpu_samples/count",
        "cpu/nanoseconds",
      ]);
      expect(profile.meta).toMatchObject({
        timeOrigin: 1_700_000_000_000_000_000n,
        clock: "unix",
        duration: 5e9,
        period: { type: { name: "cpu", unit: "nanoseconds" }, value: 20e6 },
      });
      expect([...profile.samples.time!]).toEqual([100, 300]);
      expect(profile.threads).toEqual([{ name: "worker", tid: 42 }]);
      expect(profile.labelSets[1]).toEqual([{ key: "state", value: "STATE_RUNNABLE" }]);
      expect([...profile.frames.line].sort()).toEqual([10, 20, 30]);
      const inner = [...profile.frames.name].findIndex((name) => profile.strings.get(name) === "App.inner");
      expect([profile.frames.kind[inner], profile.frames.inlined[inner]]).toEqual([FrameKind.jit, 1]);
      expect(noteCodes(profile)).toEqual(["jfr-stack-depth×1"]);
    },
  );

  it.each([0, 2 ** 20, 2 ** 27, 2 ** 31, 2 ** 40, 2 ** 52])(
    "adds samples up to what they are one by one, with keys behind %s",
    async (base) => {
      const samples = Array.from({ length: 300 }, (_, i) =>
        sample(1000 + i ** 6, base + 1 + (i % 3 === 0 ? 1 : 0)),
      );
      const records = [usual[0]!, ...samples, (out: Out) => constantsFrom(out, base), metadata];
      const each = await readWith(jfrReader, chunk({ records }));
      const merged = await readWith(jfrReader, chunk({ records }), "merged");
      expect(foldedOf(each)).toEqual(["App.main 2000000000", "App.main;App.work;App.inner 4000000000"]);
      expect(foldedOf(merged)).toEqual(foldedOf(each));
      expect([each.samples.length, merged.samples.length]).toEqual([300, 2]);
      expect(merged.notes).toEqual(each.notes);
      expect(noteCodes(merged)).toEqual(["jfr-stack-depth×100"]);
    },
  );

  it("keeps each kind of event in value types of its own, durations in nanoseconds", async () => {
    const profile = await readWith(jfrReader, chunk({ rate: 1e6, records: [...usual, allocation, park] }));
    const totals = profile.valueTypes.map(({ name }, type) => {
      const sum = profile.samples.weights[type]!.reduce((total, weight) => total + weight, 0);
      return `${name} ${sum}`;
    });
    expect(totals).toEqual([
      "cpu_samples 2",
      "cpu 40000000",
      "alloc_sample_objects 1",
      "alloc_sample_bytes 4096",
      "block_contentions 1",
      "block_delay 200000",
    ]);
    expect(profile.labelSets.flat()).toContainEqual({ key: "class", value: "java.lang.String" });
  });

  it.each([
    ["cpu", "5000000", ["cpu_samples/count", "cpu/nanoseconds"], 10e6],
    ["wall", "0", ["wall_samples/count", "wall/nanoseconds"], 100e6],
    ["cache-misses", "1000", ["cache-misses_samples/count", "cache-misses/count"], 2000],
  ])(
    "takes async-profiler's samples for what it was told to sample: %s",
    async (event, interval, types, total) => {
      const settings = [
        setting(101, "jstackdepth", "2048"),
        setting(101, "version", "4.0"),
        setting(101, "event", event),
        setting(100, "interval", interval),
      ];
      const profile = await readWith(jfrReader, chunk({ records: [...settings, ...usual.slice(1)] }));
      expect(profile.valueTypes.map(({ name, unit }) => `${name}/${unit}`)).toEqual(types);
      expect(profile.samples.weights[1]!.reduce((sum, weight) => sum + weight, 0)).toBe(total);
      expect(profile.meta.producer).toBe("async-profiler 4.0");
    },
  );

  it("reads the same wherever the header says that the types are", async () => {
    const records = [...usual, allocation];
    const expected = await readWith(jfrReader, chunk({ records }), "merged");
    for (const described of [metadata, constants, records[1]!]) {
      const profile = await readWith(jfrReader, chunk({ records, described }), "merged");
      expect([foldedOf(profile), profile.valueTypes, profile.notes]).toEqual([
        foldedOf(expected),
        expected.valueTypes,
        expected.notes,
      ]);
    }
    const twice = await readWith(jfrReader, chunk({ records: [metadata, ...records], described: metadata }));
    expect(twice.samples.length).toBe(3);
  });

  it("carries settings over to later chunks, whose constants are their own", async () => {
    const first = chunk({ records: usual });
    const second = chunk({ records: usual.slice(1) });
    const profile = await readWith(jfrReader, Uint8Array.from([...first, ...second]));
    expect(foldedOf(profile)).toEqual(["App.main 40000000", "App.main;App.work;App.inner 40000000"]);
  });

  it("reads a chunk that the JVM did not finish, up to the next one", async () => {
    const first = chunk({ records: usual, size: 0 });
    const profile = await readWith(jfrReader, Uint8Array.from([...first, ...chunk({ records: usual })]));
    expect(profile.samples.length).toBe(4);
    expect(noteCodes(profile)).toContain("jfr-incomplete×1");
  });

  it("keeps what came before a cut, where the types are among it", async () => {
    const whole = chunk({ records: [metadata, constants, ...usual.slice(0, 3)] });
    const profile = await readWith(jfrReader, whole.subarray(0, whole.length - 2));
    expect(profile.samples.length).toBe(1);
    expect(noteCodes(profile)).toEqual(["jfr-cut×1", "jfr-incomplete×1"]);
    expect(profile.notes[0]?.places).toEqual([{ offset: expect.any(Number) }]);
    expect(await readingError(jfrReader, whole.subarray(0, 100))).toMatchObject({ code: "truncated" });
  });

  it("notes what follows the last chunk, constants that are missing, and recordings without samples", async () => {
    const trailing = Uint8Array.from([...chunk({ records: usual }), 1, 2, 3]);
    expect(noteCodes(await readWith(jfrReader, trailing))).toContain("jfr-trailing×1");
    const missing = chunk({ records: [sample(1100, 9), constants, metadata] });
    expect(noteCodes(await readWith(jfrReader, missing))).toEqual(["jfr-missing-constant×1"]);
    expect(noteCodes(await readWith(jfrReader, chunk({ records: [metadata] })))).toEqual([
      "jfr-no-samples×1",
    ]);
  });

  it("refuses other versions and lying sizes", async () => {
    const old = chunk({ records: usual });
    old[5] = 0;
    old[7] = 9;
    expect(await readingError(jfrReader, old)).toMatchObject({ code: "unsupported", format: "jfr" });
    const huge = chunk({ records: usual, size: 2 ** 40 });
    expect(await readingError(jfrReader, huge)).toMatchObject({ code: "too-large" });
  });

  it("knows itself by its magic alone", () => {
    expect(jfrReader.sniff(headOf(chunk({ records: usual })))).toBe("yes");
    expect(jfrReader.sniff(headOf("FLR"))).toBe("no");
  });

  it("reads or refuses three thousand mutations of a chunk", async () => {
    const records = [...usual, allocation, park];
    expect(await readMutations(jfrReader, chunk({ records }), 1500)).toBeGreaterThan(200);
    expect(await readMutations(jfrReader, chunk({ records, described: metadata }), 1500)).toBeGreaterThan(
      200,
    );
  });
});
