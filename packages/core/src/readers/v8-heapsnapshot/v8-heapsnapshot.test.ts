import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { corpusFiles, haveCorpus, readCorpus } from "../../../../../test/support/corpus.ts";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { totalsOf } from "../../model/profile.ts";
import { dominatorsOf } from "./dominators.ts";
import type { Graph } from "./graph.ts";
import { v8HeapsnapshotReader } from "./index.ts";

const NODE_TYPES = ["hidden", "array", "string", "object", "code", "closure", "native", "synthetic"];
const EDGE_TYPES = ["context", "element", "property", "internal", "shortcut", "weak"];
const META = {
  node_fields: ["type", "name", "id", "self_size", "edge_count", "trace_node_id"],
  node_types: [NODE_TYPES, "string", "number", "number", "number", "number"],
  edge_fields: ["type", "name_or_index", "to_node"],
  edge_types: [EDGE_TYPES, "string_or_number", "node"],
  trace_function_info_fields: ["function_id", "name", "script_name", "script_id", "line", "column"],
  trace_node_fields: ["id", "function_info_index", "count", "size", "children"],
};

type Edge = readonly [type: string, to: number, name?: string];
type Node = readonly [type: string, name: string, size: number, edges: readonly Edge[], trace?: number];

/** A snapshot drawn as nodes with their edges; node 0 is the root, ids are rows + 1. */
function snapshot(nodes: readonly Node[], more: object = {}, texts: string[] = []): object {
  const strings = [...texts];
  const text = (name: string): number => {
    if (!strings.includes(name)) strings.push(name);
    return strings.indexOf(name);
  };
  const flat = nodes.flatMap(([type, name, size, edges, trace = 0], row) => [
    NODE_TYPES.indexOf(type),
    text(name),
    row + 1,
    size,
    edges.length,
    trace,
  ]);
  const edges = nodes.flatMap(([, , , list]) =>
    list.flatMap(([type, to, name]) => [
      EDGE_TYPES.indexOf(type),
      name === undefined ? 1 : text(name),
      to * 6,
    ]),
  );
  return { snapshot: { meta: META, node_count: nodes.length }, nodes: flat, edges, ...more, strings };
}

const HEAP: Node[] = [
  [
    "synthetic",
    "",
    0,
    [
      ["element", 1],
      ["shortcut", 6],
    ],
  ],
  [
    "synthetic",
    "(GC roots)",
    0,
    [
      ["element", 2],
      ["element", 3],
    ],
  ],
  [
    "object",
    "App",
    16,
    [
      ["property", 4],
      ["weak", 7],
    ],
  ],
  [
    "closure",
    "work",
    8,
    [
      ["context", 4],
      ["shortcut", 5],
    ],
  ],
  [
    "array",
    "(object elements)",
    100,
    [
      ["internal", 5, "x"],
      ["property", 99],
    ],
  ],
  ["string", "secret contents", 40, []],
  ["native", '<div class="a">', 7, []],
  ["hidden", "system / Map", 3, []],
];

describe("V8 heap snapshots", () => {
  it("shows objects under what keeps them alive", async () => {
    const profile = await readWith(v8HeapsnapshotReader, snapshot(HEAP));
    expect(profile.valueTypes).toEqual([
      { name: "space", unit: "bytes" },
      { name: "objects", unit: "count" },
    ]);
    expect(foldedOf(profile)).toEqual([
      "(GC roots) 0",
      "(GC roots);(object elements) 100",
      "(GC roots);(object elements);(string) 40",
      "(GC roots);App 16",
      "(GC roots);Function work 8",
      "<div> 7",
      "system / Map 3",
    ]);
    expect(totalsOf(profile)).toEqual(Float64Array.of(174, 7));
    expect(noteCodes(profile)).toEqual(["dominators×1", "only-weak×1", "dangling-edge×1"]);
  });

  it("lets the key of a WeakMap keep the value, not the table", async () => {
    const pair = "1 / part of key (K @3) -> value (V @4) pair in WeakMap (table @5)";
    const profile = await readWith(
      v8HeapsnapshotReader,
      snapshot([
        [
          "synthetic",
          "",
          0,
          [
            ["element", 1],
            ["element", 4],
          ],
        ],
        ["object", "Holder", 1, [["property", 2]]],
        ["object", "K", 2, [["internal", 3, pair]]],
        ["object", "V", 4, []],
        ["array", "", 8, [["internal", 3, pair]]],
      ]),
    );
    expect(foldedOf(profile)).toEqual(["(array) 8", "Holder 1", "Holder;K 2", "Holder;K;V 4"]);
  });

  it("shows allocation stacks where there are any", async () => {
    const functions = [1, 0, 0, 0, 0, 0, 2, 1, 2, 5, 10, 3, 3, 3, 2, 5, 20, 4];
    const tree = [1, 0, 0, 0, [2, 1, 1, 50, [3, 2, 3, 300, []], 4, 2, 1, 9, []]];
    const nodes: Node[] = [
      [
        "synthetic",
        "",
        0,
        [
          ["element", 1],
          ["element", 2],
        ],
      ],
      ["object", "App", 16, [], 3],
      ["array", "", 4, [], 9],
    ];
    const more = { trace_function_infos: functions, trace_tree: tree };
    const profile = await readWith(
      v8HeapsnapshotReader,
      snapshot(nodes, more, ["(root)", "main", "a.js", "make"]),
    );
    const type = (name: string): string[] =>
      foldedOf(
        profile,
        profile.valueTypes.findIndex((one) => one.name === name),
      ).filter((line) => !line.endsWith(" 0"));
    expect(type("alloc_space")).toEqual(["main 50", "main;make 300", "make 9"].sort());
    expect(type("inuse_space")).toEqual(["main;make;App 16"]);
    expect(type("space")).toEqual(["(array) 4", "App 16"]);
    const { frames, strings } = profile;
    const make = Array.from(frames.name, (name) => strings.get(name)).indexOf("make");
    expect([strings.get(frames.file[make]!), frames.line[make], frames.column[make]]).toEqual([
      "a.js",
      20,
      4,
    ]);
  });

  it("finds the same dominators as taking nodes away does", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 9 }),
        fc.array(fc.tuple(fc.nat(8), fc.nat(8)), { maxLength: 24 }),
        (length, pairs) => {
          const edges = pairs.filter(([from, to]) => from < length && to < length && from !== to);
          const { dominator } = dominatorsOf(graph(length, edges), () => false);
          for (let node = 1; node < length; node++) {
            const all = reachable(length, edges, -1);
            if (!all.has(node)) {
              expect(dominator[node]).toBe(0);
              continue;
            }
            const dominators = [...all].filter(
              (one) => one !== node && !reachable(length, edges, one).has(node),
            );
            // The immediate one is dominated by all others.
            const next = dominators.find((one) =>
              dominators.every((other) => other === one || !reachable(length, edges, other).has(one)),
            );
            expect(dominator[node]).toBe(next ?? 0);
          }
        },
      ),
      { seed: 11, numRuns: 300 },
    );
  });

  it("refuses what has no nodes or no description, and keeps what is cut", async () => {
    expect(await readingError(v8HeapsnapshotReader, snapshot([]))).toMatchObject({ code: "malformed" });
    expect(await readingError(v8HeapsnapshotReader, { snapshot: { meta: {} }, nodes: [1] })).toMatchObject({
      code: "malformed",
    });
    const text = JSON.stringify(snapshot(HEAP));
    const cut = await readWith(v8HeapsnapshotReader, text.slice(0, -20));
    expect(noteCodes(cut)).toContain("truncated×1");
    expect(v8HeapsnapshotReader.sniff(headOf(text))).toBe("yes");
    expect(v8HeapsnapshotReader.sniff(headOf({ nodes: [] }))).toBe("no");
  });

  it("survives three thousand mutations", async () => {
    const bytes = new TextEncoder().encode(JSON.stringify(snapshot(HEAP, { trace_tree: [1, 0, 1, 2, []] })));
    expect(await readMutations(v8HeapsnapshotReader, bytes, 3000)).toBeGreaterThan(300);
  });
});

function graph(length: number, edges: readonly (readonly [number, number])[]): Graph {
  const sorted = [...edges].sort(([a], [b]) => a - b);
  const first = new Uint32Array(length + 1);
  for (const [from] of sorted) first[from + 1]!++;
  for (let node = 0; node < length; node++) first[node + 1]! += first[node]!;
  return {
    length,
    type: new Uint8Array(length),
    types: [],
    name: new Int32Array(length),
    size: new Float64Array(length),
    trace: undefined,
    first,
    target: Int32Array.from(sorted, ([, to]) => to),
    edgeName: new Int32Array(sorted.length).fill(-1),
    dangling: 0,
  };
}

/** What the root reaches without passing `without`. */
function reachable(
  length: number,
  edges: readonly (readonly [number, number])[],
  without: number,
): Set<number> {
  const found = new Set<number>(without === 0 ? [] : [0]);
  for (let round = 0; round < length; round++) {
    for (const [from, to] of edges) if (found.has(from) && to !== without) found.add(to);
  }
  return found;
}

describe.skipIf(!haveCorpus)("corpus of heap snapshots", () => {
  it.each(corpusFiles("v8-heapsnapshot"))("%s: every object once", async (name) => {
    const bytes = readCorpus("v8-heapsnapshot", name);
    expect(v8HeapsnapshotReader.sniff(headOf(bytes))).toBe("yes");
    const profile = await readWith(v8HeapsnapshotReader, bytes);
    const file = JSON.parse(new TextDecoder().decode(bytes)) as {
      snapshot: { meta: { node_fields: string[] }; node_count: number; extra_native_bytes?: number };
      nodes: number[];
    };
    const width = file.snapshot.meta.node_fields.length;
    let size = file.snapshot.extra_native_bytes ?? 0;
    for (let at = 3; at < file.nodes.length; at += width) size += file.nodes[at]!;
    expect([...totalsOf(profile)]).toEqual([size, file.snapshot.node_count - 1]);
  });
});
