import { connect as connectHttp2 } from "node:http2";
import { gzipSync } from "node:zlib";
import { create, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PusherService, PushRequestSchema } from "../../packages/server/src/gen/push/v1/push_pb.ts";
import { QuerierService } from "../../packages/server/src/gen/querier/v1/querier_pb.ts";
import { pprofOf } from "../support/push.ts";
import { eventually, hasEngine, TestServer } from "../support/server.ts";

const CPU = "process_cpu:cpu:nanoseconds:cpu:nanoseconds";

/** A pprof profile of now, whose hot function has this name. */
function hot(name: string): Promise<Uint8Array> {
  return pprofOf({
    types: ["cpu/nanoseconds"],
    period: ["cpu/nanoseconds", 10_000_000],
    time: BigInt(Date.now() - 5000) * 1_000_000n,
    duration: 5e9,
    samples: [
      [`main;${name}`, [90_000_000]],
      ["main;other", [10_000_000]],
    ],
  });
}

describe.skipIf(!hasEngine)("protocols on one port", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await TestServer.start(["--base-path", "/profiles"]);
  });
  afterAll(() => server?.remove());

  async function expectTop(service: string): Promise<void> {
    const top = await eventually(
      () => server.topFunctions(CPU, `{service_name="${service}"}`),
      (functions) => functions.length > 0,
    );
    expect(top).toEqual([
      [service, 90_000_000],
      ["other", 10_000_000],
    ]);
  }

  function request(service: string, rawProfile: Uint8Array) {
    const labels = [
      { name: "__name__", value: "process_cpu" },
      { name: "service_name", value: service },
    ];
    return create(PushRequestSchema, { series: [{ labels, samples: [{ rawProfile, ID: "" }] }] });
  }

  const transports: readonly (readonly [name: string, make: (url: string) => Transport])[] = [
    ["Connect over HTTP/1.1", (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1" })],
    [
      "Connect over HTTP/2, JSON",
      (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "2", useBinaryFormat: false }),
    ],
    ["gRPC", (baseUrl) => createGrpcTransport({ baseUrl })],
    ["gRPC-Web", (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" })],
  ];

  it.each(transports)("%s pushes and asks", async (name, make) => {
    const service = `by_${name.replace(/\W/g, "_")}`;
    const transport = make(server.url);
    await createClient(PusherService, transport).push(request(service, await hot(service)));
    await expectTop(service);
    const values = await createClient(QuerierService, transport).labelValues({ name: "service_name" });
    expect(values.names).toContain(service);
    const bad = createClient(PusherService, transport).push(request("bad", Uint8Array.of(1)));
    const error = await bad.then(() => undefined, ConnectError.from);
    expect(error?.code).toBe(Code.InvalidArgument);
    expect(error?.rawMessage).toMatch(/^0 of 1 profiles were kept; not kept: series\[0\]\.samples\[0\]: /);
    // What calls have set aside comes back: else the server would take nothing more one day.
    await eventually(
      async () => (await fetch(`${server.url}/metrics`)).text(),
      (text) => /^flambeau_requests_memory_bytes 0$/m.test(text),
    );
  });

  it("takes what the SDKs for Rust, Python and Ruby send: gzipped, without a protocol version", async () => {
    const body = gzipSync(toBinary(PushRequestSchema, request("plain", gzipSync(await hot("plain")))));
    const response = await fetch(`${server.url}/push.v1.PusherService/Push`, {
      method: "POST",
      headers: { "content-type": "application/proto", "content-encoding": "gzip" },
      body,
    });
    expect([response.status, await response.text()]).toEqual([200, ""]);
    await expectTop("plain");
  });

  it.each(["/ingest", "/pyroscope/ingest", "/profiles/ingest"])("%s answers an empty 200", async (path) => {
    const service = path.replace(/\W/g, "_");
    const form = new FormData();
    form.set("profile", new Blob([(await hot(service)) as Uint8Array<ArrayBuffer>]), "profile.pprof");
    const response = await fetch(`${server.url}${path}?name=${service}&spyName=nodespy`, {
      method: "POST",
      body: form,
    });
    expect([response.status, await response.text()]).toEqual([200, ""]);
    await expectTop(service);
  });

  it("serves the services below /pyroscope and the base path, too", async () => {
    for (const prefix of ["/pyroscope", "/profiles"]) {
      const response = await fetch(`${server.url}${prefix}/querier.v1.QuerierService/LabelNames`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: "{}",
      });
      expect(response.status).toBe(200);
    }
  });

  it("takes any profile file, and says what it kept", async () => {
    const response = await fetch(`${server.url}/api/v1/profiles?service=any&version=1`, {
      method: "POST",
      body: gzipSync(await hot("any")),
    });
    expect([response.status, await response.json()]).toMatchObject([
      200,
      { series: 1, samples: 2, notes: [] },
    ]);
    await expectTop("any");
    const nonsense = await fetch(`${server.url}/api/v1/profiles?service=any`, {
      method: "POST",
      body: "<html>",
    });
    expect([nonsense.status, await nonsense.json()]).toMatchObject([422, { code: "unknown-format" }]);
    const nameless = await fetch(`${server.url}/api/v1/profiles`, { method: "POST", body: "a;b 1" });
    expect([nameless.status, await nameless.json()]).toMatchObject([400, { code: "no-service" }]);
  });

  it("answers as JSON what is not there", async () => {
    const missing = await fetch(`${server.url}/nothing`);
    expect([missing.status, await missing.json()]).toMatchObject([404, { code: "not-found" }]);
    const wrong = await fetch(`${server.url}/ingest`);
    expect([wrong.status, await wrong.json()]).toMatchObject([405, { code: "method-not-allowed" }]);
    const type = await fetch(`${server.url}/v1development/profiles`, { method: "POST", body: "x" });
    expect([type.status, await type.json()]).toMatchObject([415, { code: "unknown-content-type" }]);
  });

  it("serves HTTP/2 without an upgrade to plain requests, several at once", async () => {
    const session = connectHttp2(server.url);
    const get = (path: string): Promise<string> =>
      new Promise((resolve, reject) => {
        const stream = session.request({ ":path": path });
        let text = "";
        stream.setEncoding("utf8");
        stream.on("data", (chunk: string) => {
          text += chunk;
        });
        stream.on("end", () => resolve(text)).on("error", reject);
      });
    const answers = await Promise.all(Array.from({ length: 20 }, () => get("/healthz")));
    session.close();
    expect(new Set(answers)).toEqual(new Set(["ok\n"]));
  });

  it("answers what Grafana's data source sends", async () => {
    await fetch(`${server.url}/ingest?name=grafana{region=eu}`, { method: "POST", body: "main;work 3\n" });
    await fetch(`${server.url}/api/v1/admin/flush`, { method: "POST" });
    const [start, end] = [Date.now() - 3_600_000, Date.now() + 60_000];
    // connect-go's clients send these heads; messages are protojson: 64-bit numbers as texts, no empty fields.
    const ask = async (method: string, body: string): Promise<Record<string, unknown>> => {
      const response = await fetch(`${server.url}/querier.v1.QuerierService/${method}`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "connect-protocol-version": "1",
          "accept-encoding": "gzip",
          "user-agent": "connect-go/1.19.1 (go1.25.1)",
        },
        body,
      });
      expect(response.headers.get("content-type")).toBe("application/json");
      expect(response.status).toBe(200);
      return (await response.json()) as Record<string, unknown>;
    };
    // Labels can be seen before samples are.
    await fetch(`${server.url}/api/v1/admin/flush`, { method: "POST" });
    await eventually(
      () => ask("LabelValues", `{"name":"service_name","start":"${start}","end":"${end}"}`),
      ({ names }) => (names as string[] | undefined)?.includes("grafana") === true,
    );
    expect(await ask("ProfileTypes", `{"start":"${start}","end":"${end}"}`)).toMatchObject({
      profileTypes: expect.arrayContaining([
        {
          ID: CPU,
          name: "process_cpu",
          sampleType: "cpu",
          sampleUnit: "nanoseconds",
          periodType: "cpu",
          periodUnit: "nanoseconds",
        },
      ]),
    });
    // The health check of some versions names no time.
    expect(await ask("ProfileTypes", "{}")).toHaveProperty("profileTypes");
    const selector = `{service_name=\\"grafana\\"}`;
    expect(
      await ask("LabelNames", `{"matchers":["${selector}"],"start":"${start}","end":"${end}"}`),
    ).toMatchObject({
      names: expect.arrayContaining(["region", "service_name"]),
    });
    const stacks = await ask(
      "SelectMergeStacktraces",
      `{"profileTypeID":"${CPU}","labelSelector":"${selector}","start":"${start}","end":"${end}","maxNodes":"16384"}`,
    );
    expect(stacks).toEqual({
      flamegraph: {
        names: ["total", "main", "work"],
        levels: [
          { values: ["0", "30000000", "0", "0"] },
          { values: ["0", "30000000", "0", "1"] },
          { values: ["0", "30000000", "30000000", "2"] },
        ],
        total: "30000000",
        maxSelf: "30000000",
      },
    });
    const series = await ask(
      "SelectSeries",
      `{"profileTypeID":"${CPU}","labelSelector":"${selector}","start":"${start}","end":"${end}","groupBy":["region"],"step":15}`,
    );
    expect(series).toMatchObject({
      series: [{ labels: [{ name: "region", value: "eu" }], points: [{ value: 30_000_000 }] }],
    });
    const render = await fetch(
      `${server.url}/pyroscope/render?query=${encodeURIComponent(`${CPU}{service_name="grafana"}`)}&from=now-1h`,
    );
    expect(await render.json()).toMatchObject({ version: 1, flamebearer: { numTicks: 30_000_000 } });
  });

  it("keeps what Grafana's app sets, and says that it shows no source code", async () => {
    const call = async (method: string, request: object, tenant = "grafana"): Promise<[number, unknown]> => {
      const response = await fetch(`${server.url}/profiles/${method}`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-scope-orgid": tenant },
        body: JSON.stringify(request),
      });
      return [response.status, await response.json()];
    };
    const setting = {
      name: "pluginSettings",
      value: '{"collapsedFlamegraphs":true}',
      modifiedAt: "1700000000000",
    };
    expect(await call("settings.v1.SettingsService/Get", {})).toEqual([200, {}]);
    expect(await call("settings.v1.SettingsService/Set", { setting })).toEqual([200, { setting }]);
    expect(await call("settings.v1.SettingsService/Get", {})).toEqual([200, { settings: [setting] }]);
    expect(await call("settings.v1.SettingsService/Get", {}, "other")).toEqual([200, {}]);
    const older = { ...setting, modifiedAt: "1600000000000" };
    expect(await call("settings.v1.SettingsService/Set", { setting: older })).toMatchObject([
      409,
      { code: "already_exists" },
    ]);
    expect(await call("settings.v1.SettingsService/Set", {})).toMatchObject([
      400,
      { code: "invalid_argument" },
    ]);
    expect(await call("settings.v1.SettingsService/Delete", { name: setting.name })).toEqual([200, {}]);
    expect(await call("settings.v1.SettingsService/Get", {})).toEqual([200, {}]);
    for (const method of ["GithubApp", "GetFile", "GetCommits"]) {
      expect(await call(`vcs.v1.VCSService/${method}`, {})).toMatchObject([
        501,
        { code: "unimplemented", message: expect.stringContaining("GitHub") },
      ]);
    }
  });
});
