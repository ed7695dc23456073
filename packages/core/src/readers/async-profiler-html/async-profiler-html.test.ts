import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { bytesOf, headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
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
  expect(asyncProfilerHtmlReader.sniff(headOf(PAGE))).toBe("yes");
  expect(asyncProfilerHtmlReader.sniff(headOf("<!DOCTYPE html><p>x</p>"))).toBe("no");
});

const TREE = `<!DOCTYPE html>
<html><title>Tree view</title><script>
function treeView(opt) {}
</script>
          <span class="total-count">total samples: 1,010</span>
      <ul class="tree">
        <li><div>54.96% [1,003] &#8226; self: 0.00% [0]</div> <span class="t0">java/lang/Thread.run</span>
<ul>
<li><div>52.67% [1,001] &#8226; self: 0.10% [1]</div> <span class="t6">Zoo.&lt;init&gt;</span>
<ul>
<li><div class="o">51.91% [1,000] &#8226; self: 51.15% [1,000]</div> <span class="t2">Zoo.hot</span>
</ul>
<li><div class="o">0.20% [2] &#8226; self: 0.20% [2]</div> <span class="t5">schedule</span>
</ul>
<li><div class="o">0.30% [3] &#8226; self: 0.30% [3]</div> <span class="t4">main</span>
`;

it("reads the call tree", async () => {
  expect(asyncProfilerHtmlReader.sniff(headOf(TREE))).toBe("yes");
  const profile = await readWith(asyncProfilerHtmlReader, TREE);
  expect(foldedOf(profile)).toEqual([
    "java/lang/Thread.run;Zoo.<init> 1",
    "java/lang/Thread.run;Zoo.<init>;Zoo.hot 1000",
    "java/lang/Thread.run;schedule 2",
    "main 3",
  ]);
  expect([...profile.frames.kind]).toEqual([
    FrameKind.interpreted,
    FrameKind.c1,
    FrameKind.jit,
    FrameKind.kernel,
    FrameKind.native,
  ]);
  expect(profile.notes.map(({ code, message }) => `${code}: ${message}`)).toEqual([
    "small-entries: the page leaves small entries out: 4 of 1010 samples are not in it",
  ]);
});

const FIXTURE = new URL("../../../../../fixtures/async-profiler-html/hot-heatmap.html.gz", import.meta.url);

/** The heatmap's data without the page around it. */
function heatmapPage(): string {
  const text = new TextDecoder().decode(gunzipSync(readFileSync(FIXTURE)));
  const packed = text.slice(
    text.indexOf('<pre id="executionsHeatmap">'),
    text.indexOf("</pre>", text.indexOf('<pre id="methods">')),
  );
  const lines = text.split("\n").filter((line) => /^\s*let (?:startMs|cpool) = /.test(line));
  return `<!DOCTYPE html>\n${packed}</pre>\n${lines.join("\n")}\n`;
}

it("unpacks a heatmap: stacks over time", async () => {
  const profile = await readWith(asyncProfilerHtmlReader, heatmapPage());
  expect(profile.samples.length).toBe(110);
  expect(foldedOf(profile)[0]).toBe("Hot.main;Hot.hot 105");
  const times = [...profile.samples.time!];
  expect(times.every((time, i) => time % 20e6 === 0 && (i === 0 || time >= times[i - 1]!))).toBe(true);
  expect([...profile.frames.line].some((line) => line > 0)).toBe(true);
  expect(profile.meta.clock).toBe("unix");
  expect(noteCodes(profile)).toEqual(["time-blocks×1"]);
});

it("refuses a heatmap whose data is damaged", async () => {
  const damages: [RegExp, string][] = [
    [/....E<\/pre>/, "~~~~~E</pre>"], // a size
    [/"executionsHeatmap">S./, '"executionsHeatmap">Sy'], // a list's length
    [/<\/pre>.*/s, ""], // cut off
    [/"methods">S.*?<\/pre>/s, '"methods">SAE</pre>'],
  ];
  for (const [part, instead] of damages) {
    const error = await readingError(asyncProfilerHtmlReader, heatmapPage().replace(part, instead));
    expect(error.message).toContain("the heatmap's data is damaged");
  }
});

it("reads or refuses mutations", async () => {
  expect(await readMutations(asyncProfilerHtmlReader, bytesOf(heatmapPage()), 3000)).toBeGreaterThan(0);
  expect(await readMutations(asyncProfilerHtmlReader, bytesOf(PAGE), 3000)).toBeGreaterThan(0);
});
