import { expect, it } from "vitest";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { FrameKind } from "../../index.ts";
import { asyncProfilerHtmlReader } from "./index.ts";

const page = (script: string): string =>
  `<!DOCTYPE html>\n<html>\n<script>\n\t// Copyright The async-profiler authors\n\tconst units = 'ns';\n\tconst levels = Array(4);\n${script}\n</script>\n`;

const PAGE = page(`const cpool = [
'all',
' main',
'$.a\\'b',
' kernel'
];
unpack(cpool);

n(3,100)
u(11,90)
u(18,60,1,2)
n(29,20)
f(12,1,30,10)`);

it("runs the calls of the page", async () => {
  const profile = await readWith(asyncProfilerHtmlReader, PAGE);
  expect(foldedOf(profile)).toEqual(["main 20", "main;kernel 20", "main;main.a'b 60"]);
  expect(profile.valueTypes).toEqual([{ name: "time", unit: "nanoseconds" }]);
  const kinds = [...profile.frames.kind].map((kind, i) => [
    profile.strings.get(profile.frames.name[i]!),
    kind,
    profile.frames.inlined[i],
  ]);
  expect(kinds).toContainEqual(["kernel", FrameKind.kernel, 0]);
  expect(kinds).toContainEqual(["main.a'b", FrameKind.jit, 1]);
  expect(profile.notes).toEqual([]);
});

it("reads the calls of older versions", async () => {
  const profile = await readWith(
    asyncProfilerHtmlReader,
    page("f(0,0,10,3,'all')\nf(1,0,10,3,'main')\nf(2,4,6,1,'leaf')"),
  );
  expect(foldedOf(profile)).toEqual(["main 4", "main;leaf 6"]);
});

it("says what it cannot use", async () => {
  const odd = await readWith(asyncProfilerHtmlReader, `${PAGE}\nu(99999,1)\nd=3\n`);
  expect(noteCodes(odd)).toEqual(["bad-call×1", "differential×1"]);
  expect((await readingError(asyncProfilerHtmlReader, page(""))).code).toBe("malformed");
  const heatmap = page('x = claimHtml("executionsHeatmap");');
  expect((await readingError(asyncProfilerHtmlReader, heatmap)).code).toBe("unsupported");
  expect(asyncProfilerHtmlReader.sniff(headOf(PAGE))).toBe("yes");
  expect(asyncProfilerHtmlReader.sniff(headOf("<!DOCTYPE html><p>x</p>"))).toBe("no");
});
