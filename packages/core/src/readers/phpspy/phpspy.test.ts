import { expect, it } from "vitest";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { bytesOf, headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { phpspyReader } from "./index.ts";

const TRACES = `0 usleep <internal>:-1
1 Foo::bar /app/my foo.php:12
2 <main> /app/index.php:3
# uri = /x
# mem = 3

0 <main> /app/index.php:4
# - - - -
odd
`;

it("reads traces, places and what is said about them", async () => {
  const profile = await readWith(phpspyReader, TRACES);
  expect(foldedOf(profile)).toEqual(["<main> 1", "<main>;Foo::bar;usleep 1"]);
  expect([...profile.frames.line]).toEqual([0, 12, 3, 4]);
  expect(profile.strings.get(profile.frames.file[1]!)).toContain("foo.php");
  expect(profile.labelSets[1]).toEqual([
    { key: "uri", value: "/x" },
    { key: "mem", value: "3" },
  ]);
  expect(noteCodes(profile)).toEqual(["bad-line×1"]);
  expect((await readingError(phpspyReader, "# x = y\n")).code).toBe("malformed");
  expect(phpspyReader.sniff(headOf(TRACES))).toBe("yes");
  expect(phpspyReader.sniff(headOf("0 10\n1 20\n"))).toBe("no");
});

it("reads or refuses mutations", async () => {
  expect(await readMutations(phpspyReader, bytesOf(TRACES), 3000)).toBeGreaterThan(0);
});
