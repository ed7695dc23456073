import { describe, expect, test } from "vitest";
import { foldedTree } from "../../../../test/support/folded-tree.ts";
import { buildLevelGraph, nameOf } from "../graph/index.ts";
import { Camera } from "./camera.ts";
import { frameInfo } from "./info.ts";
import { keyAction } from "./keys.ts";
import { neighbour } from "./navigation.ts";
import { viewOf, viewOfBlock, viewShowing } from "./opening.ts";
import { SearchState } from "./search-state.ts";
import { TreeRows } from "./tree-rows.ts";

const GRAPH = buildLevelGraph(
  foldedTree(
    "main;parse;lex 30\nmain;parse;Malloc 10\nmain;run;loop;malloc 20\nmain;run;loop 30\nmain;run;exit 10",
  ),
);
const named = (name: string): number => {
  for (let rect = 0; rect < GRAPH.length; rect++) if (nameOf(GRAPH, rect) === name) return rect;
  throw new Error(name);
};

describe("the camera", () => {
  test("moves by equal factors to where it is sent, and remembers where it was", () => {
    const camera = new Camera();
    camera.open(1000);
    expect(camera.isWhole).toBe(true);
    camera.remember();
    camera.moveTo({ rect: 3, from: 500, to: 501 }, 0, false);
    expect(camera.target).toEqual({ rect: 3, from: 500, to: 501 });
    const spans: number[] = [];
    for (const time of [0, 50, 100, 150, 220]) {
      camera.step(time);
      spans.push(camera.now.to - camera.now.from);
    }
    expect(spans[0]).toBeCloseTo(1000, 6);
    expect(spans.every((span, i) => i === 0 || span < spans[i - 1]!)).toBe(true);
    expect(camera.now).toEqual(camera.target);
    expect(camera.moving).toBe(false);
    expect(camera.previous()).toEqual({ rect: 0, from: 0, to: 1000 });
    expect(camera.previous()).toEqual({ rect: 0, from: 0, to: 1000 });
  });

  test("stays inside the graph and never gets closer than doubles can tell", () => {
    const camera = new Camera();
    camera.open(1000);
    camera.jump({ rect: 0, from: -200, to: 100 });
    expect(camera.now).toMatchObject({ from: 0, to: 300 });
    camera.jump({ rect: 0, from: 900, to: 5000 });
    expect(camera.now).toMatchObject({ from: 0, to: 1000 });
    camera.jump({ rect: 0, from: 10, to: 10 });
    expect(camera.now.to).toBeGreaterThan(camera.now.from);
    camera.moveTo({ rect: 0, from: 0, to: 500 }, 0, true);
    expect(camera.now).toMatchObject({ from: 0, to: 500 });
  });
});

test("a small block opens as it is, a large one around the pointer", () => {
  const lines = Array.from({ length: 1000 }, (_, i) => `m;f${String(i).padStart(4, "0")} 1`);
  const graph = buildLevelGraph(foldedTree(lines.join("\n")));
  const first = graph.levels[2]!;
  expect(viewOfBlock(graph, { rect: first + 10, count: 5, level: 2 }, first + 12, 600)).toEqual({
    rect: 1,
    from: 10,
    to: 15,
  });
  const middle = viewOfBlock(graph, { rect: first, count: 1000, level: 2 }, first + 500, 600);
  expect(middle).toEqual({ rect: 1, from: 450, to: 550 });
  const end = viewOfBlock(graph, { rect: first, count: 1000, level: 2 }, first + 999, 600);
  expect(end).toEqual({ rect: 1, from: 900, to: 1000 });
  expect(viewOf(graph, first + 3)).toEqual({ rect: first + 3, from: 3, to: 4 });
});

test("what cannot be seen is brought into view, what is too narrow is brought closer", () => {
  const run = named("run");
  expect(viewShowing(GRAPH, run, { from: 0, to: 100 }, 800)).toBe(undefined);
  expect(viewShowing(GRAPH, run, { from: 0, to: 30 }, 800)).toEqual({ from: 40, to: 100 });
  expect(viewShowing(GRAPH, named("exit"), { from: 0, to: 30 }, 800)).toEqual({ from: 30, to: 60 });
  expect(viewShowing(GRAPH, named("Malloc"), { from: 0, to: 100 }, 8)).toEqual({
    from: 5 - 5 / 3,
    to: 5 + 5 / 3,
  });
});

test("a frame without weight cannot be zoomed to: its caller is", () => {
  const graph = buildLevelGraph(foldedTree("m;a 5 9\nm;gone;below 3 0"));
  expect(viewOf(graph, graph.levels[3]!)).toEqual({ rect: 1, from: 0, to: 9 });
});

test("neighbours: caller, heaviest callee, along the row", () => {
  const go = (name: string, direction: Parameters<typeof neighbour>[2]): string => {
    const next = neighbour(GRAPH, named(name), direction);
    return next < 0 ? "-" : nameOf(GRAPH, next);
  };
  expect([go("main", "caller"), go("main", "callee"), go("run", "callee")]).toEqual(["all", "run", "loop"]);
  expect([go("parse", "next"), go("parse", "previous"), go("lex", "next"), go("loop", "next")]).toEqual([
    "run",
    "-",
    "exit",
    "-",
  ]);
  expect([go("exit", "callee"), go("all", "caller")]).toEqual(["-", "-"]);
});

test("keys mean what the picture or the table shows; the browser's own stay its own", () => {
  const key = (
    name: string,
    place: { upward?: boolean; table?: boolean } = {},
    more = {},
  ): string | undefined =>
    keyAction(
      { key: name, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more },
      { upward: false, table: false, ...place },
    );
  expect([key("ArrowUp"), key("ArrowUp", { upward: true }), key("ArrowUp", { table: true })]).toEqual([
    "caller",
    "callee",
    "row-up",
  ]);
  expect([key("ArrowDown"), key("ArrowDown", { upward: true }), key("ArrowDown", { table: true })]).toEqual([
    "callee",
    "caller",
    "row-down",
  ]);
  expect([key("Home"), key("Home", { table: true }), key("F3"), key("F3", {}, { shiftKey: true })]).toEqual([
    "reset",
    "row-first",
    "next-hit",
    "previous-hit",
  ]);
  expect([key("n", {}, { ctrlKey: true }), key("0", {}, { metaKey: true }), key("x"), key("Tab")]).toEqual(
    Array(4).fill(undefined),
  );
});

describe("the rows of the table", () => {
  const shown = (rows: TreeRows): string =>
    Array.from({ length: rows.length }, (_, row) => nameOf(GRAPH, rows.rectAt(row))).join(" ");

  test("unfold and fold, heaviest first; what was unfolded inside stays so", () => {
    const rows = new TreeRows(GRAPH);
    expect(shown(rows)).toBe("all main");
    rows.expand(named("main"));
    rows.expand(named("parse"));
    expect(shown(rows)).toBe("all main run parse lex Malloc");
    expect(rows.placeOf(named("parse"))).toEqual({ size: 2, position: 2 });
    rows.collapse(named("main"));
    expect(shown(rows)).toBe("all main");
    rows.expand(named("main"));
    expect(shown(rows)).toBe("all main run parse lex Malloc");
    rows.expand(named("lex"));
    expect(rows.isExpanded(named("lex"))).toBe(false);
  });

  test("a frame is revealed with all its callers", () => {
    const rows = new TreeRows(GRAPH);
    expect(rows.reveal(named("malloc"))).toBe(4);
    expect(shown(rows)).toBe("all main run loop malloc exit parse");
    expect(rows.rowOf(named("lex"))).toBe(-1);
    rows.collapse(0);
    expect(rows.reveal(named("lex"))).toBe(7);
    expect(shown(rows)).toBe("all main run loop malloc exit parse lex Malloc");
  });
});

test("facts about a frame", () => {
  expect(frameInfo(GRAPH, named("loop"), named("run"))).toEqual({
    rect: named("loop"),
    name: "loop",
    place: "",
    level: 3,
    self: 30,
    total: 50,
    shareOfAll: 0.5,
    shareOfView: 50 / 60,
    shareOfParent: 50 / 60,
    start: 50,
  });
});

describe("a search", () => {
  test("steps through matches below the zoom and around its ends", () => {
    const state = new SearchState(GRAPH, "malloc", {});
    expect(state.below(0)).toMatchObject({ functions: 2, count: 2, weight: 30, shareOfAll: 0.3 });
    expect([1, 1, 1, -1].map((by) => nameOf(GRAPH, state.step(by as 1 | -1)))).toEqual([
      "Malloc",
      "malloc",
      "Malloc",
      "malloc",
    ]);
    expect(state.position).toEqual({ at: 2, of: 2 });
    const run = named("run");
    expect(state.below(run)).toMatchObject({ count: 1, weight: 20, shareOfView: 20 / 60, weightOfAll: 30 });
    expect([state.step(-1), state.step(-1)]).toEqual([named("malloc"), named("malloc")]);
    expect(state.below(named("exit"))).toMatchObject({ count: 0, weight: 0 });
    expect(state.step(1)).toBe(-1);
  });

  test("a pattern that is none finds nothing and says why", () => {
    const state = new SearchState(GRAPH, "(", { regex: true });
    expect(state.below(0)).toMatchObject({ count: 0, error: expect.stringContaining("Unterminated") });
    expect(state.below(0).ranked()).toEqual([]);
  });
});
