import { describe, expect, it } from "vitest";
import type { FrameReads, FrameRow, StackFrames } from "../../store/reads/frames.ts";
import { StackSpace } from "../trees/stack-space.ts";
import { countUnknown, learn } from "./learn.ts";

/** A store of stacks by id, each a text of one frame a letter. Of frame `?` nothing is known; `I` has an inlined call. */
function storeOf(chunks: readonly (readonly (readonly [id: bigint, frames: string])[])[]) {
  const asked: string[] = [];
  const store = { broken: false };
  const idOf = (letter: string) => BigInt(letter.codePointAt(0)!) << 32n;
  const row = (id: bigint): FrameRow => {
    const name = String.fromCodePoint(Number(id >> 32n));
    const native = name === "I";
    return {
      ...{ id, name: native ? "" : name, file: "", line: 0, column: 0, mapping: "app", kind: 0 },
      ...{ buildId: native ? "b" : "", address: native ? 16n : 0n, inlined: false },
    };
  };
  const reads = {
    async *ofStacks() {
      for (const chunk of chunks) {
        await Promise.resolve();
        const letters = chunk.map(([, frames]) => [...frames]);
        let end = 0;
        const found: StackFrames = {
          stacks: BigUint64Array.from(chunk, ([id]) => id),
          frames: BigUint64Array.from(letters.flat(), idOf),
          ends: Uint32Array.from(letters, (frames) => {
            end += frames.length;
            return end;
          }),
        };
        yield found;
      }
    },
    frames: async (_: string, ids: BigUint64Array) => {
      const rows = Array.from(ids, row);
      asked.push(rows.map(({ name }) => name || "I").join(""));
      if (store.broken) throw new Error("the engine is away");
      return rows.filter(({ name }) => name !== "?");
    },
    symbols: async () =>
      new Map([["b:10", ["inner", "outer"].map((name) => ({ name, file: "", line: 1, column: 0 }))]]),
  } as unknown as FrameReads;
  return { reads, asked, store };
}

const selection = { tenant: "one", type: "t", matchers: [], from: 0, to: 1 };

/** Learns stacks of weight 1 each, and folds them: path by path. */
async function learnt(reads: FrameReads, space: StackSpace, ids: BigUint64Array): Promise<string[]> {
  const nodes = await learn(reads, space, "names", selection, ids, space.nodesOf("names", ids));
  const tree = space.mergeByName([{ stacks: nodes, values: new Float64Array(ids.length).fill(1) }]);
  const path = (node: number): string =>
    node === 0 ? "" : `${path(tree.parent[node]!)}/${tree.names.text(tree.name[node]!)}`;
  return Array.from(tree.self, (self, node) => `${path(node)} ${self}`)
    .filter((line) => !line.endsWith(" 0"))
    .sort();
}

describe("learning stacks", () => {
  const chunks = [
    [
      [1n, "ab"],
      [9n, "xyz"],
      [2n, "abI"],
    ],
    [
      [1n, "ab"],
      [3n, "a?"],
    ],
  ] as const;
  const ids = BigUint64Array.of(1n, 2n, 3n, 2n, 4n);
  const folded = [
    "/[stack not in the store] 1",
    "/a/[frame not in the store] 1",
    "/a/b 1",
    "/a/b/outer/inner 2",
  ];

  it("asks for each frame once, and only for those of the stacks that are wanted", async () => {
    const { reads, asked } = storeOf(chunks);
    const space = new StackSpace();
    expect(countUnknown(ids, space.nodesOf("names", ids))).toBe(4);
    expect(await learnt(reads, space, ids)).toEqual(folded);
    expect(asked).toEqual(["abI", "?"]);
    expect(countUnknown(ids, space.nodesOf("names", ids))).toBe(0);
    expect(await learnt(reads, space, ids)).toEqual(folded);
    expect(asked).toHaveLength(2);
  });

  it("is done by several queries at once", async () => {
    const { reads } = storeOf(chunks);
    const space = new StackSpace();
    const few = BigUint64Array.of(2n, 3n);
    expect(
      await Promise.all([
        learnt(reads, space, ids),
        learnt(reads, space, few),
        learnt(reads, space, ids.slice().reverse()),
      ]),
    ).toEqual([folded, ["/a/[frame not in the store] 1", "/a/b/outer/inner 1"], folded]);
  });

  it("can be tried again after the engine was away", async () => {
    const { reads, store } = storeOf(chunks);
    const space = new StackSpace();
    store.broken = true;
    await expect(learnt(reads, space, ids)).rejects.toThrow(/engine is away/);
    store.broken = false;
    expect(await learnt(reads, space, ids)).toEqual(folded);
  });
});
