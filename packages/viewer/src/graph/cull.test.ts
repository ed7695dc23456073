import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { foldedTree } from "../../../../test/support/folded-tree.ts";
import { buildLevelGraph } from "./build.ts";
import { type CullWindow, cull, VisibleFrames } from "./cull.ts";
import { type LevelGraph, levelCount } from "./level-graph.ts";
import { countBelow, levelOf, nameOf } from "./queries.ts";

function drawn(graph: LevelGraph, window: Partial<CullWindow> = {}): VisibleFrames {
  const into = new VisibleFrames();
  const whole = {
    from: 0,
    to: graph.total[0]!,
    width: graph.total[0]!,
    minWidth: 2,
    firstLevel: 0,
    lastLevel: 1e6,
  };
  cull(graph, { ...whole, ...window }, into);
  return into;
}

/** `name left-right` per row; a block is `[siblings]`. */
function picture(graph: LevelGraph, visible: VisibleFrames): string[] {
  const rows: string[] = [];
  for (let row = 0; row + 1 < visible.rows.length; row++) {
    const cells: string[] = [];
    for (let at = visible.rows[row]!; at < visible.rows[row + 1]!; at++) {
      const count = visible.count[at]!;
      const label = count === 1 ? nameOf(graph, visible.first[at]!) : `[${count}]`;
      cells.push(`${label} ${visible.left[at]}-${visible.right[at]}`);
    }
    rows.push(`${visible.firstLevel + row}: ${cells.join(" ")}`);
  }
  return rows;
}

const GRAPH = buildLevelGraph(foldedTree("a;b;x 8\na;c 1\na;d;y 1\na;e 1\nf;g 20\nf;h 1"));

describe("cull", () => {
  test("wide frames one by one, narrow siblings in one block, nothing below a block", () => {
    expect(picture(GRAPH, drawn(GRAPH))).toEqual([
      "0: all 0-32",
      "1: a 0-11 f 11-32",
      "2: b 0-8 [3] 8-11 g 11-31 h 31-32",
      "3: x 0-8",
    ]);
  });

  test("a part of the rows, a part of the width", () => {
    expect(picture(GRAPH, drawn(GRAPH, { firstLevel: 2, lastLevel: 2 }))).toEqual([
      "2: b 0-8 [3] 8-11 g 11-31 h 31-32",
    ]);
    // Four pixels a unit: nothing is narrow any more.
    expect(picture(GRAPH, drawn(GRAPH, { from: 7, to: 15 }))).toEqual([
      "0: all -1-33",
      "1: a -1-16 f 16-33",
      "2: b -1-4 c 4-8 d 8-12 e 12-16 g 16-33",
      "3: x -1-4 y 8-12",
    ]);
    expect(drawn(GRAPH, { firstLevel: 9, lastLevel: 12 }).length).toBe(0);
  });

  test("pauses part blocks", () => {
    const tree = foldedTree("m;a 1\nm;b 1\nm;c 1\nm;d 1\nm 96", { ordered: true });
    const start = Float64Array.of(0, 0, 10, 11, 50, 51);
    const graph = buildLevelGraph({ ...tree, start });
    expect(picture(graph, drawn(graph)).at(-1)).toBe("2: [2] 10-12 [2] 50-52");
  });

  test("finds the entry at a pixel", () => {
    const visible = drawn(GRAPH);
    const at = (level: number, pixel: number): number => visible.at(level, pixel);
    expect([visible.first[at(2, 3)], visible.count[at(2, 9)]]).toEqual([3, 3]);
    expect([at(3, 20), at(7, 0), at(-1, 0), at(3, 8)]).toEqual([-1, -1, -1, -1]);
  });

  test("an empty graph draws nothing, and a hundred thousand rows only those that are seen", () => {
    const empty = buildLevelGraph(foldedTree(""));
    expect(drawn(empty, { to: 0, width: 100 }).length).toBe(0);
    const deep = buildLevelGraph(foldedTree(`${"f;".repeat(3000)}g 50`));
    expect(drawn(deep, { firstLevel: 2990, lastLevel: 2999 }).length).toBe(10);
    expect(drawn(deep, { firstLevel: 2999, lastLevel: 9999 }).length).toBe(3);
  });
});

/** A graph of random shape: stacks of letters with weights of very different size. */
const graphs = fc
  .tuple(
    fc.array(
      fc.tuple(
        fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 5 }),
        fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 5000 })),
      ),
      { minLength: 1, maxLength: 120 },
    ),
    fc.boolean(),
  )
  .map(([lines, ordered]) =>
    buildLevelGraph(
      foldedTree(
        lines.map(([names, weight]) => `${names.map((n) => `f${n}`).join(";")} ${weight}`).join("\n"),
        {
          ordered,
        },
      ),
    ),
  );

const windows = fc.record({
  part: fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
  width: fc.integer({ min: 1, max: 400 }),
  minWidth: fc.constantFrom(1, 2, 7),
});

/** What is drawn, found by looking at every rectangle: of each level and pixel column, the entry's rectangles. */
function slow(graph: LevelGraph, window: CullWindow): Set<number>[] {
  const scale = window.width / (window.to - window.from);
  const wide = (at: number): boolean => graph.total[at]! * scale >= window.minWidth;
  return Array.from({ length: levelCount(graph) }, (_, level) => {
    const rects = new Set<number>();
    for (let at = graph.levels[level]!; at < graph.levels[level + 1]!; at++) {
      const parent = graph.parent[at]!;
      const seen = graph.x[at]! < window.to && graph.x[at]! + graph.total[at]! > window.from;
      if (seen && graph.total[at]! > 0 && (parent < 0 || wide(parent))) rects.add(at);
    }
    return rects;
  });
}

test("what is drawn and what is gathered is everything that is seen, each once", () => {
  fc.assert(
    fc.property(graphs, windows, (graph, { part, width, minWidth }) => {
      const total = graph.total[0]!;
      const [from, to] = [Math.min(...part) * total, Math.max(...part) * total];
      if (!(to - from > total * 1e-6)) return;
      const window = { from, to, width, minWidth, firstLevel: 0, lastLevel: levelCount(graph) };
      const visible = drawn(graph, window);
      const scale = width / (to - from);
      const expected = slow(graph, window);
      for (let row = 0; row + 1 < visible.rows.length; row++) {
        let edge = -1;
        const missing = new Set(expected[row]!);
        for (let at = visible.rows[row]!; at < visible.rows[row + 1]!; at++) {
          const first = visible.first[at]!;
          const count = visible.count[at]!;
          expect(levelOf(graph, first)).toBe(row);
          expect(visible.left[at]! >= edge && visible.right[at]! > visible.left[at]!).toBe(true);
          edge = visible.right[at]!;
          for (let rect = first; rect < first + count; rect++) {
            expect(missing.delete(rect) || graph.total[rect] === 0).toBe(true);
            if (count > 1) expect(graph.total[rect]! * scale).toBeLessThan(minWidth);
            expect(graph.parent[rect]).toBe(graph.parent[first]);
          }
        }
        // What is left is narrower than a pixel column and alone: it falls between two columns.
        for (const rect of missing) expect(graph.total[rect]! * scale).toBeLessThan(1);
      }
    }),
    { seed: 11, numRuns: 300 },
  );
});

test("rows drawn alone are the rows drawn with all others", () => {
  fc.assert(
    fc.property(graphs, windows, fc.nat(4), (graph, { part, width, minWidth }, level) => {
      const total = graph.total[0]!;
      const [from, to] = [Math.min(...part) * total, Math.max(...part) * total];
      if (!(to - from > total * 1e-6)) return;
      const window = { from, to, width, minWidth };
      const all = picture(graph, drawn(graph, window)).filter((row) => row.startsWith(`${level}:`));
      const one = picture(graph, drawn(graph, { ...window, firstLevel: level, lastLevel: level }));
      expect(one.filter((row) => !row.endsWith(": "))).toEqual(all.filter((row) => !row.endsWith(": ")));
    }),
    { seed: 12, numRuns: 300 },
  );
});

test("a block counts what it hides", () => {
  const visible = drawn(GRAPH);
  let counted = 0;
  for (let at = 0; at < visible.length; at++) {
    const first = visible.first[at]!;
    const count = visible.count[at]!;
    counted += count === 1 ? 1 : countBelow(GRAPH, first, first + count);
  }
  expect(counted).toBe(GRAPH.length);
});
