import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { afterAll, describe, expect, it } from "vitest";
import { QuerierService } from "../../packages/server/src/gen/querier/v1/querier_pb.ts";
import { flambeau } from "../cli/run.ts";
import { eventually, hasEngine, TestServer } from "../support/server.ts";

const CPU = "process_cpu:cpu:nanoseconds:cpu:nanoseconds";
const SECRET = "0123456789abcdef0123456789abcdef";
const folder = mkdtempSync(join(tmpdir(), "flambeau-operations-"));
afterAll(() => rmSync(folder, { recursive: true }));

const hasOpenssl = ((): boolean => {
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

describe.skipIf(!hasEngine)("operations", () => {
  const servers: TestServer[] = [];
  const start = async (...options: Parameters<typeof TestServer.start>): Promise<TestServer> => {
    const server = await TestServer.start(...options);
    servers.push(server);
    return server;
  };
  afterAll(() => Promise.all(servers.map((server) => server.remove())));
  const push = async (
    { url }: { url: string },
    name: string,
    headers: Record<string, string> = {},
  ): Promise<number> =>
    (await fetch(`${url}/ingest?name=${name}`, { method: "POST", body: "main;work 1\n", headers })).status;
  const admin = async (
    { url }: TestServer,
    call: string,
    headers: Record<string, string> = {},
  ): Promise<unknown> => {
    const response = await fetch(`${url}/api/v1/admin/${call}`, { method: "POST", headers });
    const body = (await response.json()) as object;
    return { status: response.status, ...body };
  };
  const services = async (server: TestServer): Promise<string[]> =>
    (await server.query<{ names?: string[] }>("LabelValues", { name: "service_name" })).names ?? [];

  it("lets nobody in without a token, over any protocol, and the command with it", async () => {
    const server = await start([], { env: { FLAMBEAU_TOKEN: SECRET } });
    expect(await push(server, "shop")).toBe(401);
    expect(await push(server, "shop", { authorization: `Bearer ${SECRET}` })).toBe(200);
    const refused = await fetch(`${server.url}/querier.v1.QuerierService/LabelNames`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    expect([refused.status, await refused.json()]).toMatchObject([401, { code: "unauthenticated" }]);
    expect(refused.headers.get("www-authenticate")).toContain("Bearer");
    const grpc = createClient(QuerierService, createGrpcTransport({ baseUrl: server.url }));
    await expect(grpc.labelNames({})).rejects.toThrow(/unauthenticated.*a token is needed/);
    for (const open of ["/healthz", "/ready"]) expect((await fetch(server.url + open)).status).toBe(200);
    for (const closed of ["/metrics", "/api/v1/status/config"]) {
      expect((await fetch(server.url + closed)).status).toBe(401);
    }
    await admin(server, "flush", { authorization: `Bearer ${SECRET}` });
    const env = { FLAMBEAU_TOKEN: SECRET, FLAMBEAU_SERVER: server.url };
    const table = await flambeau(["query", "shop", "--table"], { env });
    expect(table.stdout).toMatch(/100.0%\s+work/);
    const without = await flambeau(["query", "shop"], { env: { FLAMBEAU_SERVER: server.url } });
    expect([without.code, without.stderr]).toEqual([2, expect.stringContaining("a token is needed")]);
  });

  it("pushes and asks by command, in any format", async () => {
    const server = await start();
    const input = join(folder, "cpu.folded");
    writeFileSync(input, "main;fast 1\nmain;slow 3\n");
    const env = { FLAMBEAU_SERVER: server.url };
    const pushed = await flambeau(["push", input, "--service", "batch", "--label", "version=2"], { env });
    expect(pushed.stdout).toBe(`${input}: kept as batch, 1 series, 2 samples\n`);
    await admin(server, "flush");
    const overview = await flambeau(["query"], { env });
    expect(overview.stdout).toMatch(/^services\n {2}batch\nprofile types\n {2}\S+\n$/);
    const output = join(folder, "out.folded");
    const asked = await flambeau(["query", 'samples{service_name="batch",version="2"}', "-o", output], {
      env,
    });
    expect(asked.code).toBe(0);
    expect(execFileSync("cat", [output], { encoding: "utf8" })).toBe("main;fast 1\nmain;slow 3\n");
    const nothing = await flambeau(["query", "nobody"], { env });
    expect([nothing.code, nothing.stderr]).toEqual([2, expect.stringContaining("has nothing of")]);
    const away = await flambeau(["query", "--server", "http://127.0.0.1:9"], {});
    expect([away.code, away.stderr]).toEqual([2, expect.stringContaining("cannot be reached")]);
  });

  it("deletes, backs up, and begins again from the backup", async () => {
    const server = await start();
    for (const name of ["kept", "gone"]) await push(server, name);
    await admin(server, "flush");
    expect(await admin(server, "backup?name=monday")).toMatchObject({ status: 200 });
    expect(await admin(server, "backup?name=../x")).toMatchObject({ status: 400 });
    expect(await admin(server, `delete?query=${encodeURIComponent('{service_name="gone"}')}`)).toMatchObject({
      status: 200,
      series: 1,
    });
    expect(await admin(server, "delete")).toMatchObject({ status: 400, code: "no-query" });
    await eventually(
      () => services(server),
      (names) => names.join() === "kept",
    );
    const again = await start(["--restore", join(server.data, "backups", "monday")], {
      data: join(folder, "restored"),
    });
    expect(await services(again)).toEqual(["gone", "kept"]);
  });

  it("measures itself: requests, samples, refusals", async () => {
    const server = await start(["--metrics-listen", "127.0.0.1:0"]);
    await push(server, "shop");
    await push(server, "bad{");
    for (const url of server.urls) {
      const text = await (await fetch(`${url}/metrics`)).text();
      expect(text).toContain('flambeau_http_requests_total{route="/ingest",status="200"} 1');
      expect(text).toContain('flambeau_ingest_samples_total{tenant="anonymous"} 1');
      expect(text).toContain('flambeau_ingest_refused_total{tenant="anonymous",reason="bad-name"} 1');
      expect(text).toMatch(/flambeau_journal_bytes \d/);
      // What `promtool check metrics` asks for.
      expect(text).not.toMatch(/^# TYPE \S+_total (?!counter$)/m);
    }
    const own = await fetch(`${server.urls[1]}/ingest?name=a`, { method: "POST", body: "a 1" });
    expect(own.status).toBe(404);
    const config = await (await fetch(`${server.url}/api/v1/status/config`)).json();
    expect(config).toMatchObject({ status: "success", data: { store: "embedded" } });
  });

  it("stops without losing what it takes, and profiles itself meanwhile", async () => {
    const server = await start(["--self-profile"]);
    const pushes = Array.from({ length: 20 }, (_, i) => push(server, `stop${i}`).catch(() => 0));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await server.stop()).toBe(0);
    const acknowledged = (await Promise.all(pushes)).flatMap((status, i) =>
      status === 200 ? [`stop${i}`] : [],
    );
    expect(acknowledged.length).toBeGreaterThan(0);
    const again = await start([], { data: server.data });
    expect(await services(again)).toEqual(expect.arrayContaining([...acknowledged, "flambeau"]));
    expect((await again.topFunctions(CPU, '{service_name="flambeau"}')).length).toBeGreaterThan(0);
  });

  it("tells what rules measure", async () => {
    const config = join(folder, "rules.yaml");
    writeFileSync(
      config,
      `rules: [{name: hot_work, query: '${CPU}{service_name="shop"}', function: work, every: 1s, above: 0.5}]`,
    );
    const server = await start(["--config", config]);
    await push(server, "shop");
    await eventually(
      async () => (await fetch(`${server.url}/metrics`)).text(),
      (text) =>
        text.includes('flambeau_rule_value{rule="hot_work",tenant="anonymous"} 1') &&
        text.includes('flambeau_rule_firing{rule="hot_work",tenant="anonymous"} 1'),
    );
  });

  it.skipIf(!hasOpenssl)("serves TLS to HTTP/1.1 and to gRPC", async () => {
    const [key, certificate] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    execFileSync(
      "openssl",
      [
        ..."req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1".split(
          " ",
        ),
        ...["-keyout", key, "-out", certificate],
      ],
      { stdio: "ignore" },
    );
    const env = { FLAMBEAU_TLS_KEY: key, FLAMBEAU_TLS_CERTIFICATE: certificate };
    const server = await start([], { env });
    const ca = execFileSync("cat", [certificate]);
    const status = await new Promise((resolve, reject) => {
      httpsRequest(`${server.url}/ready`, { ca }, (response) => resolve(response.statusCode))
        .on("error", reject)
        .end();
    });
    expect(status).toBe(200);
    const transport = createGrpcTransport({ baseUrl: server.url, nodeOptions: { ca } });
    expect((await createClient(QuerierService, transport).labelNames({})).names).toEqual([]);
  });

  it("says why it cannot start", async () => {
    const server = await start();
    const { port } = new URL(server.url);
    const taken = await flambeau(["serve", "--listen", port, "--data", join(folder, "taken")]);
    expect([taken.code, taken.stderr]).toEqual([2, expect.stringContaining("another program listens there")]);
    const shared = await flambeau(["serve", "--listen", "0", "--data", server.data]);
    expect([shared.code, shared.stderr]).toEqual([2, expect.stringContaining("cannot be opened")]);
    const open = await flambeau(["serve", "--listen", "0.0.0.0:0"]);
    expect([open.code, open.stderr]).toEqual([2, expect.stringContaining("--insecure-no-auth")]);
  });
});
