import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { bytesOf, headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { FrameKind } from "../../model/profile.ts";
import { foldedReader as reader } from "./index.ts";

const read = (text: string, mode: "each" | "merged" = "merged") => readWith(reader, text, mode);

describe("folded stacks", () => {
  it("takes the count behind the last blank, so that names may hold blanks", async () => {
    const profile = await read(
      "main;operator new (unsigned long);memcpy 12\nmain 3\nmain;operator new (unsigned long);memcpy 1\n",
    );
    expect(foldedOf(profile)).toEqual(["main 3", "main;operator new (unsigned long);memcpy 13"]);
    expect(noteCodes(profile)).toEqual([]);
  });

  it("reads fractions, signs and exponents exactly", async () => {
    const profile = await read(
      "a 1.5\nb -3\nc 2e3\nd .25\ne 5.\nf 0.1\ng 123456789012345\nh 1.7976931348623157e308\n",
    );
    expect([...profile.samples.weights[0]!]).toEqual([
      1.5, -3, 2000, 0.25, 5, 0.1, 123456789012345, 1.7976931348623157e308,
    ]);
  });

  it("reads two counts as the two sides of a comparison", async () => {
    const profile = await read("a;b 10 12\na;c 0 5\na;d 1\n");
    expect(profile.meta.differential).toBeUndefined();
    const both = await read("a;b 10 12\na;c 0 5\n");
    expect(both.meta.differential).toEqual({ base: 0, head: 1 });
    expect(foldedOf(both, 0)).toEqual(["a;b 10", "a;c 0"]);
    expect(foldedOf(both, 1)).toEqual(["a;b 12", "a;c 5"]);
  });

  it("reads annotations into kind and inlining", async () => {
    const profile = await read("java;f_[j];g_[i];h_[0];i_[1];sys_read_[k];wake_[w];x_[y] 1\n");
    const kinds = [...profile.frames.kind];
    expect(foldedOf(profile)).toEqual(["java;f;g;h;i;sys_read;wake;x_[y] 1"]);
    expect(kinds).toEqual([
      0,
      FrameKind.jit,
      0,
      FrameKind.interpreted,
      FrameKind.c1,
      FrameKind.kernel,
      FrameKind.waker,
      0,
    ]);
    expect([...profile.frames.inlined]).toEqual([0, 0, 1, 0, 0, 0, 0, 0]);
    expect(profile.meta.annotated).toBe(true);
  });

  it("makes one b of a;b, a;b-x and a;b;c, whatever the order", async () => {
    const profile = await read("a;b 10\na;b-x 5\na;b;c 7\n");
    expect(profile.stacks.length).toBe(4);
  });

  it("keeps the order of the file where each line is wanted", async () => {
    const profile = await read("b 1\na 2\nb 3\n", "each");
    expect([...profile.samples.stack]).toEqual([0, 1, 0]);
    expect(profile.meta.samplesInOrder).toBe(true);
  });

  it("does not take numbers with names for stacks", () => {
    const dump = "1.5  7: [entry] main(5650) depth: 0\n1.6  7: [exit ] main(5650) depth: 0\n";
    expect(reader.sniff(headOf(dump))).toBe("no");
    expect(reader.sniff(headOf("size = 40\nmagic = 3\n"))).toBe("no");
    expect(reader.sniff(headOf("std:: 4\na 3\nb 2\n"))).toBe("maybe");
  });

  it("ends a stack before a semicolon that nothing follows", async () => {
    const text = "a;b; 10\na;b 5\na; 1\na;b;c; 7\na;;d 2\n";
    for (const mode of ["merged", "each"] as const) {
      const profile = await read(text, mode);
      expect(foldedOf(profile)).toEqual(["a 1", "a;[empty];d 2", "a;b 15", "a;b;c 7"]);
    }
    const clean = await read("a;b; 10\n");
    expect([clean.notes, clean.frames.length]).toEqual([[], 2]);
  });

  it("skips lines it cannot use, and says which", async () => {
    const profile = await read("a 1\nno count\n\nb;c 1e999\n# a comment\n;x 2\nc nan\n");
    expect(foldedOf(profile)).toEqual(["[empty];x 2", "a 1"]);
    expect(profile.notes.map((note) => [note.code, note.count, note.places[0]?.line])).toEqual([
      ["no-count", 2, 2],
      ["count-not-finite", 1, 4],
      ["comment", 1, 5],
      ["empty-name", 1, undefined],
    ]);
  });

  it("reads hostile names, bytes that are no UTF-8, and CRLF", async () => {
    const bytes = bytesOf("__proto__;constructor;<script>;]]>;a?b 1\r\n");
    bytes[bytes.indexOf(0x3f)] = 0xff;
    const profile = await readWith(reader, bytes, "merged");
    expect(foldedOf(profile)).toEqual(["__proto__;constructor;<script>;]]>;a\ufffdb 1"]);
  });

  it("reads a stack of 100,000 frames and a line of 20 MB", async () => {
    const deep = Array.from({ length: 100_000 }, (_, i) => `f${i}`).join(";");
    const profile = await read(`${deep} 1\n${"y".repeat(20e6)} 2\n`);
    expect(profile.stacks.length).toBe(100_001);
  });

  it("refuses text without a stack, with the line", async () => {
    const error = await readingError(reader, "nothing here\n");
    expect([error.code, error.line]).toEqual(["malformed", 1]);
  });

  it("gives the same profile from the plain scanner", async () => {
    const line = fc.tuple(
      fc.array(fc.stringMatching(/^[a-c_[\]kj ]{0,4}$/), { minLength: 1, maxLength: 5 }),
      fc.integer(),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1 }), async (lines) => {
        const text = lines.map(([frames, count]) => `x${frames.join(";")} ${count}`).join("\n");
        const { ProfileBuilder } = await import("../../model/builder.ts");
        const { sourceOfBytes } = await import("../../util/source.ts");
        const builder = new ProfileBuilder("merged");
        await reader.read(sourceOfBytes(bytesOf(text)), builder, builder.notes, { plain: true });
        expect(foldedOf(builder.finish())).toEqual(foldedOf(await read(text)));
      }),
      { numRuns: 200, seed: 3 },
    );
  });
});

describe("recognising folded stacks", () => {
  it("takes no printed table for stacks", () => {
    const row = "/app/zoo.py:54 main       1      0.002987  0.764859  0.764859\n";
    expect(reader.sniff(headOf(`Clock type: CPU\n\nname    ncall  tsub  ttot  tavg\n${row.repeat(5)}`))).toBe(
      "no",
    );
    expect(reader.sniff(headOf(`a 1 2 3\n`))).toBe("no");
    expect(reader.sniff(headOf(`a;b 1 2 3\n`))).toBe("yes");
    expect(reader.sniff(headOf(`main 1 2\n`))).toBe("maybe");
  });

  it("takes no metrics for stacks", () => {
    expect(reader.sniff(headOf('# HELP a;b Some.\n# TYPE a gauge\na{b=";"} 3\na 4\n'))).toBe("no");
    expect(reader.sniff(headOf("# a comment\na;b 3\n"))).toBe("yes");
  });

  it.each([
    ["a;b;c 1\na;b 2\n", "yes"],
    ["a;b 1 2\n", "yes"],
    ["main 12\nmain 13\n", "maybe"],
    ["# comment\na;b 1\n", "yes"],
    ["hello\nworld\n", "no"],
    ['{"a": 1}', "no"],
    ["", "no"],
  ])("%j: %s", (text, verdict) => {
    expect(reader.sniff(headOf(text))).toBe(verdict);
  });
});
