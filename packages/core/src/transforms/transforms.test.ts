import { describe, expect, it } from "vitest";
import { foldedOf, letters, validated } from "../../../../test/support/letters.ts";
import { ProfileBuilder } from "../model/builder.ts";
import { FrameKind, type Profile } from "../model/profile.ts";
import { filterSamples } from "./filter.ts";
import { focus, ignore } from "./focus.ts";
import { groupBy } from "./group.ts";
import { hide } from "./hide.ts";
import { invertProfile } from "./invert-profile.ts";
import type { Matcher } from "./matcher.ts";
import { prune } from "./prune.ts";
import { mergeSamples } from "./rebuild.ts";
import { collapseRecursion } from "./recursion.ts";
import { stripHex, stripHexLabel } from "./strip-hex.ts";
import { trimRoot } from "./trim-root.ts";
import { scaleWeights, selectValueType } from "./value-types.ts";

/** The folded lines of a sound profile. */
function folded(profile: Profile): string[] {
  return foldedOf(validated(profile));
}

const calls = (): Profile =>
  letters(`
    A A A E
    B B C .
    D A . .
    = 3 1 2 5
  `);

describe("transforms on samples", () => {
  it("focus keeps samples with a match, and says how many went", () => {
    const result = focus(calls(), "B");
    expect(folded(result)).toEqual(["A;B;A 1", "A;B;D 3"]);
    expect(result.notes.map((note) => [note.code, note.count])).toEqual([["focus", 2]]);
    expect(result.stacks.length).toBe(4);
    expect(result.frames.length).toBe(5);
  });

  it("focus on everything is the same profile", () => {
    const profile = calls();
    expect(focus(profile, /./)).toBe(profile);
  });

  it("ignore drops samples with a match", () => {
    const result = ignore(calls(), "B");
    expect(folded(result)).toEqual(["A;C 2", "E 5"]);
    expect(result.notes[0]).toMatchObject({ code: "ignore", count: 2, kind: "information" });
  });

  it("may leave nothing", () => {
    const result = focus(calls(), "nowhere");
    expect(folded(result)).toEqual([]);
    expect([result.samples.length, result.stacks.length]).toEqual([0, 0]);
  });

  const recorded = (): Profile => {
    const builder = new ProfileBuilder();
    const type = builder.valueType("samples", "count");
    const web = builder.thread({ name: "web", pid: 10, tid: 11, process: "server" });
    const db = builder.thread({ name: "db", pid: 20, tid: 21 });
    const red = builder.labelSet([
      { key: "colour", value: "red" },
      { key: "size", value: 7, unit: "bytes" },
    ]);
    const blue = builder.labelSet([{ key: "colour", value: "blue" }]);
    const stack = (name: string): number => builder.stack(-1, builder.frameNamed(name));
    builder.sampleOf(stack("a"), type, 1, { thread: web, time: 0, labels: red });
    builder.sampleOf(stack("b"), type, 2, { thread: db, time: 10, labels: blue });
    builder.sampleOf(stack("c"), type, 4, { thread: web, time: 20 });
    builder.sampleOf(stack("d"), type, 8, {});
    return validated(builder.finish());
  };

  it.each([
    [{ threads: ["web"] }, ["a 1", "c 4"]],
    [{ threads: ["server"] }, ["a 1", "c 4"]],
    [{ threads: ["21", "10"] }, ["a 1", "b 2", "c 4"]],
    [{ threads: [/^d/g] }, ["b 2"]],
    [{ threads: ["we"] }, []],
    [{ labels: [{ key: "colour" }] }, ["a 1", "b 2"]],
    [{ labels: [{ key: "colour", value: "blue" }] }, ["b 2"]],
    [{ labels: [{ key: "colour" }, { key: "size", value: "7" }] }, ["a 1"]],
    [{ from: 10 }, ["b 2", "c 4"]],
    [{ from: 0, to: 20 }, ["a 1", "b 2"]],
    [{ to: 20, threads: ["web"] }, ["a 1"]],
    [{}, ["a 1", "b 2", "c 4", "d 8"]],
  ])("filterSamples %j", (filter, expected) => {
    const result = filterSamples(recorded(), filter);
    expect(folded(result)).toEqual(expected);
    expect(result.notes.reduce((sum, note) => sum + note.count, 0)).toBe(4 - expected.length);
  });

  it("filterSamples refuses a time range where samples have no time", () => {
    expect(() => filterSamples(calls(), { from: 1 })).toThrow(/have no time/);
  });

  it("mergeSamples adds up equal samples of a thread", () => {
    const profile = letters(`
      A A B
      B B .
      = 1 2 4
    `);
    const merged = mergeSamples(profile);
    expect(folded(merged)).toEqual(["A;B 3", "B 4"]);
    expect([merged.samples.length, merged.meta.observations]).toEqual([2, 3]);
  });
});

describe("transforms on stacks", () => {
  it("hide drops frames and moves what they called up", () => {
    expect(folded(hide(calls(), "B"))).toEqual(["A;A 1", "A;C 2", "A;D 3", "E 5"]);
    expect(folded(hide(calls(), "A"))).toEqual(["B 1", "B;D 3", "C 2", "E 5"]);
    expect(folded(hide(calls(), /./))).toEqual([" 11"]);
  });

  it("hide merges callees that meet", () => {
    const profile = letters(`
      A A
      X B
      B .
    `);
    const result = hide(profile, "X");
    expect(folded(result)).toEqual(["A;B 2"]);
    expect(result.stacks.length).toBe(2);
  });

  it("prune cuts below the outermost match", () => {
    expect(folded(prune(calls(), "B"))).toEqual(["A;B 4", "A;C 2", "E 5"]);
    expect(folded(prune(calls(), "A"))).toEqual(["A 6", "E 5"]);
  });

  it("trimRoot lets stacks begin at the innermost match", () => {
    expect(folded(trimRoot(calls(), "B"))).toEqual(["A;C 2", "B;A 1", "B;D 3", "E 5"]);
    expect(folded(trimRoot(calls(), "A"))).toEqual(["A 1", "A;B;D 3", "A;C 2", "E 5"]);
    expect(folded(trimRoot(calls(), ["B", "C"]))).toEqual(["B;A 1", "B;D 3", "C 2", "E 5"]);
  });

  it("trimRoot takes the thread's root frame away too", () => {
    const profile = calls();
    const threaded = validated({
      ...profile,
      meta: { ...profile.meta, threadsAreRoots: true },
      threads: [{ name: "t" }],
      samples: { ...profile.samples, thread: Int32Array.of(0, 0, 0, 0) },
    });
    expect([...trimRoot(threaded, "B").samples.thread!]).toEqual([-1, -1, 0, 0]);
    const plain = { ...threaded, meta: profile.meta };
    expect([...trimRoot(plain, "B").samples.thread!]).toEqual([0, 0, 0, 0]);
  });

  it("collapseRecursion folds direct calls", () => {
    const profile = letters(`
      A A A
      R R R
      R R B
      R B R
      B . R
      = 1 2 4
    `);
    expect(folded(collapseRecursion(profile, "direct"))).toEqual(["A;R;B 3", "A;R;B;R 4"]);
  });

  it("collapseRecursion goes back where a cycle closes", () => {
    const profile = letters(`
      A A A A
      B B B B
      A A C A
      C B A D
      . C B B
      = 1 2 4 8
    `);
    expect(folded(collapseRecursion(profile, "cycles"))).toEqual(
      ["A;B 4", "A;B;C 2", "A;C 1", "A;D;B 8"].sort(),
    );
  });

  it("collapseRecursion finds a cycle again after a sibling went back", () => {
    const profile = letters(`
      A A A
      B B B
      C C C
      A D B
      E B E
      . E .
    `);
    expect(folded(collapseRecursion(profile, "cycles"))).toEqual(["A;B;E 2", "A;E 1"]);
  });

  it("invertProfile turns stacks over", () => {
    expect(folded(invertProfile(calls()))).toEqual(["A;B;A 1", "C;A 2", "D;B;A 3", "E 5"]);
    expect(folded(invertProfile(invertProfile(calls())))).toEqual(folded(calls()));
  });

  it("stripHex makes the addresses in names equal", () => {
    const profile = letters(`
      A        A
      f@0x7fA1 f@0x12
    `);
    expect(folded(stripHex(profile))).toEqual(["A;f@0x... 2"]);
    expect(stripHexLabel("0x1 0X2 0xg 0xABC+0x10")).toBe("0x... 0X2 0xg 0x...+0x...");
  });
});

describe("groupBy", () => {
  const placed = (): Profile => {
    const builder = new ProfileBuilder();
    const type = builder.valueType("samples", "count");
    const libc = builder.mapping({ path: "/lib/libc.so.6", start: 4096n });
    const app = builder.mapping({ path: "/bin/app" });
    const frame = (name: string, file: string, line: number, mapping: number): number =>
      builder.frame({ name: builder.string(name), file: builder.string(file), line, mapping });
    const main = builder.stack(-1, frame("main", "main.c", 1, app));
    const other = builder.stack(-1, frame("main", "main.c", 2, app));
    const go = builder.stack(main, frame("go", "main.c", 9, app));
    builder.sampleOf(builder.stack(go, frame("malloc", "malloc.c", 5, libc)), type, 1);
    builder.sampleOf(builder.stack(other, frame("malloc", "hook.c", 5, app)), type, 2);
    return validated(builder.finish());
  };

  it("merges the places of a function and keeps what they agree on", () => {
    const result = groupBy(placed(), "function");
    expect(folded(result)).toEqual(["main;go;malloc 1", "main;malloc 2"]);
    const { frames, strings, mappings } = result;
    expect([...frames.name].map((id) => strings.get(id))).toEqual(["main", "go", "malloc"]);
    expect([...frames.file].map((id) => strings.get(id))).toEqual(["main.c", "main.c", ""]);
    expect([...frames.mapping].map((row) => mappings[row]?.path)).toEqual([
      "/bin/app",
      "/bin/app",
      undefined,
    ]);
  });

  it("makes one frame of a file or module that calls itself", () => {
    expect(folded(groupBy(placed(), "file"))).toEqual(["main.c;hook.c 2", "main.c;malloc.c 1"]);
    expect(folded(groupBy(placed(), "module"))).toEqual(["app 2", "app;libc.so.6 1"]);
    expect(folded(groupBy(placed(), "module", { fold: false }))).toEqual([
      "app;app 2",
      "app;app;libc.so.6 1",
    ]);
  });

  it("keeps annotated kinds apart", () => {
    const profile = letters(`
      A     A
      f_[k] f
    `);
    const merged = groupBy(profile, "function");
    expect([...validated(merged).frames.kind]).toEqual([FrameKind.unknown, FrameKind.kernel]);
    const annotated = { ...profile, meta: { ...profile.meta, annotated: true } };
    expect([...validated(groupBy(annotated, "function")).frames.kind]).toEqual([0, FrameKind.kernel, 0]);
  });
});

describe("matchers", () => {
  const builder = new ProfileBuilder();
  const type = builder.valueType("samples", "count");
  const mapping = builder.mapping({ path: "/usr/lib/libc.so.6" });
  const file = builder.string("src/x.c");
  const frames = [
    builder.frame({ name: builder.string("malloc"), mapping }),
    builder.frame({ name: builder.string("malloc"), file }),
    builder.frame({ name: 0, mapping, address: 5n }),
    builder.frameNamed("xmalloc"),
    builder.frameNamed("__proto__"),
  ];
  frames.forEach((frame, i) => {
    builder.sampleOf(builder.stack(-1, frame), type, 2 ** i);
  });
  const profile = validated(builder.finish());

  it.each<[string, Matcher, number]>([
    ["a text is the whole name", "malloc", 3],
    ["a pattern may match anywhere", /malloc/, 11],
    ["a sticky, global pattern keeps no state", /malloc/gy, 11],
    ["a frame without a name matches by its label", "[libc.so.6]", 4],
    ["a module by base name", { module: "libc.so.6" }, 5],
    ["a module by path", { module: /^\/usr/ }, 5],
    ["a file", { file: /\.c$/ }, 2],
    ["all parts must hold", { name: "malloc", module: /libc/ }, 1],
    ["any of several", ["xmalloc", { file: "src/x.c" }], 10],
    ["names of Object's properties", "__proto__", 16],
    ["nothing given matches nothing", {}, 0],
  ])("%s", (_, matcher, expected) => {
    const total = foldedOf(focus(profile, matcher)).reduce(
      (sum, line) => sum + Number(line.split(" ").at(-1)),
      0,
    );
    expect(total).toBe(expected);
  });
});

describe("value types", () => {
  const two = (): Profile => {
    const builder = new ProfileBuilder();
    builder.valueType("alloc", "count");
    builder.valueType("alloc", "bytes");
    builder.meta.defaultValueType = 1;
    builder.sample(builder.stack(-1, builder.frameNamed("a")), [1, 64]);
    return validated(builder.finish());
  };

  it("selects by row, name, or name and unit", () => {
    expect(folded(selectValueType(two(), 0))).toEqual(["a 1"]);
    expect(folded(selectValueType(two(), "alloc"))).toEqual(["a 1"]);
    expect(folded(selectValueType(two(), "alloc/bytes"))).toEqual(["a 64"]);
    expect(() => selectValueType(two(), "cpu")).toThrow(/no value type "cpu"/);
    expect(() => selectValueType(two(), 2)).toThrow(/no value type 2/);
  });

  it("scales one or all", () => {
    expect([...scaleWeights(two(), 0.5).samples.weights.map(([weight]) => weight)]).toEqual([0.5, 32]);
    expect([...scaleWeights(two(), 3, 0).samples.weights.map(([weight]) => weight)]).toEqual([3, 64]);
    expect(() => scaleWeights(two(), Number.POSITIVE_INFINITY)).toThrow(/scaled/);
  });
});
