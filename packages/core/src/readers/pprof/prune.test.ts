import { describe, expect, it } from "vitest";
import { foldedOf, validated } from "../../../../../test/support/letters.ts";
import { encoded, type Fields, packed, type Value } from "../../../../../test/support/protobuf.ts";
import { ProfileBuilder } from "../../model/builder.ts";
import { sourceOfBytes } from "../../util/source.ts";
import { pprofReader } from "./pprof.ts";
import { simplifiedName } from "./prune.ts";

/**
 * Reads stacks (root first; `a+b` is one location where b is inlined into a) with the two patterns and returns
 * the folded lines and the codes of the notes.
 */
async function pruned(stacks: string[], drop: string, keep = ""): Promise<string[]> {
  const texts = ["", "n", drop, keep];
  const tables: [number, Value][] = [];
  const ids = new Map<string, number>();
  const location = (names: string): number => {
    const known = ids.get(names);
    if (known !== undefined) return known;
    const id = ids.size + 1;
    ids.set(names, id);
    const lines = names.split("+").reverse();
    tables.push([4, [[1, id], [3, id], ...lines.map((_, i): [number, Value] => [4, [[1, id * 100 + i]]])]]);
    for (const [i, name] of lines.entries()) {
      tables.push([
        5,
        [
          [1, id * 100 + i],
          [2, texts.push(name) - 1],
        ],
      ]);
    }
    return id;
  };
  const samples: Fields = stacks.map((stack): [number, Value] => [
    2,
    [
      [1, packed(...stack.split(";").map(location).reverse())],
      [2, packed(1)],
    ],
  ]);
  const into = new ProfileBuilder();
  const fields: Fields = [
    [
      1,
      [
        [1, 1],
        [2, 1],
      ],
    ],
    ...samples,
    ...tables,
    ...texts.map((text): [number, Value] => [6, text]),
    [7, 2],
    [8, 3],
  ];
  await pprofReader.read(sourceOfBytes(encoded(fields)), into, into.notes, {});
  const profile = validated(into.finish());
  expect(profile.meta.dropFrames).toBe(drop);
  return [...foldedOf(profile), ...profile.notes.map((note) => `note ${note.code}: ${note.message}`)];
}

describe("drop_frames", () => {
  it("drops the matching frame and what it calls, at the first match from the root", async () => {
    expect(await pruned(["main;f;malloc;sbrk", "main;f", "main;malloc;f;malloc;g"], "malloc|free")).toEqual([
      "main 1",
      "main;f 2",
    ]);
  });

  it("drops nothing before the first frame that does not match", async () => {
    expect(await pruned(["malloc;malloc;main;malloc;x", "malloc;malloc"], "malloc")).toEqual([
      "malloc;malloc 1",
      "malloc;malloc;main 1",
    ]);
  });

  it("matches whole names only, without arguments, and spares what keep_frames matches", async () => {
    expect(
      await pruned(["main;xmalloc", "main;.malloc(int);a", "main;mallocator;b"], "mall.*", "mallocator"),
    ).toEqual(["main 1", "main;mallocator;b 1", "main;xmalloc 1"]);
  });

  it("cuts within a location whose inlined function matches, wherever that location stands", async () => {
    expect(await pruned(["main;f+malloc+x;y", "main;f+malloc+x", "f+malloc+x;g"], "malloc")).toEqual([
      "f;g 1",
      "main;f 2",
    ]);
  });

  it("notes a pattern that Go's syntax does not have, and drops nothing", async () => {
    expect(await pruned(["main;malloc"], "(?=m)malloc")).toEqual([
      "main;malloc 1",
      "note drop-frames: The file's drop_frames were not applied: a pattern has a group that Go does not know.",
    ]);
  });

  it("is not held up by a pattern made to take for ever", async () => {
    const name = "a".repeat(2000);
    expect(await pruned([`main;${name}`], "((a|a)*)*b")).toEqual([`main;${name} 1`]);
  });
});

describe("simplifiedName", () => {
  it.each([
    [".f", "f"],
    ["f(int)", "f"],
    ["(anonymous namespace)::f(int)", "(anonymous namespace)::f"],
    ["A::operator()(int)", "A::operator()"],
    ["f", "f"],
  ])("%s → %s", (name, simple) => {
    expect(simplifiedName(name)).toBe(simple);
  });
});
