import { describe, expect, it } from "vitest";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { pstatsReader } from "./index.ts";

type Node = number | string | { readonly float: number } | { readonly tuple: readonly Node[] } | Pairs;
interface Pairs {
  readonly dict: readonly (readonly [Node, Node])[];
}

const encoder = new TextEncoder();

function int32(value: number): number[] {
  return [value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >> 24) & 255];
}

/** Writes values as marshal does: version 4 with short tuples, or 2 with binary floats and long ones. */
function marshal(node: Node, version: 2 | 4): number[] {
  const ascii = (letter: string): number => letter.charCodeAt(0);
  if (typeof node === "number") return [ascii("i"), ...int32(node)];
  if (typeof node === "string") {
    const bytes = [...encoder.encode(node)];
    return [ascii("u"), ...int32(bytes.length), ...bytes];
  }
  if ("float" in node) {
    const text = String(node.float);
    if (version === 2) return [ascii("f"), text.length, ...encoder.encode(text)];
    return [ascii("g"), ...new Uint8Array(Float64Array.of(node.float).buffer)];
  }
  if ("tuple" in node) {
    const items = node.tuple.flatMap((item) => marshal(item, version));
    const head = version === 4 ? [ascii(")"), node.tuple.length] : [ascii("("), ...int32(node.tuple.length)];
    return [...head, ...items];
  }
  const pairs = node.dict.flatMap(([key, value]) => [...marshal(key, version), ...marshal(value, version)]);
  return [ascii("{"), ...pairs, ascii("0")];
}

const fn = (name: string, line = 1): Node => ({ tuple: ["a.py", line, name] });
const cost = (calls: number, own: number, whole: number): readonly Node[] => [
  calls,
  calls,
  { float: own },
  { float: whole },
];

/** main 1 s calls f 3 s and g 2 s; both call h, 3 s in all, 2 of them on behalf of f. */
const GRAPH: Pairs = {
  dict: [
    [fn("main"), { tuple: [...cost(1, 1, 9), { dict: [] }] }],
    [fn("f", 5), { tuple: [...cost(2, 3, 5), { dict: [[fn("main"), { tuple: cost(2, 3, 5) }]] }] }],
    [fn("g", 7), { tuple: [...cost(1, 2, 3), { dict: [[fn("main"), { tuple: cost(1, 2, 3) }]] }] }],
    [
      { tuple: ["~", 0, "<built-in h>"] },
      {
        tuple: [
          ...cost(3, 3, 3),
          {
            dict: [
              [fn("f", 5), { tuple: cost(2, 2, 2) }],
              [fn("g", 7), { tuple: cost(1, 1, 1) }],
            ],
          },
        ],
      },
    ],
  ],
};

const FOLDED = [
  "main 1000000000",
  "main;f 3000000000",
  "main;f;<built-in h> 2000000000",
  "main;g 2000000000",
  "main;g;<built-in h> 1000000000",
];

describe("pstats", () => {
  it.each([2, 4] as const)("approximates stacks from the call graph, marshal version %i", async (version) => {
    const bytes = Uint8Array.from(marshal(GRAPH, version));
    expect(pstatsReader.sniff(headOf(bytes))).toBe("yes");
    const profile = await readWith(pstatsReader, bytes);
    expect(foldedOf(profile)).toEqual(FOLDED);
    expect(profile.valueTypes).toEqual([{ name: "time", unit: "nanoseconds" }]);
    expect(noteCodes(profile)).toEqual(["call-graph×1", "pstats-calls×1"]);
    expect(profile.notes[0]?.kind).toBe("approximated");
    expect([...profile.frames.line]).toEqual([1, 5, 7, 0]);
  });

  it("shares time out by calls where only they are known", async () => {
    const counted: Pairs = {
      dict: GRAPH.dict.map(([key, value]) => {
        const row = (value as { tuple: readonly Node[] }).tuple;
        const callers = (row[4] as Pairs).dict.map(
          ([caller, cell]) => [caller, (cell as { tuple: readonly Node[] }).tuple[0]!] as const,
        );
        return [key, { tuple: [...row.slice(0, 4), { dict: callers }] }] as const;
      }),
    };
    expect(foldedOf(await readWith(pstatsReader, Uint8Array.from(marshal(counted, 4))))).toEqual(FOLDED);
  });

  it("resolves references to values and to interned strings", async () => {
    const ascii = (text: string): number[] => [...encoder.encode(text)];
    const bytes = [
      0xfb,
      ...[0xa9, 3, 0xfa, 4, ...ascii("a.py"), 0xe9, ...int32(1), 0xda, 4, ...ascii("main")],
      ...[0x29, 5, 0x72, ...int32(3), 0x72, ...int32(3), 0xe7, ...new Uint8Array(Float64Array.of(2).buffer)],
      ...[0x72, ...int32(5), 0x7b, 0x30],
      0x30,
    ];
    const profile = await readWith(pstatsReader, Uint8Array.from(bytes));
    expect(foldedOf(profile)).toEqual(["main 2000000000"]);
  });

  it("refuses what is no such dictionary, with a place", async () => {
    expect(await readingError(pstatsReader, Uint8Array.from(marshal("x", 4)))).toMatchObject({
      code: "malformed",
    });
    expect(await readingError(pstatsReader, Uint8Array.of(0x7b, 0x29, 3, 0x69))).toMatchObject({
      code: "truncated",
      offset: 4,
    });
    expect(await readingError(pstatsReader, "")).toMatchObject({ code: "empty-input" });
    const deep = new Uint8Array(3000).fill(0x7b);
    expect(await readingError(pstatsReader, deep)).toMatchObject({ code: "malformed" });
    expect(pstatsReader.sniff(headOf('{"a": 1, "b": 2}'))).toBe("no");
  });

  it("reads or refuses three thousand mutations", async () => {
    const bytes = Uint8Array.from(marshal(GRAPH, 4));
    expect(await readMutations(pstatsReader, bytes, 3000)).toBeGreaterThan(150);
  });
});
