import { expect, it } from "vitest";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { macosSampleReader } from "./index.ts";

const REPORT = `Analysis of sampling rg (pid 64751) every 1 millisecond
Analysis Tool:   /usr/bin/sample
----

Call graph:
    825 Thread_15758523   DispatchQueue_1: com.apple.main-thread  (serial)
    + 825 start  (in libdyld.dylib) + 1  [0x7fff737cf3d5]
    +   800 main  (in rg) + 41  [0x10384b549]  main.rs:12
    +   ! 700 ???  (in rg)  load address 0x1 + 0x2  [0x3]
    +   20 other  (in rg) + 1  [0x4]
    5 Thread_2

Total number in stack (recursive counted multiple, when >=5):
        5       main  (in rg)
`;

it("reads inclusive counts by indentation", async () => {
  const profile = await readWith(macosSampleReader, REPORT);
  expect(foldedOf(profile)).toEqual([" 5", "start 5", "start;main 100", "start;main; 700", "start;other 20"]);
  expect(profile.threads).toEqual([
    { name: "Thread_15758523", tid: 15758523 },
    { name: "Thread_2", tid: 2 },
  ]);
  expect(profile.labelSets[1]).toEqual([
    { key: "queue", value: "DispatchQueue_1: com.apple.main-thread  (serial)" },
  ]);
  expect([...profile.frames.line]).toContain(12);
  expect([...profile.frames.address]).toContain(3n);
  expect(profile.meta.period).toEqual({ type: { name: "wall", unit: "nanoseconds" }, value: 1e6 });
  expect(profile.notes).toEqual([]);
});

it("keeps a truncated report and refuses a broken one with its line", async () => {
  expect(noteCodes(await readWith(macosSampleReader, REPORT.split("\n\nTotal")[0]!))).toEqual([
    "truncated×1",
  ]);
  expect(
    noteCodes(
      await readWith(
        macosSampleReader,
        REPORT.replace("825 start", "825 start").replace("800 main", "900 main"),
      ),
    ),
  ).toEqual(["children-heavier×1"]);
  for (const broken of [
    REPORT.replace("+ 825 start", "+  825 start"),
    REPORT.replace("825 start", "BAD"),
    REPORT.replace("+   800", "+     800"),
  ]) {
    expect(await readingError(macosSampleReader, broken)).toMatchObject({ code: "malformed" });
  }
  expect((await readingError(macosSampleReader, "Analysis of sampling x every 1 millisecond")).code).toBe(
    "malformed",
  );
  expect(macosSampleReader.sniff(headOf(REPORT))).toBe("yes");
  expect(macosSampleReader.sniff(headOf("main;leaf 1"))).toBe("no");
});
