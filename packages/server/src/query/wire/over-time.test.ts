import { createClient, createRouterTransport } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { QuerierService } from "../../gen/querier/v1/querier_pb.ts";
import { ExemplarType } from "../../gen/types/v1/types_pb.ts";
import type { PointOptions, ProfilePoints } from "../../store/reads/points.ts";
import type { TypedSelection } from "../../store/reads/where.ts";
import type { Queries } from "../queries.ts";
import { parseProfileType } from "../selectors/profile-type.ts";
import { drawTree } from "../support/letters.ts";
import { tenantKey } from "./context.ts";
import { plainRoutes } from "./plain-http.ts";
import { registerQuerier } from "./querier.ts";

const CPU = "process_cpu:cpu:nanoseconds:cpu:nanoseconds";
const HOUR = 3_600_000;
const NOON = 500_000 * HOUR;

/** Three profiles of two pods: 1 and 5 of pod a in the first minute, 7 of pod b in the second. */
const points: ProfilePoints = {
  times: Float64Array.of(NOON + 10_000, NOON + 20_000, NOON + 70_000),
  values: Float64Array.of(1, 5, 7),
  counts: Float64Array.of(1, 1, 1),
  group: Int32Array.of(0, 0, 1),
  series: Int32Array.of(0, 1, 2),
  groups: [[{ name: "pod", value: "a" }], [{ name: "pod", value: "b" }]],
  ids: ["one", "two", "three"],
};

/** Queries that find the points above, and write down what they were asked for. */
function asked() {
  const selections: TypedSelection[] = [];
  const options: PointOptions[] = [];
  const queries = {
    reads: {
      catalog: { stats: async () => ({ oldest: NOON, newest: NOON + 2 * 60_000 }) },
      points: {
        profiles: async (selection: TypedSelection, option: PointOptions) => {
          selections.push(selection);
          options.push(option);
          return points;
        },
      },
    },
    tree: async () => ({ tree: drawTree("a;b 13"), type: parseProfileType(CPU), notes: [] }),
  } as unknown as Queries;
  const transport = createRouterTransport((router) => registerQuerier(router, queries), {
    router: {
      interceptors: [
        (next) => (request) => {
          request.contextValues.set(tenantKey, "one");
          return next(request);
        },
      ],
    },
  });
  return { client: createClient(QuerierService, transport), queries, selections, options };
}

describe("series over time", () => {
  const request = { profileTypeID: CPU, labelSelector: "{}", step: 60, groupBy: ["pod"] };
  const range = { start: BigInt(NOON), end: BigInt(NOON + 2 * 60_000) };

  it("shows the heaviest profile of each point as an example, where examples are asked for", async () => {
    const { client, options } = asked();
    const examples = { exemplarType: ExemplarType.INDIVIDUAL };
    const { series } = await client.selectSeries({ ...request, ...range, ...examples });
    expect(options[0]).toMatchObject({ ids: true });
    expect(
      series.map((one) =>
        one.points.map(({ value, exemplars }) => [
          value,
          ...exemplars.map((e) => [e.profileId, e.value, Number(e.timestamp) - NOON]),
        ]),
      ),
    ).toEqual([[[6, ["two", 5n, 20_000]]], [[7, ["three", 7n, 70_000]]]]);
    const plain = await client.selectSeries({ ...request, ...range });
    expect(plain.series[0]!.points[0]!.exemplars).toEqual([]);
    const spans = { ...request, ...range, exemplarType: ExemplarType.SPAN };
    await expect(client.selectSeries(spans)).rejects.toThrow(/spans are shown in a heatmap/);
  });

  it("takes all time, from the first profile to the last, where no range is given", async () => {
    const { client, selections } = asked();
    const { series } = await client.selectSeries(request);
    expect(series[0]!.points.map(({ timestamp }) => Number(timestamp))).toEqual([NOON + 60_000]);
    const heat = await client.selectHeatmap(request);
    expect(heat.series[1]!.slots.map(({ timestamp }) => Number(timestamp))).toEqual([NOON + 120_000]);
    expect(selections.map(({ from, to }) => [from, to])).toEqual([
      [NOON, NOON + 120_001],
      [NOON, NOON + 120_001],
    ]);
  });
});

describe("render", () => {
  const render = async (...query: [string, string][]) => {
    const { queries, selections, options } = asked();
    const route = plainRoutes(queries, () => NOON + HOUR).find(({ path }) => path === "/pyroscope/render")!;
    const params = new URLSearchParams([["query", `${CPU}{"k8s.pod"="a",service.name="x"}`], ...query]);
    const { body, headers } = await route.handle({ tenant: "one", query: params });
    return { answer: JSON.parse(body), headers, selections, options };
  };

  it("takes the last hour where no range is given, and JSON where no format is", async () => {
    const { answer, selections } = await render(["from", ""], ["format", ""]);
    expect(selections[0]).toMatchObject({ from: NOON, to: NOON + HOUR + 1 });
    expect(answer.flamebearer.numTicks).toBe(13);
    const { selections: until } = await render(["until", "now-1h"]);
    expect(until[0]).toMatchObject({ from: NOON - HOUR, to: NOON + 1 });
  });

  it("knows labels by the names that programs give them", async () => {
    const { selections } = await render();
    expect(selections[0]!.matchers.map(({ name }) => name)).toEqual(["k8s_pod", "service_name"]);
  });

  it("groups by one label, and says so where more are asked for", async () => {
    const { answer, headers, options } = await render(["groupBy", "pod"], ["groupBy", "zone"]);
    expect(options[0]!.groupBy).toEqual(["pod"]);
    expect(Object.keys(answer.groups)).toEqual(["a", "b"]);
    expect(headers["flambeau-note"]).toMatch(/by pod alone/);
    expect((await render(["groupBy", "pod"])).headers).toEqual({});
  });
});
