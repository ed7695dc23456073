import { describe, expect, it } from "vitest";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { bytesOf, headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { FrameKind } from "../../model/profile.ts";
import { fieldsOf } from "./fields.ts";
import { v8LogReader } from "./index.ts";

const log = [
  "v8-version,11,3,244,8,-node.38,0",
  "shared-library,/usr/bin/node,0x400000,0xb71000,0",
  "shared-library-end",
  "profiler,begin,1000",
  "code-creation,Builtin,2,100,0x1000,256,ArrayMap",
  "code-creation,JS,10,200,0x2000,256,main /app/a b.js:3:14,0xaa,~",
  "code-creation,JS,10,210,0x3000,256,hot file:///w.js:7:2,0xbb,*",
  "code-creation,JS,10,220,0x4000,256, node:internal/x:1:1,0xcc,^",
  "tick,0x3010,1000,0,0x0,0,0x2010",
  "tick,0x400010,2000,0,0x3020,0,0x2010,+0x2000",
  "tick,0x1004,4000,0,0x0,1,0x2010",
  "code-move,0x3000,0x5000",
  "tick,0x5008,5000,0,0x0,0,0x2010,overflow",
  "code-creation,JS,10,230,0x2080,256,later /app/l.js:1:1,0xdd,",
  "tick,0x2090,6000,1,0x400100,0",
  "tick,0x2010,8000,0,0x0,0",
  "code-delete,0x2080",
  "tick,0x2090,9000,0,0x0,0",
  "profiler,end",
].join("\n");

describe("V8 log reader", () => {
  it("looks ticks up in the code that was there at the time", async () => {
    expect(v8LogReader.sniff(headOf(log))).toBe("yes");
    const profile = await readWith(v8LogReader, log);
    const stacks = Array.from(profile.samples.stack, (leaf, row) => {
      const names: string[] = [];
      for (let stack = leaf; stack >= 0; stack = profile.stacks.parent[stack]!) {
        names.unshift(profile.strings.get(profile.frames.name[profile.stacks.frame[stack]!]!));
      }
      return `${names.join(";")} ${profile.samples.weights[1]![row]}`;
    });
    expect(stacks).toEqual([
      "main;hot 1000000",
      "(anonymous);main;hot;/usr/bin/node 2000000",
      "main;Builtin: ArrayMap;(garbage collector) 1000000",
      "main;hot 1000000",
      "/usr/bin/node 2000000",
      "[unknown] 1000000",
      "[unknown] 1333333",
    ]);
    expect([...profile.samples.time!]).toEqual([1, 2, 4, 5, 6, 8, 9].map((ms) => ms * 1e6));
    expect(profile.meta).toMatchObject({
      producer: "V8 11.3.244.8-node.38",
      period: { value: 1e6 },
      defaultValueType: 1,
    });
    expect(noteCodes(profile)).toEqual(["overflow×1"]);
  });

  it("keeps where functions are and how they were compiled", async () => {
    const { frames, strings } = await readWith(v8LogReader, log);
    const rows = Array.from({ length: frames.length }, (_, row) => [
      strings.get(frames.name[row]!),
      strings.get(frames.file[row]!),
      frames.line[row],
      frames.column[row],
      frames.kind[row],
    ]);
    expect(rows).toContainEqual(["main", "/app/a b.js", 3, 14, FrameKind.interpreted]);
    expect(rows).toContainEqual(["hot", "file:///w.js", 7, 2, FrameKind.jit]);
    expect(rows).toContainEqual(["(anonymous)", "node:internal/x", 1, 1, FrameKind.jit]);
    expect(rows).toContainEqual(["/usr/bin/node", "", 0, 0, FrameKind.native]);
  });

  it("reads logs of old versions: quoted names, and code without a time", async () => {
    const old = [
      "v8-version,5,1,281,47,0",
      'code-creation,LazyCompile,0,0x2000,256,"main, of ""a"" b.js:3:14",0xaa,~',
      "tick,0x2010,1000,0,0x0,0",
    ].join("\n");
    const profile = await readWith(v8LogReader, old);
    expect(foldedOf(profile, 0)).toEqual(['main, of "a" 1']);
    expect(profile.strings.get(profile.frames.file[0]!)).toBe("b.js");
    expect(fieldsOf("a,b\\x2Cc\\n\\\\,")).toEqual(["a", "b,c\n\\", ""]);
  });

  it("notes lines that are garbled, and refuses a log without ticks", async () => {
    const bad = `${log}\ncode-creation,JS,10,1,zero,256,x\ntick,0x1\ncode-move,0x9,0x10\ncode-creation,JS,10,1,0x10,99999999,x\n`;
    expect(noteCodes(await readWith(v8LogReader, bad))).toEqual([
      "overflow×1",
      "bad-code×2",
      "bad-tick×1",
      "unknown-move×1",
    ]);
    const none = await readingError(v8LogReader, "v8-version,11,3,244,8,,0\n");
    expect([none.code, none.hint]).toEqual(["malformed", expect.stringContaining("--prof")]);
  });

  it("reads or refuses mutations", async () => {
    expect(await readMutations(v8LogReader, bytesOf(log), 3000)).toBeGreaterThan(100);
  });
});
