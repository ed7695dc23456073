import { readdirSync, statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Profile, Reader } from "../../packages/core/src/index.ts";
import { speedscopeReader } from "../../packages/core/src/readers/speedscope/index.ts";
import { v8CpuprofileReader } from "../../packages/core/src/readers/v8-cpuprofile/index.ts";
import { corpusFiles, corpusRoot, expectationsOf, haveCorpus, readCorpus } from "../support/corpus.ts";
import { readMutations } from "../support/fuzz.ts";
import { foldedOf } from "../support/letters.ts";
import { headOf, noteCodes, readWith } from "../support/reading.ts";
import { type SnapshotProfile, snapshots } from "../support/snapshots.ts";
import { jsonFormatDifferences } from "./differences/json-formats.ts";

const FOLDERS: readonly (readonly [string, Reader])[] = [
  ["v8-cpuprofile", v8CpuprofileReader],
  ["alcpuprofile", v8CpuprofileReader],
  ["speedscope", speedscopeReader],
];
const inputs = FOLDERS.flatMap(([folder, reader]) =>
  corpusFiles(folder).map((file) => ({ folder, file, reader, title: `${folder}/${file}` })),
);

/** Weight of each frame's own and with its callees, of one thread, in the order of names. */
function weightsByFrame(
  profile: Profile,
  thread: string | undefined,
  scale: number,
  lastWeighs = true,
): unknown[] {
  const { samples, stacks, frames, strings, threads, meta } = profile;
  const found = new Map<string, { name: string; line: number; self: number; total: number }>();
  for (let row = 0; row < samples.length; row++) {
    if (thread !== undefined && threads[samples.thread![row]!]!.name !== thread) continue;
    if (!lastWeighs && row === samples.length - 1) continue;
    const weight = samples.weights[meta.defaultValueType]![row]! / scale;
    const seen = new Set<number>();
    for (let stack = samples.stack[row]!; stack >= 0; stack = stacks.parent[stack]!) {
      const frame = stacks.frame[stack]!;
      const name = strings.get(frames.name[frame]!);
      const key = `${frame}`;
      const entry = found.get(key) ?? { name, line: frames.line[frame]!, self: 0, total: 0 };
      found.set(key, entry);
      if (stack === samples.stack[row]) entry.self += weight;
      if (!seen.has(frame)) entry.total += weight;
      seen.add(frame);
    }
  }
  return sortedByName([...found.values()]);
}

function sortedByName(list: { name: string; line: number; self: number; total: number }[]): unknown[] {
  return list.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.line - b.line));
}

function expectedWeights(snapshot: SnapshotProfile): unknown[] {
  return sortedByName(
    snapshot.frames.map(({ name, line, selfWeight, totalWeight }) => ({
      name,
      line: line ?? 0,
      self: selfWeight,
      total: totalWeight,
    })),
  );
}

const SPEEDSCOPE_SNAPSHOT = "speedscope/jlfwong__speedscope__file-format.test.ts.expected.snap";
const CHROME_SNAPSHOT = "chrome-trace/jlfwong__speedscope__chrome.test.ts.expected.snap";

describe.skipIf(!haveCorpus)("corpus of JSON formats", () => {
  it.each(inputs)("reads $title", async ({ folder, file, reader }) => {
    const bytes = readCorpus(folder, file);
    expect(reader.sniff(headOf(bytes))).toBe("yes");
    for (const [, other] of FOLDERS)
      if (other !== reader) expect(other.sniff(headOf(bytes, file))).toBe("no");
    const profile = await readWith(reader, bytes);
    expect(profile.samples.length).toBeGreaterThan(0);
    expect(foldedOf(profile).length).toBeGreaterThan(0);
  });

  it("says no to every file of another format", () => {
    const mine = FOLDERS.map(([folder]) => folder);
    const others = readdirSync(corpusRoot, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const wrong: string[] = [];
    let asked = 0;
    for (const { name: folder } of others.filter(({ name }) => !mine.includes(name))) {
      for (const file of corpusFiles(folder)) {
        if (!statSync(`${corpusRoot}/${folder}/${file}`).isFile()) continue;
        const head = headOf(readCorpus(folder, file), "x.cpuprofile");
        for (const [, reader] of FOLDERS)
          if (reader.sniff(head) !== "no") wrong.push(`${reader.id}: ${folder}/${file}`);
        asked++;
      }
    }
    expect(wrong).toEqual([]);
    expect(asked).toBeGreaterThan(100);
  });

  const folded = inputs.filter(({ folder, file }) =>
    expectationsOf(folder, file).some((name) => name.endsWith(".folded")),
  );
  it.each(folded)("counts in $title what its folded expectation counts", async ({ folder, file, reader }) => {
    const expected = new TextDecoder().decode(readCorpus(folder, `${file}.expected.folded`));
    const profile = await readWith(reader, readCorpus(folder, file));
    expect(foldedOf(profile, 0)).toEqual(expected.trim().split("\n").sort());
  });

  it.each([
    ["0.0.1_simple.speedscope.json", "0.0.1 evented profile 1", "simple.txt", 1],
    ["0.1.2_simple-sampled.speedscope.json", "0.1.2 sampled profile 1", "simple.speedscope.json", 1e9],
    ["0.6.0_two-sampled.speedscope.json", "0.6.0 multiple profiles 1", "one", 1e9],
    ["0.6.0_two-sampled.speedscope.json", "0.6.0 multiple profiles 2", "two", 1e9],
  ])("weighs frames of speedscope's %s as its snapshot does (%s)", async (file, snapshot, thread, scale) => {
    const expected = snapshots(SPEEDSCOPE_SNAPSHOT).get(`importSpeedscopeProfiles ${snapshot}`)!;
    const profile = await readWith(
      speedscopeReader,
      readCorpus("speedscope", `jlfwong__speedscope__${file}`),
    );
    expect(weightsByFrame(profile, thread, scale)).toEqual(expectedWeights(expected));
  });

  it("weighs frames of a CPU profile as speedscope does, but for the last sample", async () => {
    const difference = jsonFormatDifferences.find(({ id }) => id === "cpuprofile-last-sample")!;
    const [folder, file] = difference.file.split("/") as [string, string];
    const profile = await readWith(v8CpuprofileReader, readCorpus(folder, file));
    const expected = snapshots(CHROME_SNAPSHOT).get("importFromChromeCPUProfile 1")!;
    expect(weightsByFrame(profile, undefined, 1000, false)).toEqual(expectedWeights(expected));
  });

  it.each([
    ["speedscope-incomplete", ["never-closed×1"], ["A 100"]],
    [
      "speedscope-out-of-order",
      ["close-out-of-order×1", "close-without-open×1"],
      ["A 1", "B;A 1", "B;A;A 1"],
    ],
  ])("repairs what speedscope refuses: %s", async (id, codes, lines) => {
    const [folder, file] = jsonFormatDifferences
      .find((difference) => difference.id === id)!
      .file.split("/") as [string, string];
    const profile = await readWith(speedscopeReader, readCorpus(folder, file));
    expect(noteCodes(profile)).toEqual(codes);
    expect(foldedOf(profile)).toEqual(lines);
    expect(profile.notes.every((note) => note.places.length > 0)).toBe(true);
  });

  it.each(inputs)("reads or refuses mutations of $title", async ({ folder, file, reader }) => {
    const bytes = readCorpus(folder, file);
    const rounds = Math.min(200, Math.max(20, Math.ceil(2_000_000 / bytes.length)));
    expect(await readMutations(reader, bytes, rounds)).toBeGreaterThan(0);
  });
});
