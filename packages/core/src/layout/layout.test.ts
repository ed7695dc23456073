import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { foldedTree } from "../../../../test/support/folded-tree.ts";
import { childLists, type FlameTree, totalsFromSelf } from "../transforms/flame-tree.ts";
import { gatherNames } from "./gathered-names.ts";
import { type Layout, layoutTree, RectangleKind } from "./layout.ts";

/** `depth:name x+w`, blocks as `[frames]`. */
function picture(tree: FlameTree, layout: Layout): string[] {
  return Array.from({ length: layout.length }, (_, rect) => {
    const node = layout.node[rect]!;
    const kind = layout.kind[rect]!;
    const name = node === 0 ? "all" : tree.names.text(tree.name[node]!);
    const label = kind === RectangleKind.frame ? name : `${"?[{"[kind]}${layout.gathered[rect]}`;
    return `${layout.depth[rect]}:${label} ${layout.x[rect]}+${layout.w[rect]}`;
  });
}

/** A chain of `depth` frames without folded text of that size. */
function chain(depth: number): FlameTree {
  const base = foldedTree("f 1");
  const length = depth + 1;
  const parent = Int32Array.from({ length }, (_, node) => node - 1);
  const name = new Uint32Array(length).fill(base.name[1]!);
  const self = new Float64Array(length);
  self[depth] = 5;
  return { ...base, length, parent, name, self, total: totalsFromSelf(parent, self) };
}

const TREE = `a;b 4
a;c 1
a;d 1
a 1
e 3`;

describe("layoutTree", () => {
  test("siblings by name, own weight first, narrow ones in one block at the end", () => {
    const tree = foldedTree(TREE);
    expect(picture(tree, layoutTree(tree, { minWidth: 2 }))).toEqual([
      "0:all 0+10",
      "1:a 0+7",
      "2:b 1+4",
      "2:[2 5+2",
      "1:e 7+3",
    ]);
    expect(picture(tree, layoutTree(tree, { minWidth: 0 }))).toEqual([
      "0:all 0+10",
      "1:a 0+7",
      "2:b 1+4",
      "2:c 5+1",
      "2:d 6+1",
      "1:e 7+3",
    ]);
  });

  test("a block that is itself too narrow is counted, not drawn", () => {
    const tree = foldedTree("a 100\na;x 1\nb;y 50");
    const layout = layoutTree(tree, { minWidth: 2 });
    expect(picture(tree, layout)).toEqual(["0:all 0+151", "1:a 0+101", "1:b 101+50", "2:y 101+50"]);
    expect(layout).toMatchObject({ frames: 4, hiddenFrames: 1, invisibleFrames: 1 });
    expect([...layout.hiddenWeight]).toEqual([0, 1, 0, 0]);
  });

  test("names sort by bytes with their annotation, whatever UTF-16 thinks", () => {
    const names = ["b", "a_[k]", "aB", "a", "aa", "\u{1f525}", "\uffee", "B"];
    const tree = foldedTree(names.map((name) => `${name} 1`).join("\n"));
    const layout = layoutTree(tree, { minWidth: 0 });
    const sorted = picture(tree, layout).map((line) => line.slice(2, line.lastIndexOf(" ")));
    expect(sorted).toEqual(["all", "B", "a", "aB", "a", "aa", "b", "\uffee", "\u{1f525}"]);
  });

  test("many siblings sort like few", () => {
    const names = Array.from({ length: 300 }, (_, i) => `n${(i * 7919) % 1000}`);
    const tree = foldedTree(names.map((name) => `${name} 1`).join("\n"));
    const layout = layoutTree(tree, { minWidth: 0 });
    const drawn = picture(tree, layout)
      .slice(1)
      .map((line) => line.slice(2, line.lastIndexOf(" ")));
    expect(drawn).toEqual([...new Set(names)].sort());
  });

  test("a flame chart keeps the order; narrow neighbours make a block in their place", () => {
    const tree = foldedTree("m;z 5\nm;a 1\nm;b 1\nm;z 5\nm;c 1", { ordered: true });
    const { start: _, ...untimed } = tree;
    expect(picture(tree, layoutTree(untimed, { minWidth: 2 }))).toEqual(
      picture(tree, layoutTree(tree, { minWidth: 2 })),
    );
    expect(picture(tree, layoutTree(tree, { minWidth: 2 }))).toEqual([
      "0:all 0+13",
      "1:m 0+13",
      "2:z 0+5",
      "2:[2 5+2",
      "2:z 7+5",
    ]);
  });

  test("a flame chart with times leaves the pauses", () => {
    const tree = foldedTree("m;a 5\nm;b 1\nm;c 1\nm;d 1\nm 2", { ordered: true });
    //                            all m  a  b    c    d
    const start = Float64Array.of(0, 0, 1, 6.5, 7.5, 9.4);
    const layout = layoutTree({ ...tree, start }, { minWidth: 1.5 });
    expect(picture(tree, layout)).toEqual([
      "0:all 0+10",
      "1:m 0+10",
      "2:a 1+5",
      "2:[3 6.5+3.9000000000000004",
    ]);
    expect(layout.weight[3]).toBe(3);
  });

  test("unsorted keeps the order of the input", () => {
    const tree = foldedTree("b 1\na 1");
    expect(picture(tree, layoutTree(tree, { minWidth: 0, unsorted: true }))).toEqual([
      "0:all 0+2",
      "1:b 0+1",
      "1:a 1+1",
    ]);
  });

  test("100,000 frames deep: the last row holds what is deeper", () => {
    const tree = chain(100_000);
    const layout = layoutTree(tree, { minWidth: 0.001, maxDepth: 2000 });
    expect(layout).toMatchObject({
      length: 2000,
      rows: 2000,
      treeRows: 100_001,
      frames: 1999,
      limited: true,
    });
    expect(layout.kind[1999]).toBe(RectangleKind.deeper);
    expect(layout.gathered[1999]).toBe(100_001 - 1999);
    expect(layoutTree(tree, { minWidth: 0 }).length).toBe(100_001);
  });
});

/** Stacks of a few names, as text. */
const folded = fc
  .array(
    fc.tuple(
      fc.array(fc.constantFrom("a", "b", "c", "d", "e", "f"), { minLength: 1, maxLength: 6 }),
      fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constant(1)),
    ),
    { minLength: 1, maxLength: 40 },
  )
  .map((stacks) => stacks.map(([stack, weight]) => `${stack.join(";")} ${weight}`).join("\n"));

describe("properties", () => {
  const settings = { seed: 20_240, numRuns: 300 };
  const anyTree = fc.tuple(
    folded,
    fc.integer({ min: 0, max: 30 }),
    fc.integer({ min: 1, max: 7 }),
    fc.boolean(),
  );

  test("every node is drawn or counted, every weight has a place", () => {
    fc.assert(
      fc.property(anyTree, ([text, minWidth, maxDepth, ordered]) => {
        const tree = foldedTree(text, { ordered });
        const layout = layoutTree(tree, { minWidth, maxDepth });
        expect(layout.frames + layout.hiddenFrames).toBe(tree.length);
        let gathered = 0;
        const below = new Float64Array(layout.length);
        for (let rect = 0; rect < layout.length; rect++) {
          gathered += layout.gathered[rect]!;
          const up = layout.parent[rect]!;
          if (up >= 0 && layout.kind[rect] === RectangleKind.frame) below[up]! += layout.w[rect]!;
        }
        expect(gathered + layout.invisibleFrames).toBe(layout.hiddenFrames);
        for (let rect = 0; rect < layout.length; rect++) {
          if (layout.kind[rect] !== RectangleKind.frame) continue;
          const self = tree.self[layout.node[rect]!]!;
          expect(self + below[rect]! + layout.hiddenWeight[rect]!).toBe(layout.w[rect]);
        }
      }),
      settings,
    );
  });

  test("children lie inside their parents and beside each other", () => {
    fc.assert(
      fc.property(anyTree, ([text, minWidth, maxDepth, ordered]) => {
        const tree = foldedTree(text, { ordered });
        const layout = layoutTree(tree, { minWidth, maxDepth });
        const end = new Float64Array(layout.length);
        for (let rect = 1; rect < layout.length; rect++) {
          const up = layout.parent[rect]!;
          expect(up).toBeLessThan(rect);
          expect(layout.depth[rect]).toBe(layout.depth[up]! + 1);
          expect(layout.depth[rect]).toBeLessThan(maxDepth);
          expect(layout.w[rect]).toBeGreaterThanOrEqual(minWidth);
          const left = Math.max(end[up]!, layout.x[up]!);
          expect(layout.x[rect]).toBeGreaterThanOrEqual(left);
          end[up] = layout.x[rect]! + layout.w[rect]!;
          expect(end[up]).toBeLessThanOrEqual(layout.x[up]! + layout.w[up]!);
        }
      }),
      settings,
    );
  });

  test("gathered names have the weight that a plain count gives", () => {
    fc.assert(
      fc.property(anyTree, ([text, minWidth, maxDepth, ordered]) => {
        const tree = foldedTree(text, { ordered });
        const layout = layoutTree(tree, { minWidth, maxDepth });
        const table = gatherNames(tree, layout, { minWidth, threshold: 1e-9, maxRows: 1e6 });
        const found = new Map<string, number>();
        for (let row = 0; row < table.length; row++) {
          found.set(`${layout.node[table.rect[row]!]} ${table.name[row]}`, table.weight[row]!);
        }
        expect(found).toEqual(plainCount(tree, layout));
      }),
      settings,
    );
  });
});

/** The same as gatherNames, node by node: each hidden node counts for its name unless the name is above it, hidden too. */
function plainCount(tree: FlameTree, layout: Layout): Map<string, number> {
  const drawn = new Set<number>();
  for (let rect = 0; rect < layout.length; rect++) {
    if (layout.kind[rect] === RectangleKind.frame) drawn.add(layout.node[rect]!);
  }
  const counts = new Map<string, number>();
  for (let node = 1; node < tree.length; node++) {
    if (drawn.has(node)) continue;
    let up = tree.parent[node]!;
    let repeated = false;
    for (; !drawn.has(up); up = tree.parent[up]!) repeated ||= tree.name[up] === tree.name[node];
    if (repeated) continue;
    const key = `${up} ${tree.name[node]}`;
    counts.set(key, (counts.get(key) ?? 0) + tree.total[node]!);
  }
  return counts;
}

describe("gatherNames", () => {
  test("what does not fit is left out from the lightest on, and its weight is told", () => {
    const lines = Array.from({ length: 64 }, (_, i) => `m;n${i} ${i + 1}`);
    const tree = foldedTree(["m;wide 100000", ...lines].join("\n"));
    const layout = layoutTree(tree, { minWidth: 100 });
    const table = gatherNames(tree, layout, {
      minWidth: 100,
      threshold: 1,
      maxRows: 20,
      children: childLists(tree),
    });
    expect(table.length).toBeLessThanOrEqual(20);
    expect(table.length + table.unlistedNames).toBe(64);
    const listed = table.weight.reduce((sum, weight) => sum + weight, 0);
    expect(listed + table.unlistedWeight[1]!).toBe(layout.hiddenWeight[1]);
    expect(Math.min(...table.weight)).toBeGreaterThanOrEqual(table.threshold);
  });
});
