import fc from "fast-check";
import { expect, test } from "vitest";
import { foldedTree } from "../../../../test/support/folded-tree.ts";
import { buildLevelGraph } from "../graph/index.ts";
import { rectOfPath, zoomPath } from "./zoom-path.ts";

test("a path leads back to its rectangle, in any tree", () => {
  const stack = fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(fc.array(stack, { minLength: 1, maxLength: 12 }), (stacks) => {
      const graph = buildLevelGraph(foldedTree(stacks.map((names) => `${names.join(";")} 1`).join("\n")));
      for (let rect = 0; rect < graph.length; rect++)
        expect(rectOfPath(graph, zoomPath(graph, rect))).toBe(rect);
    }),
    { seed: 11, numRuns: 100 },
  );
});

test("runs are written short", () => {
  const graph = buildLevelGraph(foldedTree(`${Array.from({ length: 500 }, (_, i) => `f${i}`).join(";")} 1`));
  expect(zoomPath(graph, 500)).toBe("0x500");
  expect(rectOfPath(graph, "0x500")).toBe(500);
});

test.each(["9", "0.9.0", "0x9999999", "x", "-1", "0x", "1e3", "0.0x99999999999"])(
  "a path that leads nowhere ends where it still makes sense: %s",
  (path) => {
    const graph = buildLevelGraph(foldedTree("a;b;c 1"));
    const rect = rectOfPath(graph, path);
    expect(rect >= 0 && rect < graph.length).toBe(true);
  },
);
