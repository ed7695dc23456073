import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { expectGolden } from "../../../../../test/support/golden.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import {
  headOf,
  type Input,
  mutated,
  noteCodes,
  readingError,
  readWith,
  seeded,
} from "../../../../../test/support/reading.ts";
import { FlambeauError } from "../../util/errors.ts";
import { v8CpuprofileReader } from "./index.ts";

const read = (input: Input) => readWith(v8CpuprofileReader, input);
const fixture = (name: string): Uint8Array => readFileSync(new URL(`fixtures/${name}`, import.meta.url));

interface NodeInput {
  id: number;
  callFrame: {
    functionName: string;
    url?: string;
    lineNumber?: number;
    columnNumber?: number;
    scriptId?: string;
  };
  hitCount?: number;
  children?: number[];
  parent?: number;
  [more: string]: unknown;
}

function node(id: number, functionName: string, children: number[] = [], more: object = {}): NodeInput {
  return {
    id,
    callFrame: { functionName, scriptId: "1", url: "f.js", lineNumber: id, columnNumber: -1 },
    children,
    ...more,
  };
}

/** (root) → main → a, b; (garbage collector), (idle), (program) below the root. */
const NODES: NodeInput[] = [
  node(1, "(root)", [2, 5, 6, 7]),
  node(2, "main", [3, 4]),
  node(3, "a"),
  node(4, "b"),
  node(5, "(garbage collector)"),
  node(6, "(idle)"),
  node(7, "(program)"),
];

describe("v8-cpuprofile", () => {
  it("takes a start that counts from 1970, as Bun writes it, for a date", async () => {
    const file = {
      nodes: NODES,
      startTime: 1795399135862389,
      endTime: 1795399135863389,
      samples: [3],
      timeDeltas: [1],
    };
    const { meta } = await read(file);
    expect(meta).toMatchObject({ timeOrigin: 1_795_399_135_862_389_000n, clock: "unix" });
  });

  it("weighs a sample by the time until the next one, the last by the average", async () => {
    const profile = await read({
      nodes: NODES,
      startTime: 1000,
      endTime: 2000,
      samples: [3, 4, 3],
      timeDeltas: [10, 100, 200],
    });
    expect(foldedOf(profile, 0)).toEqual(["main;a 2", "main;b 1"]);
    // a: 100 µs until b, and the last sample: (100 + 200) / 2.
    expect(foldedOf(profile, 1)).toEqual(["main;a 250000", "main;b 200000"]);
    expect([...profile.samples.time!]).toEqual([10_000, 110_000, 310_000]);
    expect(profile.meta).toMatchObject({
      format: "v8-cpuprofile",
      timeOrigin: 1_000_000n,
      clock: "monotonic",
      duration: 1_000_000,
      defaultValueType: 1,
      observations: 3,
    });
    expect(profile.valueTypes).toEqual([
      { name: "samples", unit: "count" },
      { name: "wall", unit: "nanoseconds" },
    ]);
    expect(profile.notes).toEqual([]);
  });

  it("uses one time more than samples, and endTime where there is a single sample", async () => {
    const more = await read({ nodes: NODES, startTime: 0, samples: [3, 4], timeDeltas: [1, 2, 4] });
    expect(foldedOf(more, 1)).toEqual(["main;a 2000", "main;b 4000"]);
    const single = await read({ nodes: NODES, startTime: 0, endTime: 9, samples: [3], timeDeltas: [2] });
    expect(foldedOf(single, 1)).toEqual(["main;a 7000"]);
  });

  it("takes lines and columns from 0 and -1 to 1 and unknown", async () => {
    const { frames, strings } = await read({ nodes: [node(1, "f", [], { hitCount: 1 })] });
    expect([frames.line[0], frames.column[0], strings.get(frames.file[0]!)]).toEqual([2, 0, "f.js"]);
  });

  it("puts garbage collection onto the stack that it interrupted", async () => {
    const profile = await read({
      nodes: NODES,
      startTime: 0,
      samples: [5, 3, 5, 5, 6, 5, 7, 5],
      timeDeltas: [1, 1, 1, 1, 1, 1, 1, 1],
    });
    expect(foldedOf(profile, 0)).toEqual([
      "(garbage collector) 2",
      "(idle) 1",
      "(program) 1",
      "(program);(garbage collector) 1",
      "main;a 1",
      "main;a;(garbage collector) 2",
    ]);
  });

  it("sorts samples whose time goes back", async () => {
    const profile = await read({
      nodes: NODES,
      startTime: 0,
      samples: [3, 4, 3, 4],
      timeDeltas: [10, 10, -5, 20],
    });
    expect([...profile.samples.time!]).toEqual([10_000, 15_000, 20_000, 35_000]);
    expect(foldedOf(profile, 1)).toEqual(["main;a 10000", `main;b ${15_000 + Math.round(25_000 / 3)}`]);
    expect(noteCodes(profile)).toEqual(["time-goes-back×1"]);
  });

  it("reads keys in any order, wrapped or not", async () => {
    const samples = [3, 4];
    const timeDeltas = [0, 5];
    const plain = {
      samples,
      timeDeltas,
      endTime: 9,
      nodes: [...NODES].reverse(),
      startTime: 0,
      extra: [[{}]],
    };
    const expected = foldedOf(await read(plain), 1);
    expect(expected).toEqual(["main;a 5000", "main;b 5000"]);
    for (const wrapped of [
      { profile: plain },
      { id: 3, result: { profile: plain } },
      { cpuProfile: plain, x: 1 },
    ]) {
      expect(foldedOf(await read(wrapped), 1)).toEqual(expected);
      expect(v8CpuprofileReader.sniff(headOf(wrapped))).toBe("yes");
    }
  });

  it("counts hits where there are no samples", async () => {
    const profile = await read({
      nodes: [node(1, "(root)", [2], { hitCount: 2 }), node(2, "", [], { hitCount: 5 })],
    });
    expect(foldedOf(profile)).toEqual([" 2", "(anonymous) 5"]);
    expect(profile.valueTypes.length).toBe(1);
    expect(profile.meta.observations).toBe(7);
  });

  it("spreads samples without times over the recording", async () => {
    const profile = await read({ nodes: NODES, startTime: 0, endTime: 100, samples: [3, 4] });
    expect([...profile.samples.time!]).toEqual([0, 50_000]);
    expect(noteCodes(profile)).toEqual(["no-times×1"]);
    const without = await read({ nodes: NODES, samples: [3, 4] });
    expect(without.samples.time).toBeUndefined();
    expect(foldedOf(without)).toEqual(["main;a 1", "main;b 1"]);
  });

  it("notes line ticks, deoptimisations, and stacks that V8 cut", async () => {
    const deep = Array.from({ length: 257 }, (_, i) =>
      node(i + 1, i === 0 ? "(root)" : `f${i}`, i < 256 ? [i + 2] : []),
    );
    const profile = await read({
      nodes: deep.concat(
        node(400, "x", [], { deoptReason: "wrong map", positionTicks: [{ line: 1, ticks: 2 }] }),
      ),
      startTime: 0,
      samples: [257, 256, 400],
      timeDeltas: [0, 1, 1],
    });
    expect(noteCodes(profile)).toEqual(["line-ticks×1", "deoptimised×1", "stack-cut×1"]);
    expect(profile.notes[0]!.places[0]!.offset).toBeGreaterThan(0);
  });

  it("keeps what it can of a tree that lies", async () => {
    const circle = await read({
      nodes: [
        node(1, "(root)", [2]),
        node(2, "a", [99, 2]),
        node(3, "b", [4]),
        node(4, "c", [3]),
        node(5, "d", [2]),
        node(2, "again"),
      ],
      startTime: 0,
      samples: [2, 4, 5, 77],
      timeDeltas: [0, 1, 1, 1],
    });
    expect(foldedOf(circle, 0)).toEqual([" 1", "a 1", "b;c 1", "d 1"]);
    expect(noteCodes(circle).sort()).toEqual([
      "duplicate-node×1",
      "missing-node×1",
      "node-circle×2",
      "sample-without-node×1",
      "two-callers×1",
    ]);
  });

  it("follows `parent` where nodes name it", async () => {
    const profile = await read({
      nodes: [
        node(1, "(root)"),
        node(2, "a", [], { parent: 1 }),
        node(3, "b", [], { parent: 2, hitCount: 1 }),
      ],
    });
    expect(foldedOf(profile)).toEqual(["a;b 1"]);
  });

  it("reads the old nested form, lines from 1, seconds, absolute time stamps", async () => {
    const old = (functionName: string, id: number, children: object[]): object => ({
      functionName,
      url: "o.js",
      lineNumber: 3,
      columnNumber: 0,
      callUID: 9,
      hitCount: 1,
      deoptReason: "",
      children,
      id,
    });
    const input = {
      typeId: "CPU",
      head: old("(root)", 1, [old("a", 2, [old("b", 3, [])]), old("c", 4, [])]),
      startTime: 10,
      endTime: 11,
      samples: [3, 4, 3],
      timestamps: [10_000_100, 10_000_300, 10_000_400],
    };
    const profile = await read(input);
    expect(foldedOf(profile, 1)).toEqual([`a;b ${200_000 + 150_000}`, "c 100000"]);
    expect([...profile.samples.time!]).toEqual([100_000, 300_000, 400_000]);
    expect([profile.frames.line[0], profile.frames.column[0]]).toEqual([3, 0]);
    expect(profile.meta).toMatchObject({ timeOrigin: 10_000_000_000n, duration: 1e9 });
    expect(v8CpuprofileReader.sniff(headOf(input))).toBe("yes");
    const counted = await read({ head: input.head });
    expect(foldedOf(counted)).toEqual([" 1", "a 1", "a;b 1", "c 1"]);
  });

  it("gives each of very many samples its time and what it lasts", async () => {
    const callFrame = { functionName: "main", scriptId: "1", url: "", lineNumber: -1, columnNumber: -1 };
    const nodes = [{ id: 1, callFrame: { ...callFrame, functionName: "(root)" }, children: [2] }];
    const count = 210_000;
    // One that is too wide for two bytes stands in the second 65,536; another right behind the third.
    const wide = new Set([70_000, 196_608]);
    const timeDeltas = Array.from({ length: count }, (_, i) => (wide.has(i) ? 1e6 : 90 + (i % 400)));
    const file = {
      nodes: [...nodes, { id: 2, callFrame }],
      startTime: 7,
      samples: Array(count).fill(2),
      timeDeltas,
    };
    const { samples } = await read(file);
    let at = 0;
    const times = Float64Array.from(timeDeltas, (delta) => {
      at += delta * 1000;
      return at;
    });
    const weights = Float64Array.from(timeDeltas, (_, i) => (timeDeltas[i + 1] ?? 0) * 1000);
    weights[count - 1] = Math.round((times[count - 1]! - times[0]!) / (count - 1));
    expect(samples.time).toEqual(times);
    expect(samples.weights).toEqual([new Float64Array(count).fill(1), weights]);
  });

  it("survives 100,000 levels, nested and listed", async () => {
    const depth = 100_000;
    const nested = `{"head":${'{"functionName":"f","id":1,"hitCount":0,"children":['.repeat(depth)}{"functionName":"leaf","hitCount":1}${"]}".repeat(depth)}}`;
    const listed = {
      nodes: Array.from({ length: depth }, (_, i) => node(i + 1, "f", i + 1 < depth ? [i + 2] : [])),
      startTime: 0,
      samples: [depth],
      timeDeltas: [1],
    };
    expect((await read(nested)).stacks.length).toBe(depth + 1);
    expect((await read(listed)).stacks.length).toBe(depth);
  });

  it("keeps hostile names as they are", async () => {
    const names = [
      "__proto__",
      "constructor",
      "<script>alert(1)</script>",
      "]]>",
      "a;b",
      "\u0000",
      '\ud83d\ude00 "q" \\',
    ];
    const profile = await read({ nodes: names.map((name, i) => node(i + 1, name, [], { hitCount: 1 })) });
    expect(foldedOf(profile)).toEqual(names.map((name) => `${name} 1`).sort());
  });

  it("takes numbers that cannot be measurements as none, with a note", async () => {
    const text =
      '{"nodes":[{"id":1,"callFrame":{"functionName":"f","lineNumber":1e300,"columnNumber":null},"hitCount":1e999}],' +
      '"startTime":1e999,"endTime":-5,"samples":[1,1,1,1],"timeDeltas":[1,1e300,null,NaN]}';
    const profile = await read(text);
    expect(noteCodes(profile)).toEqual(["not-finite×1", "bad-time×3"]);
    expect(profile.frames.line[0]).toBe(0);
    expect(profile.meta.timeOrigin).toBeUndefined();
  });

  it("tells missing and surplus times", async () => {
    const fewer = await read({ nodes: NODES, startTime: 0, samples: [3, 4, 3], timeDeltas: [1, 2] });
    expect(noteCodes(fewer)).toEqual(["times-missing×1"]);
    expect(fewer.samples.time![2]).toBeNaN();
    expect(fewer.samples.length).toBe(3);
    const more = await read({ nodes: NODES, startTime: 0, samples: [3], timeDeltas: [1, 2, 3, 4] });
    expect(noteCodes(more)).toEqual(["times-without-sample×3"]);
  });

  it("reads Business Central's superset: objects in names, times that are the node's own", async () => {
    const al = (id: number, name: string, type: string, object: string, more: object): NodeInput =>
      node(id, name, [], {
        applicationDefinition: { objectType: type, objectName: object, objectId: 5 },
        ...more,
      });
    const input = {
      nodes: [
        al(1, "OnRun", "Codeunit", "Post", { hitCount: 2, children: [2] }),
        al(2, "Get", "Page", '"Card"', { hitCount: 3 }),
        al(3, "IdleTime", "", "", { hitCount: 9 }),
      ],
      startTime: 63_842_293_195_420,
      samples: [2, 3],
      timeDeltas: [70, 500],
    };
    const profile = await read(JSON.stringify(input).replace("63842293195420", "63842293195420265"));
    expect(foldedOf(profile, 0)).toEqual(['C."Post".OnRun 2', 'C."Post".OnRun;P."Card".Get 3', "IdleTime 9"]);
    expect(foldedOf(profile, 1)).toEqual([
      'C."Post".OnRun 0',
      'C."Post".OnRun;P."Card".Get 70000',
      "IdleTime 500000",
    ]);
    expect(profile.meta).toMatchObject({ timeOrigin: 1706696395420265000n, clock: "unix" });
    expect(profile.samples.time).toBeUndefined();
    expect(v8CpuprofileReader.sniff(headOf(input))).toBe("yes");
  });

  it("keeps what comes before the end of a cut-off file, and says so", async () => {
    const bytes = fixture("node20-busy.cpuprofile");
    const whole = await read(bytes);
    const text = new TextDecoder().decode(bytes);
    const cut = text.indexOf('"timeDeltas":[') + 60;
    const profile = await read(bytes.subarray(0, cut));
    expect(noteCodes(profile)).toContain("truncated×1");
    expect(profile.notes.find((note) => note.code === "truncated")!.places).toEqual([{ offset: cut }]);
    expect(profile.samples.length).toBe(whole.samples.length);
    const inNodes = await read(bytes.subarray(0, 3000));
    expect(noteCodes(inNodes)).toContain("truncated×1");
  });

  it.each([
    ["", "truncated", 0],
    ["{}", "malformed", undefined],
    ["[1]", "malformed", 0],
    ['{"nodes":[]}', "malformed", undefined],
    ['{"nodes":[{"id":"x"}]}', "malformed", 16],
    ['{"nodes":7}', "malformed", 9],
    ['{"nodes":[{"id":1}],"samples":[1,"a"]}', "malformed", 33],
  ])("refuses %s", async (text, code, offset) => {
    const error = await readingError(v8CpuprofileReader, text);
    expect([error.code, error.offset, error.format]).toEqual([code, offset, "v8-cpuprofile"]);
  });

  it("reads a profile of Node's with the program's shape", async () => {
    const profile = await read(fixture("node20-busy.cpuprofile"));
    const folded = foldedOf(profile, 0);
    expect(folded.some((line) => line.includes("fibonacci;fibonacci;fibonacci"))).toBe(true);
    expect(folded.some((line) => /litter;(hash|\(garbage collector\)) /.test(line))).toBe(true);
    expect(folded.some((line) => line.startsWith("(idle) "))).toBe(true);
    expectGolden(
      new URL("golden/node20-busy.folded", import.meta.url),
      `${foldedOf(profile, 1).join("\n")}\n`,
    );
    const answer = await read(fixture("node20-inspector-answer.json"));
    expectGolden(
      new URL("golden/node20-inspector-answer.folded", import.meta.url),
      `${foldedOf(answer, 1).join("\n")}\n`,
    );
  });

  it("adds up samples in mode merged", async () => {
    const bytes = fixture("node20-busy.cpuprofile");
    const merged = await readWith(v8CpuprofileReader, bytes, "merged");
    expect(foldedOf(merged, 0)).toEqual(foldedOf(await read(bytes), 0));
    expect(merged.samples.length).toBeLessThan(merged.meta.observations!);
  });

  it("says no to other JSON", () => {
    const others = [
      '{"head":{"callFrame":{"functionName":""},"selfSize":0,"children":[]}}',
      '{"traceEvents":[{"args":{"data":{"cpuProfile":{"nodes":[{"callFrame":{}}]}}},"ph":"P"}]}',
      '[{"nodes":[{"callFrame":{}}]}]',
      '{"snapshot":{"meta":{}},"nodes":[1,2]}',
      '{"text":"{\\"nodes\\":[{\\"callFrame\\":{}}]}"}',
      "main;nodes 3\n",
      "",
    ];
    expect(others.map((text) => v8CpuprofileReader.sniff(headOf(text, "x.cpuprofile")))).toEqual(
      others.map(() => "no"),
    );
  });

  it("is only possible where the nodes are out of sight", () => {
    const late = { timeDeltas: Array.from({ length: 40_000 }, () => 12), nodes: NODES };
    expect(v8CpuprofileReader.sniff(headOf(late))).toBe("maybe");
  });

  it("reads or refuses whatever is broken, never fails otherwise", async () => {
    const random = seeded(20);
    const small = JSON.stringify({
      nodes: NODES,
      startTime: 5,
      endTime: 99,
      samples: [3, 4, 5, 3],
      timeDeltas: [1, 2, -3, 4],
    });
    const seeds = [
      small,
      '{"head":{"functionName":"(root)","id":1,"hitCount":1,"children":[{"functionName":"a","id":2}]}}',
    ].map((text) => new TextEncoder().encode(text));
    const outcomes = { read: 0, refused: 0 };
    for (let round = 0; round < 3000; round++) {
      const bytes = mutated(seeds[round % seeds.length]!, random);
      try {
        await read(bytes);
        outcomes.read++;
      } catch (error) {
        if (!(error instanceof FlambeauError)) throw error;
        outcomes.refused++;
      }
    }
    expect(outcomes.read).toBeGreaterThan(100);
    expect(outcomes.refused).toBeGreaterThan(100);
  });
});
