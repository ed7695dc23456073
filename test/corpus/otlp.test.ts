import { describe, expect, it } from "vitest";
import { readers, totalsOf } from "../../packages/core/src/index.ts";
import { otlpReader } from "../../packages/core/src/readers/otlp/index.ts";
import { corpusFiles, haveCorpus, readCorpus } from "../support/corpus.ts";
import { readMutations } from "../support/fuzz.ts";
import { headOf, readWith } from "../support/reading.ts";

const files = corpusFiles("otlp-profiles");

/** Samples counted by their timestamps or values, as protoc --decode_raw shows them; threads with their names. */
const EXPECTED: Readonly<Record<string, readonly [type: string, total: number, threads: number]>> = {
  "generated__here__ap.otlp": ["ctimer/count", 387, 10],
  "open-telemetry__sig-profiling__k8s.otlp": ["samples/count", 165, 99],
  "open-telemetry__sig-profiling__profile.otlp": ["samples/count", 189, 17],
};

describe.skipIf(!haveCorpus)("corpus of OTLP profiles", () => {
  it.each(files)("recognises and reads %s", async (file) => {
    const bytes = readCorpus("otlp-profiles", file);
    expect(readers.filter((reader) => reader.sniff(headOf(bytes)) === "yes")).toEqual([otlpReader]);
    const profile = await readWith(otlpReader, bytes);
    const [type] = profile.valueTypes;
    expect([`${type?.name}/${type?.unit}`, totalsOf(profile)[0], profile.threads.length]).toEqual(
      EXPECTED[file],
    );
    expect(profile.notes).toEqual([]);
    expect(profile.meta.duration).toBeGreaterThan(1e9);
  });

  it.each(files)("reads or refuses mutations of %s", async (file) => {
    const bytes = readCorpus("otlp-profiles", file);
    expect(await readMutations(otlpReader, bytes, 200)).toBeGreaterThan(0);
  });
});
