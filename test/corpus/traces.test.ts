import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { type Profile, readers } from "../../packages/core/src/index.ts";
import { chromeTraceReader } from "../../packages/core/src/readers/chrome-trace/index.ts";
import { recordAgreement } from "../support/agreement.ts";
import { corpusFiles, haveCorpus, readCorpus } from "../support/corpus.ts";
import { foldedOf } from "../support/letters.ts";
import { headOf, readWith } from "../support/reading.ts";
import { snapshotStacks, snapshots } from "../support/snapshots.ts";
import { traceDifferences } from "./differences/traces.ts";

const FOLDERS = [
  "chrome-trace",
  "bazel-profile",
  "clang-time-trace",
  "pytorch-kineto-trace",
  "viztracer-json",
];
const inputs = FOLDERS.flatMap((folder) => corpusFiles(folder).map((file) => [folder, file] as const));

/** Recordings without an event that makes a stack. */
const EMPTY = ["ChromeDevTools__chrome-devtools-mcp__basic-trace.json.gz"];

function unpacked(folder: string, file: string): Uint8Array {
  let bytes = readCorpus(folder, file);
  while (bytes[0] === 0x1f && bytes[1] === 0x8b) bytes = gunzipSync(bytes);
  return bytes;
}

const SNAPSHOT = "chrome-trace/jlfwong__speedscope__trace-event.test.ts.expected.snap";
const CHROME_SNAPSHOT = "chrome-trace/jlfwong__speedscope__chrome.test.ts.expected.snap";

/** Snapshot of speedscope's tests, and the file of the corpus that it is of. */
const EXPECTED: readonly (readonly [test: string, file: string])[] = [
  ["simple object", "simple-object"],
  ["partial json import", "simple-partial"],
  ["partial json import trailing comma", "simple-partial-trailing-comma"],
  ["partial json import whitespace padding", "simple-partial-whitespace"],
  ["simple", "simple"],
  ["bad E events", "too-many-end-events"],
  [
    "different number of start and end calls to same function at same timestamp",
    "simultaneous-anonymous-calls",
  ],
  ["event re-ordering", "must-retain-original-order"],
  ["mismatched args", "mismatched-args"],
  ["mismatched name", "mismatched-name"],
  ["not enough end events", "not-enough-end-events"],
  ["not out-of-order unbalanced name", "out-of-order-unbalanced-name"],
  ["unbalanced name", "unbalanced-name"],
  ["only begin events", "only-begin-events"],
  ["zero duration events", "zero-duration-events"],
  ["matching x", "matching-x"],
  ["x events matching start", "x-events-matching-start"],
  ["x events matching end", "x-events-matching-end"],
  ["BEX interaction", "bex-interaction"],
  ["invalid x nesting", "invalid-x-nesting"],
  ["simple hermes profile", "simple-hermes"],
];

/** Self weight by function name, those of V8's own entries and of nameless functions left out; one thread. */
function selfByName(profile: Profile, thread: string | undefined): Map<string, number> {
  const { samples, stacks, frames, strings, threads } = profile;
  const wall = profile.valueTypes.findIndex(({ name }) => name === "wall");
  const found = new Map<string, number>();
  for (let row = 0; row < samples.length; row++) {
    const stack = samples.stack[row]!;
    if (stack < 0 || (thread !== undefined && threads[samples.thread![row]!]!.name !== thread)) continue;
    const name = strings.get(frames.name[stacks.frame[stack]!]!);
    const weight = samples.weights[wall]![row]!;
    if (!name.startsWith("(") && weight > 0) found.set(name, (found.get(name) ?? 0) + weight);
  }
  return found;
}

describe.skipIf(!haveCorpus)("corpus of traces", () => {
  let agree = 0;
  let deliberate = 0;

  it.each(inputs)("reads %s/%s", async (folder, file) => {
    const bytes = unpacked(folder, file);
    const sure = readers.filter((reader) => reader.sniff(headOf(bytes)) === "yes");
    expect(sure.map((reader) => reader.id)).toEqual(["chrome-trace"]);
    if (EMPTY.includes(file)) {
      await expect(readWith(chromeTraceReader, bytes)).rejects.toMatchObject({ code: "malformed" });
      return;
    }
    const profile = await readWith(chromeTraceReader, bytes);
    expect(profile.samples.length).toBeGreaterThan(0);
    const merged = await readWith(chromeTraceReader, bytes, "merged");
    expect(foldedOf(merged).length).toBe(foldedOf(profile).length);
  });

  it.each(EXPECTED)("stacks events as speedscope does: %s", async (test, file) => {
    const expected = snapshotStacks(SNAPSHOT).get(`importTraceEvents ${test} 1`)!;
    const path = `jlfwong__speedscope__${file}.json`;
    const profile = await readWith(chromeTraceReader, readCorpus("chrome-trace", path));
    const ours = foldedOf(profile).filter((line) => !line.endsWith(" 0"));
    const theirs = expected
      .filter((line) => !line.endsWith(" 0"))
      .map((line) => line.replaceAll(": foobar", ""));
    const difference = traceDifferences.find(({ id }) => id === test);
    if (difference === undefined) {
      expect(ours.map((line) => line.replaceAll(": foobar", "")).sort()).toEqual(theirs);
      agree++;
    } else {
      expect(difference.file).toBe(`chrome-trace/${path}`);
      expect(ours).not.toEqual(theirs);
      deliberate++;
    }
  });

  it.each([
    ["importFromChromeTimeline 1", "Chrome_65_simple-timeline.json", undefined],
    ["importFromChromeTimeline Chrome 69 1", "Chrome_69_simple.json", undefined],
    ["importFromChromeTimeline Chrome 116 1", "Chrome_116_Trace-20230603T221323.json", undefined],
    ["importFromChromeTimeline Workers Chrome 70 2", "Chrome_70_worker.json", "DedicatedWorker thread"],
  ])("weighs functions of CPU profiles within as speedscope does: %s", async (test, file, thread) => {
    const snapshot = snapshots(CHROME_SNAPSHOT).get(test)!;
    const expected = new Map<string, number>();
    for (const { name, selfWeight } of snapshot.frames) {
      if (!name.startsWith("(") && selfWeight > 0)
        expected.set(name, (expected.get(name) ?? 0) + selfWeight * 1000);
    }
    const profile = await readWith(
      chromeTraceReader,
      readCorpus("chrome-trace", `jlfwong__speedscope__${file}`),
    );
    const ours = selfByName(profile, thread);
    const difference = traceDifferences.find(({ id }) => id === test);
    if (difference === undefined) {
      expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(expected));
      agree++;
    } else {
      const differ = [...expected].filter(([name, weight]) => ours.get(name) !== weight);
      expect(differ.map(([name]) => name)).toEqual(["delta"]);
      deliberate++;
    }
  });

  afterAll(() => {
    recordAgreement({ area: "speedscope, traces", total: EXPECTED.length + 4, agree, deliberate });
  });
});
