import { describe, expect, it } from "vitest";
import { packedList } from "../../../../../test/support/protobuf.ts";
import { StackInterner } from "../../model/stacks.ts";
import { ByteRangeInterner } from "./byte-ranges.ts";
import { IdRows } from "./id-rows.ts";
import { LocationTreeBuilder } from "./location-tree.ts";

/** Numbers below a limit, always the same ones. */
function random(): (below: number) => number {
  let state = 1;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return Math.floor(((state >>> 0) / 2 ** 32) * below);
  };
}

/** The tree of stacks (root first, ids as they are) held against one made frame by frame with a hash table. */
function compare(stacks: readonly (readonly number[])[], knownIds: readonly number[]): void {
  const lists = stacks.map((stack) => packedList(stack.toReversed()));
  const bytes = new Uint8Array(lists.reduce((sum, list) => sum + list.length, 0));
  const ranges = new ByteRangeInterner(bytes);
  let at = 0;
  const numbers = lists.map((list) => {
    bytes.set(list, at);
    at += list.length;
    return ranges.add(at - list.length, at);
  });
  const ids = new IdRows(knownIds.length);
  for (const [row, id] of knownIds.entries()) ids.add(id >>> 0, Math.floor(id / 2 ** 32), row);
  const tree = new LocationTreeBuilder(bytes, ranges, ids, knownIds.length).build();

  const rowOf = new Map(knownIds.map((id, row) => [id, row]));
  const expected = new StackInterner();
  for (const [i, stack] of stacks.entries()) {
    const rows = stack.map((id) => rowOf.get(id) ?? knownIds.length);
    let node = -1;
    for (const row of rows) node = expected.add(node, row);
    const read: number[] = [];
    for (let row = tree.leaf[numbers[i]!]!; row >= 0; row = tree.parent[row]!) {
      if (tree.parent[row]! >= row) throw new Error(`the parent of row ${row} is ${tree.parent[row]}`);
      read.push(tree.location[row]!);
    }
    if (read.reverse().join() !== rows.join()) expect(read).toEqual(rows);
  }
  // As many nodes as the other tree: no two of them are the same.
  expect(tree.length).toBe(expected.length);
}

describe("LocationTreeBuilder", () => {
  const ids = [1, 2, 3, 127, 128, 200, 16_383, 16_384, 3_000_000, 2 ** 28, 2 ** 40, 2 ** 52];

  it("agrees with a hash table on few stacks, prefixes of each other among them", () => {
    const next = random();
    for (let run = 0; run < 200; run++) {
      const stacks = Array.from({ length: 1 + next(20) }, () =>
        Array.from({ length: 1 + next(6) }, () => (next(30) === 0 ? 77 : ids[next(3)]!)),
      );
      compare(stacks, ids);
    }
  });

  it("agrees with a hash table on more stacks than one small part may have", () => {
    const next = random();
    const stacks = Array.from({ length: 60_000 }, () => [
      1,
      2,
      ...Array.from({ length: 1 + next(12) }, () => ids[next(12)]!),
    ]);
    compare(stacks, ids);
  });

  it("agrees with a hash table on stacks of more bytes than one small part may have", () => {
    const next = random();
    const stacks = Array.from({ length: 6 }, (_, i) => [
      ...Array.from({ length: 300_000 }, (_, depth) => ids[depth % 11]!),
      ...Array.from({ length: i }, () => ids[next(12)]!),
    ]);
    compare(stacks, ids);
  });

  it("makes nothing of nothing", () => {
    compare([], ids);
  });
});
