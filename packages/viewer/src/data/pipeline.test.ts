import type { Profile } from "@flambeau/core";
import { expect, test } from "vitest";
import { foldedOf, letters, validated } from "../../../../test/support/letters.ts";
import { treeFolded } from "../../../../test/support/trees.ts";
import { specOf } from "../../../../test/support/viewer-data.ts";
import { applyStep, expression, Pipeline } from "./pipeline.ts";
import { CancelledError } from "./rpc.ts";
import type { FilterStep, Selection } from "./spec.ts";

const never = new AbortController().signal;

/** A pipeline with the profile as number 1. */
function pipelineOf(profile: Profile): Pipeline {
  const pipeline = new Pipeline();
  pipeline.add(1, profile);
  return pipeline;
}

/** Four samples of two threads and none, at four times, with three labels. */
function sampled(): Profile {
  const drawn = letters(`
    main main main main
    a    a    b    c
    a    x    x    a::y
    = 1 2 4 8
  `);
  return validated({
    ...drawn,
    threads: [{ name: "one" }, { name: "two" }],
    labelSets: [
      [],
      [{ key: "k", value: "v" }],
      [
        { key: "k", value: 5 },
        { key: "j", value: "w" },
      ],
    ],
    samples: {
      ...drawn.samples,
      thread: Int32Array.of(0, 0, 1, -1),
      time: Float64Array.of(0, 10, 20, 30),
      labels: Int32Array.of(0, 0, 1, 2),
    },
  });
}

const all = ["main;a;a 1", "main;a;x 2", "main;b;x 4", "main;c;a::y 8"];

test.each<[string, Partial<Selection>, string[]]>([
  ["everything", {}, all],
  ["a thread", { threads: [0] }, all.slice(0, 2)],
  ["no thread", { threads: [-1] }, all.slice(3)],
  ["threads that do not exist", { threads: [7, -2] }, []],
  ["a label", { labels: [{ key: "k", value: "v" }] }, [all[2]!]],
  [
    "one of two values",
    {
      labels: [
        { key: "k", value: "v" },
        { key: "k", value: "5" },
      ],
    },
    all.slice(2),
  ],
  [
    "two labels at once",
    {
      labels: [
        { key: "k", value: "5" },
        { key: "j", value: "w" },
      ],
    },
    all.slice(3),
  ],
  ["a time", { ranges: [[10, 30]] }, all.slice(1, 3)],
  [
    "two times",
    {
      ranges: [
        [0, 5],
        [25, 31],
      ],
    },
    [all[0]!, all[3]!],
  ],
])("selection: %s", async (_, selection, expected) => {
  const pipeline = pipelineOf(sampled());
  const spec = specOf(1, { head: { profile: 1, ...selection } });
  expect(foldedOf(validated(await pipeline.samples(spec, never)))).toEqual(expected);
});

test.each<[FilterStep, string[]]>([
  [{ kind: "focus", match: { name: "x" } }, ["main;a;x 2", "main;b;x 4"]],
  [{ kind: "ignore", match: { pattern: "^[ab]$" } }, ["main;c;a::y 8"]],
  [{ kind: "hide", match: { name: "a" } }, ["main 1", "main;b;x 4", "main;c;a::y 8", "main;x 2"]],
  [{ kind: "prune", match: { name: "a" } }, ["main;a 3", "main;b;x 4", "main;c;a::y 8"]],
  [{ kind: "root", match: { pattern: "^[bc]$" } }, ["b;x 4", "c;a::y 8"]],
  [{ kind: "recursion", mode: "direct" }, ["main;a 1", ...all.slice(1)]],
  [{ kind: "library", library: "a" }, [...all.slice(0, 3), "main;c;[a] 8"]],
  [{ kind: "own-code", rules: ["name:m*"] }, ["a;a 1", "a;x 2", "b;x 4", "c;a::y 8"]],
  [{ kind: "inlined" }, all],
])("filter: %j", async (step, expected) => {
  const pipeline = pipelineOf(sampled());
  const samples = await pipeline.samples(specOf(1, { filters: [step] }), never);
  expect(foldedOf(validated(samples))).toEqual(expected);
});

test("steps work in their order", async () => {
  const pipeline = pipelineOf(sampled());
  const focus: FilterStep = { kind: "focus", match: { name: "a" } };
  const hide: FilterStep = { kind: "hide", match: { name: "a" } };
  const one = await pipeline.samples(specOf(1, { filters: [focus, hide] }), never);
  expect(foldedOf(one)).toEqual(["main 1", "main;x 2"]);
  const other = await pipeline.samples(specOf(1, { filters: [hide, focus] }), never);
  expect(foldedOf(other)).toEqual([]);
});

test("two selections of one profile are compared, and grouped", async () => {
  const pipeline = pipelineOf(sampled());
  const spec = specOf(1, {
    head: { profile: 1, ranges: [[20, 40]] },
    base: { profile: 1, ranges: [[0, 20]] },
  });
  const tree = await pipeline.tree(spec, never);
  expect([tree.sides!.base.total[0], tree.sides!.head.total[0]]).toEqual([3, 12]);
  const scaled = await pipeline.tree({ ...spec, normalize: true }, never);
  expect([scaled.sides!.base.total[0], scaled.sides!.head.total[0]]).toEqual([12, 12]);
});

test("threads as root frames: merged, by name, each", async () => {
  const drawn = letters("a a a");
  const profile: Profile = {
    ...drawn,
    threads: [
      { name: "w", pid: 1, tid: 2 },
      { name: "w", pid: 1, tid: 3 },
      { name: "v", pid: 1, tid: 4 },
    ],
    samples: { ...drawn.samples, thread: Int32Array.of(0, 1, 2) },
  };
  const foldedBy = async (threads: "merged" | "names" | "each"): Promise<string[]> =>
    treeFolded(await pipelineOf(profile).tree(specOf(1, { threads }), never));
  expect(await foldedBy("merged")).toEqual(["a 3"]);
  expect(await foldedBy("names")).toEqual(["v;a 1", "w;a 2"]);
  expect(await foldedBy("each")).toEqual(["v 1/4;a 1", "w 1/2;a 1", "w 1/3;a 1"]);
});

test("the same question is answered from memory, whatever its order of work", async () => {
  const pipeline = pipelineOf(sampled());
  const spec = specOf(1, { filters: [{ kind: "focus", match: { name: "x" } }] });
  const tree = await pipeline.tree(spec, never);
  expect(await pipeline.tree(structuredClone(spec), never)).toBe(tree);
  const { tree: inverted } = await pipeline.inverted(spec, never);
  expect((await pipeline.inverted(spec, never)).tree).toBe(inverted);
  expect(treeFolded(inverted)).toEqual(["x;a;main 2", "x;b;main 4"]);
});

test("a closed profile, a cancelled call, a filter that says nothing, a broken pattern", async () => {
  const pipeline = pipelineOf(sampled());
  await expect(pipeline.tree(specOf(1), AbortSignal.abort())).rejects.toBeInstanceOf(CancelledError);
  pipeline.remove(1);
  await expect(pipeline.tree(specOf(1), never)).rejects.toMatchObject({ code: "usage" });
  expect(() => applyStep(sampled(), { kind: "hide", match: {} })).toThrow("which frames");
  expect(() => expression("(")).toThrow("no regular expression");
});
