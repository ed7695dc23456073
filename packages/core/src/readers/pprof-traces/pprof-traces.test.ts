import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { bytesOf, headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import type { Profile } from "../../model/profile.ts";
import { requireReader } from "../open.ts";
import { pprofTracesReader } from "./index.ts";

const RULE = "-----------+-------------------------------------------------------";
const HEAP = `File: server
Type: inuse_space
${RULE}
     bytes:  6.75kB
         0   main.leaf (inline)
             main.main
${RULE}
      key1:  tag
     bytes:  1.56MB
   62.50MB   000000000040102f main.leaf /src/my app/main.go:12
             main.(*T).run main.go:7
odd
${RULE}
`;

it("reads labels, amounts, places and inlined frames", async () => {
  const profile = await readWith(pprofTracesReader, HEAP);
  expect(profile.meta.title).toBe("server");
  expect(profile.valueTypes).toEqual([{ name: "inuse_space", unit: "bytes" }]);
  expect(foldedOf(profile)).toEqual(["main.(*T).run;main.leaf 65536000", "main.main;main.leaf 0"]);
  expect(profile.labelSets.slice(1)).toEqual([
    [{ key: "bytes", value: "6.75kB" }],
    [
      { key: "key1", value: "tag" },
      { key: "bytes", value: "1.56MB" },
    ],
  ]);
  expect([...profile.frames.line]).toEqual([0, 0, 12, 7]);
  expect([...profile.frames.inlined]).toEqual([1, 0, 0, 0]);
  expect(profile.frames.address[2]).toBe(0x40102fn);
  expect(noteCodes(profile)).toEqual(["unknown-line×1", "rounded×1"]);
});

it("knows its format", async () => {
  expect(pprofTracesReader.sniff(headOf(HEAP))).toBe("yes");
  expect(pprofTracesReader.sniff(headOf(`a | b\n${RULE}\n 1 | 2\n`))).toBe("no");
  expect(await readingError(pprofTracesReader, `${RULE}\n${RULE}\n`)).toMatchObject({ code: "malformed" });
});

it("reads or refuses mutations", async () => {
  expect(await readMutations(pprofTracesReader, bytesOf(HEAP), 3000)).toBeGreaterThan(0);
});

const fixtures = new URL("../../../../../fixtures/", import.meta.url);

it("agrees with the profile that pprof printed", async () => {
  const printed = await readWith(pprofTracesReader, unpacked("pprof-traces/go-cpu-lines.txt.gz"));
  const original = await readWith(requireReader("pprof"), unpacked("pprof/go-cpu.pb.gz"));
  const cpu = original.valueTypes.findIndex(({ name }) => name === "cpu");
  expect(total(printed, 0)).toBe(total(original, cpu));
  expect(foldedOf(printed)).toEqual(foldedOf(original, cpu));
});

function unpacked(name: string): Uint8Array {
  return gunzipSync(readFileSync(new URL(name, fixtures)));
}

function total(profile: Profile, type: number): number {
  return [...profile.samples.weights[type]!].reduce((sum, weight) => sum + weight, 0);
}
