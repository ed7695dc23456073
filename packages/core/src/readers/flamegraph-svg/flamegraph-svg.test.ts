import { describe, expect, it } from "vitest";
import { foldedOf, letters } from "../../../../../test/support/letters.ts";
import { headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { FrameKind, MemorySink, renderSvg } from "../../index.ts";
import { buildFlameTree } from "../../transforms/build-tree.ts";
import { flamegraphSvgReader } from "./index.ts";

/** flamegraph.pl's elements; rows are 16 high. */
function picture(
  frames: readonly (readonly [name: string, y: number, x: number, width: number])[],
  unit = "samples",
): string {
  const groups = frames.map(
    ([name, y, x, width]) =>
      `<g class="func_g">\n<title>${name} (${width.toLocaleString("en")} ${unit}, ${width / 100}%)</title><rect x="${x}" y="${y}" width="${width}" height="15.0" fill="red" />\n</g>`,
  );
  return `<?xml version="1.0" standalone="no"?>\n<svg version="1.1">\n<rect x="0" y="0" width="9" height="9"/>${groups.join("\n")}\n</svg>`;
}

const FLAME = picture([
  ["b&lt;int&gt;_[k]", 16, 10, 1200],
  ["c", 16, 1210, 300],
  ["a", 32, 10, 1600],
  ["all", 48, 10, 2000],
]);

describe("a flame graph read back", () => {
  it("finds stacks by place, self weights by what children leave", async () => {
    const profile = await readWith(flamegraphSvgReader, FLAME);
    expect(foldedOf(profile)).toEqual([" 400", "a 100", "a;b<int> 1200", "a;c 300"]);
    expect(profile.frames.kind[0]).toBe(FrameKind.kernel);
    expect(noteCodes(profile)).toEqual(["read-back×1"]);
  });

  it("reads an icicle and inferno's attributes, time units, small frames and differentials", async () => {
    const icicle = await readWith(
      flamegraphSvgReader,
      picture(
        [
          ["all", 16, 10, 2000],
          ["a", 32, 10, 2000],
          ["3 small frames", 48, 10, 50],
        ],
        "us",
      ),
    );
    expect(foldedOf(icicle)).toEqual(["a 1950000", "a;3 small frames 50000"]);
    expect(icicle.valueTypes).toEqual([{ name: "time", unit: "nanoseconds" }]);
    expect(noteCodes(icicle)).toEqual(["read-back×1", "small-frames×1"]);
    const inferno = await readWith(
      flamegraphSvgReader,
      `<svg><title>a (1 samples, 50.00%; +1.00%)</title>\n<rect x="0.0000%" y="1" width="50%" height="15" fg:x="0"\n fg:w="1"/><title>all (2 samples, 100%)</title><rect x="0.0000%" y="17" width="100%" fg:x="0" fg:w="2"/></svg>`,
    );
    expect(foldedOf(inferno)).toEqual([" 1", "a 1"]);
    expect(noteCodes(inferno)).toEqual(["read-back×1", "differential×1"]);
  });

  it("says where the picture does not add up", async () => {
    const odd = picture([
      ["x", 16, 5000, 10],
      ["c", 16, 10, 30],
      ["a", 32, 10, 20],
      ["all", 48, 10, 2000],
    ]);
    expect(noteCodes(await readWith(flamegraphSvgReader, odd))).toContain("no-parent×1");
    const heavy = odd.replace("a (20 ", "a (2 ");
    expect(noteCodes(await readWith(flamegraphSvgReader, heavy))).toContain("children-heavier×1");
    expect((await readingError(flamegraphSvgReader, "<svg></svg>")).code).toBe("malformed");
  });

  it("reads what we draw ourselves", async () => {
    const profile = letters(`
      main main main
      a<x> a<x> b
      c    d    .
      = 100 20 5
    `);
    const sink = new MemorySink();
    await renderSvg(buildFlameTree(profile), {}, sink);
    const svg = sink.bytes();
    expect(flamegraphSvgReader.sniff(headOf(svg))).toBe("yes");
    expect(foldedOf(await readWith(flamegraphSvgReader, svg))).toEqual([
      "main;a<x>;c 100",
      "main;a<x>;d 20",
      "main;b 5",
    ]);
  });

  it("knows flame graphs from other pictures", () => {
    expect(flamegraphSvgReader.sniff(headOf(FLAME))).toBe("yes");
    expect(flamegraphSvgReader.sniff(headOf("<svg><title>logo</title></svg>"))).toBe("no");
    expect(flamegraphSvgReader.sniff(headOf("<html>flamegraph</html>"))).toBe("no");
  });
});
