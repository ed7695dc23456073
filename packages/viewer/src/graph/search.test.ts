import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { foldedTree } from "../../../../test/support/folded-tree.ts";
import { buildLevelGraph } from "./build.ts";
import type { LevelGraph } from "./level-graph.ts";
import { nameOf, pathNames, rectAt } from "./queries.ts";
import { matchColumns, matchesInOrder, matchNames, namePattern, rankHits, weighMatches } from "./search.ts";

const GRAPH = buildLevelGraph(
  foldedTree(
    "main;parse;lex 30\nmain;parse;Malloc 10\nmain;run;loop;malloc 20\nmain;run;loop 30\nmain;run;run;exit 10",
  ),
);

const found = (pattern: string, options = {}): Uint8Array => matchNames(GRAPH, namePattern(pattern, options));

describe("search", () => {
  test("a text or a regular expression, with or without regard to case", () => {
    const names = (pattern: string, options = {}): string[] =>
      rankHits(GRAPH, found(pattern, options)).map(({ text, weight, count }) => `${text} ${weight} ${count}`);
    expect(names("malloc")).toEqual(["malloc 20 1", "Malloc 10 1"]);
    expect(names("Malloc", { caseSensitive: true })).toEqual(["Malloc 10 1"]);
    expect(names("^(lex|LOOP)$", { regex: true })).toEqual(["loop 50 1", "lex 30 1"]);
    expect(names("^L", { regex: true, caseSensitive: true })).toEqual([]);
    expect(names("l.o")).toEqual([]);
    expect(() => namePattern("(", { regex: true })).toThrow(SyntaxError);
  });

  test("tests each name once and never the root's", () => {
    const asked: string[] = [];
    matchNames(GRAPH, (name) => {
      asked.push(name);
      return true;
    });
    expect(asked).not.toContain("");
    expect(new Set(asked).size).toBe(asked.length);
    expect(
      weighMatches(
        GRAPH,
        matchNames(GRAPH, () => true),
      ).weight,
    ).toBe(100);
  });

  test("a match below a match is not counted again; recursion counts once", () => {
    expect(weighMatches(GRAPH, found("loop|malloc", { regex: true }))).toMatchObject({
      weight: 60,
      count: 3,
    });
    expect(weighMatches(GRAPH, found("run"))).toMatchObject({ weight: 60, count: 2 });
    expect(rankHits(GRAPH, found("run"))).toMatchObject([{ text: "run", weight: 60, count: 2 }]);
    expect(weighMatches(GRAPH, found("nowhere"))).toMatchObject({ weight: 0, count: 0 });
  });

  test("below a zoom only what is there counts, also under a caller that matches", () => {
    const loop = rectAt(GRAPH, 3, 60);
    expect(nameOf(GRAPH, loop)).toBe("loop");
    expect(weighMatches(GRAPH, found("run|malloc", { regex: true }), loop)).toMatchObject({
      weight: 20,
      count: 1,
    });
    expect(rankHits(GRAPH, found("run|malloc", { regex: true }), loop)).toMatchObject([
      { text: "malloc", weight: 20 },
    ]);
    expect(weighMatches(GRAPH, found("loop"), loop)).toMatchObject({ weight: 50, count: 1 });
  });

  test("matches in reading order, callers before callees", () => {
    const names = (root = 0): string[] =>
      [...matchesInOrder(GRAPH, found("a|run", { regex: true }), root)].map((at) =>
        pathNames(GRAPH, at).join(";"),
      );
    expect(names()).toEqual([
      "main",
      "main;parse",
      "main;parse;Malloc",
      "main;run",
      "main;run;loop;malloc",
      "main;run;run",
    ]);
    expect(names(rectAt(GRAPH, 3, 60))).toEqual(["main;run;loop;malloc"]);
  });

  test("columns of a minimap", () => {
    const columns = (from?: number, to?: number): string =>
      matchColumns(GRAPH, weighMatches(GRAPH, found("lex")).topmost, 10, from, to).join("");
    const lex = rectAt(GRAPH, 3, 35);
    expect([nameOf(GRAPH, lex), GRAPH.x[lex]]).toEqual(["lex", 10]);
    expect(columns()).toBe("0111000000");
    expect(columns(30, 50)).toBe("1111100000");
    expect(columns(50, 100)).toBe("0000000000");
  });
});

/** Weight of the matches by looking at every rectangle's callers. */
function slowWeight(graph: LevelGraph, matched: Uint8Array, root: number): number {
  let weight = 0;
  for (let at = 0; at < graph.length; at++) {
    if (matched[graph.name[at]!] !== 1) continue;
    let up = at;
    let above = false;
    while (up > root) {
      up = graph.parent[up]!;
      if (up >= root && matched[graph.name[up]!] === 1) above = true;
    }
    if (up === root && !above) weight += graph.total[at]!;
  }
  return weight;
}

test("weights agree with the slow way, below every frame", () => {
  const line = fc.tuple(
    fc.array(fc.constantFrom("a", "b", "ab", "c", "d"), { minLength: 1, maxLength: 6 }),
    fc.integer({ min: 1, max: 9 }),
  );
  fc.assert(
    fc.property(
      fc.array(line, { minLength: 1, maxLength: 25 }),
      fc.constantFrom("a", "b", "d", "ab"),
      (lines, pattern) => {
        const graph = buildLevelGraph(
          foldedTree(lines.map(([names, n]) => `${names.join(";")} ${n}`).join("\n")),
        );
        const matched = matchNames(graph, namePattern(pattern));
        for (let root = 0; root < graph.length; root++) {
          const { weight, count, topmost } = weighMatches(graph, matched, root);
          expect(weight).toBe(slowWeight(graph, matched, root));
          expect(topmost.reduce((sum, at) => sum + graph.total[at]!, 0)).toBe(weight);
          expect(matchesInOrder(graph, matched, root).length).toBe(count);
          const hits = rankHits(graph, matched, root);
          expect(hits.reduce((sum, hit) => sum + hit.count, 0)).toBe(count);
          for (const hit of hits) {
            const only = new Uint8Array(matched.length);
            only[hit.name] = 1;
            expect(hit.weight).toBe(slowWeight(graph, only, root));
          }
        }
      },
    ),
    { seed: 5, numRuns: 150 },
  );
});
