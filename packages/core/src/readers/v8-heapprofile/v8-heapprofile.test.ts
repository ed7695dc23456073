import { describe, expect, it } from "vitest";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import {
  bytesOf,
  headOf,
  type Input,
  noteCodes,
  readingError,
  readWith,
} from "../../../../../test/support/reading.ts";
import { v8HeapprofileReader } from "./index.ts";

const read = (input: Input) => readWith(v8HeapprofileReader, input);

interface HeapNode {
  callFrame: object;
  selfSize: number;
  id: number;
  children: HeapNode[];
}

function node(id: number, functionName: string, selfSize: number, ...children: HeapNode[]): HeapNode {
  const callFrame = { functionName, scriptId: "1", url: "file:///a.js", lineNumber: id, columnNumber: 2 };
  return { callFrame, selfSize, id, children };
}

const HEAD = node(
  1,
  "(root)",
  0,
  node(2, "main", 100, node(3, "", 20), node(4, "idle", 0)),
  node(5, "other", 7),
);

describe("v8-heapprofile", () => {
  it("weighs each function by the bytes that it allocated itself", async () => {
    const profile = await read({ head: HEAD });
    expect(foldedOf(profile)).toEqual(["main 100", "main;(anonymous) 20", "other 7"]);
    expect(profile.valueTypes).toEqual([{ name: "space", unit: "bytes" }]);
    const { frames, strings } = profile;
    const main = Array.from(frames.name, (name) => strings.get(name)).indexOf("main");
    expect([strings.get(frames.file[main]!), frames.line[main], frames.column[main]]).toEqual([
      "file:///a.js",
      3,
      3,
    ]);
    expect(profile.notes).toEqual([]);
  });

  it("counts the sampled objects where the file lists them, wrapped or not", async () => {
    const samples = [2, 2, 3, 9].map((nodeId, ordinal) => ({ size: 50, nodeId, ordinal }));
    for (const input of [
      { samples, head: HEAD },
      { id: 1, result: { profile: { head: HEAD, samples } } },
    ]) {
      const profile = await read(input);
      expect(foldedOf(profile, 1)).toEqual(["main 2", "main;(anonymous) 1", "other 0"]);
      expect(profile.meta.observations).toBe(4);
      expect(noteCodes(profile)).toEqual(["sample-without-node×1"]);
    }
  });

  it("reads a tree of 100,000 levels", async () => {
    const open = '{"callFrame":{"functionName":"f"},"selfSize":1,"children":[';
    const profile = await read(`{"head":${open.repeat(100_000)}${"]}".repeat(100_000)}}`);
    expect(profile.stacks.length).toBe(100_000);
    expect(profile.samples.weights[0]!.reduce((a, b) => a + b, 0)).toBe(100_000);
  });

  it("knows its own", () => {
    const verdict = (input: Input): string => v8HeapprofileReader.sniff(headOf(input));
    expect(verdict({ head: HEAD })).toBe("yes");
    expect(verdict({ head: { functionName: "f", hitCount: 1 } })).toBe("no");
    expect(verdict({ snapshot: { meta: {} } })).toBe("no");
  });

  it("keeps what a cut file has, and refuses what has no tree", async () => {
    const text = JSON.stringify({ head: HEAD });
    expect(foldedOf(await read(text.slice(0, -60)))).toContain("main 100");
    expect(await readingError(v8HeapprofileReader, {})).toMatchObject({ code: "malformed" });
    const bytes = bytesOf({ head: HEAD, samples: [{ size: 50, nodeId: 2, ordinal: 1 }] });
    expect(await readMutations(v8HeapprofileReader, bytes, 3000)).toBeGreaterThan(100);
  });
});
