import { describe, expect, it } from "vitest";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { bytesOf, headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { perfviewXmlReader } from "./index.ts";

const xml = `\ufeff<?xml version="1.0" encoding="utf-8"?>
<StackWindow>
 <StackSource>
  <Frames Count="3">
   <Frame ID="0">Process &lt;w&gt;</Frame>
   <Frame ID="1">app!Main</Frame>
   <Frame ID="2">?!?</Frame>
  </Frames>
  <Stacks Count="3">
   <Stack ID="2" CallerID="1" FrameID="2" />
   <Stack ID="0" CallerID="-1" FrameID="0" />
   <Stack ID="1" CallerID="0" FrameID="1" />
  </Stacks>
  <Samples Count="3">
   <Sample ID="0" Time="0.500" StackID="2" Metric="1.5" />
   <Sample ID="1" Time="1,000.25" StackID="1" />
   <Sample ID="2" Time="7" StackID="2" Metric="2" />
  </Samples>
 </StackSource>
</StackWindow>`;

describe("PerfView reader", () => {
  it("puts stacks together, in whatever order they come", async () => {
    expect(perfviewXmlReader.sniff(headOf(xml))).toBe("yes");
    const profile = await readWith(perfviewXmlReader, xml);
    expect(foldedOf(profile)).toEqual(["Process <w>;Main 1", "Process <w>;Main;?!? 3.5"]);
    expect(foldedOf(profile, 0)).toEqual(["Process <w>;Main 1", "Process <w>;Main;?!? 2"]);
    expect([...profile.samples.time!]).toEqual([500_000, 1_000_250_000, 7_000_000]);
    expect(profile.mappings.map(({ path }) => path)).toEqual(["app"]);
    expect(profile.notes).toEqual([]);
  });

  it("notes what is missing or goes in circles, and a cut file", async () => {
    const circle = xml.replace('CallerID="-1"', 'CallerID="2"').replace('FrameID="1"', 'FrameID="9"');
    expect(noteCodes(await readWith(perfviewXmlReader, circle))).toEqual([
      "missing-stack×1",
      "missing-frame×1",
    ]);
    const cut = await readWith(perfviewXmlReader, xml.slice(0, xml.indexOf('<Sample ID="1"') + 12));
    expect([noteCodes(cut), foldedOf(cut)]).toEqual([["truncated×1"], ["Process <w>;Main;?!? 1.5"]]);
    const odd = await readWith(perfviewXmlReader, xml.replace('Metric="2"', 'Metric="x"'));
    expect(noteCodes(odd)).toEqual(["not-finite×1"]);
    expect((await readingError(perfviewXmlReader, "<other/>")).code).toBe("malformed");
  });

  it("reads or refuses mutations", async () => {
    expect(await readMutations(perfviewXmlReader, bytesOf(xml), 3000)).toBeGreaterThan(100);
  });
});
