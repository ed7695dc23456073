import { readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encoded, packed } from "../support/protobuf.ts";
import { eventually, hasEngine, TestServer } from "../support/server.ts";

const CPU = "process_cpu:cpu:nanoseconds:cpu:nanoseconds";

const residentMegabytes = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]) / 1024;

function pushWithoutBody({ port }: URL): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), "127.0.0.1");
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString();
      if (text.includes("\r\n\r\n")) resolve(text);
    });
    socket.on("error", reject);
    socket.write("POST /ingest?name=slow HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nmain");
  });
}

describe.skipIf(!hasEngine)("faults", () => {
  let server: TestServer;
  /** The answer to a push whose body does not come: the other tests run meanwhile. */
  let slow: Promise<string>;
  beforeAll(async () => {
    server = await TestServer.start([], {
      env: { FLAMBEAU_LIMITS_BODY: "32MiB", FLAMBEAU_REQUEST_SECONDS: "8" },
    });
    slow = pushWithoutBody(new URL(server.url));
  });
  afterAll(() => server?.remove());

  const post = async (
    path: string,
    body: Uint8Array | string,
    headers: Record<string, string> = {},
  ): Promise<[status: number, body: { code?: string; message?: string }]> => {
    const response = await fetch(server.url + path, { method: "POST", body: body as string, headers });
    const text = await response.text();
    return [response.status, text === "" ? {} : (JSON.parse(text) as object)];
  };

  it("refuses a gzip bomb, whatever it claims, in little memory", async () => {
    const before = residentMegabytes(server.pid);
    const bomb = gzipSync(Buffer.alloc(256 << 20), { level: 9 });
    expect(await post("/ingest?name=bomb", bomb)).toMatchObject([413, { code: "too-large" }]);
    const liar = Buffer.from(bomb);
    liar.writeUInt32LE(1000, liar.length - 4);
    expect(await post("/ingest?name=bomb", liar)).toMatchObject([413, { code: "too-large" }]);
    const rpc = await post("/push.v1.PusherService/Push", liar, {
      "content-type": "application/proto",
      "content-encoding": "gzip",
    });
    expect(rpc).toMatchObject([413, { code: "invalid_argument" }]);
    expect(residentMegabytes(server.pid) - before).toBeLessThan(200);
  });

  it("refuses 100 MB, said or not said beforehand, and the client can read why", async () => {
    expect(await post("/ingest?name=big", Buffer.alloc(100 << 20, "a"))).toMatchObject([
      413,
      { code: "too-large" },
    ]);
    const status = await new Promise<number>((resolve, reject) => {
      const request = httpRequest(`${server.url}/ingest?name=big`, { method: "POST" }, (response) => {
        response.resume();
        resolve(response.statusCode!);
      });
      request.on("error", reject);
      for (let i = 0; i < 100; i++) request.write(Buffer.alloc(1 << 20, "a"));
      request.end();
    });
    expect(status).toBe(413);
  });

  it("refuses a profile with ten million labels before it makes anything of them", async () => {
    const before = residentMegabytes(server.pid);
    const label = [(3 << 3) | 2, 2, 1 << 3, 1];
    const one = Buffer.alloc(label.length * 1_000_000, Uint8Array.from(label));
    const sample = encoded([
      [1, packed(1)],
      [2, packed(1)],
    ]);
    const fields = Array.from(
      { length: 8 },
      () => [2, Buffer.concat([sample, one.subarray(0, 3_990_000)])] as const,
    );
    const profile = encoded([
      [
        1,
        [
          [1, 1],
          [2, 2],
        ],
      ],
      ...fields,
      [6, ""],
      [6, "cpu"],
      [6, "nanoseconds"],
    ]);
    expect(await post("/ingest?name=labels&format=pprof", profile)).toMatchObject([
      413,
      { code: "too-large", message: expect.stringContaining("more than 1000000 labels") },
    ]);
    expect(residentMegabytes(server.pid) - before).toBeLessThan(300);
  });

  it("takes 1,000 pushes at once in bounded memory, and loses none", async () => {
    const body = `${Array.from({ length: 200 }, (_, i) => `main;f${i};g${i} 1`).join("\n")}\n`;
    const answers = await Promise.all(
      Array.from({ length: 1000 }, (_, i) => post(`/ingest?name=crowd{pod=p${i}}`, body)),
    );
    expect(new Set(answers.map(([status]) => status))).toEqual(new Set([200]));
    expect(residentMegabytes(server.pid)).toBeLessThan(1024);
    const top = await eventually(
      () => server.topFunctions(CPU, '{service_name="crowd"}'),
      (functions) => functions.length === 200 && functions.every(([, self]) => self === 1000 * 1e7),
      30,
    );
    expect(top).toHaveLength(200);
  });

  it("counts a push once that is sent again, alone or while the first one is in work", async () => {
    const from = Math.floor(Date.now() / 1000) - 20;
    const push = () => post(`/ingest?name=again&from=${from}&until=${from + 10}`, "main;work 5\n");
    const statuses = await Promise.all(Array.from({ length: 20 }, push));
    expect(new Set(statuses.map(([status]) => status))).toEqual(new Set([200]));
    expect((await push())[0]).toBe(200);
    expect((await post("/api/v1/admin/flush", ""))[0]).toBe(200);
    expect(await server.topFunctions(CPU, '{service_name="again"}')).toEqual([["work", 5e7]]);
  });

  it("takes SQL and markup in names for what it is", async () => {
    const evil = `'); DROP TABLE samples; --\\' "<script>" \u0000 {b:String}`;
    const query = new URLSearchParams({ service: evil, tenant: evil, format: "folded" });
    expect((await post(`/api/v1/profiles?${query}`, `main;${evil.replace(/;/g, ",")} 7\n`))[0]).toBe(200);
    const selector = `{service_name=${JSON.stringify(evil)}}`;
    const { names } = await eventually(
      () => server.query<{ names?: string[] }>("LabelValues", { name: "service_name" }),
      (answer) => answer.names?.includes(evil) === true,
    );
    expect(names).toContain(evil);
    const types = await server.query<{ labelsSet: { labels: { value: string }[] }[] }>("Series", {
      matchers: [selector],
      labelNames: ["__profile_type__"],
    });
    const type = types.labelsSet[0]!.labels[0]!.value;
    // Names of series come into the engine before the samples that have them.
    const [[name, self] = []] = await eventually(
      () => server.topFunctions(type, selector),
      (top) => top.length > 0,
    );
    expect([name, self]).toEqual([evil.replace(/;/g, ","), 7]);
    // The names and values of labels, and everything that a query may say.
    const labelled = (name: string) =>
      `/api/v1/profiles?${new URLSearchParams({ service: "sql", format: "folded", [name]: evil })}`;
    expect(await post(labelled(`a${evil}`), "main;work 3\n")).toMatchObject([400, { code: "bad-label" }]);
    expect((await post(labelled("region"), "main;work 3\n"))[0]).toBe(200);
    expect((await post("/api/v1/admin/flush", ""))[0]).toBe(200);
    expect(await server.query("LabelValues", { name: "region" })).toEqual({ names: [evil] });
    const both = `{region=${JSON.stringify(evil)},service_name="sql"}`;
    expect(await server.topFunctions(type, both)).toEqual([["work", 3]]);
    expect(await server.query("LabelValues", { name: evil })).toEqual({});
    const range = { start: Date.now() - 3_600_000, end: Date.now() };
    const span = server.query("SelectMergeSpanProfile", {
      ...range,
      profileTypeID: CPU,
      labelSelector: "{}",
      spanSelector: [evil],
    });
    await expect(span).rejects.toThrow("400");
    await expect(
      server.query("SelectMergeStacktraces", { ...range, profileTypeID: evil, labelSelector: "{}" }),
    ).rejects.toThrow("400");
    for (const bad of [`{a="${"x".repeat(10)}'}`, '{a=~"("}', "{a"]) {
      await expect(
        server.query("SelectMergeStacktraces", { profileTypeID: CPU, labelSelector: bad }),
      ).rejects.toThrow("400");
    }
  });

  it("shows nobody another tenant's profiles", async () => {
    await post("/ingest?name=secret", "main;hidden 1\n", { "x-scope-orgid": "alice" });
    const as = (tenant: string) => ({ headers: { "x-scope-orgid": tenant } });
    await eventually(
      () => server.topFunctions(CPU, '{service_name="secret"}', as("alice")),
      (functions) => functions[0]?.[0] === "hidden",
    );
    expect(await server.topFunctions(CPU, '{service_name="secret"}', as("bob"))).toEqual([]);
    expect(await server.query("LabelValues", { name: "service_name" }, { "x-scope-orgid": "bob" })).toEqual(
      {},
    );
    expect(await post("/ingest?name=x", "a 1\n", { "x-scope-orgid": "../etc' OR 1" })).toMatchObject([
      400,
      { code: "bad-tenant" },
    ]);
  });

  it("refuses a clock that is wrong, and says by which time it goes itself", async () => {
    const ahead = Math.floor(Date.now() / 1000) + 7200;
    expect(await post(`/ingest?name=skewed&from=${ahead}&until=${ahead}`, "a 1\n")).toMatchObject([
      422,
      { code: "out-of-time", message: expect.stringContaining("ahead of this server's clock") },
    ]);
    const behind = ahead - 90 * 86_400;
    expect(await post(`/ingest?name=skewed&from=${behind}&until=${behind}`, "a 1\n")).toMatchObject([
      422,
      { code: "out-of-time" },
    ]);
    expect(await server.topFunctions(CPU, '{service_name="skewed"}')).toEqual([]);
  });

  it("waits for a body no longer than it is told to", async () => {
    expect(await slow).toMatch(/^HTTP\/1.1 408 /);
    expect(await slow).toContain("did not arrive within 8 seconds");
  });

  it("has lost no acknowledged profile after kill -9", async () => {
    const own = await TestServer.start();
    const push = (i: number): Promise<Response> =>
      fetch(`${own.url}/ingest?name=crash{n=n${i}}`, { method: "POST", body: "main;work 1\n" });
    const acknowledged = (await Promise.all(Array.from({ length: 50 }, (_, i) => push(i)))).filter(
      ({ ok }) => ok,
    );
    await own.stop("SIGKILL");
    const again = await TestServer.start([], { data: own.data });
    const top = await eventually(
      () => again.topFunctions(CPU, '{service_name="crash"}'),
      (functions) => functions[0]?.[1] === acknowledged.length * 1e7,
    );
    expect(top).toEqual([["work", 50 * 1e7]]);
    await again.remove();
  });
});
