import { MemorySink, pprofWriter, readProfile, sourceOfBytes, validate } from "@flambeau/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseProfileType } from "../selectors/profile-type.ts";
import { drawPair, drawStacks, drawTree } from "../support/letters.ts";
import { dotGraph } from "./dot.ts";
import { flamebearer } from "./flamebearer.ts";
import { flamebearerDiff } from "./flamebearer-diff.ts";
import { mergedProfile } from "./merged-profile.ts";
import { compareUtf8 } from "./name-tree.ts";
import { leastTotal, nodeLimit } from "./node-limit.ts";
import { treeBytes } from "./tree-bytes.ts";

const SAMPLE = `
  a;b 5
  a 2
  c 3`;

/** Random folded text of few names, so that stacks share prefixes, recur and repeat. */
const drawings = fc
  .array(
    fc.tuple(
      fc.array(fc.constantFrom("a", "b", "c", "other", "total", "é"), { maxLength: 6 }),
      fc.integer({ min: 1, max: 50 }),
    ),
    { maxLength: 30 },
  )
  .map((lines) => lines.map(([stack, weight]) => `${stack.join(";")} ${weight}`).join("\n"));

/** Boxes of a level with absolute places: `name@from-to(self)`. */
function boxes(picture: { names: string[]; levels: number[][] }): string[][] {
  return picture.levels.map((level) => {
    const found: string[] = [];
    let right = 0;
    for (let i = 0; i < level.length; i += 4) {
      const from = right + level[i]!;
      right = from + level[i + 1]!;
      found.push(`${picture.names[level[i + 3]!]}@${from}-${right}(${level[i + 2]})`);
    }
    return found;
  });
}

/** Folded text back out of TREE bytes, one line per node with a self. */
function decodeTree(bytes: Uint8Array): string[] {
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  const lines: string[] = [];
  const path: { name: string; left: number }[] = [];
  do {
    const length = varint();
    const name = new TextDecoder().decode(bytes.subarray(at, at + length));
    at += length;
    const self = varint();
    const left = varint();
    path.push({ name, left });
    if (self > 0)
      lines.push(
        `${path
          .slice(1)
          .map((node) => node.name)
          .join(";")} ${self}`,
      );
    while (path.length > 0 && path.at(-1)!.left === 0) path.pop();
    if (path.length > 0) path.at(-1)!.left--;
  } while (path.length > 0);
  expect(at).toBe(bytes.length);
  return lines;
}

describe("flamebearer", () => {
  it("lays children right of the parent's own weight, in byte order", () => {
    expect(boxes(flamebearer(drawTree(SAMPLE)))).toEqual([
      ["total@0-10(0)"],
      ["a@0-7(2)", "c@7-10(3)"],
      ["b@2-7(5)"],
    ]);
    expect(flamebearer(drawTree(SAMPLE))).toMatchObject({ total: 10, maxSelf: 5 });
  });

  it("answers nothing with one empty root", () => {
    expect(flamebearer(drawTree(""))).toEqual({
      names: ["total"],
      levels: [[0, 0, 0, 0]],
      total: 0,
      maxSelf: 0,
    });
  });

  it("gathers light siblings as other, last, with their whole weight as self", () => {
    const tree = drawTree("z 5\nb;x 1\na;y 2\nm 3", 2);
    expect(boxes(flamebearer(tree))).toEqual([["total@0-11(0)"], ["m@0-3(3)", "z@3-8(5)", "other@8-11(3)"]]);
    expect(tree.leftOut).toEqual({ nodes: 4, weight: 3 });
  });

  it("keeps a function called total apart from the root", () => {
    const picture = flamebearer(drawTree("total;total 4"));
    expect(picture.names).toEqual(["total", "total"]);
    expect(boxes(picture).flat()).toEqual(["total@0-4(0)", "total@0-4(0)", "total@0-4(4)"]);
  });

  it("loses no weight, whatever is gathered", () => {
    fc.assert(
      fc.property(drawings, fc.integer({ min: 1, max: 20 }), (folded, nodes) => {
        const tree = drawTree(folded, nodes);
        const picture = flamebearer(tree);
        const selfs = picture.levels.flatMap((level) => level.filter((_, i) => i % 4 === 2));
        expect(selfs.reduce((sum, self) => sum + self, 0)).toBe(tree.total[0]);
        expect(picture.levels.flat().every((number) => number >= 0)).toBe(true);
      }),
      { seed: 11, numRuns: 200 },
    );
  });

  it("draws 100,000 levels", () => {
    const deep = `${Array.from({ length: 100_000 }, (_, i) => `f${i}`).join(";")} 1`;
    expect(flamebearer(drawTree(deep)).levels).toHaveLength(100_001);
  });
});

describe("flamebearer of a difference", () => {
  it("gives every node of either side a box on both", () => {
    const picture = flamebearerDiff(drawPair("a;b 5\nc 1", "a;b 2\na;d 3"));
    expect(picture.names).toEqual(["total", "a", "c", "b", "d"]);
    expect(picture.levels).toEqual([
      [0, 6, 0, 0, 5, 0, 0],
      [0, 5, 0, 0, 5, 0, 1, 0, 1, 1, 0, 0, 0, 2],
      [0, 5, 5, 0, 2, 2, 3, 0, 0, 0, 0, 3, 3, 4],
    ]);
    expect(picture).toMatchObject({ leftTotal: 6, rightTotal: 5, maxSelf: 5 });
  });

  it("keeps a node that is heavy on one side alone", () => {
    const pair = drawPair("a 5\nb 1\nc 1", "a 1\nb 4\nc 1", 2);
    expect([...pair.left.total, ...pair.right.total]).toEqual([7, 5, 1, 6, 1, 4]);
    expect(pair.leftOut).toEqual({ nodes: 1, weight: 1 });
  });

  it("loses no weight on either side", () => {
    fc.assert(
      fc.property(drawings, drawings, fc.integer({ min: 1, max: 10 }), (left, right, nodes) => {
        const picture = flamebearerDiff(drawPair(left, right, nodes));
        const sum = (place: number) =>
          picture.levels
            .flatMap((level) => level.filter((_, i) => i % 7 === place))
            .reduce((a, b) => a + b, 0);
        expect(sum(2)).toBe(drawTree(left).total[0]);
        expect(sum(5)).toBe(drawTree(right).total[0]);
      }),
      { seed: 12, numRuns: 200 },
    );
  });
});

describe("TREE bytes", () => {
  it("hold the whole tree, depth first", () => {
    expect(decodeTree(treeBytes(drawTree(SAMPLE)))).toEqual(["a 2", "a;b 5", "c 3"]);
  });

  it("hold any tree, and numbers beyond 32 bits", () => {
    expect(decodeTree(treeBytes(drawTree("big 9007199254740991")))).toEqual(["big 9007199254740991"]);
    fc.assert(
      fc.property(drawings, (folded) => {
        const tree = drawTree(folded);
        const again = drawTree(decodeTree(treeBytes(tree)).join("\n"));
        expect(flamebearer(again)).toEqual(flamebearer(tree));
      }),
      { seed: 13, numRuns: 200 },
    );
  });
});

describe("the number of nodes", () => {
  it("is the n-th largest total, ties kept", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1 }),
        fc.integer({ min: 1, max: 30 }),
        (totals, n) => {
          const sorted = [...totals].sort((a, b) => b - a);
          const expected = n >= totals.length ? 0 : sorted[n - 1]!;
          expect(leastTotal(Float64Array.from([999, ...totals]), n)).toBe(expected);
        },
      ),
      { seed: 14, numRuns: 500 },
    );
  });

  it("has a default, and bounds", () => {
    expect([nodeLimit(undefined), nodeLimit(0n), nodeLimit(7n)]).toEqual([8192, 8192, 7]);
    expect(() => nodeLimit(-1n)).toThrow(/max_nodes is -1/);
    expect(() => nodeLimit(1_048_577n)).toThrow(/between 0/);
  });
});

describe("the space of stacks", () => {
  it("knows stacks by the halves of their ids", () => {
    const { space, parts } = drawStacks("a;b 1");
    const id = BigUint64Array.of(0xffffffff00000007n);
    expect([...space.nodesOf("names", id)]).toEqual([-1]);
    expect([...space.wanted("names", id)]).toEqual([]);
    expect(space.claim("names", id, Int32Array.of(-1))).toEqual(id);
    expect([...space.wanted("names", id)]).toEqual([0]);
    expect([...space.nodesOf("names", id)]).toEqual([-1]);
    space.defineStack("names", 7, -1, new Int32Array(0), 0, 0);
    expect([...space.wanted("names", id)]).toEqual([]);
    const stacks = space.nodesOf("names", id);
    expect([...space.mergeByName([...parts, { stacks, values: Float64Array.of(4) }]).self]).toEqual([
      4, 0, 1,
    ]);
  });

  it("calls a frame without a symbol by its module", () => {
    const { space, parts } = drawStacks("a;b 1");
    const nameless = {
      name: "",
      file: "",
      line: 0,
      column: 0,
      buildId: "",
      kind: 0,
      inlined: false,
    } as const;
    const numbers = Int32Array.of(space.numberOfFrame(1n), space.numberOfFrame(2n));
    expect(space.numberOfFrame(1n)).toBe(numbers[0]);
    expect(space.knowsFrame(numbers[0]!)).toBe(false);
    space.defineFrame(numbers[0]!, [{ ...nameless, mapping: "/usr/lib/libc.so.6", address: 16n }]);
    expect(space.knowsFrame(numbers[0]!)).toBe(true);
    space.defineFrame(numbers[1]!, [{ ...nameless, mapping: "", address: 32n }]);
    space.defineStack("names", 3, 0, numbers, 0, 2);
    const more = { stacks: space.nodesOf("names", BigUint64Array.of(3n)), values: Float64Array.of(2) };
    expect(flamebearer(space.mergeByName([...parts, more])).names).toEqual([
      "total",
      "[libc.so.6]",
      "a",
      "[unknown]",
      "b",
    ]);
  });

  it.each(["names", "frames"] as const)("finds what lies below a call site, by %s", (kind) => {
    const { space, parts } = drawStacks("a;b:1;c 1\na;b:2 2\na;d;b 4\nb 8\na 16\n 32", undefined, kind);
    const below = (...names: string[]) => {
      const wanted = space.startsWith(kind, names);
      return parts[0]!.values.filter((_, i) => wanted(parts[0]!.stacks[i]!)).reduce((a, b) => a + b, 0);
    };
    expect([below(), below("a"), below("a", "b"), below("b"), below("c"), below("a", "b", "c", "d")]).toEqual(
      [63, 23, 3, 8, 0, 0],
    );
  });

  it("adds a stack up that occurs in several parts", () => {
    const { space, parts } = drawStacks("a;b 1\na 2");
    expect([...space.mergeByName([...parts, ...parts]).total]).toEqual([6, 6, 2]);
  });

  it("gives the selected stacks back as a profile with lines, which pprof holds", async () => {
    const { space, parts } = drawStacks("main:3;work:9 5\nmain:3;work:11 2\n 1", undefined, "frames");
    const type = parseProfileType("process_cpu:cpu:nanoseconds:cpu:nanoseconds");
    const profile = mergedProfile(space, parts, { type, from: 1_700_000_000_000, to: 1_700_000_060_000 });
    expect(validate(profile)).toEqual([]);
    const sink = new MemorySink();
    await pprofWriter.write(profile, sink, {});
    const again = await readProfile(sourceOfBytes(sink.bytes()));
    expect(again.valueTypes).toEqual([{ name: "cpu", unit: "nanoseconds" }]);
    expect(again.samples.weights[0]!.reduce((a, b) => a + b, 0)).toBe(8);
    expect(again.meta.timeOrigin).toBe(1_700_000_000_000_000_000n);
    expect([...again.frames.line].sort((a, b) => a - b)).toEqual([3, 9, 11]);
  });
});

describe("DOT", () => {
  const options = { nodes: 10, title: "cpu", format: (weight: number) => `${weight} ns` };

  it("counts a recursive function once per stack, and quotes names", () => {
    const text = dotGraph(drawTree('a;b;a;b 4\na;"q\\" 1'), options);
    expect(text).toContain('"a\\n0 ns (0.0 %) of 5 ns (100.0 %)"');
    expect(text).toContain('"b\\n4 ns (80.0 %) of 4 ns (80.0 %)"');
    expect(text).toContain('\\"q\\\\\\"');
    expect(text.match(/->/g)).toHaveLength(3);
    expect(text).toContain('[label="4 ns", penwidth=5.00]');
  });

  it("says what it leaves out", () => {
    expect(dotGraph(drawTree("a 5\nb 1\nc 1"), { ...options, nodes: 1 })).toContain(
      "2 lighter functions are not shown",
    );
  });
});

describe("byte order", () => {
  it("is that of UTF-8", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (a, b) => {
        expect(Math.sign(compareUtf8(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
      }),
      { seed: 15, numRuns: 1000 },
    );
  });
});
