import { buildFlameChart, buildFlameTree, type FlameTree, invertTree, totalsFromSelf } from "@flambeau/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { foldedTree } from "../../../../test/support/folded-tree.ts";
import { letters } from "../../../../test/support/letters.ts";
import { buildLevelGraph } from "./build.ts";
import { type LevelGraph, levelCount, transferList } from "./level-graph.ts";
import {
  countBelow,
  isWithin,
  levelOf,
  nameOf,
  pathNames,
  pathOf,
  rectAt,
  samePath,
  selfOf,
} from "./queries.ts";
import { placeOf } from "./texts.ts";

/** `name x+total` row by row. */
function picture(graph: LevelGraph): string[] {
  return Array.from({ length: levelCount(graph) }, (_, level) => {
    const cells: string[] = [];
    for (let at = graph.levels[level]!; at < graph.levels[level + 1]!; at++) {
      cells.push(`${nameOf(graph, at)} ${graph.x[at]}+${graph.total[at]}`);
    }
    return cells.join(" | ");
  });
}

/** Fails where a graph breaks what {@link LevelGraph} promises. */
function sound(graph: LevelGraph): LevelGraph {
  const { length, levels, x, total, parent, firstChild } = graph;
  expect([levels[0], levels.at(-1), firstChild[length], parent[0]]).toEqual([0, length, length, -1]);
  for (let level = 0; level + 1 < levels.length; level++) {
    for (let at = levels[level]!; at < levels[level + 1]!; at++) {
      expect(levelOf(graph, at)).toBe(level);
      if (at > levels[level]!) expect(x[at]! >= x[at - 1]! + total[at - 1]! - 1e-9 * total[0]!).toBe(true);
      let children = 0;
      for (let child = firstChild[at]!; child < firstChild[at + 1]!; child++) {
        expect(parent[child]).toBe(at);
        children += total[child]!;
      }
      expect(children <= total[at]! * (1 + 1e-9) + 1e-9).toBe(true);
    }
  }
  return graph;
}

const PICTURE = `
  A A A B
  C C D .
  E . . .
  = 3 1 2 4`;

describe("buildLevelGraph", () => {
  test("rows from the root on, siblings by name, own weight left of the children", () => {
    const graph = sound(buildLevelGraph(buildFlameTree(letters(PICTURE))));
    expect(picture(graph)).toEqual(["all 0+10", "A 0+6 | B 6+4", "C 0+4 | D 4+2", "E 1+3"]);
    expect(selfOf(graph, rectAt(graph, 2, 0))).toBe(1);
    expect(graph).toMatchObject({ unit: "samples", ordered: false, length: 6 });
  });

  test("sorts by bytes, however many siblings there are", () => {
    const names = Array.from({ length: 300 }, (_, i) => `n${(i * 7919) % 1000}`);
    const graph = sound(
      buildLevelGraph(foldedTree(names.map((name) => `m;${name} 1\nb;${name} 1`).join("\n"))),
    );
    const row = Array.from({ length: 300 }, (_, i) => nameOf(graph, graph.levels[2]! + i));
    expect(row).toEqual([...new Set(names)].sort());
  });

  test("an inverted tree is a tree like any other", () => {
    const tree = invertTree(buildFlameTree(letters(PICTURE)), 0);
    expect(picture(sound(buildLevelGraph(tree)))).toEqual([
      "all 0+10",
      "B 0+4 | C 4+1 | D 5+2 | E 7+3",
      "A 4+1 | A 5+2 | C 7+3",
      "A 7+3",
    ]);
  });

  test("a chart keeps time, order, equal siblings and gaps", () => {
    const graph = sound(
      buildLevelGraph(
        buildFlameChart(
          letters(`
            A A A
            B C B
            = 5 1 2`),
        ),
      ),
    );
    expect(picture(graph)).toEqual(["all 0+8", "A 0+8", "B 0+5 | C 5+1 | B 6+2"]);
    expect(graph.ordered).toBe(true);
    const tree = foldedTree("m;a 5\nm;b 1\nm 4", { ordered: true });
    const paused = buildLevelGraph({ ...tree, start: Float64Array.of(10, 10, 11, 17.5) });
    expect(picture(paused)).toEqual(["all 0+10", "m 0+10", "a 1+5 | b 7.5+1"]);
  });

  test("starts that lie cannot make rectangles overlap", () => {
    const tree = foldedTree("m;a 5\nm;b 3\nm;c 2", { ordered: true });
    const graph = sound(buildLevelGraph({ ...tree, start: Float64Array.of(0, 0, 4, 1, Number.NaN) }));
    expect(picture(graph).at(-1)).toBe("a 4+5 | b 9+3 | c 12+2");
  });

  test("both sides of a differential come along; weights below zero make one", () => {
    const graph = buildLevelGraph(foldedTree("a 10 4\nb 0 6", { width: "both" }));
    const at = rectAt(graph, 1, 15);
    expect([nameOf(graph, at), graph.base![at], graph.head![at], graph.total[at]]).toEqual(["b", 0, 6, 6]);
    const signed = buildLevelGraph(foldedTree("a 10\nb -6"));
    const b = rectAt(signed, 1, 12);
    expect([signed.base![b], signed.head![b], signed.total[b]]).toEqual([6, 0, 6]);
  });

  test("100,000 rows", () => {
    const base = foldedTree("f 1");
    const length = 100_001;
    const parent = Int32Array.from({ length }, (_, node) => node - 1);
    const self = new Float64Array(length);
    self[length - 1] = 5;
    const tree: FlameTree = {
      ...base,
      length,
      parent,
      name: new Uint32Array(length).fill(1),
      self,
      total: totalsFromSelf(parent, self),
    };
    const graph = buildLevelGraph(tree);
    expect(levelCount(graph)).toBe(length);
    expect(pathOf(graph, length - 1).length).toBe(length);
    expect(countBelow(graph, 1, 2)).toBe(length - 1);
  });

  test("hostile names stay what they are; places are packed by name", () => {
    const names = ["__proto__", "<script>", "a\u0000b", "\u{1f525}", ""];
    const tree = foldedTree(names.map((name) => `m;${name}x 1`).join("\n"));
    const graph = buildLevelGraph(tree, { placeOf: (name) => (name === 2 ? "src/p.c:12" : "") });
    const row = Array.from({ length: 5 }, (_, i) => nameOf(graph, graph.levels[2]! + i));
    expect(row.sort()).toEqual(names.map((name) => `${name}x`).sort());
    expect([placeOf(graph.names, 2), placeOf(graph.names, 1)]).toEqual(["src/p.c:12", ""]);
    expect(placeOf(buildLevelGraph(tree).names, 2)).toBe("");
  });

  test("can be posted: typed arrays and plain values only", () => {
    const graph = buildLevelGraph(foldedTree("a;b 1 2"), { placeOf: () => "f:1" });
    const buffers = transferList(graph);
    expect(new Set(buffers).size).toBe(buffers.length);
    const copy = structuredClone(graph, { transfer: buffers });
    expect(picture(copy)).toEqual(["all 0+2", "a 0+2", "b 0+2"]);
    expect(graph.x.length).toBe(0);
  });
});

describe("queries", () => {
  const graph = buildLevelGraph(foldedTree("a;b;c 1\na;b;d 2\na;e 3\nf 4"));

  test("paths up and down", () => {
    const d = rectAt(graph, 3, 1.5);
    expect(pathNames(graph, d)).toEqual(["a", "b", "d"]);
    expect(isWithin(graph, d, 0)).toBe(true);
    expect(isWithin(graph, d, rectAt(graph, 1, 8))).toBe(false);
    expect(isWithin(graph, d, d)).toBe(true);
    expect(rectAt(graph, 2, 8)).toBe(-1);
    expect(rectAt(graph, 9, 0)).toBe(-1);
    expect(nameOf(graph, 0)).toBe("all");
  });

  test("the same path in another graph, as far as it goes", () => {
    const other = buildLevelGraph(foldedTree("x 1\na;b;d 9\na;e 1"));
    const d = rectAt(graph, 3, 1.5);
    expect(samePath(graph, d, other)).toEqual({ rect: rectAt(other, 3, 0), complete: true });
    const c = rectAt(graph, 3, 0.5);
    expect(samePath(graph, c, other)).toEqual({ rect: rectAt(other, 2, 0), complete: false });
    const chart = buildLevelGraph(foldedTree("a 5\nb 1\na 5", { ordered: true }));
    expect(samePath(chart, 3, chart)).toEqual({ rect: 3, complete: true });
  });

  test("counts what is below neighbours", () => {
    const a = rectAt(graph, 1, 0);
    expect([countBelow(graph, a, a + 1), countBelow(graph, a, a + 2)]).toEqual([5, 6]);
  });

  test("own weight ignores the rounding of sums", () => {
    const tenths = buildLevelGraph(foldedTree("a;b 0.1\na;c 0.2\na;d 0.3"));
    expect(selfOf(tenths, 1)).toBe(0);
  });
});

test("every tree becomes a sound graph that weighs the same", () => {
  const stack = fc.array(fc.constantFrom("a", "b", "c", "d_[k]", "ä"), { minLength: 0, maxLength: 6 });
  const line = fc.tuple(stack, fc.integer({ min: 0, max: 9 }));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 40 }), fc.boolean(), (lines, ordered) => {
      const tree = foldedTree(lines.map(([names, weight]) => `${names.join(";")} ${weight}`).join("\n"), {
        ordered,
      });
      const graph = sound(buildLevelGraph(tree));
      expect(graph.length).toBe(tree.length);
      const self = Array.from({ length: graph.length }, (_, at) => selfOf(graph, at));
      expect(self.reduce((sum, one) => sum + one, 0)).toBeCloseTo(tree.total[0]!, 6);
      const paths = (count: number, pathAt: (at: number) => string): string[] =>
        Array.from({ length: count }, (_, at) => pathAt(at)).sort();
      const above = (node: number): string =>
        node <= 0 ? "" : `${above(tree.parent[node]!)};${tree.names.text(tree.name[node]!)}`;
      expect(paths(graph.length, (at) => ["", ...pathNames(graph, at)].join(";"))).toEqual(
        paths(tree.length, above),
      );
    }),
    { seed: 3, numRuns: 200 },
  );
});
