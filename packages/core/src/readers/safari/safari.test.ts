import { describe, expect, it } from "vitest";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { bytesOf, headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { safariReader } from "./index.ts";

const leaf = {
  sourceID: "7",
  name: "hot",
  line: 20,
  column: 15,
  url: "file:///w.js",
  expressionLocation: { line: 22 },
};
const anonymous = { sourceID: "7", name: "", line: 1, column: 1, url: "" };

const file = {
  version: 1,
  recording: {
    displayName: "Timeline 1",
    startTime: 4,
    endTime: 6.5,
    instrumentTypes: ["timeline-record-type-script"],
    records: [{ type: "timeline-record-type-cpu" }],
    sampleStackTraces: [
      { timestamp: 4.5, stackFrames: [leaf, anonymous] },
      { timestamp: 4.75, stackFrames: [anonymous] },
    ],
    sampleDurations: [0.25, 0.125],
  },
  overview: {},
};

describe("Safari reader", () => {
  it("reads stacks from the leaf with their times and durations", async () => {
    expect(safariReader.sniff(headOf(file))).toBe("yes");
    const profile = await readWith(safariReader, file);
    expect(foldedOf(profile)).toEqual(["(anonymous) 125000000", "(anonymous);hot 250000000"]);
    expect([...profile.samples.time!]).toEqual([500_000_000, 750_000_000]);
    expect(profile.meta).toMatchObject({ title: "Timeline 1", duration: 2.5e9, observations: 2 });
    expect([...profile.frames.line]).toEqual([20, 1]);
    expect(profile.notes).toEqual([]);
  });

  it("notes samples without a time or a duration, and a cut file", async () => {
    const { recording } = file;
    const odd = {
      recording: {
        ...recording,
        sampleDurations: [0.25],
        sampleStackTraces: [{ stackFrames: [] }, { timestamp: 4 }],
      },
    };
    expect(noteCodes(await readWith(safariReader, odd))).toEqual([
      "sample-without-time×1",
      "sample-without-duration×1",
    ]);
    const text = JSON.stringify(file);
    const cut = await readWith(safariReader, text.slice(0, text.indexOf('"sampleDurations')));
    expect(noteCodes(cut)).toEqual(["truncated×1", "sample-without-duration×2"]);
    expect((await readingError(safariReader, { recording: { displayName: "x" } })).code).toBe("malformed");
  });

  it("reads or refuses mutations", async () => {
    expect(await readMutations(safariReader, bytesOf(file), 3000)).toBeGreaterThan(100);
  });
});
