import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { foldedOf } from "../../../../test/support/letters.ts";
import { readWith } from "../../../../test/support/reading.ts";
import { totalsOf } from "../index.ts";
import type { Profile } from "../model/profile.ts";
import { readerById } from "./registry.ts";

const fixtures = fileURLToPath(new URL("../../../../fixtures", import.meta.url));

async function read(folder: string, file: string): Promise<Profile> {
  const bytes = readFileSync(`${fixtures}/${folder}/${file}`);
  return readWith(readerById(folder)!, file.endsWith(".gz") ? gunzipSync(bytes) : bytes);
}

/** Share of the samples' weight in whose stack a function is. */
function share({ samples, stacks, frames, strings, meta }: Profile, name: RegExp): number {
  const weights = samples.weights[meta.defaultValueType]!;
  let [all, part] = [0, 0];
  for (let row = 0; row < samples.length; row++) {
    all += weights[row]!;
    for (let stack = samples.stack[row]!; stack >= 0; stack = stacks.parent[stack]!) {
      if (!name.test(strings.get(frames.name[stacks.frame[stack]!]!))) continue;
      part += weights[row]!;
      break;
    }
  }
  return part / all;
}

describe("recorded fixtures", () => {
  const folders = readdirSync(fixtures).filter((folder) => readerById(folder) !== undefined);
  const files = folders.flatMap((folder) =>
    readdirSync(`${fixtures}/${folder}`).map((file) => [folder, file]),
  );
  it.each(files)("%s/%s reads", async (folder, file) => {
    const profile = await read(folder!, file!);
    expect(totalsOf(profile).some((total) => total > 0)).toBe(true);
  });

  it("async-profiler's heatmap has the stacks and the times of the recording that it was made from", async () => {
    const heatmap = await read("async-profiler-html", "hot-heatmap.html.gz");
    const recording = await read("jfr", "hot-async-profiler-cpu.jfr.gz");
    const stacks = (profile: Profile): string[] => foldedOf(profile, 0);
    expect(recording.valueTypes[0]!.unit).toBe("count");
    expect(stacks(heatmap)).toEqual(stacks(recording));
    // Times count from the first sample, in blocks of 20 milliseconds; here in microseconds.
    const times = ({ samples }: Profile): number[] => {
      const sorted = [...samples.time!].sort((a, b) => a - b);
      return sorted.map((time) => (time - sorted[0]!) / 1000);
    };
    const said = times(heatmap);
    times(recording).forEach((time, i) => {
      expect(Math.abs(said[i]! - time)).toBeLessThanOrEqual(40_000);
    });
  });

  // py-spy writes one program in four ways: each says where the time went.
  it.each([
    ["folded", "py-spy-threads.txt"],
    ["speedscope", "py-spy-threads.json"],
    ["chrome-trace", "py-spy-threads.json"],
    ["flamegraph-svg", "py-spy-threads.svg"],
  ])("py-spy's %s shows the program's functions", async (folder, file) => {
    const profile = await read(folder, file);
    expect(share(profile, /^fibonacci\b/)).toBeGreaterThan(0.4);
    expect(share(profile, /^(?:documents|JSON\w+\.\w+)\b/)).toBeGreaterThan(0.02);
  });

  it.each([
    ["folded", "rbspy-documents.txt"],
    ["speedscope", "rbspy-documents.json"],
    ["callgrind", "rbspy-documents.txt"],
    ["flamegraph-svg", "rbspy-documents.svg"],
    ["pprof", "rbspy-documents.pb.gz"],
  ])("rbspy's %s shows the program's functions", async (folder, file) => {
    const profile = await read(folder, file);
    expect(share(profile, /^fibonacci\b/)).toBeGreaterThan(0.1);
    expect(share(profile, /^block in documents\b/)).toBeGreaterThan(0.5);
  });

  it.each([
    ["speedscope", "py-spy-threads.json"],
    ["chrome-trace", "py-spy-threads.json"],
  ])("py-spy's %s keeps files and lines", async (folder, file) => {
    const { frames, strings } = await read(folder, file);
    const row = frames.name.findIndex((name) => strings.get(name) === "fibonacci");
    expect(strings.get(frames.file[row]!)).toMatch(/threads\.py$/);
    expect(frames.line[row]).toBeGreaterThan(0);
  });
});
