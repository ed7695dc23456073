import { expect, it } from "vitest";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { euStackReader } from "./index.ts";

const DUMP = `PID 19273 - process
TID 19273:
#0  0x000055f01995c396     inl_leaf - /gen/w
    /gen/w.cpp:11:85
#1  0x000055f01995c396     leaf(double) - /gen/w
    /gen/w.cpp:12:65
#2  0x000055f01995c437 - 1 ns::Foo<double>::bar(int) - /gen/w
#3  0x00007f81d82bd4a3 - 1 - /usr/lib/libstdc++.so.6.0.30
TID 19275:
#0  0x000055f01995c396 leaf(double)
#1  0x00007f81d82bd4a3
eu-stack: dwfl_thread_getframes: no matching address range
`;

it("reads a sample per thread, with source and inlined calls", async () => {
  const profile = await readWith(euStackReader, DUMP);
  expect(foldedOf(profile)).toEqual([
    ";leaf(double) 1",
    ";ns::Foo<double>::bar(int);leaf(double);inl_leaf 1",
  ]);
  expect(profile.threads).toEqual([
    { name: "", tid: 19273, pid: 19273 },
    { name: "", tid: 19275, pid: 19273 },
  ]);
  expect([...profile.frames.line.subarray(0, 3)]).toEqual([11, 12, 0]);
  expect([...profile.frames.inlined.subarray(0, 3)]).toEqual([1, 0, 0]);
  expect(profile.mappings.map(({ path }) => path)).toEqual(["/gen/w", "/usr/lib/libstdc++.so.6.0.30"]);
  expect(noteCodes(profile)).toEqual(["no-frame×1"]);
});

it("refuses a text without stacks and knows its own", async () => {
  expect((await readingError(euStackReader, "PID 1 - process\n")).code).toBe("malformed");
  expect(euStackReader.sniff(headOf(DUMP))).toBe("yes");
  expect(euStackReader.sniff(headOf("#0  0x1 in main ()\n"))).toBe("no");
});
