import { PALETTES } from "@flambeau/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { foldedTree } from "../../../../test/support/folded-tree.ts";
import { buildLevelGraph, packStrings } from "../graph/index.ts";
import { changeColor, changeView } from "./change.ts";
import { contrast, cssColor, hsl, luminance, mix, pack, wantsBlackText } from "./color.ts";
import { percent } from "./info.ts";
import { LabelFitter, shownName } from "./labels.ts";
import { kindColor, libraryOf, nameColor, OWN_PALETTES, paletteNamed } from "./palettes.ts";
import { roundStep, tickLabel } from "./time-axis.ts";

const black = pack(0, 0, 0);
const white = pack(255, 255, 255);

describe("colours", () => {
  test("packed as an ImageData has them, and as CSS", () => {
    expect(pack(1, 2, 3)).toBe(0xff030201);
    expect(cssColor(pack(1, 2, 255))).toBe("#0102ff");
    expect(mix(black, white, 0.5)).toBe(pack(128, 128, 128));
    expect(cssColor(hsl(120, 1, 0.5))).toBe("#00ff00");
    expect([luminance(black), luminance(white)]).toEqual([0, 1]);
  });

  test("on every colour black or white text has a contrast of at least 4.5", () => {
    const channel = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(channel, channel, channel, (red, green, blue) => {
        const color = pack(red, green, blue);
        expect(contrast(color, wantsBlackText(color) ? black : white)).toBeGreaterThanOrEqual(4.5);
      }),
      { seed: 1, numRuns: 2000 },
    );
  });

  test("a name has the same colour each time, in every palette; unknown palettes are the first", () => {
    const texts = ["", "std::io::read", "std::io::write", "libc`malloc", "com/app/Main.run"];
    const names = {
      length: 5,
      ...packStrings(texts),
      kind: Uint8Array.of(0, 0, 2, 3, 0),
      inlined: new Uint8Array(5),
    };
    for (const palette of [...OWN_PALETTES, ...PALETTES]) {
      expect(paletteNamed(palette)).toBe(palette);
      for (const dark of [false, true]) {
        const colors = texts.map((_, row) => nameColor(palette, names, row, dark));
        expect(colors).toEqual(texts.map((_, row) => nameColor(palette, names, row, dark)));
        expect(colors.every((color) => color >>> 24 === 255)).toBe(true);
      }
    }
    expect([paletteNamed("constructor"), paletteNamed(null)]).toEqual(["warm", "warm"]);
    expect(nameColor("kind", names, 2, false)).not.toBe(nameColor("kind", names, 3, false));
    expect(kindColor(2, false, false)).not.toBe(kindColor(2, true, false));
  });

  test("libraries: module, namespace, package", () => {
    const of = (name: string): string => libraryOf(name);
    expect(["libc`malloc", "ntdll!Wait", "std::io::read", "a::b", "malloc"].map(of)).toEqual([
      "libc",
      "ntdll",
      "std.io",
      "a",
      "",
    ]);
    expect(of("invoke (click/core.py:1434)")).toBe("click");
    expect(["com/acme/Main.run", "<T as serde::de::X>::y", "github.com/x/y.Fn"].map(of)).toEqual([
      "com.acme",
      "T as serde.de",
      "github.com",
    ]);
  });
});

describe("differentials", () => {
  const graph = buildLevelGraph(
    foldedTree("m;up 10 40\nm;up;in 5 5\nm;down 30 15\nm;new 0 20\nm;gone 25 0", { width: "both" }),
  );
  const at = (name: string): number => {
    for (let rect = 0; rect < graph.length; rect++) {
      const row = graph.name[rect]!;
      const { bytes, offsets } = graph.names;
      if (new TextDecoder().decode(bytes.subarray(offsets[row]!, offsets[row + 1]!)) === name) return rect;
    }
    return -1;
  };

  test("absolute: against the largest change; relative: against the frame itself", () => {
    const absolute = changeView(graph, { scale: "absolute", by: "total", noise: 0 })!;
    expect(absolute.max).toBe(30);
    expect([absolute.share(at("up")), absolute.share(at("down")), absolute.share(at("new"))]).toEqual([
      1,
      -0.5,
      2 / 3,
    ]);
    const relative = changeView(graph, { scale: "relative", by: "total", noise: 0 })!;
    expect([relative.share(at("up")), relative.share(at("down")), relative.share(at("new"))]).toEqual([
      30 / 45,
      -0.5,
      1,
    ]);
    expect(relative.share(at("gone"))).toBe(-1);
  });

  test("by own weight", () => {
    const self = changeView(graph, { scale: "relative", by: "self", noise: 0 })!;
    expect([self.share(at("m")), self.share(at("up")), self.share(at("in"))]).toEqual([0, 30 / 40, 0]);
  });

  test("what happened, and what is noise", () => {
    const kinds = (noise: number): string[] =>
      ["up", "down", "in", "new", "gone"].map((name) =>
        changeView(graph, { scale: "absolute", by: "total", noise })!.kind(at(name)),
      );
    expect(kinds(0)).toEqual(["more", "less", "none", "new", "vanished"]);
    expect(kinds(0.2)).toEqual(["more", "none", "none", "new", "vanished"]);
    expect(changeView(graph, { scale: "absolute", by: "total", noise: 0.2 })!.share(at("down"))).toBe(0);
    expect(changeView(buildLevelGraph(foldedTree("a 1")), { scale: "absolute", by: "total", noise: 0 })).toBe(
      undefined,
    );
  });

  test("more is orange, less is blue, none is grey, in both themes", () => {
    for (const dark of [false, true]) {
      const [less, none, more] = [-1, 0, 1].map((share) => changeColor(share, dark));
      const [red, blue] = [(color: number) => color & 255, (color: number) => (color >> 16) & 255];
      expect(red(more!) - blue(more!)).toBeGreaterThan(80);
      expect(blue(less!) - red(less!)).toBeGreaterThan(80);
      expect(Math.abs(red(none!) - blue(none!))).toBeLessThan(20);
    }
  });
});

describe("labels", () => {
  const fitter = new LabelFitter((text) => [...text].length * 10);

  test("the whole name, both ends of it, its last part, or nothing", () => {
    const name = "alloc::vec::Vec<T>::push";
    expect(fitter.fit(name, 240)).toBe(name);
    expect(fitter.fit(name, 150)).toBe("alloc::…>::push");
    expect(fitter.fit(name, 239)).toHaveLength(23);
    expect(fitter.fit(name, 60)).toBe("…push");
    expect(fitter.fit(name, 40)).toBe("push");
    expect(fitter.fit(name, 20)).toBe("");
    expect(fitter.fit("com/acme/Main.run(int, x)", 60)).toBe("…run");
    expect(fitter.fit("reflow (textual/screen.py:12)", 80)).toBe("reflow…");
    expect(fitter.fit("", 100)).toBe("");
  });

  test("never wider than the room, whatever the characters", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", maxLength: 40 }),
        fc.integer({ min: 0, max: 300 }),
        (text, room) => {
          expect(fitter.width(fitter.fit(text, room))).toBeLessThanOrEqual(Math.max(room, 0));
        },
      ),
      { seed: 2, numRuns: 500 },
    );
  });

  test("characters outside of the first plane are not cut in half", () => {
    const cut = fitter.fit("\u{1f525}".repeat(40), 200);
    expect(cut).toMatch(/^(\u{1f525})+…(\u{1f525})+$/u);
  });

  test("controls and what turns writing around are shown as signs; endless names are cut", () => {
    expect(shownName("a\u0000b\u202ec")).toBe("a\ufffdb\ufffdc");
    expect(shownName("x".repeat(1_000_000)).length).toBeLessThan(5000);
  });
});

describe("numbers", () => {
  test("shares", () => {
    expect([0, 1, 0.1234, 0.01234, 0.00001, -0.00001].map(percent)).toEqual([
      "0%",
      "100.0%",
      "12.3%",
      "1.23%",
      "<0.01%",
      "−<0.01%",
    ]);
  });

  test("ticks at round places, in one unit", () => {
    expect([0.7, 1, 1.1, 2.1, 7, 130].map(roundStep)).toEqual([1, 1, 2, 5, 10, 200]);
    const labels = (step: number, unit: string): string[] =>
      [0, step, 12 * step].map((value) => tickLabel(value, step, unit));
    expect(labels(5e6, "nanoseconds")).toEqual(["0", "5 ms", "60 ms"]);
    expect(labels(200, "nanoseconds")).toEqual(["0", "0.2 µs", "2.4 µs"]);
    expect(labels(20, "milliseconds")).toEqual(["0", "20 ms", "240 ms"]);
    expect(labels(10, "samples")).toEqual(["0", "10 samples", "120 samples"]);
  });
});
