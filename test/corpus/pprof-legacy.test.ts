import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { type Profile, readers, totalsOf } from "../../packages/core/src/index.ts";
import { pprofReader } from "../../packages/core/src/readers/pprof/pprof.ts";
import { pprofLegacyReader } from "../../packages/core/src/readers/pprof-legacy/index.ts";
import { recordAgreement } from "../support/agreement.ts";
import { corpusFiles, expectationsOf, haveCorpus, readCorpus } from "../support/corpus.ts";
import { readMutations } from "../support/fuzz.ts";
import { headOf, readWith } from "../support/reading.ts";

/** A gzipped protobuf that stands among the legacy files. */
const PROTOBUF = "google__pprof__driver_go.nomappings.crash";
const inputs = ["pprof-legacy", "gperftools-cpu", "gperftools-heap"].flatMap((folder) =>
  corpusFiles(folder)
    .filter((file) => file !== PROTOBUF)
    .map((file) => ({ folder, file, title: `${folder}/${file}` })),
);
const counts = { total: 0, agree: 0, deliberate: 0 };

/** What pprof prints of a profile: samples as values and places, leaf first. */
function printed(text: string): string[] {
  const [, samples, locations] = /\nSamples:\n[^\n]*\n([\s\S]*?)Locations\n([\s\S]*?)Mappings/.exec(text)!;
  const places = new Map<string, string>();
  for (const [, id, place] of locations!.matchAll(/^ *(\d+): (.*?) *$/gm)) {
    const named = /^0x0 (\S.*?) (\S*):(\d+):\d+ s=/.exec(place!);
    places.set(id!, named === null ? place!.replace(/ .*/, "") : `${named[1]} ${named[2]}:${named[3]}`);
  }
  return [...samples!.matchAll(/^ *([\d ]+): ([\d ]*?) *(?:\n *bytes:\[(\d+)\])?$/gm)].map(
    ([, values, ids, bytes]) =>
      `${values!.trim().split(/ +/).join(" ")} | ${ids!
        .split(" ")
        .map((id) => places.get(id))
        .join(" ")} | ${bytes ?? 0}`,
  );
}

function samplesOf(profile: Profile): string[] {
  const { samples, stacks, frames, strings, labelSets } = profile;
  return Array.from({ length: samples.length }, (_, row) => {
    const places: string[] = [];
    for (let at = samples.stack[row]!; at >= 0; at = stacks.parent[at]!) {
      const frame = stacks.frame[at]!;
      const name = strings.get(frames.name[frame]!);
      const file = strings.get(frames.file[frame]!);
      places.push(
        name === "" ? `0x${frames.address[frame]!.toString(16)}` : `${name} ${file}:${frames.line[frame]}`,
      );
    }
    const size = labelSets[samples.labels?.[row] ?? 0]?.find(({ key }) => key === "bytes")?.value ?? 0;
    return `${samples.weights.map((column) => column[row]).join(" ")} | ${places.join(" ")} | ${size}`;
  });
}

/** Stacks that do not fall in the same way differ only in their order. */
function merged(lines: readonly string[]): string[] {
  const sums = new Map<string, number[]>();
  for (const line of lines) {
    const [values, ...rest] = line.split(" | ");
    const key = rest.join(" | ");
    const numbers = values!.split(" ").map(Number);
    sums.set(
      key,
      numbers.map((value, i) => value + (sums.get(key)?.[i] ?? 0)),
    );
  }
  return [...sums].map(([key, values]) => `${values.join(" ")} | ${key}`).sort();
}

describe.skipIf(!haveCorpus)("corpus of legacy pprof files", () => {
  afterAll(() => recordAgreement({ area: "google pprof, legacy formats", ...counts }));

  it.each(inputs)("recognises and reads $title", async ({ folder, file }) => {
    const bytes = readCorpus(folder, file);
    const head = headOf(bytes);
    expect(readers.filter((reader) => reader.sniff(head) === "yes")).toEqual([pprofLegacyReader]);
    const profile = await readWith(pprofLegacyReader, bytes);
    expect(profile.samples.length).toBeGreaterThan(0);
    expect(totalsOf(profile).some((total) => total > 0)).toBe(true);
  });

  const strings = inputs.filter(({ folder, file }) =>
    expectationsOf(folder, file).some((name) => name.endsWith(".string")),
  );
  it.each(strings)("has the values and addresses that pprof has of $title", async ({ folder, file }) => {
    counts.total++;
    const text = new TextDecoder().decode(readCorpus(folder, `${file}.expected.string`));
    const profile = await readWith(pprofLegacyReader, readCorpus(folder, file));
    expect(merged(samplesOf(profile))).toEqual(merged(printed(text)));
    counts.agree++;
  });

  const binaries = inputs.filter(({ folder, file }) =>
    expectationsOf(folder, file).some((name) => name.endsWith(".binary.pprof")),
  );
  it.each(binaries)("adds up to what Go's own binary form of $title adds up to", async ({ folder, file }) => {
    counts.total++;
    const profile = await readWith(pprofLegacyReader, readCorpus(folder, file));
    const binary = readCorpus(folder, `${file}.expected.binary.pprof`);
    const expected = await readWith(pprofReader, gunzipSync(binary));
    expect(profile.valueTypes.map(({ unit }) => unit)).toEqual(expected.valueTypes.map(({ unit }) => unit));
    const [ours, theirs] = [totalsOf(profile), totalsOf(expected)];
    ours.forEach((total, type) => {
      // The two forms were written one after the other, and each rounds every sample on its own.
      expect(Math.abs(total - theirs[type]!) / Math.max(1, theirs[type]!)).toBeLessThan(0.02);
    });
    counts.agree++;
  });

  it("has gperftools' totals", async () => {
    const [cpu, heap] = await Promise.all(
      (["gperftools-cpu", "gperftools-heap"] as const).map((folder) =>
        readWith(pprofLegacyReader, readCorpus(folder, corpusFiles(folder)[0]!)),
      ),
    );
    const text = (folder: string): string =>
      new TextDecoder().decode(readCorpus(folder, `${corpusFiles(folder)[0]}.expected.collapsed.txt`));
    const sum = (lines: string): number =>
      lines
        .trim()
        .split("\n")
        .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(" "))), 0);
    expect(totalsOf(cpu!)[0]).toBe(sum(text("gperftools-cpu")));
    expect(totalsOf(heap!)[3]).toBe(sum(text("gperftools-heap")));
  });

  it.each(inputs)("reads or refuses mutations of $title", async ({ folder, file }) => {
    const bytes = readCorpus(folder, file);
    expect(await readMutations(pprofLegacyReader, bytes, 100)).toBeGreaterThan(0);
  });
});
