import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { SvgOptions } from "../../packages/core/src/index.ts";
import { isKnownSvgDifference } from "../corpus/differences/svg.ts";
import { corpusFiles, corpusRoot, expectationsOf, haveCorpus, readCorpus } from "../support/corpus.ts";
import { type FoldedTreeOptions, foldedTree } from "../support/folded-tree.ts";
import { frameLines, framesOf, type SvgFrame, svgOf } from "../support/svg.ts";

const DROP_IN: SvgOptions = { diffPalette: "classic", diffColor: "self" };

const textOf = (file: string): string => new TextDecoder().decode(readCorpus("folded", file));

/** Files of folded stacks that every tool takes: UTF-8, with weights. */
const files = corpusFiles("folded").filter((file) => !/utf16|\.snap$|empty/.test(file));

/** flamegraph.pl, fetched by whoever has it. */
const perlScript = process.env.FLAMEGRAPH_PL;
const havePerl = perlScript !== undefined && existsSync(perlScript) && haveCorpus;

describe.skipIf(!haveCorpus)("inferno's expected pictures", () => {
  const expected = files.filter((file) =>
    expectationsOf("folded", file).some((name) => name.endsWith(".svg")),
  );

  test("there are some", () => expect(expected.length).toBeGreaterThan(3));

  test.each(expected)("%s", async (file) => {
    const theirs = framesOf(textOf(`${file}.expected.svg`));
    if (isKnownSvgDifference("inferno-reversed-fractions", file)) {
      expect(theirs.some(({ title }) => title.includes("(31 samples"))).toBe(true);
      return;
    }
    const java = isKnownSvgDifference("inferno-java-palette", file);
    const { frames } = await svgOf(foldedTree(textOf(file)), {
      ...DROP_IN,
      hash: true,
      minWidth: "0.01%",
      ...(java ? { colors: "java" as const } : {}),
    });
    const ours = frames.filter(({ title }) => !SMALL.test(title));
    // inferno's x and width are percentages and counts of samples; ours are pixels.
    const total = theirs.find(({ title }) => title.startsWith("all ("))!.width;
    const pixels = theirs.map((frame) => ({ ...frame, width: round((frame.width * 1180) / total) }));
    const plain = isKnownSvgDifference("inferno-differential-colours", file) || java;
    const key = (frame: SvgFrame): string => `${frame.title} ${plain ? "" : frame.fill}`;
    expect(ours.map(key).sort()).toEqual(pixels.map(key).sort());
    const widths = (frames: readonly SvgFrame[]): Map<string, number> =>
      new Map(frames.map((frame) => [frame.title, frame.width]));
    const wanted = widths(pixels);
    for (const [title, width] of widths(ours)) expect(Math.abs(width - wanted.get(title)!)).toBeLessThan(0.2);
  });
});

/** Names that only our java palette takes for Java. */
const JAVA_DOTS = /^L?(java|javax|jdk|net|org|com|io|sun)\.|_\[[01]\] \(/;

/** Titles of our blocks. */
const SMALL = /^[\d,]+ small frames? \(/;

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function perl(file: string, args: readonly string[]): SvgFrame[] {
  const run = spawnSync("perl", [perlScript!, ...args, `${corpusRoot}/folded/${file}`], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  return framesOf(run.stdout);
}

const RUNS: readonly { args: string[]; options: SvgOptions; tree?: FoldedTreeOptions }[] = [
  { args: [], options: {} },
  { args: ["--hash"], options: { hash: true } },
  { args: ["--inverted", "--colors=java"], options: { icicle: true, colors: "java" } },
  { args: ["--flamechart"], options: {}, tree: { ordered: true } },
  { args: ["--negate", "--colors=io"], options: { negate: true, colors: "io" } },
  {
    args: ["--width=800", "--fontsize=10", "--countname=ms", "--factor=2", "--colors=js"],
    options: { width: 800, fontSize: 10, countName: "ms", factor: 2, colors: "js" },
  },
];

describe.skipIf(!havePerl)("flamegraph.pl draws the same (set FLAMEGRAPH_PL to its path)", () => {
  describe.each(RUNS)("$args", ({ args, options, tree }) => {
    test.each(files)("%s", async (file) => {
      const theirs = perl(file, args);
      const { frames, summary } = await svgOf(foldedTree(textOf(file), tree), { ...DROP_IN, ...options });
      const gathered = summary.hiddenFrames > 0 && isKnownSvgDifference("gathered-children", file);
      const ours = frames.filter(({ title }) => !SMALL.test(title));
      const sorted = tree?.ordered !== true;
      if (
        isKnownSvgDifference("perl-rounded-percentages", file) ||
        (sorted && isKnownSvgDifference("perl-split-siblings", file))
      ) {
        expect(frameLines(ours)).not.toEqual(frameLines(theirs));
        expect(ours.length).toBeLessThanOrEqual(theirs.length);
        return;
      }
      const java = options.colors === "java" && isKnownSvgDifference("perl-java-dots", file);
      const factored = options.factor !== undefined && isKnownSvgDifference("perl-factor-change", file);
      const comparable = (frames: readonly SvgFrame[]): string[] =>
        frameLines(
          frames.map(({ title, x, width, fill }) => ({
            title: factored ? title.replace(/; [^;]*%\)$/, "") : title,
            fill: java && JAVA_DOTS.test(title) ? "" : fill,
            x: gathered ? 0 : x,
            width: gathered ? 0 : width,
          })),
        );
      expect(comparable(ours)).toEqual(comparable(theirs));
    });
  });
});
