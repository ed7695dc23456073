import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FlambeauError } from "../../util/errors.ts";
import { encodeUtf8 } from "../../util/platform.ts";
import { blueOrange, classicColor } from "./differential.ts";
import { renderErrorSvg } from "./error-svg.ts";
import { fitLabel } from "./labels.ts";
import { parseNameAttributes } from "./name-attributes.ts";
import { fnvHues, sumHues, vectorHues } from "./name-hash.ts";
import { coordinate, fixed, percent, withCommas } from "./numbers.ts";
import { formatPaletteMap, parsePaletteMap } from "./palette-map.ts";
import { hex, PALETTES, type PaletteName, paletteColor } from "./palettes.ts";
import { asciiOnly, visibleText, xmlComment, xmlData, xmlText } from "./xml.ts";

describe("colours", () => {
  test("the default number of a name is drand48's first, seeded with the sum of its characters", () => {
    for (const name of ["", "main", "java/lang/Thread:.run_[j]", "\u{1f525}", "x".repeat(100_000)]) {
      let sum = 0n;
      for (const character of name) sum += BigInt(character.codePointAt(0)!);
      const exact = ((((sum & 0xffffffffn) << 16n) + 0x330en) * 0x5deece66dn + 0xbn) & (2n ** 48n - 1n);
      expect(sumHues(name).v1).toBe(Number(exact) / 2 ** 48);
    }
    // perl -e 'srand(421); print rand(1)', for "main".
    expect(sumHues("main").v1).toBeCloseTo(0.778599984319047, 12);
  });

  test("the name hash is inferno's and flamegraph.pl's", () => {
    const name = "org/mozilla/javascript/NativeFunction:.initScriptFunction_[j]";
    expect(vectorHues(name).v1).toBeCloseTo(0.779_646_04, 6);
    expect(vectorHues(name).v2).toBeCloseTo(0.644_153_1, 6);
    expect(vectorHues("genunix`kmem_cache_free").v1).toBeCloseTo(0.466_926_34, 6);
    expect(vectorHues("``0xfffffffffb8001d6").v1).toBeCloseTo(0.418_131_17, 6);
    expect(vectorHues("").v1).toBe(1);
  });

  test("inferno's deterministic numbers are FNV-1a of the bytes", () => {
    // 64-bit FNV-1a of "a" is af63dc4c8601ec8c.
    expect(fnvHues(encodeUtf8("a")).v1).toBe(
      Math.fround(Number(0xaf63dc4c8601ec8cn) / Number(2n ** 64n - 1n)),
    );
    expect(fnvHues(encodeUtf8("a")).v2).not.toBe(fnvHues(encodeUtf8("a")).v1);
  });

  test("every palette has its formula", () => {
    const hues = { v1: 0.5, v2: 0.25, v3: 0.75 };
    const expected: Partial<Record<PaletteName, string>> = {
      hot: "#f2730d",
      mem: "#00ca69",
      io: "#6e6ecb",
      red: "#e35a5a",
      green: "#50e350",
      blue: "#6e6ee6",
      yellow: "#caca3c",
      purple: "#de6ede",
      aqua: "#50c0c0",
      orange: "#de7a00",
    };
    for (const [palette, color] of Object.entries(expected)) {
      expect(`${palette} ${hex(paletteColor(palette as PaletteName, "x", hues))}`).toBe(
        `${palette} ${color}`,
      );
    }
  });

  test("semantic palettes look at the annotation, then at the name", () => {
    const hues = { v1: 0, v2: 0, v3: 0 };
    const hueNames = new Map(
      PALETTES.slice(0, 10).map((palette) => [hex(paletteColor(palette, "", hues)), palette as string]),
    );
    const hue = (palette: PaletteName, name: string): string =>
      hueNames.get(hex(paletteColor(palette, name, hues)))!;
    const cases: readonly (readonly [PaletteName, string, string])[] = [
      ["java", "a_[j]", "green"],
      ["java", "a_[0]", "green"],
      ["java", "a_[i]", "aqua"],
      ["java", "Ljava/lang/String;::hash", "green"],
      ["java", "com.sun.Foo.bar", "green"],
      ["java", "a:::b", "green"],
      ["java", "std::vector", "yellow"],
      ["java", "read_[k]", "orange"],
      ["java", "malloc", "red"],
      ["js", "/a.js:1_[j]", "green"],
      ["js", "Builtin_[j]", "aqua"],
      ["js", "v8::Run", "yellow"],
      ["js", "f /x/y.js:3", "green"],
      ["js", "LazyCompile:~f", "aqua"],
      ["js", " ", "green"],
      ["js", "read_[k]", "orange"],
      ["js", "malloc", "red"],
      ["perl", "Foo::bar", "yellow"],
      ["perl", "Perl_sv", "green"],
      ["perl", "x.pl", "green"],
      ["perl", "read_[k]", "orange"],
      ["perl", "malloc", "red"],
      ["python", "/usr/lib/python3.11/json/x.py", "yellow"],
      ["python", "/v/site-packages/a.py", "aqua"],
      ["python", "<built-in len>", "yellow"],
      ["python", "app.py", "red"],
      ["rust", "core::fmt", "orange"],
      ["rust", "<alloc::vec", "orange"],
      ["rust", "prog`std::rt", "orange"],
      ["rust", "<core::future::from_generator::GenFuture<T> as x>", "aqua"],
      ["rust", "my::f", "aqua"],
      ["rust", "malloc", "yellow"],
      ["wakeup", "x", "aqua"],
      ["chain", "x_[w]", "aqua"],
      ["chain", "x", "blue"],
    ];
    for (const [palette, name, color] of cases) {
      expect(`${palette} ${name}: ${hue(palette, name)}`).toBe(`${palette} ${name}: ${color}`);
    }
  });

  test("differential colours: classic as flamegraph.pl's, blue and orange otherwise", () => {
    expect(classicColor(0, 10)).toEqual([255, 255, 255]);
    expect(classicColor(10, 10)).toEqual([255, 0, 0]);
    expect(classicColor(-5, 10)).toEqual([105, 105, 255]);
    expect(hex(blueOrange(0))).toBe("#ececec");
    const [red, , blue] = blueOrange(1);
    expect(red).toBeGreaterThan(blue);
    const [lessRed, , lessBlue] = blueOrange(-1);
    expect(lessBlue).toBeGreaterThan(lessRed);
  });
});

describe("numbers", () => {
  test("ties go to even, as C's printf has them", () => {
    expect([0.125, 0.375, 2.5, 3.5, -0.125].map((value) => fixed(value, 2))).toEqual([
      "0.12",
      "0.38",
      "2.50",
      "3.50",
      "-0.12",
    ]);
    expect([0.5, 1.5, 2.5, 1e15 + 0.5].map((value) => fixed(value, 0))).toEqual([
      "0",
      "2",
      "2",
      "1000000000000000",
    ]);
    expect(fixed(0.25, 1)).toBe("0.2");
  });

  test("thousands are separated", () => {
    expect([0, 999, 1000, 1234567.5, -1234, 1e21].map(withCommas)).toEqual([
      "0",
      "999",
      "1,000",
      "1,234,568",
      "-1,234",
      "1,000,000,000,000,000,000,000",
    ]);
    expect([10, 10.04, 10.06].map(coordinate)).toEqual(["10", "10", "10.1"]);
    expect(percent(1, 0)).toBe("0.00");
  });
});

describe("labels", () => {
  test("fit into whole characters, two dots where cut", () => {
    expect(fitLabel("function", 56, 7, "right")).toBe("function");
    expect(fitLabel("function", 55, 7, "right")).toBe("funct..");
    expect(fitLabel("function", 55, 7, "left")).toBe("..ction");
    expect(fitLabel("function", 21, 7, "right")).toBe("f..");
    expect(fitLabel("function", 20, 7, "right")).toBe("");
  });

  test("count code points and split none", () => {
    const flames = "\u{1f525}".repeat(6);
    expect(fitLabel(flames, 42, 7, "right")).toBe(flames);
    expect(fitLabel(flames, 35, 7, "right")).toBe(`${"\u{1f525}".repeat(3)}..`);
    expect(fitLabel(flames, 35, 7, "left")).toBe(`..${"\u{1f525}".repeat(3)}`);
  });
});

describe("XML", () => {
  test("is escaped once, and what XML forbids is replaced so that one sees it", () => {
    expect(xmlText(`<a href="x">&amp;'`)).toBe("&lt;a href=&quot;x&quot;&gt;&amp;amp;&#39;");
    expect(visibleText("a\u0000\t\n\u001b\u007f\u0085\ufffe\ud800b\udc00")).toBe(
      "a\u2400\u2409\u240a\u241b\u2421\ufffd\ufffd\ufffdb\ufffd",
    );
    expect(visibleText("\u{1f525}")).toBe("\u{1f525}");
    expect(xmlComment("a -- b --> c")).not.toContain("--");
    expect(asciiOnly("\u00e9\u{1f525}")).toBe("&#xe9;&#x1f525;");
    expect(xmlData(`{"a":"]]>&quot;"}`)).toBe(`{"a":"]]&gt;&amp;quot;"}`);
  });

  test("nothing that comes out can open or close anything", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
        const out = xmlText(text);
        expect(out).not.toMatch(/[<>"'\u0000-\u001f]/);
        expect(out.replace(/&(amp|lt|gt|quot|#39);/g, "")).not.toContain("&");
        expect(() => encodeURIComponent(out)).not.toThrow();
      }),
      { seed: 7, numRuns: 1000 },
    );
  });

  test("an error is a picture too", () => {
    const svg = renderErrorSvg("no <samples>");
    expect(svg).toContain("ERROR: no &lt;samples&gt;");
    expect(svg.trimEnd().endsWith("</svg>")).toBe(true);
  });
});

describe("files of names", () => {
  test("palette maps survive, names with -> too", () => {
    const map = parsePaletteMap("b->rgb(1,2,3)\noperator->->rgb(4,5,6)\nbad->url(x)\n\n");
    expect([...map]).toEqual([
      ["b", "rgb(1,2,3)"],
      ["operator->", "rgb(4,5,6)"],
    ]);
    expect(formatPaletteMap(new Map([...map].reverse()))).toBe("b->rgb(1,2,3)\noperator->->rgb(4,5,6)\n");
  });

  test("name attributes are parsed", () => {
    const all = parseNameAttributes(
      'f\ttitle=a=b\thref=http://x/?a&b\tg_extra=data-a="1" data-b=\'2\'\ta_extra=rel="x"\n',
    );
    expect(all.get("f")).toEqual({
      title: "a=b",
      href: "http://x/?a&b",
      group: [
        ["data-a", "1"],
        ["data-b", "2"],
      ],
      link: [["rel", "x"]],
    });
  });

  test("name attributes that would run a script, or are none, are refused with their line", () => {
    for (const bad of [
      "f",
      'f\tg_extra=onclick="x()"',
      "f\thref= java\u0001script:x",
      "f\thref=JavaScript:x",
      "f\tg_extra=oops",
    ]) {
      const parse = (): unknown => parseNameAttributes(`ok\tid=x\n${bad}`);
      expect(parse).toThrow(FlambeauError);
      try {
        parse();
      } catch (error) {
        expect((error as FlambeauError).line).toBe(2);
      }
    }
  });
});
