import { expect, it } from "vitest";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { bytesOf, headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { FrameKind } from "../../model/profile.ts";
import { asyncProfilerTextReader } from "./index.ts";

const HEAD = "--- Execution profile ---\nTotal samples       : 80\nunknown_Java        : 2 (0.10%)\n\n";
const TRACES = `--- 701152149 ns (49.90%), 70 samples
  [ 0] Zoo.hot
  [ 1] Zoo.lambda$main$2
  [ 2] java.lang.Thread.run

--- 10241298 ns (0.73%), 1 sample
  [ 0] finish_task_switch.isra.0_[k]
  [ 1] Parse::do_one_block() [clone .part.0]

`;
const FLAT = `          ns  percent  samples  top
  ----------  -------  -------  ---
   825332517   51.03%       75  Zoo.hot
    82787298    5.12%        5  TypePtr::MeetResult TypePtr::meet_aryptr<TypeAryPtr>
`;

it("reads stacks, what was counted and how often", async () => {
  const profile = await readWith(asyncProfilerTextReader, HEAD + TRACES + FLAT);
  expect(profile.valueTypes).toEqual([
    { name: "samples", unit: "count" },
    { name: "time", unit: "nanoseconds" },
  ]);
  expect(profile.meta.defaultValueType).toBe(1);
  const stacks = [
    "java.lang.Thread.run;Zoo.lambda$main$2;Zoo.hot",
    "Parse::do_one_block() [clone .part.0];finish_task_switch.isra.0",
  ];
  expect(foldedOf(profile, 0).sort()).toEqual([`${stacks[1]} 1`, `${stacks[0]} 70`]);
  expect(foldedOf(profile, 1).sort()).toEqual([`${stacks[1]} 10241298`, `${stacks[0]} 701152149`]);
  expect([...profile.frames.kind]).toContain(FrameKind.kernel);
  expect(profile.notes.map(({ message }) => message)).toEqual([
    "the text lists the heaviest only: 9 of 80 samples are not in it",
  ]);
});

it("reads the table where there are no stacks", async () => {
  const profile = await readWith(asyncProfilerTextReader, HEAD + FLAT);
  expect(foldedOf(profile, 0).sort()).toEqual([
    "TypePtr::MeetResult TypePtr::meet_aryptr<TypeAryPtr> 5",
    "Zoo.hot 75",
  ]);
  expect(noteCodes(profile)).toEqual(["no-stacks×1"]);
});

it("knows bytes and events by their names, and says what it cannot use", async () => {
  const bytes = await readWith(asyncProfilerTextReader, HEAD + TRACES.replaceAll(" ns ", " bytes "));
  expect(bytes.valueTypes[1]).toEqual({ name: "memory", unit: "bytes" });
  const cycles = await readWith(
    asyncProfilerTextReader,
    `${HEAD}${TRACES.replaceAll(" ns ", " cycles ")}oh\n`,
  );
  expect(cycles.valueTypes[1]).toEqual({ name: "cycles", unit: "count" });
  expect(noteCodes(cycles)).toEqual(["bad-line×1", "heaviest-only×1"]);
  expect((await readingError(asyncProfilerTextReader, HEAD)).code).toBe("malformed");
  expect(asyncProfilerTextReader.sniff(headOf(HEAD))).toBe("yes");
  expect(asyncProfilerTextReader.sniff(headOf(TRACES))).toBe("no");
});

it("survives two thousand mutations", async () => {
  await readMutations(asyncProfilerTextReader, bytesOf(HEAD + TRACES + FLAT), 2000);
});
