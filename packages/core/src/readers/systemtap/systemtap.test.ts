import { expect, it } from "vitest";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { bytesOf, headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { FrameKind } from "../../index.ts";
import { systemtapReader } from "./index.ts";

const STACKS = ` 0xffffffff8103ce3b : native_safe_halt+0xb/0x10 [kernel]
 0xffffffff8101c6a3 : default_idle+0x53/0x1d0 [kernel] (inexact)
 0x40
\t2404

 0x401000 : main+0x5/0x10 [/bin/prog]
\t3
`;

it("reads stacks and their counts", async () => {
  const profile = await readWith(systemtapReader, STACKS);
  expect(foldedOf(profile)).toEqual([";default_idle;native_safe_halt 2404", "main 3"]);
  expect(profile.mappings.map(({ path }) => path)).toEqual(["kernel", "/bin/prog"]);
  expect([...profile.frames.kind].filter((kind) => kind === FrameKind.kernel)).toHaveLength(2);
  const odd = await readWith(systemtapReader, `${STACKS} 5\nWARNING: x\n 0x1 : f\n`);
  expect(noteCodes(odd)).toEqual(["no-stack-above×1", "bad-line×1", "truncated×1"]);
  expect((await readingError(systemtapReader, " 0x1 : f\n")).code).toBe("malformed");
  expect(systemtapReader.sniff(headOf(STACKS))).toBe("yes");
  expect(systemtapReader.sniff(headOf("main;leaf 1\n"))).toBe("no");
});

it("reads or refuses mutations", async () => {
  expect(await readMutations(systemtapReader, bytesOf(STACKS), 3000)).toBeGreaterThan(0);
});
