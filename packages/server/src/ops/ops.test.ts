import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import type { Role } from "../caller.ts";
import { Authenticator, requireSafeListen } from "./auth.ts";
import { MemoryBudget } from "./budget.ts";
import { loadConfig } from "./config.ts";
import { ByteRates } from "./rates.ts";
import { parseAddress, settings } from "./schema.ts";

const folder = mkdtempSync(join(tmpdir(), "flambeau-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(text: string): string {
  const path = join(folder, "flambeau.yaml");
  writeFileSync(path, text);
  return path;
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

describe("configuration", () => {
  it("has a default for everything", () => {
    const config = loadConfig(undefined, {}, {});
    expect(config).toMatchObject({ listen: "127.0.0.1:4040", store: "embedded", limits: { body: 64 << 20 } });
  });

  it("takes flags over the environment over the file", () => {
    const path = file("listen: 1.1.1.1:1\ndata: from-file\nlimits: {body: 1MiB, series: 5}\n");
    const environment = {
      FLAMBEAU_DATA: "from-environment",
      FLAMBEAU_LIMITS_BODY: "2k",
      FLAMBEAU_LISTEN: ":2",
    };
    expect(loadConfig(path, environment, { listen: "3", data: undefined })).toMatchObject({
      listen: "3",
      data: "from-environment",
      limits: { body: 2048, series: 5, labelsPerSeries: 64 },
    });
  });

  it("lets a tenant differ in some limits only", () => {
    const config = loadConfig(file("tenants: {big: {body: 1GiB}}"), {}, {});
    expect(config.tenants).toEqual({ big: { body: 2 ** 30 } });
  });

  it("names the place of every fault", () => {
    const path = file(
      "lsten: 1\nlimits: {body: lots}\ntokens: [{name: a, sha256: x, role: king, tenants: []}]\n",
    );
    const load = (): unknown => loadConfig(path, { FLAMBEAU_STOP_SECONDS: "-1" }, { otlpGrpc: "x:y" });
    for (const part of [
      `${path}: "lsten" is no setting`,
      `${path}: limits.body: `,
      `${path}: tokens[0].sha256: give the token's SHA-256`,
      `${path}: tokens[0].role: `,
      "FLAMBEAU_STOP_SECONDS: stopSeconds: ",
      "--otlp-grpc: otlpGrpc: give host:port, or a port",
    ]) {
      expect(load).toThrow(part);
    }
    expect(() => loadConfig(file("a: [b"), {}, {})).toThrow("is no YAML");
    expect(() => loadConfig(join(folder, "missing.yaml"), {}, {})).toThrow("cannot be read");
  });

  it("reads addresses", () => {
    expect(parseAddress("4040")).toEqual({ host: "127.0.0.1", port: 4040 });
    expect(parseAddress(":4040")).toEqual({ host: "0.0.0.0", port: 4040 });
    expect(parseAddress("[::1]:80")).toEqual({ host: "::1", port: 80 });
    for (const bad of ["", "x", "host:", "host:99999", "a b:1", "::1:80"])
      expect(parseAddress(bad)).toBeUndefined();
  });

  it("can be set from the environment in every part", () => {
    expect(new Set(settings().map(({ description }) => description)).has("")).toBe(false);
  });
});

describe("authentication", () => {
  const token = (name: string, role: Role, ...tenants: string[]) => ({
    name,
    role,
    tenants,
    sha256: sha256(name),
  });
  const auth = new Authenticator({
    defaultTenant: "anonymous",
    tokens: [token("r", "read", "a"), token("w", "write", "a", "b"), token("root", "admin", "*")],
  });
  const as = (authorization: string | undefined, tenant: string | undefined, role: Role): string =>
    auth.authenticate({ authorization, tenant }, role).tenant;
  const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString("base64")}`;

  it("knows tokens as Bearer and as Basic password", () => {
    expect(as("Bearer r", undefined, "read")).toBe("a");
    expect(as("bearer w", "b", "write")).toBe("b");
    expect(as(basic("anyone:root"), "z", "admin")).toBe("z");
    expect(as(basic(":w"), "a", "write")).toBe("a");
    expect(as("Bearer root", undefined, "read")).toBe("anonymous");
  });

  it.each([
    [undefined, "a", "read", 401],
    ["Bearer x", "a", "read", 401],
    ["Bearer ", "a", "read", 401],
    [basic("no-colon"), "a", "read", 401],
    ["Digest r", "a", "read", 401],
    ["Bearer r", "a", "write", 403],
    ["Bearer w", "a", "read", 403],
    ["Bearer r", "a", "admin", 403],
    ["Bearer r", "b", "read", 403],
    ["Bearer w", undefined, "write", 403],
    ["Bearer root", "a/b", "read", 400],
    ["Bearer root", "..", "read", 400],
  ] as const)("%s for %s to %s: %i", (authorization, tenant, role, status) => {
    expect(() => as(authorization, tenant, role)).toThrow(expect.objectContaining({ status }));
  });

  it("does not let an open server be reached from outside", () => {
    const check = (flags: object) => () => requireSafeListen(loadConfig(undefined, {}, { ...flags }));
    for (const listen of ["4040", "localhost:1", "[::1]:1", "127.9.9.9:1"])
      expect(check({ listen })).not.toThrow();
    for (const listen of [":4040", "0.0.0.0:1", "[::]:1", "10.0.0.1:1", "myhost:1"]) {
      expect(check({ listen })).toThrow("no token is configured");
      expect(check({ listen, insecureNoAuth: true })).not.toThrow();
    }
    expect(check({ otlpGrpc: ":4317" })).toThrow(":4317 can be reached");
    const secret = "0123456789abcdef";
    expect(() =>
      requireSafeListen(loadConfig(undefined, { FLAMBEAU_TOKEN: secret }, { listen: ":1" })),
    ).not.toThrow();
    expect(() => loadConfig(undefined, { FLAMBEAU_TOKEN: "short" }, {})).toThrow("fewer than 16");
  });
});

describe("limits", () => {
  it("remembers a bounded number of tenants, and forgets the one that was away for the longest", () => {
    const rates = new ByteRates(() => 0);
    const limits = { bytesPerSecond: 10, burst: 10 };
    rates.take("first", 10, limits);
    for (let i = 0; i < 10_000; i++) rates.take(`tenant-${i}`, 10, limits);
    expect(rates.size).toBe(10_000);
    expect(() => rates.take("tenant-5000", 1, limits)).toThrow("bytes per second");
    rates.take("first", 10, limits);
  });

  it("counts bytes per second and tenant, and says when there is room again", () => {
    let now = 0;
    const rates = new ByteRates(() => now);
    const limits = { bytesPerSecond: 100, burst: 200 };
    rates.take("a", 150, limits);
    expect(() => rates.take("a", 150, limits)).toThrow(
      expect.objectContaining({ status: 429, retryAfter: 1 }),
    );
    rates.take("b", 200, limits);
    now = 1000;
    rates.take("a", 150, limits);
    // Larger than the bucket: passes when it is full, and is paid for afterwards.
    now = 10_000;
    rates.take("a", 1000, limits);
    expect(() => rates.take("a", 1, limits)).toThrow(expect.objectContaining({ retryAfter: 9 }));
    rates.take("a", 1e9, { bytesPerSecond: 0, burst: 0 });
  });

  it("lets requests wait for memory in their order, and gives it back", async () => {
    const budget = new MemoryBudget(3000);
    const first = await budget.enter(900, 10_000);
    const order: number[] = [];
    const second = budget.enter(500, 10_000).then((ledger) => {
      order.push(2);
      return ledger;
    });
    const third = budget.enter(10, 10_000).then((ledger) => {
      order.push(3);
      return ledger;
    });
    await Promise.resolve();
    expect([budget.waiting, order]).toEqual([2, []]);
    first.take(500);
    first.release();
    for (const ledger of await Promise.all([second, third])) ledger.release();
    expect([order, budget.used, budget.waiting]).toEqual([[2, 3], 0, 0]);
  });

  it("turns away who waits too long, and what grows without end", async () => {
    vi.useFakeTimers();
    try {
      const budget = new MemoryBudget(3000);
      const ledger = await budget.enter(1000, 10_000);
      const late = expect(budget.enter(1000, 10_000)).rejects.toMatchObject({ status: 429, retryAfter: 2 });
      await vi.advanceTimersByTimeAsync(10_001);
      await late;
      expect(() => ledger.take(2500)).toThrow(expect.objectContaining({ status: 429 }));
      ledger.release();
      expect(budget.used).toBe(0);
      const small = await budget.enter(10, 100);
      expect(() => small.take(101)).toThrow(expect.objectContaining({ status: 413 }));
      small.release();
      expect(budget.used).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});
