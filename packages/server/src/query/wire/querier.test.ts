import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, createClient, createRouterTransport } from "@connectrpc/connect";
import { type Profile, ProfileBuilder } from "@flambeau/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { letters } from "../../../../../test/support/letters.ts";
import { hasEngine } from "../../../../../test/support/store.ts";
import { HeatmapQueryType, ProfileFormat, QuerierService } from "../../gen/querier/v1/querier_pb.ts";
import { ExemplarType, TimeSeriesAggregationType } from "../../gen/types/v1/types_pb.ts";
import { openStore, type Store } from "../../store/open.ts";
import { storeReads } from "../../store/reads/reads.ts";
import type { WholeSeries } from "../../store/store.ts";
import { Queries } from "../queries.ts";
import { flamebearer } from "../trees/flamebearer.ts";
import { flamebearerDiff } from "../trees/flamebearer-diff.ts";
import { tenantKey } from "./context.ts";
import { plainRoutes } from "./plain-http.ts";
import { registerQuerier } from "./querier.ts";

const CPU = "process_cpu:cpu:nanoseconds:cpu:nanoseconds";
const HEAP = "memory:inuse_space:bytes:space:bytes";
/** A whole hour some days ago, so that the range has edges, hours and rollups. */
const START = Math.floor((Date.now() - 3 * 86_400_000) / 3_600_000) * 3_600_000;
const MINUTE = 60_000;

function push(
  at: number,
  labels: Record<string, string>,
  picture: string | Profile,
  more: Partial<WholeSeries> = {},
) {
  return {
    tenant: "one",
    type: CPU,
    labels: Object.entries(labels)
      .map(([name, value]) => ({ name, value }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    start: BigInt(START + at) * 1_000_000n,
    duration: 10_000_000_000n,
    id: "",
    profile: typeof picture === "string" ? letters(picture) : picture,
    valueType: 0,
    ...more,
  } satisfies WholeSeries;
}

/** Two lines of one function, one of them inlined, for what pprof has to keep. */
function withLines(): Profile {
  const builder = new ProfileBuilder("each");
  builder.valueType("cpu", "nanoseconds");
  const main = builder.frame({ name: builder.string("main"), file: builder.string("a.go"), line: 3 });
  const work = builder.frame({
    name: builder.string("work"),
    file: builder.string("b.go"),
    line: 9,
    inlined: true,
  });
  builder.sample(builder.stack(builder.stack(-1, main), work), [7]);
  return builder.finish();
}

describe.skipIf(!hasEngine)("the query service over a store", () => {
  let folder: string;
  let store: Store;
  let queries: Queries;
  let client: Client<typeof QuerierService>;
  let stranger: Client<typeof QuerierService>;
  const notes: string[] = [];
  const range = { start: BigInt(START - MINUTE), end: BigInt(START + 3 * 3_600_000) };
  const asked = { profileTypeID: CPU, labelSelector: '{service_name="shop"}', ...range };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "flambeau-query-"));
    store = await openStore({ directory: folder, reserveBytes: 0, sessions: 2 });
    queries = new Queries(storeReads(store));
    const clientOf = (tenant: string) =>
      createClient(
        QuerierService,
        createRouterTransport((router) => registerQuerier(router, queries), {
          router: {
            interceptors: [
              (next) => (request) => {
                request.contextValues.set(tenantKey, tenant);
                return next(request);
              },
            ],
          },
          transport: {
            interceptors: [
              (next) => async (request) => {
                const answer = await next(request);
                notes.push(answer.header.get("flambeau-note") ?? "");
                return answer;
              },
            ],
          },
        }),
      );
    client = clientOf("one");
    stranger = clientOf("two");
    const spans = BigUint64Array.of(0xabcn, 0n);
    await store.write([
      push(5 * MINUTE, { service_name: "shop", pod: "a" }, "A A\nB C\n= 3 1", { spans }),
      push(65 * MINUTE, { service_name: "shop", pod: "b" }, "A A\nB D\n= 2 5"),
      push(66 * MINUTE, { service_name: "shop", pod: "b" }, "A\nB\n= 10"),
      push(7 * MINUTE, { service_name: "till", zone: "x" }, withLines(), {
        id: "00000000-0000-4000-8000-00000000000a",
      }),
      push(8 * MINUTE, { service_name: "till", zone: "x" }, withLines(), {
        id: "00000000-0000-4000-8000-00000000000b",
      }),
      ...[0, 1, 2, 3].map((i) =>
        push(i * MINUTE, { service_name: "shop", pod: "a" }, "M\n= 100", { type: HEAP }),
      ),
      push(MINUTE, { service_name: "shop", pod: "b" }, "M\n= 40", { type: HEAP }),
      push(5 * MINUTE, { service_name: "shop", pod: "a" }, "SECRET\n= 1", { tenant: "two" }),
    ]);
    await store.flush();
  });
  afterAll(async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });

  it("lists types, labels and series of one tenant", async () => {
    const types = await client.profileTypes({ ...range });
    expect(types.profileTypes.map(({ ID }) => ID)).toEqual([HEAP, CPU]);
    expect(types.profileTypes[1]).toMatchObject({
      name: "process_cpu",
      sampleType: "cpu",
      sampleUnit: "nanoseconds",
    });
    expect((await client.profileTypes({})).profileTypes).toHaveLength(2);
    const { names } = await client.labelNames({ ...range, matchers: ['{service_name="till"}'] });
    expect(names.filter((name) => !name.startsWith("__"))).toEqual(["service_name", "zone"]);
    expect((await client.labelValues({ ...range, name: "pod" })).names).toEqual(["a", "b"]);
    expect((await client.labelValues({ ...range, name: "__profile_type__" })).names).toEqual([HEAP, CPU]);
    const series = await client.series({
      ...range,
      matchers: [`${CPU}{pod=~".+"}`, '{zone="x"}'],
      labelNames: ["service_name", "pod"],
    });
    expect(series.labelsSet.map(({ labels }) => labels.map(({ value }) => value).join())).toEqual([
      "shop,a",
      "shop,b",
      "till",
    ]);
    const whole = await client.series({ ...range, matchers: ['{zone="x"}'] });
    expect(whole.labelsSet[0]!.labels.map(({ name }) => name)).toContain("__profile_type__");
    expect((await stranger.labelValues({ ...range, name: "zone" })).names).toEqual([]);
  });

  it("merges stacks over rollups and edges alike", async () => {
    const { flamegraph } = await client.selectMergeStacktraces(asked);
    expect(flamegraph!.names).toEqual(["total", "A", "B", "C", "D"]);
    expect(flamegraph!.levels.map(({ values }) => values.map(Number))).toEqual([
      [0, 21, 0, 0],
      [0, 21, 0, 1],
      [0, 15, 15, 2, 0, 1, 1, 3, 0, 5, 5, 4],
    ]);
    const pods = await client.selectMergeStacktraces({
      ...asked,
      labelSelector: '{service_name="shop",pod!="a"}',
    });
    expect(pods.flamegraph!.total).toBe(17n);
    const edge = await client.selectMergeStacktraces({ ...asked, end: BigInt(START + 65 * MINUTE) });
    expect(edge.flamegraph!.total).toBe(11n);
    const nothing = await client.selectMergeStacktraces({ ...asked, labelSelector: '{service_name="none"}' });
    expect(nothing.flamegraph).toMatchObject({ names: ["total"], total: 0n });
  });

  it("answers the same from memory when it is asked again and again", async () => {
    const answers: bigint[] = [];
    for (let i = 0; i < 4; i++) {
      answers.push((await client.selectMergeStacktraces(asked)).flamegraph!.total);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(answers).toEqual([21n, 21n, 21n, 21n]);
    // The engine is out of the way: what is answered now comes from memory.
    const away = new Error("the engine was asked");
    const { sums } = queries.reads.stacks;
    queries.reads.stacks.sums = () => Promise.reject(away);
    const { flamegraph } = await client.selectMergeStacktraces({
      ...asked,
      start: BigInt(START + 6 * MINUTE),
    });
    queries.reads.stacks.sums = sums;
    expect(flamegraph!.total).toBe(17n);
  });

  it("says what a limit of nodes hides", async () => {
    notes.length = 0;
    const { flamegraph } = await client.selectMergeStacktraces({ ...asked, maxNodes: 2n });
    expect(flamegraph!.names).toEqual(["total", "A", "B", "other"]);
    expect(notes.join()).toMatch(/2 light nodes, 28.57 % of the weight/);
  });

  it("selects by span, by profile and by call site", async () => {
    const bySpan = await client.selectMergeSpanProfile({ ...asked, spanSelector: ["0000000000000abc"] });
    expect(bySpan.flamegraph!.total).toBe(3n);
    const again = await client.selectMergeStacktraces({
      ...asked,
      spanSelector: ["0000000000000abc"],
      format: ProfileFormat.TREE,
    });
    expect(again.tree.length).toBeGreaterThan(0);
    const till = { ...asked, labelSelector: '{service_name="till"}' };
    const one = await client.selectMergeStacktraces({
      ...till,
      profileIdSelector: ["00000000-0000-4000-8000-00000000000A"],
    });
    expect(one.flamegraph!.total).toBe(7n);
    const callSite = { callSite: [{ name: "A" }, { name: "D" }] };
    expect(
      (await client.selectMergeStacktraces({ ...asked, stackTraceSelector: callSite })).flamegraph!.total,
    ).toBe(5n);
    const nowhere = { callSite: [{ name: "D" }] };
    expect(
      (await client.selectMergeStacktraces({ ...asked, stackTraceSelector: nowhere })).flamegraph!.total,
    ).toBe(0n);
    const over = await client.selectSeries({ ...asked, step: 3600, stackTraceSelector: callSite });
    expect(over.series[0]!.points.map(({ value }) => value)).toEqual([5]);
  });

  it("gives pprof with files, lines and inlined calls", async () => {
    const query = { ...asked, labelSelector: '{service_name="till"}' };
    const pprof = await client.selectMergeProfile(query);
    const text = (id: bigint) => pprof.stringTable[Number(id)];
    expect(pprof.sample.map(({ value }) => value)).toEqual([[14n]]);
    expect(pprof.function.map((fn) => `${text(fn.name)} ${text(fn.filename)}`).sort()).toEqual([
      "main a.go",
      "work b.go",
    ]);
    expect(pprof.location).toHaveLength(1);
    expect(pprof.location[0]!.line.map(({ line }) => line)).toEqual([9n, 3n]);
    const same = await client.selectMergeStacktraces({ ...query, format: ProfileFormat.PPROF });
    expect(same.pprof!.profile!.sample).toHaveLength(1);
  });

  it("draws DOT", async () => {
    const { dot } = await client.selectMergeStacktraces({ ...asked, format: ProfileFormat.DOT });
    expect(dot).toMatch(/^digraph/);
    expect(dot).toContain("B\\n");
  });

  it("averages what exists instead of adding it up, and says so", async () => {
    notes.length = 0;
    const { flamegraph } = await client.selectMergeStacktraces({ ...asked, profileTypeID: HEAP });
    // Pod a holds 100 bytes in each of four profiles, pod b 40.
    expect(flamegraph!.total).toBe(140n);
    expect(notes.join()).toMatch(/mean of each series/);
    const query = {
      ...asked,
      profileTypeID: HEAP,
      start: BigInt(START),
      end: BigInt(START + 10 * MINUTE),
      step: 600,
    };
    expect((await client.selectSeries(query)).series[0]!.points.map(({ value }) => value)).toEqual([
      100, 140,
    ]);
    const sum = { ...query, aggregation: TimeSeriesAggregationType.SUM };
    expect((await client.selectSeries(sum)).series[0]!.points.map(({ value }) => value)).toEqual([100, 340]);
  });

  it("gives values over time, stamped at the right edge of each step", async () => {
    const query = {
      ...asked,
      start: BigInt(START),
      end: BigInt(START + 2 * 3_600_000),
      step: 3600,
      groupBy: ["pod"],
    };
    const { series } = await client.selectSeries(query);
    const seen = series.map(({ labels, points }) => [
      labels.map(({ value }) => value).join(),
      ...points.map(({ timestamp, value }) => [(Number(timestamp) - START) / 3_600_000, value]),
    ]);
    expect(seen.sort()).toEqual([
      ["a", [1, 4]],
      ["b", [2, 17]],
    ]);
    notes.length = 0;
    const one = await client.selectSeries({ ...query, limit: 1n });
    expect(one.series.map(({ labels }) => labels[0]!.value)).toEqual(["b"]);
    expect(notes.join()).toMatch(/1 lighter series/);
  });

  it("gives the same values by minute for long ranges", async () => {
    const query = { ...asked, start: BigInt(START), end: BigInt(START + 24 * 3_600_000), step: 3600 };
    const { series } = await client.selectSeries(query);
    expect(series[0]!.points.map(({ value }) => value)).toEqual([4, 17]);
  });

  it("draws a heatmap with examples", async () => {
    const query = { ...asked, start: BigInt(START), end: BigInt(START + 2 * 3_600_000), step: 3600 };
    const { series } = await client.selectHeatmap({
      ...query,
      queryType: HeatmapQueryType.INDIVIDUAL,
      exemplarType: ExemplarType.INDIVIDUAL,
    });
    expect(series[0]!.slots.map(({ counts }) => counts)).toEqual([[1], [1, 1]]);
    expect(series[0]!.slots[1]!.yMin[0]).toBeCloseTo(4 + 6 * 0.5);
    expect(series[0]!.slots[0]!.exemplars).toHaveLength(1);
    const spans = await client.selectHeatmap({
      ...query,
      queryType: HeatmapQueryType.SPAN,
      exemplarType: ExemplarType.SPAN,
    });
    expect(spans.series[0]!.slots[0]!.exemplars[0]).toMatchObject({ spanId: "0000000000000abc", value: 3n });
  });

  it("compares two queries", async () => {
    const left = { ...asked, end: BigInt(START + 60 * MINUTE - 1) };
    const right = { ...asked, start: BigInt(START + 60 * MINUTE) };
    const { flamegraph } = await client.diff({ left, right });
    expect(flamegraph).toMatchObject({ leftTicks: 4n, rightTicks: 17n, total: 21n });
    expect(flamegraph!.names).toEqual(["total", "A", "B", "C", "D"]);
  });

  it("tells what there is and what a query costs", async () => {
    const stats = await client.getProfileStats({});
    expect(stats).toMatchObject({ dataIngested: true, oldestProfileTime: BigInt(START) });
    const cost = await client.analyzeQuery({ ...range, query: `${CPU}{service_name="shop"}` });
    expect(cost.queryScopes[0]).toMatchObject({ seriesCount: 2n, profileCount: 3n, sampleCount: 5n });
    const ofPod = await client.analyzeQuery({ ...range, query: `${CPU}{pod="a"}` });
    expect(ofPod.queryScopes[0]).toMatchObject({ seriesCount: 1n, profileCount: 1n, sampleCount: 2n });
  });

  describe("with memory for nothing", () => {
    const small = () => new Queries(queries.reads, { pathBytes: 0, rowBytes: 0, shared: false });
    const all = {
      tenant: "one",
      type: CPU,
      selector: "{}",
      start: Number(range.start),
      end: Number(range.end),
    };

    it("goes through the stacks service by service, to the same trees", async () => {
      const [tree, whole] = [await small().tree(all), await queries.tree(all)];
      expect(flamebearer(tree.tree)).toEqual(flamebearer(whole.tree));
      const few = await small().tree({ ...all, callSite: ["A"] }, 1);
      expect(few.notes.join()).toMatch(/at least 3 light nodes/);
      const later = { ...all, start: START + 60 * MINUTE };
      const [pair, known] = [await small().pair(all, later, 10), await queries.pair(all, later, 10)];
      expect(flamebearerDiff(pair.pair)).toEqual(flamebearerDiff(known.pair));
      const heap = { ...all, type: HEAP };
      expect((await small().tree(heap)).tree.total[0]).toBe(140);
    });

    it("refuses a whole profile, and says what to do", async () => {
      await expect(small().profile(all)).rejects.toThrow(/do not fit into the memory.*narrow the range/);
    });
  });

  it("sees what was pushed as soon as it is loaded", async () => {
    const fresh = new Queries(queries.reads);
    const stop = store.onWrite((written) => fresh.changed(written));
    const query = {
      tenant: "one",
      type: CPU,
      selector: '{service_name="new"}',
      start: START,
      end: START + 60 * MINUTE,
    };
    const total = async () => (await fresh.tree(query)).tree.total[0];
    await store.write([push(5 * MINUTE, { service_name: "new" }, "N\n= 2")]);
    await store.flush();
    for (let i = 0; i < 3; i++) {
      expect(await total()).toBe(2);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const { sums } = queries.reads.stacks;
    queries.reads.stacks.sums = () => Promise.reject(new Error("the engine was asked to add up"));
    expect(await total()).toBe(2);
    await store.write([push(9 * MINUTE, { service_name: "new" }, "N\n= 3")]);
    await store.flush();
    expect(await total()).toBe(5);
    await store.write([push(2 * MINUTE, { service_name: "new" }, "O\n= 4")]);
    await store.flush();
    expect(await total()).toBe(9);
    queries.reads.stacks.sums = sums;
    stop();
  });

  it("gives the same pictures in JSON", async () => {
    const transport = createRouterTransport((router) => registerQuerier(router, queries), {
      transport: { useBinaryFormat: false },
      router: {
        interceptors: [
          (next) => (request) => {
            request.contextValues.set(tenantKey, "one");
            return next(request);
          },
        ],
      },
    });
    const json = createClient(QuerierService, transport);
    expect((await json.selectMergeStacktraces(asked)).flamegraph).toEqual(
      (await client.selectMergeStacktraces(asked)).flamegraph,
    );
    const spans = { ...asked, spanSelector: ["0000000000000abc"] };
    expect((await json.selectMergeSpanProfile(spans)).flamegraph!.total).toBe(3n);
    const sides = { left: asked, right: { ...asked, start: BigInt(START + 60 * MINUTE) } };
    expect((await json.diff(sides)).flamegraph).toEqual((await client.diff(sides)).flamegraph);
  });

  it("shows a stranger nothing", async () => {
    const { flamegraph } = await stranger.selectMergeStacktraces(asked);
    expect(flamegraph!.names).toEqual(["total", "SECRET"]);
    const injected = await stranger.labelValues({
      ...range,
      name: "x']) OR 1=1 --",
      matchers: [`{a="' OR '1'='1"}`],
    });
    expect(injected.names).toEqual([]);
  });

  it.each([
    ["a range that is the wrong way round", { ...asked, start: 5n, end: 2n }, /after its end/],
    ["a type without five parts", { ...asked, profileTypeID: "cpu" }, /not a profile type/],
    ["a selector that ends early", { ...asked, labelSelector: "{a=" }, /expected a value in quotes/],
    ["too many nodes", { ...asked, maxNodes: 2_000_000n }, /max_nodes/],
    ["a span that is none", { ...asked, spanSelector: ["xyz"] }, /not a span id/],
    ["a profile id that is none", { ...asked, profileIdSelector: ["'"] }, /not a profile id/],
    [
      "an expression that the engine lacks",
      { ...asked, labelSelector: '{pod=~"(?=a)"}' },
      /is refused: invalid perl/,
    ],
    ["traces", { ...asked, traceIdSelector: ["0"] }, /by span, not by trace/],
  ])("refuses %s", async (_, request, message) => {
    await expect(client.selectMergeStacktraces(request)).rejects.toThrow(message);
  });

  describe("by plain HTTP", () => {
    const get = async (path: string, query: Record<string, string>, tenant = "one") => {
      const route = plainRoutes(queries).find((known) => known.path === path)!;
      return route.handle({ tenant, query: new URLSearchParams(query) });
    };
    const times = { from: String(START), until: String(START + 2 * 3_600_000) };

    it("renders JSON with a timeline", async () => {
      const { body } = await get("/pyroscope/render", {
        query: `${CPU}{service_name="shop"}`,
        ...times,
        groupBy: "pod",
      });
      const answer = JSON.parse(body);
      expect(answer).toMatchObject({
        version: 1,
        flamebearer: { names: ["total", "A", "B", "C", "D"], numTicks: 21, maxSelf: 15 },
        metadata: { format: "single", sampleRate: 1_000_000_000, units: "samples", name: "cpu" },
        timeline: { durationDelta: 15 },
      });
      expect(answer.groups.b.samples).toHaveLength(480);
      expect(answer.groups.b.samples.reduce((a: number, b: number) => a + b)).toBe(17);
    });

    it("renders DOT, and a difference", async () => {
      expect(
        (await get("/pyroscope/render", { query: `${CPU}{}`, ...times, format: "dot", "max-nodes": "1" }))
          .body,
      ).toMatch(/lighter functions/);
      const side = (name: string) => ({
        [`${name}Query`]: `${CPU}{pod="a"}`,
        [`${name}From`]: times.from,
        [`${name}Until`]: times.until,
      });
      const { body } = await get("/pyroscope/render-diff", { ...side("left"), ...side("right") });
      expect(JSON.parse(body)).toMatchObject({ leftTicks: 4, rightTicks: 4, metadata: { format: "double" } });
    });

    it("lists labels", async () => {
      expect(JSON.parse((await get("/pyroscope/label-values", { label: "__name__" })).body)).toEqual([
        HEAP,
        CPU,
      ]);
      expect(JSON.parse((await get("/pyroscope/label-values", { label: "pod", ...times })).body)).toEqual([
        "a",
        "b",
      ]);
      expect(JSON.parse((await get("/pyroscope/labels", times)).body)).toContain("pod");
    });

    it.each([
      ["/pyroscope/render", {}, /query is missing/],
      ["/pyroscope/render", { query: "{}" }, /names no profile type/],
      ["/pyroscope/render", { query: `${CPU}{}`, from: "yesterday" }, /not a time/],
      ["/pyroscope/render", { query: `${CPU}{}`, format: "png" }, /there is json and dot/],
      ["/pyroscope/label-values", {}, /label is missing/],
    ])("%s refuses %j", async (path, query, message) => {
      await expect(get(path, query as Record<string, string>)).rejects.toThrow(message);
    });
  });
});
