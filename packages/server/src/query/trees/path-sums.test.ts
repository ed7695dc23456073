import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DepthRounds } from "./depth-rounds.ts";
import { ABSENT, IdTable } from "./id-table.ts";
import { leastTotal } from "./node-limit.ts";
import { type MergedPair, type MergedTree, PathSums } from "./path-sums.ts";
import { PathTrie } from "./path-trie.ts";

/** A stack's names as numbers from 1 on, and its weight. */
type Path = readonly [names: readonly number[], weight: number];

const names = { text: (row: number) => `f${row}`, high: false };
const paths = fc.array(
  fc.tuple(
    fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 12 }),
    // A few weights only, so that nodes tie.
    fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 1000 })),
  ),
  { maxLength: 60 },
);

/** Every node by its path, as `total/self`, of one or two sides: the obvious way, node by node. */
function naive(sides: readonly (readonly Path[])[], nodes: number): Map<string, string> {
  const found = new Map<string, { total: number[]; self: number[] }>();
  sides.forEach((list, side) => {
    for (const [stack, weight] of list) {
      for (let depth = 0; depth <= stack.length; depth++) {
        const key = stack.slice(0, depth).join(";");
        const node = found.get(key) ?? { total: sides.map(() => 0), self: sides.map(() => 0) };
        found.set(key, node);
        node.total[side]! += weight;
        if (depth === stack.length) node.self[side]! += weight;
      }
    }
  });
  const root = found.get("") ?? { total: sides.map(() => 0), self: sides.map(() => 0) };
  found.delete("");
  const larger = [...found.values()].map(({ total }) => Math.max(...total));
  const least = leastTotal(Float64Array.from([0, ...larger]), nodes);
  const kept = [...found].filter(([, { total }]) => Math.max(...total) >= least);
  return new Map([["", root] as const, ...kept].map(([key, node]) => [key, JSON.stringify(node)]));
}

/** The same out of a tree, after checking that parents come first. */
function nodesOf(tree: MergedTree | MergedPair): Map<string, string> {
  const columns = "total" in tree ? [tree] : [tree.left, tree.right];
  const keys: string[] = [];
  const found = new Map<string, string>();
  for (let i = 0; i < tree.length; i++) {
    expect(tree.parent[i]).toBeLessThan(i);
    const above = i === 0 ? "" : keys[tree.parent[i]!]!;
    keys.push(i === 0 ? "" : above === "" ? String(tree.name[i]) : `${above};${tree.name[i]}`);
    const node = { total: columns.map(({ total }) => total[i]), self: columns.map(({ self }) => self[i]) };
    found.set(keys[i]!, JSON.stringify(node));
  }
  expect(found.size).toBe(tree.length);
  return found;
}

const sorted = (nodes: Map<string, string>) => [...nodes].sort(([a], [b]) => (a < b ? -1 : 1));

function weighted(trie: PathTrie, list: readonly Path[]) {
  const stacks = Int32Array.from(list, ([stack]) => trie.add(stack, 0, stack.length));
  return [{ stacks, values: Float64Array.from(list, ([, weight]) => weight) }];
}

describe("sums over a trie of paths", () => {
  it("are those of the obvious way, in a trie with more paths than are asked for", () => {
    fc.assert(
      fc.property(paths, paths, paths, fc.integer({ min: 1, max: 40 }), (before, asked, after, nodes) => {
        const trie = new PathTrie();
        weighted(trie, before);
        const parts = weighted(trie, asked);
        const more = weighted(trie, after);
        const sums = new PathSums(trie);
        expect(sorted(nodesOf(sums.merge(parts, names, nodes)))).toEqual(sorted(naive([asked], nodes)));
        // What a query leaves behind must not show in the next one.
        expect(sorted(nodesOf(sums.mergePair(parts, more, names, nodes)))).toEqual(
          sorted(naive([asked, after], nodes)),
        );
      }),
      { seed: 21, numRuns: 300 },
    );
  });

  it("count what they leave out", () => {
    fc.assert(
      fc.property(paths, fc.integer({ min: 1, max: 10 }), (asked, nodes) => {
        const trie = new PathTrie();
        const tree = new PathSums(trie).merge(weighted(trie, asked), names, nodes);
        const all = naive([asked], Number.POSITIVE_INFINITY).size;
        expect(tree.leftOut.nodes).toBe(all - tree.length);
        const shown = tree.self.reduce((sum, self) => sum + self, 0);
        expect(shown + tree.leftOut.weight).toBe(tree.total[0]);
      }),
      { seed: 22, numRuns: 200 },
    );
  });

  it("hold for a path of 200,000 names, and numbers beyond 32 bits", () => {
    const trie = new PathTrie();
    const deep = Array.from({ length: 200_000 }, (_, i) => i + 1);
    const ends = [trie.add(deep, 0, 200_000), trie.add(deep, 0, 3), trie.add([...deep.slice(0, 5), 9], 0, 6)];
    const parts = [{ stacks: Int32Array.from(ends), values: Float64Array.of(2 ** 40, 2, 1) }];
    const tree = new PathSums(trie).merge(parts, names, Number.POSITIVE_INFINITY);
    expect(tree.length).toBe(200_002);
    expect([...tree.total.subarray(0, 7)]).toEqual([
      2 ** 40 + 3,
      ...[3, 3, 3, 1, 1, 0].map((more) => 2 ** 40 + more),
    ]);
  });
});

describe("rounds over stacks that do not fit", () => {
  const through = (rounds: DepthRounds, sides: readonly (readonly Path[])[]): number => {
    let count = 0;
    do {
      count++;
      sides.forEach((list, side) => {
        for (const [stack, weight] of list) rounds.add(stack, side === 0 ? 0 : 1, weight);
      });
    } while (rounds.endRound());
    return count;
  };

  it("find the same nodes as one pass, whatever the memory", () => {
    let most = 0;
    const bytes = fc.integer({ min: 12_000, max: 16_000 });
    fc.assert(
      fc.property(paths, paths, fc.integer({ min: 1, max: 40 }), bytes, (left, right, nodes, memory) => {
        const one = new DepthRounds(nodes, memory, 1);
        most = Math.max(most, through(one, [left]));
        expect(sorted(nodesOf(one.tree(names)))).toEqual(sorted(naive([left], nodes)));
        const two = new DepthRounds(nodes, memory, 2);
        most = Math.max(most, through(two, [left, right]));
        expect(sorted(nodesOf(two.pair(names)))).toEqual(sorted(naive([left, right], nodes)));
      }),
      { seed: 23, numRuns: 300 },
    );
    // The memory was too small often enough.
    expect(most).toBeGreaterThan(2);
  });

  it("lose no weight", () => {
    fc.assert(
      fc.property(paths, fc.integer({ min: 1, max: 10 }), (list, nodes) => {
        const rounds = new DepthRounds(nodes, 12_500, 1);
        through(rounds, [list]);
        const tree = rounds.tree(names);
        expect(tree.self.reduce((sum, self) => sum + self, 0) + tree.leftOut.weight).toBe(tree.total[0]);
      }),
      { seed: 24, numRuns: 100 },
    );
  });
});

describe("the table of ids", () => {
  it("holds what a map holds", () => {
    const id = fc.bigInt({ min: 0n, max: 40n }).map((small) => small | (small << 61n));
    const entries = fc.array(fc.tuple(id, fc.integer({ min: -1, max: 2 ** 31 - 3 })), { maxLength: 3000 });
    fc.assert(
      fc.property(entries, (list) => {
        const table = new IdTable();
        const map = new Map<bigint, number>();
        const halves = (of: bigint) =>
          [Number(BigInt.asIntN(32, of)), Number(BigInt.asIntN(32, of >> 32n))] as const;
        for (const [key, value] of list) {
          table.set(...halves(key), value);
          map.set(key, value);
        }
        for (const [key, value] of map) expect(table.get(...halves(key))).toBe(value);
        expect(table.length).toBe(map.size);
        expect(table.get(12345, 678)).toBe(ABSENT);
        const keys = [...map.keys()].flatMap((key) => halves(key));
        expect([...table.valuesOf(Int32Array.of(...keys, 12345, 678), -7)]).toEqual([...map.values(), -7]);
      }),
      { seed: 25, numRuns: 50 },
    );
  });

  it("grows", () => {
    const table = new IdTable();
    for (let i = 0; i < 20_000; i++) table.set(Math.imul(i, 0x9e3779b1), i % 7, i);
    for (let i = 0; i < 20_000; i++) expect(table.get(Math.imul(i, 0x9e3779b1), i % 7)).toBe(i);
  });
});
