import { afterAll, describe, expect, it } from "vitest";
import { totalsOf } from "../../packages/core/src/index.ts";
import { stackprofReader } from "../../packages/core/src/readers/stackprof/index.ts";
import { recordAgreement } from "../support/agreement.ts";
import { corpusFiles, expectationsOf, haveCorpus, readCorpus } from "../support/corpus.ts";
import { foldedOf } from "../support/letters.ts";
import { readWith } from "../support/reading.ts";

const inputs = ["stackprof", "stackprof-marshal"].flatMap((folder) =>
  corpusFiles(folder).map((file) => ({ folder, file })),
);
const counts = { total: 0, agree: 0, deliberate: 0 };
const text = (folder: string, file: string): string => new TextDecoder().decode(readCorpus(folder, file));

/** Folded lines, with those of the same stack added up. */
function added(lines: readonly string[]): string[] {
  const weights = new Map<string, number>();
  for (const line of lines) {
    const cut = line.lastIndexOf(" ");
    const stack = line.slice(0, cut);
    weights.set(stack, (weights.get(stack) ?? 0) + Number(line.slice(cut + 1)));
  }
  return [...weights].map(([stack, weight]) => `${stack} ${weight}`).sort();
}

describe.skipIf(!haveCorpus)("corpus of stackprof dumps", () => {
  afterAll(() => recordAgreement({ area: "stackprof, its own reports", ...counts }));

  const folded = inputs.flatMap(({ folder, file }) =>
    expectationsOf(folder, file)
      .filter((name) => /folded|stackcollapse/.test(name))
      .map((expected) => ({ folder, file, expected })),
  );
  it.each(folded)("$folder/$file: the stacks that stackprof prints", async ({ folder, file, expected }) => {
    counts.total++;
    const profile = await readWith(stackprofReader, readCorpus(folder, file));
    expect(foldedOf(profile, 0)).toEqual(added(text(folder, expected).trimEnd().split("\n")));
    counts.agree++;
  });

  const printed = inputs.filter(({ folder, file }) =>
    expectationsOf(folder, file).some((name) => name.endsWith(".text.txt")),
  );
  it.each(printed)("$folder/$file: the samples of each function", async ({ folder, file }) => {
    counts.total++;
    const profile = await readWith(stackprofReader, readCorpus(folder, file));
    const own = new Map<string, number>();
    for (const line of foldedOf(profile, 0)) {
      const [, name, weight] = /([^;]*) (\S+)$/.exec(line)!;
      own.set(name!, (own.get(name!) ?? 0) + Number(weight));
    }
    const rows = [
      ...text(folder, `${file}.expected.text.txt`).matchAll(/^ +\d+ +\(.*?\) +(\d+) +\(.*?\) +(.+)$/gm),
    ].filter(([, samples]) => samples !== "0");
    expect(rows.length).toBeGreaterThan(0);
    for (const [, samples, name] of rows) expect([name, own.get(name!)]).toEqual([name, Number(samples)]);
    counts.agree++;
  });

  it.each([
    ["ruby-stackprof.json", 1e3],
    ["object-stackprof.json", undefined],
    ["simple-cpu-stackprof.json", undefined],
  ])("%s has the weight that its own numbers add up to", async (name, scale) => {
    const bytes = readCorpus("stackprof", `jlfwong__speedscope__${name}`);
    const json = JSON.parse(new TextDecoder().decode(bytes)) as {
      samples: number;
      interval: number;
      mode: string;
      raw_timestamp_deltas: number[];
    };
    const profile = await readWith(stackprofReader, bytes);
    const [samples, amount] = totalsOf(profile);
    expect(samples).toBe(json.samples);
    const elapsed = json.raw_timestamp_deltas.reduce((sum, delta) => sum + delta, 0);
    const each = json.mode === "cpu" ? json.interval * 1000 : json.interval;
    expect(amount).toBe(scale === undefined ? json.samples * each : elapsed * scale);
  });

  it("is the same from JSON and from Marshal", async () => {
    const json = await readWith(
      stackprofReader,
      readCorpus("stackprof", "generated__here__stackprof.wall.json"),
    );
    const ruby = await readWith(
      stackprofReader,
      readCorpus("stackprof-marshal", "generated__here__stackprof.wall.dump"),
    );
    expect(foldedOf(ruby, 0)).toEqual(foldedOf(json, 0));
    expect([...ruby.samples.time!]).toEqual([...json.samples.time!]);
  });
});
