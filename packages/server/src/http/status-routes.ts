import type { Metrics } from "../ops/metrics.ts";
import type { Config } from "../ops/schema.ts";
import { Refusal } from "../refusal.ts";
import { jsonAnswer } from "./answer.ts";
import type { Route } from "./front.ts";

/** What the state of the server is told from. */
export interface StatusDeps {
  readonly config: Config;
  readonly version: string;
  readonly metrics: Metrics;
  /** False while starting and stopping. */
  readonly isReady: () => boolean;
  /** Asks the store something small. */
  readonly probe: () => Promise<void>;
}

/** How the server is, for load balancers, Prometheus and whoever runs it. */
export function statusRoutes({ config, version, metrics, isReady, probe }: StatusDeps): Route[] {
  return [
    {
      method: "GET",
      path: "/healthz",
      role: undefined,
      handle: () => ({ status: 200, headers: { "content-type": "text/plain" }, body: "ok\n" }),
    },
    {
      method: "GET",
      path: "/ready",
      role: undefined,
      handle: async () => {
        if (!isReady()) throw new Refusal(503, "not-ready", "the server is starting or stopping");
        await probe();
        return { status: 200, headers: { "content-type": "text/plain" }, body: "ready\n" };
      },
    },
    {
      method: "GET",
      path: "/metrics",
      role: "read",
      handle: async () => ({
        status: 200,
        headers: { "content-type": metrics.registry.contentType },
        body: await metrics.registry.metrics(),
      }),
    },
    {
      method: "GET",
      path: "/api/v1/status/config",
      role: "admin",
      handle: () => jsonAnswer(200, { status: "success", data: withoutSecrets(config) }),
    },
    {
      method: "GET",
      path: "/api/v1/status/buildinfo",
      role: "read",
      handle: () =>
        jsonAnswer(200, {
          status: "success",
          data: { application: "flambeau", version, nodeVersion: process.version },
        }),
    },
  ];
}

/** The store's address may hold a password; hashes of tokens need not be shown either. */
function withoutSecrets(config: Config): unknown {
  const store = config.store.replace(/\/\/[^@/]*@/, "//…@");
  return { ...config, store, tokens: config.tokens.map(({ sha256: _, ...token }) => token) };
}
