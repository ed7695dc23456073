import { afterEach, beforeEach, expect, test } from "vitest";
import { LocalData, perfScript, specOf } from "../../../../../test/support/viewer-data.ts";
import type { LevelGraph } from "../../graph/index.ts";
import { levelOf, nameOf, textAt } from "../../graph/index.ts";
import type { TableResult } from "./table.ts";

let data: LocalData;
beforeEach(() => {
  data = new LocalData();
});
afterEach(() => data.close());

const FOLDED = `main;parse;lex 30
main;parse;malloc 10
main;run;loop;malloc 20
main;run;loop 30
main;run;exit 10`;

/** Rectangles as `level name x+width`. */
function rects(graph: LevelGraph): string[] {
  return Array.from(
    { length: graph.length },
    (_, rect) => `${levelOf(graph, rect)} ${nameOf(graph, rect)} ${graph.x[rect]}+${graph.total[rect]}`,
  );
}

function rowsOf({ names, self, total }: TableResult): string[] {
  return Array.from({ length: names.length }, (_, i) => `${textAt(names, i)} ${self[i]}/${total[i]}`);
}

test("graph: rectangles of the merged stacks, also inverted", async () => {
  const { id } = await data.open(FOLDED);
  const { graph } = await data.client.call("graph", { data: specOf(id), inverted: false });
  expect(rects(graph).slice(0, 4)).toEqual(["0 all 0+100", "1 main 0+100", "2 parse 0+40", "2 run 40+60"]);
  const { graph: inverted, cutBelow } = await data.client.call("graph", { data: specOf(id), inverted: true });
  expect(cutBelow).toBe(0);
  expect(rects(inverted).slice(0, 5)).toEqual([
    "0 all 0+100",
    "1 exit 0+10",
    "1 lex 10+30",
    "1 loop 40+30",
    "1 malloc 70+30",
  ]);
});

test("sandwich: callers and callees of one function, nothing of one that is not there", async () => {
  const { id } = await data.open(FOLDED);
  const both = await data.client.call("sandwich", { data: specOf(id), name: "malloc" });
  expect(rects(both!.callers)).toEqual([
    "0 malloc 0+30",
    "1 loop 0+20",
    "1 parse 20+10",
    "2 run 0+20",
    "2 main 20+10",
    "3 main 0+20",
  ]);
  expect(rects(both!.callees)).toEqual(["0 malloc 0+30"]);
  expect(await data.client.call("sandwich", { data: specOf(id), name: "nobody" })).toBeUndefined();
});

test("table: sorted, filtered, both ways", async () => {
  const { id } = await data.open(FOLDED);
  const ask = (more: object): Promise<TableResult> =>
    data.client.call("table", { data: specOf(id), sort: "self", descending: true, ...more });
  const whole = await ask({});
  expect(rowsOf(whole)).toEqual([
    "lex 30/30",
    "malloc 30/30",
    "loop 30/50",
    "exit 10/10",
    "main 0/100",
    "parse 0/40",
    "run 0/60",
  ]);
  expect([whole.all, whole.functions, whole.unit]).toEqual([100, 7, "samples"]);
  expect(rowsOf(await ask({ sort: "total" })).slice(0, 2)).toEqual(["main 0/100", "run 0/60"]);
  expect(rowsOf(await ask({ sort: "name", descending: false })).slice(0, 2)).toEqual([
    "exit 10/10",
    "lex 30/30",
  ]);
  expect(rowsOf(await ask({ filter: { text: "L", regex: false } }))).toEqual([]);
  expect(rowsOf(await ask({ filter: { text: "l", regex: false } }))).toHaveLength(3);
  expect(rowsOf(await ask({ filter: { text: "^L", regex: true } }))).toEqual([]);
  expect(rowsOf(await ask({ filter: { text: "^l", regex: true } }))).toEqual(["lex 30/30", "loop 30/50"]);
  await expect(ask({ filter: { text: "(", regex: true } })).rejects.toMatchObject({ code: "usage" });
});

test("table of a comparison: both sides, sorted by the size of the change", async () => {
  const base = await data.open("main;a 10\nmain;gone 4");
  const head = await data.open("main;a 11\nmain;new 30");
  const spec = specOf(head.id, { base: { profile: base.id } });
  const table = await data.client.call("table", { data: spec, sort: "self-change", descending: true });
  const { names, sides } = table;
  const rows = Array.from(
    { length: names.length },
    (_, i) => `${textAt(names, i)} ${sides!.base.self[i]}→${sides!.head.self[i]}`,
  );
  expect(rows).toEqual(["new 0→30", "gone 4→0", "a 10→11", "main 0→0"]);
  expect([sides!.base.all, sides!.head.all]).toEqual([14, 41]);
});

test("a function: its weight, callers, callees, and where it comes from", async () => {
  const { id } = await data.open(perfScript(["t@1.0 main;run;work", "t@2.0 main;work", "t@3.0 main"]));
  const found = await data.client.call("function", { data: specOf(id), name: "work" });
  expect(found).toMatchObject({
    self: 20,
    total: 20,
    all: 30,
    callers: [
      { name: "main", weight: 10 },
      { name: "run", weight: 10 },
    ],
    callees: [],
    module: "/opt/app",
    library: "app",
  });
  expect(await data.client.call("function", { data: specOf(id), name: "?" })).toBeUndefined();
});

test("chart: x is time, a pause is a gap, and each thread has its own", async () => {
  const { id } = await data.open(
    perfScript(["t/1@1.0 a;b", "t/1@1.1 a;b", "u/2@1.15 z", "t/1@1.2 a", "t/1@2.0 a;c", "t/1@2.1 a"]),
  );
  const { graph, origin, thread } = await data.client.call("chart", { data: specOf(id) });
  expect([graph.unit, graph.ordered, thread]).toEqual(["nanoseconds", true, 0]);
  const lines = rects(graph).map((line) =>
    line.replace(/(\d+)\.?\d*/g, (n) => String(Math.round(Number(n) / 1e6) || n)),
  );
  // Steps of 100 ms: after 1.2 s the thread is taken to run for another 200 ms, then it is idle until 2.0 s.
  expect(lines.slice(1)).toEqual(["1 a 0+400", "1 a 1000+200", "2 b 0+200", "2 c 1000+100"]);
  expect(Math.round(origin! / 1e6)).toBe(
    Math.round((await data.open(perfScript(["t@1.0 a"]))).time!.from / 1e6),
  );
  const other = await data.client.call("chart", { data: specOf(id), thread: 1 });
  expect(rects(other.graph).map((line) => line.split(" ")[1])).toEqual(["all", "z"]);
});

test("chart of samples that are in order but have no time; of others it cannot be drawn", async () => {
  const { id } = await data.open("a;b 2\na;c 1\na;b 3\n", "x.folded");
  const { graph, origin } = await data.client.call("chart", { data: specOf(id) });
  expect(origin).toBeUndefined();
  expect(rects(graph)).toEqual(["0 all 0+6", "1 a 0+6", "2 b 0+2", "2 c 2+1", "2 b 3+3"]);
  const { file } = await data.client.call("export", { data: specOf(id), format: "pprof" });
  const aggregate = await data.open(new Uint8Array(await file.arrayBuffer()), "x.pb.gz");
  expect(aggregate.ordered).toBe(false);
  const chart = data.client.call("chart", { data: specOf(aggregate.id) });
  await expect(chart).rejects.toMatchObject({ code: "usage", hint: expect.stringContaining("timestamps") });
});

test("timeline: weight per part of the time, per thread, whatever time is selected", async () => {
  const { id, time } = await data.open(perfScript(["t/1@1.0 a", "t/1@1.1 a", "u/2@2.9 b", "t/1@3.0 a"]));
  const spec = specOf(id, { head: { profile: id, ranges: [[0, 1]] } });
  const result = await data.client.call("timeline", { data: spec, columns: 4 });
  expect([...result.all]).toEqual([20, 0, 0, 20]);
  expect(result.lanes.map(({ thread, values }) => [thread, ...values])).toEqual([
    [0, 20, 0, 0, 10],
    [1, 0, 0, 0, 10],
  ]);
  expect([result.from, result.to, result.threads]).toEqual([time!.from, time!.to, 2]);
});

test("heatmap: seconds by their parts", async () => {
  const seconds = [0, 0.5, 1.1, 1.15, 5.9];
  const { id } = await data.open(perfScript(seconds.map((at) => `t@${(100 + at).toFixed(6)} a`)));
  const { step, columns, rows, values, max } = await data.client.call("heatmap", {
    data: specOf(id),
    rows: 10,
  });
  expect([step, columns, rows, max]).toEqual([1e9, 6, 10, 20]);
  const filled = [...values.entries()].filter(([, value]) => value > 0);
  expect(filled).toEqual([
    [0, 10],
    [5, 10],
    [11, 20],
    [59, 10],
  ]);
});

test("views of time on a profile without times say what is missing", async () => {
  const { id } = await data.open(FOLDED);
  await expect(data.client.call("timeline", { data: specOf(id), columns: 4 })).rejects.toMatchObject({
    code: "usage",
    hint: expect.stringContaining("timestamps"),
  });
  await expect(data.client.call("heatmap", { data: specOf(id), rows: 4 })).rejects.toMatchObject({
    code: "usage",
  });
});

const SPEEDSCOPE = JSON.stringify({
  $schema: "https://www.speedscope.app/file-format-schema.json",
  shared: {
    frames: [
      { name: "main", file: "/src/main.c", line: 10 },
      { name: "work", file: "/src/work.c", line: 20 },
      { name: "work", file: "/src/work.c", line: 21 },
    ],
  },
  profiles: [
    {
      type: "sampled",
      name: "t",
      unit: "none",
      startValue: 0,
      endValue: 4,
      samples: [[0], [0, 1], [0, 2], [0, 1, 2]],
      weights: [1, 1, 1, 1],
    },
  ],
});

test("source: files by weight, lines of one file, a sample once per file", async () => {
  const { id, hasFiles } = await data.open(SPEEDSCOPE, "x.json");
  expect(hasFiles).toBe(true);
  const files = await data.client.call("source", { data: specOf(id, { groupBy: "file" }), file: undefined });
  expect(files).toMatchObject({
    all: 4,
    files: [
      { path: "/src/work.c", self: 3, total: 3 },
      { path: "/src/main.c", self: 1, total: 4 },
    ],
    lines: undefined,
  });
  const { lines } = await data.client.call("source", { data: specOf(id), file: "/src/work.c" });
  expect([[...lines!.line], [...lines!.self], [...lines!.total]]).toEqual([
    [20, 21],
    [1, 2],
    [2, 2],
  ]);
});

test("summary: samples, weight, and how much has no name", async () => {
  const { id } = await data.open("main;a 3\nmain;[unknown] 1");
  expect(await data.client.call("summary", { data: specOf(id) })).toMatchObject({
    samples: 2,
    total: 4,
    unit: "samples",
    unknown: 0.25,
    sides: undefined,
  });
});

test("summary: samples without a weight of the value type that is shown do not count", async () => {
  const both = await data.open("a 0 5\na;b 3 0\nc 0 0\n", "two.folded");
  const ask = async (valueType?: string) => {
    const spec = specOf(both.id, valueType === undefined ? {} : { valueType });
    return (await data.client.call("summary", { data: spec })).samples;
  };
  const [base, head] = both.valueTypes.map((type) => `${type.name}/${type.unit}`);
  expect([await ask(), await ask(base), await ask(head)]).toEqual([2, 1, 1]);
});

test("export: every writer gives a file that reads back, pprof gzipped; what is lost is said", async () => {
  const { id } = await data.open(FOLDED);
  for (const format of ["folded", "pprof", "speedscope", "firefox", "callgrind", "otlp-profiles"]) {
    const { file } = await data.client.call("export", { data: specOf(id), format });
    const bytes = new Uint8Array(await file.arrayBuffer());
    if (format === "pprof") expect([bytes[0], bytes[1]]).toEqual([0x1f, 0x8b]);
    const again = await data.open(bytes, `again.${format}`);
    const table = await data.client.call("table", {
      data: specOf(again.id),
      sort: "total",
      descending: true,
    });
    expect([format, table.all, textAt(table.names, 0)]).toEqual([format, 100, "main"]);
  }
  await expect(data.client.call("export", { data: specOf(id), format: "bmp" })).rejects.toMatchObject({
    code: "usage",
  });
});

test("export writes what the filters and the selection leave", async () => {
  const { id } = await data.open(FOLDED);
  const spec = specOf(id, { filters: [{ kind: "focus", match: { name: "malloc" } }] });
  const { file } = await data.client.call("export", { data: spec, format: "folded" });
  expect(await file.text()).toBe("main;parse;malloc 10\nmain;run;loop;malloc 20\n");
});

test("picture: an SVG, its names escaped", async () => {
  const { id } = await data.open('main;<img src=x onerror="x()"> 3');
  const picture = { data: specOf(id), inverted: false, icicle: true, title: "T & <b>", width: 800 };
  const svg = await (await data.client.call("picture", picture)).file.text();
  expect(svg).toContain("&lt;img src=x");
  expect(svg).not.toContain("<img");
  expect(svg).toContain("T &amp; &lt;b&gt;");
  const inverted = await data.client.call("picture", { ...picture, inverted: true });
  expect((await inverted.file.text()).startsWith("<?xml")).toBe(true);
});
