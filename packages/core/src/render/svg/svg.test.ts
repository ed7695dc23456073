import { describe, expect, test } from "vitest";
import { foldedTree } from "../../../../../test/support/folded-tree.ts";
import { expectGolden } from "../../../../../test/support/golden.ts";
import { svgOf } from "../../../../../test/support/svg.ts";
import { totalsFromSelf } from "../../transforms/flame-tree.ts";
import { FlambeauError } from "../../util/errors.ts";
import { parseNameAttributes } from "./name-attributes.ts";
import type { SvgOptions } from "./options.ts";

const golden = (name: string): URL => new URL(`golden/${name}.svg`, import.meta.url);

const SMALL = `main;parse;lex 30
main;parse;malloc 10
main;run;loop;read_[k] 20
main;run;loop 30
main;run;exit 10`;

const DIFF = `main;same 50 50
main;more 10 30
main;less 40 20
main;old;leaf 10 0
main;new;leaf 0 15`;

describe("golden files", () => {
  test("a flame graph", async () => {
    expectGolden(golden("flame"), (await svgOf(foldedTree(SMALL))).svg);
  });

  test("an icicle with other options", async () => {
    const options: SvgOptions = {
      icicle: true,
      title: "A & B",
      subtitle: "<sub>",
      notes: "recorded -- here",
      colors: "java",
      width: 600,
      fontSize: 10,
      frameHeight: 20,
      countName: "ms",
      factor: 0.5,
      strokeColor: "#123456",
      uiColor: "#654321",
      encoding: "iso-8859-1",
      nameAttributes: parseNameAttributes(
        'lex\thref=https://x.test/?a&b\ttitle=T<\tclass=c\tg_extra=data-x="1"',
      ),
    };
    expectGolden(golden("icicle"), (await svgOf(foldedTree(`${SMALL}\nmain;\u00e9t\u00e9 9`), options)).svg);
  });

  test("a flame chart with blocks", async () => {
    const text = "m;z 500\nm;a 1\nm;b 1\nm;z 500\nm;tail;x 1";
    const { svg } = await svgOf(foldedTree(text, { ordered: true }), { minWidth: 2 });
    expectGolden(golden("chart"), svg);
  });

  test("a differential, with both sides' widths", async () => {
    expectGolden(golden("differential"), (await svgOf(foldedTree(DIFF, { width: "both" }))).svg);
  });

  test("the data for the script", async () => {
    const tree = foldedTree(`${SMALL}\nmain;tiny;x 0.01\nmain;tiny;y 0.01`);
    const inverted = foldedTree(SMALL, { inverted: true });
    const { svg } = await svgOf(tree, { interactive: true, invertedTree: inverted });
    const data = /<metadata id="data">(.*)<\/metadata>/.exec(svg)![1]!;
    expectGolden(
      new URL("golden/data.json", import.meta.url),
      `${JSON.stringify(JSON.parse(data), null, 1)}\n`,
    );
  });
});

describe("titles", () => {
  test("percentages are those of the exact weights", async () => {
    const { frames } = await svgOf(foldedTree("a;b 1.5\na;c 2.5"));
    expect(frames.map(({ title }) => title)).toEqual([
      "all (4 samples, 100%)",
      "a (4 samples, 100.00%)",
      "b (2 samples, 37.50%)",
      "c (2 samples, 62.50%)",
    ]);
  });

  test("a differential tells both sides and the change, up the ancestors", async () => {
    const { frames } = await svgOf(foldedTree(DIFF, { width: "both" }));
    const titles = frames.map(({ title }) => title);
    expect(titles).toContain("main (225 samples, 100.00%; +2.22%; base 110, head 115)");
    expect(titles).toContain("new (15 samples, 6.67%; +6.67%; base 0, head 15, only in head)");
    expect(titles).toContain("old (10 samples, 4.44%; -4.44%; base 10, head 0, only in base)");
  });

  test("relative, own weight only, or negated", async () => {
    const tree = foldedTree(DIFF, { width: "both" });
    const title = async (options: SvgOptions, name: string): Promise<string> =>
      (await svgOf(tree, options)).frames.find((frame) => frame.title.startsWith(`${name} (`))!.title;
    expect(await title({ diffScale: "relative" }, "more")).toContain("; +200.00% of base; base 10, head 30)");
    expect(await title({ diffScale: "relative" }, "new")).toContain("; new; base 0, head 15, only in head)");
    expect(await title({ diffColor: "self" }, "main")).toContain("; 0.00% self; base 110, head 115)");
    expect(await title({ negate: true }, "more")).toContain("; -8.89%;");
  });
});

describe("units", () => {
  const cpu = {
    ...foldedTree("a;b 1500000\na;c 2500000000", { unit: "nanoseconds" }),
    measured: "cpu-clock",
  };

  test("times and bytes are written in the multiple that fits", async () => {
    const { svg, frames } = await svgOf(cpu);
    expect(frames.map(({ title }) => title)).toEqual([
      "all (2.5 s, 100%)",
      "a (2.5 s, 100.00%)",
      "b (1.5 ms, 0.06%)",
      "c (2.5 s, 99.94%)",
    ]);
    expect(svg).toContain("Width: share of 2.5 s of cpu-clock.");
    const bytes = await svgOf(foldedTree("a 4096 6144", { unit: "bytes", width: "both" }));
    expect(bytes.frames[1]!.title).toContain("a (10 KiB, 100.00%; +20.00%; base 4 KiB, head 6 KiB)");
    expect(bytes.svg).toContain(">less -2 KiB<");
  });

  test("a count name or a factor of the user's own, and all other units, leave the numbers whole", async () => {
    const title = async (options: SvgOptions, tree = cpu): Promise<string> =>
      (await svgOf(tree, options)).frames[2]!.title;
    expect(await title({ countName: "ns" })).toBe("b (1,500,000 ns, 0.06%)");
    expect(await title({ factor: 0.001 })).toBe("b (1,500 nanoseconds, 0.06%)");
    expect(await title({}, { ...cpu, unit: "cycles" })).toBe("b (1,500,000 cycles, 0.06%)");
  });
});

describe("differentials", () => {
  const fills = async (options: SvgOptions): Promise<Map<string, string>> => {
    const { frames } = await svgOf(foldedTree(DIFF, { width: "both" }), options);
    return new Map(frames.map(({ title, fill }) => [title.slice(0, title.indexOf(" (")), fill]));
  };

  test("scales: absolute by the largest change, relative by the larger side", async () => {
    const absolute = await fills({});
    expect(absolute.get("same")).toBe("#ececec");
    expect(absolute.get("more")).toBe("#f58214");
    expect(absolute.get("less")).toBe("#4691eb");
    expect(absolute.get("new")).not.toBe("#f58214");
    const relative = await fills({ diffScale: "relative" });
    expect(relative.get("new")).toBe("#f58214");
    expect(relative.get("old")).toBe("#4691eb");
    expect(relative.get("more")).not.toBe("#f58214");
  });

  test("frames that only the narrow side has are spoken of", async () => {
    const { svg } = await svgOf(foldedTree(DIFF));
    expect(svg).toContain(
      "2 frames have no width: 10 samples only on the side that does not give the width.",
    );
  });
});

describe("weights", () => {
  test("a signed tree is drawn by magnitude, its sign as base and head", async () => {
    const tree = foldedTree("a;up 30\na;down -10");
    const { frames, summary, svg } = await svgOf(tree);
    expect(frames.map(({ title, width }) => `${title} ${width}`)).toEqual([
      "all (40 samples, 100%; +50.00%; base 10, head 30) 1180",
      "a (40 samples, 100.00%; +50.00%; base 10, head 30) 1180",
      "down (10 samples, 25.00%; -25.00%; base 10, head 0, only in base) 295",
      "up (30 samples, 75.00%; +75.00%; base 0, head 30, only in head) 885",
    ]);
    expect(summary.warnings).toHaveLength(1);
    expect(svg).toContain("Weights below zero are shown as base");
  });

  test("nothing to draw is an error, not an empty picture", async () => {
    const errorOf = async (text: string): Promise<unknown> =>
      svgOf(foldedTree(text)).catch((error: unknown) => error);
    for (const text of ["", "a 0"]) {
      const error = await errorOf(text);
      expect(error).toBeInstanceOf(FlambeauError);
      expect((error as FlambeauError).code).toBe("nothing-left");
    }
    const tree = foldedTree("a 1");
    const self = Float64Array.of(0, Number.NaN);
    const broken = { ...tree, self, total: totalsFromSelf(tree.parent, self) };
    await expect(svgOf(broken)).rejects.toMatchObject({ code: "malformed" });
  });

  test("--total widens, and is ignored with a warning where it is too small", async () => {
    const wide = await svgOf(foldedTree("a 50"), { total: 100 });
    expect(wide.frames.map(({ title, width }) => `${title} ${width}`)).toEqual([
      "all (100 samples, 100%) 1180",
      "a (50 samples, 50.00%) 590",
    ]);
    const narrow = await svgOf(foldedTree("a 50"), { total: 10 });
    expect(narrow.summary.warnings).toHaveLength(1);
    expect(narrow.frames[1]!.width).toBe(1180);
  });
});

describe("options", () => {
  test("what is no colour, font, palette or width is refused", async () => {
    const bad: SvgOptions[] = [
      { colors: "nope" as never },
      { bgColors: "red" },
      { bgColors: "#12345" },
      { fontType: "x;}*{fill:red" },
      { searchColor: 'red"' },
      { strokeColor: "red" },
      { uiColor: "#12345g" },
      { width: Number.NaN },
      { width: 5 },
      { frameHeight: 0 },
      { minWidth: "1 px" },
      { factor: Number.POSITIVE_INFINITY },
      { encoding: 'a"b' },
    ];
    for (const options of bad) {
      await expect(svgOf(foldedTree("a 1"), options), JSON.stringify(options)).rejects.toMatchObject({
        code: "usage",
      });
    }
  });

  test("palette maps are used and added to", async () => {
    const { frames, summary } = await svgOf(foldedTree("a 1\nb 1"), {
      paletteMap: new Map([
        ["a", "rgb(1,2,3)"],
        ["b", "url(evil)"],
      ]),
    });
    expect(frames[1]!.fill).toBe("#010203");
    expect([...summary.paletteMap!.keys()]).toEqual(["a", "b"]);
    expect(summary.paletteMap!.get("b")).toMatch(/^rgb\(\d+,\d+,\d+\)$/);
  });

  test("random colours differ, all others are the same every time", async () => {
    const tree = foldedTree("a 1\nb;a 1");
    const fill = async (options: SvgOptions): Promise<string[]> =>
      (await svgOf(tree, options)).frames.map((frame) => frame.fill);
    let state = 0;
    const randomNumber = (): number => {
      state = (state + 0.17) % 1;
      return state;
    };
    expect(new Set(await fill({ random: true, randomNumber })).size).toBe(4);
    for (const options of [{}, { hash: true }, { deterministic: true }, { colorDiffusion: true }]) {
      expect(await fill(options)).toEqual(await fill(options));
    }
    expect((await fill({ colorDiffusion: true }))[0]).toBe("#ff6464");
  });

  test("a chain graph colours what is above the divider as waker", async () => {
    const { frames } = await svgOf(foldedTree("a;b;--;w;v 1"), { colors: "chain" });
    const { frames: explicit } = await svgOf(foldedTree("w_[w];v_[w] 1"), { colors: "chain" });
    expect(frames[3]).toMatchObject({ fill: "#a0a0a0" });
    expect(frames.slice(4).map(({ fill }) => fill)).toEqual(explicit.slice(1).map(({ fill }) => fill));
    expect(frames[1]!.fill).not.toBe(frames[4]!.fill);
  });

  test("too deep a picture ends in a row of deeper frames, and says so", async () => {
    const deep = `${Array.from({ length: 3000 }, (_, i) => `f${i}`).join(";")} 7`;
    const { svg, summary, frames } = await svgOf(foldedTree(deep));
    expect(summary).toMatchObject({ rows: 2000, treeRows: 3001 });
    expect(summary.height).toBeLessThan(32_767);
    expect(summary.warnings).toHaveLength(1);
    expect(frames.at(-1)!.title).toBe("1,002 deeper frames (7 samples, 100.00%)");
    expect(svg).toContain("Of 3,001 rows, the outermost gathers what is deeper.");
  });

  test("declared encodings are met by character references", async () => {
    const { svg } = await svgOf(foldedTree("\u00e9 1"), { encoding: "ascii" });
    expect(svg).toMatch(/^<\?xml version="1.0" encoding="ascii"/);
    expect(svg).not.toMatch(/[^\u0000-\u007f]/);
    expect(svg).toContain("&#xe9; (1 samples");
  });

  test("the file asks for nothing from elsewhere", async () => {
    const { svg } = await svgOf(foldedTree(SMALL), { interactive: true });
    const urls = [...svg.matchAll(/https?:\/\/[^"'\s<`)]+/g)].map(([url]) => url);
    expect(new Set(urls)).toEqual(new Set(["http://www.w3.org/2000/svg", "http://www.w3.org/1999/xhtml"]));
    expect(svg).not.toMatch(/\son\w+=|@import|<!DOCTYPE|\bfetch\(|XMLHttpRequest|\beval\(|new Function/);
  });
});
