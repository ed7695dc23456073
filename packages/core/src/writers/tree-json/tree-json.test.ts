import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectGolden } from "../../../../../test/support/golden.ts";
import { letters, validated } from "../../../../../test/support/letters.ts";
import { ProfileBuilder } from "../../model/builder.ts";
import { type Profile, totalsOf } from "../../model/profile.ts";
import type { FlameTree } from "../../transforms/flame-tree.ts";
import { totalsFromSelf } from "../../transforms/flame-tree.ts";
import { MemorySink } from "../../util/sink.ts";
import { treeJsonWriter } from "./index.ts";
import { writeFlameTreeJson } from "./tree.ts";

interface Node {
  name: string;
  value: number;
  total: number;
  self: number;
  base?: number;
  head?: number;
  delta?: number;
  children?: Node[];
}

async function textOf(tree: FlameTree): Promise<string> {
  const sink = new MemorySink();
  await writeFlameTreeJson(tree, sink);
  return new TextDecoder().decode(sink.bytes());
}

async function write(
  profile: Profile,
  valueType?: number,
): Promise<{ text: string; root: Node; losses: string[] }> {
  const sink = new MemorySink();
  const losses = await treeJsonWriter.write(profile, sink, valueType === undefined ? {} : { valueType });
  const text = new TextDecoder().decode(sink.bytes());
  return { text, root: JSON.parse(text) as Node, losses };
}

/** A tree by hand: names, parents and own weights. */
function treeOf(names: string[], parent: number[], self: number[]): FlameTree {
  const weights = Float64Array.from(self);
  const parents = Int32Array.from(parent);
  return {
    length: parent.length,
    parent: parents,
    name: Uint32Array.from(names, (_, i) => i),
    names: {
      length: names.length,
      text: (row) => names[row]!,
      kind: () => 0,
      inlined: () => false,
      bytes: (row) => new TextEncoder().encode(names[row]!),
    },
    self: weights,
    total: totalsFromSelf(parents, weights),
    unit: "samples",
  };
}

/** Paths with own weight, as folded lines. */
function foldedOfTree(root: Node): string[] {
  const lines: string[] = [];
  const open: [Node, string][] = [[root, ""]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [node, path] = next;
    const below = node.children ?? [];
    expect(node.total).toBe(node.self + below.reduce((sum, child) => sum + child.total, 0));
    expect(node.value).toBe(node.total);
    if (node.self !== 0) lines.push(`${path} ${node.self}`);
    for (const child of below) open.push([child, node === root ? child.name : `${path};${child.name}`]);
  }
  return lines.sort();
}

describe("tree-json writer", () => {
  it("writes what the golden file holds", async () => {
    const profile = letters(`
      main main main
      a    b    a
      x    .    x
      = 3 1 2
    `);
    const { text, losses, root } = await write(profile);
    expectGolden(new URL("golden/letters.json", import.meta.url), text);
    expect(foldedOfTree(root)).toEqual(["main;a;x 5", "main;b 1"]);
    expect(losses).toEqual([]);
  });

  it("holds every weight of the profile", async () => {
    const stack = fc.array(fc.constantFrom("a", "b", "__proto__", '"<\n'), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(stack, fc.integer({ min: 1, max: 99 })), { minLength: 1 }),
        async (samples) => {
          const builder = new ProfileBuilder();
          const type = builder.valueType("samples", "count");
          const expected = new Map<string, number>();
          for (const [names, weight] of samples) {
            let row = -1;
            for (const name of names) row = builder.stack(row, builder.frameNamed(name));
            builder.sampleOf(row, type, weight);
            expected.set(names.join(";"), (expected.get(names.join(";")) ?? 0) + weight);
          }
          const profile = validated(builder.finish());
          const { root } = await write(profile);
          expect(root.total).toBe(totalsOf(profile)[0]);
          expect(foldedOfTree(root)).toEqual(
            [...expected].map(([path, weight]) => `${path} ${weight}`).sort(),
          );
        },
      ),
      { seed: 9, numRuns: 200 },
    );
  });

  it("leaves out nodes below which nothing weighs, but keeps what cancels out", async () => {
    const tree = treeOf(["", "a", "zero", "b", "plus", "minus"], [-1, 0, 0, 0, 3, 3], [0, 1, 0, 0, 2, -2]);
    const root = JSON.parse(await textOf(tree)) as Node;
    expect(root.children!.map((child) => child.name)).toEqual(["a", "b"]);
    expect(root.children![1]!.children!.map((child) => [child.name, child.self])).toEqual([
      ["plus", 2],
      ["minus", -2],
    ]);
  });

  it("writes both sides of a differential", async () => {
    const tree = treeOf(["", "a"], [-1, 0], [0, 5]);
    const side = (weight: number) => ({
      self: Float64Array.of(0, weight),
      total: Float64Array.of(weight, weight),
    });
    const root = JSON.parse(await textOf({ ...tree, sides: { base: side(2), head: side(3) } })) as Node;
    expect(root.children).toEqual([{ name: "a", value: 5, total: 5, self: 5, base: 2, head: 3, delta: 1 }]);
  });

  it("writes a tree with a root only, and sums beyond the range of doubles", async () => {
    expect(JSON.parse(await textOf(treeOf([""], [-1], [0])))).toMatchObject({
      name: "all",
      value: 0,
      unit: "samples",
    });
    const huge = JSON.parse(await textOf(treeOf(["", "a", "b"], [-1, 0, 0], [0, 1.7e308, 1.7e308]))) as Node;
    expect(huge.total).toBe(Number.MAX_VALUE);
  });

  it("writes 100,000 levels without recursion", async () => {
    const depth = 100_000;
    const parent = Array.from({ length: depth }, (_, i) => i - 1);
    const tree = treeOf(
      parent.map(() => "f"),
      parent,
      parent.map((_, i) => (i === depth - 1 ? 1 : 0)),
    );
    const text = await textOf(tree);
    expect(text.split('"children":[').length).toBe(depth);
    expect(text.trimEnd().endsWith("]}".repeat(depth - 1))).toBe(true);
  });

  it("says what the tree cannot hold", async () => {
    const builder = new ProfileBuilder();
    builder.valueType("samples", "count");
    builder.valueType("wall", "nanoseconds");
    const thread = builder.thread({ name: "t" });
    const frame = builder.frame({ name: builder.string("f"), line: 3 });
    builder.sample(builder.stack(-1, frame), [1, 10], { thread, time: 5 });
    const profile = validated(builder.finish());
    const { losses, root } = await write(profile, 1);
    expect(root).toMatchObject({
      valueType: { name: "wall", unit: "nanoseconds" },
      total: 10,
      unit: "nanoseconds",
    });
    expect(losses).toEqual([
      "Only wall/nanoseconds was written; a tree holds one value type, not samples/count.",
      "A tree by function name holds no times, no threads, no files and lines.",
    ]);
  });
});
