import { expect, it } from "vitest";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { faulthandlerReader } from "./index.ts";

const DUMP = `Timeout (0:00:01)!
Thread 0x00007f979a5c06c0 [pool-1] (most recent call first):
  File "/gen/w.py", line 5 in leaf
  File "/gen/w.py", line 7 in <genexpr>
  ...

Current thread 0x00007f979ac9eb80 (most recent call first):
  File "<string>", line ??? in <module>
Current thread's C stack trace (most recent call first):
  Binary file "/lib/libc.so", at f+0x1 [0x2]
Thread 0x1 (most recent call first):
  <no Python frame>
Stack (most recent call first):
  File "a.py", line 1 in f
  File odd
`;

it("reads a sample per thread and dump", async () => {
  const profile = await readWith(faulthandlerReader, DUMP);
  expect(foldedOf(profile)).toEqual([" 1", "<genexpr>;leaf 1", "<module> 1", "f 1"]);
  expect(profile.threads.map(({ name }) => name)).toEqual(["pool-1", "0x00007f979ac9eb80", "0x1", ""]);
  expect([...profile.frames.line]).toEqual([5, 7, 0, 1]);
  expect(profile.labelSets[1]).toEqual([{ key: "current", value: "true" }]);
  expect(noteCodes(profile)).toEqual(["deep-stack×1", "c-stack×1", "bad-frame×1"]);
});

it("refuses a text without stacks and knows its own", async () => {
  expect((await readingError(faulthandlerReader, "Timeout\n")).code).toBe("malformed");
  expect(faulthandlerReader.sniff(headOf(DUMP))).toBe("yes");
  expect(faulthandlerReader.sniff(headOf('Traceback (most recent call last):\n  File "a"\n'))).toBe("no");
});
