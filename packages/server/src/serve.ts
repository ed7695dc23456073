import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type Logger, pino } from "pino";
import { startBackground } from "./background.ts";
import { adminRoutes } from "./http/admin-routes.ts";
import { Bodies } from "./http/bodies.ts";
import { ingestLimits } from "./http/call.ts";
import { connectHandlers } from "./http/connect.ts";
import { Front, type Route } from "./http/front.ts";
import { registerGrafana } from "./http/grafana-services.ts";
import { anyRoute, ingestRoute, otlpRoute } from "./http/ingest-routes.ts";
import { Listener } from "./http/listener.ts";
import { queryRoutes } from "./http/query-routes.ts";
import { statusRoutes } from "./http/status-routes.ts";
import { symbolRoute } from "./http/symbol-route.ts";
import type { SharedKeys } from "./ingest/decode/digest/digester.ts";
import { DecodePool } from "./ingest/decode/pool.ts";
import { Ingestor } from "./ingest/ingestor.ts";
import { Authenticator, requireSafeListen } from "./ops/auth.ts";
import { MemoryBudget } from "./ops/budget.ts";
import { Metrics } from "./ops/metrics.ts";
import { ByteRates } from "./ops/rates.ts";
import { type Config, parseAddress, type TenantLimits } from "./ops/schema.ts";
import { TenantSettings } from "./ops/tenant-settings.ts";
import { Queries } from "./query/queries.ts";
import { plainRoutes } from "./query/wire/plain-http.ts";
import { registerQuerier } from "./query/wire/querier.ts";
import { openStore, restoreStore, type Store } from "./store/open.ts";
import { storeReads } from "./store/reads/reads.ts";
import { Debuginfod } from "./symbols/debuginfod.ts";
import { SymbolLibrary } from "./symbols/library.ts";
import { Symboliser } from "./symbols/symboliser.ts";
import { unopened } from "./unopened.ts";

/** A server at work. */
export interface RunningServer {
  /** `http://127.0.0.1:4040`, with the port that was really taken. */
  readonly url: string;
  /** Addresses of the further ports, in the order OTLP gRPC, OTLP HTTP, metrics; only those that are open. */
  readonly more: readonly string[];
  /** Lets requests end, writes everything down, and closes the store. */
  close(): Promise<void>;
}

/** Starts the server; with `restore`, on a new folder made of that backup. @throws FlambeauError where the configuration or the surroundings do not allow it */
export async function serve(config: Config, restore?: string): Promise<RunningServer> {
  requireSafeListen(config);
  const log = pino({ level: config.logLevel }, pino.destination({ fd: 2, sync: false }));
  const settings = storeOptions(config, log);
  const store = await (restore === undefined ? openStore(settings) : restoreStore(settings, restore)).catch(
    (cause: unknown) => {
      throw unopened(cause, config);
    },
  );
  try {
    return await start(config, store, log);
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function start(config: Config, store: Store, log: Logger): Promise<RunningServer> {
  let ready = false;
  const limitsOf = tenantLimits(config);
  const budget = new MemoryBudget(config.memory);
  const decoder = new DecodePool(
    config.decodeThreads ?? Math.min(4, Math.max(1, availableParallelism() - 1)),
    keysOf(store),
  );
  const ingestor = new Ingestor({ store, decoder, limits: (tenant) => ingestLimits(limitsOf(tenant)) });
  const reads = storeReads(store);
  const queries = new Queries(reads, {
    pathBytes: (config.queryMemory / 3) * 2,
    rowBytes: config.queryMemory / 3,
    // A server of its own may have other writers than this one.
    shared: config.store !== "embedded",
  });
  store.onWrite((written) => queries.changed(written));
  const symboliser = new Symboliser({
    store,
    catalog: reads.catalog,
    library: new SymbolLibrary(join(config.data, "symbols")),
    debuginfod: new Debuginfod(config.debuginfod),
    changed: (tenant) => queries.forget(tenant),
    log: (message) => log.warn(message),
  });
  const metrics = new Metrics({
    journal: () => store.journal(),
    memoryUsed: () => budget.used,
    memoryWaiting: () => budget.waiting,
    decodeWaiting: () => decoder.waiting,
  });
  const bodies = new Bodies(budget, new ByteRates(), limitsOf, config.requestSeconds, metrics);
  const deps = { ingestor, bodies, metrics };
  const status = statusRoutes({
    config,
    version: version(),
    metrics,
    isReady: () => ready,
    probe: async () => void (await store.query("SELECT 1")),
  });
  const otlp = otlpRoute(deps);
  const routes: Route[] = [
    ...status,
    ...["/ingest", "/pyroscope/ingest"].map((path) => write(path, ingestRoute(deps))),
    ...["/v1development/profiles", "/v1/profiles"].map((path) => write(path, otlp)),
    write("/api/v1/profiles", anyRoute(deps)),
    write("/api/v1/symbols", symbolRoute(symboliser, bodies)),
    ...queryRoutes(plainRoutes(queries)),
    ...adminRoutes({
      store,
      queries,
      backups: config.store === "embedded" ? join(config.data, "backups") : undefined,
    }),
  ];
  const connect = connectHandlers(deps, log, [
    (router) => registerQuerier(router, queries),
    (router) => registerGrafana(router, new TenantSettings(join(config.data, "settings"))),
  ]);
  const authenticator = new Authenticator(config);
  const front = new Front({
    basePath: config.basePath,
    routes,
    connect,
    authenticator,
    bodies,
    metrics,
    log,
  });
  const open = new Front({
    basePath: "",
    routes: status
      .filter(({ path }) => !path.startsWith("/api/"))
      .map((route) => ({ ...route, role: undefined })),
    connect: new Map(),
    authenticator,
    bodies,
    metrics,
    log,
  });
  const background = await startBackground({ config, store, ingestor, queries, metrics, symboliser, log });
  const listeners: Listener[] = [];
  const listen = async (address: string | undefined, handler: Front): Promise<string[]> => {
    if (address === undefined) return [];
    const listener = new Listener((request, response) => void handler.handle(request, response), config.tls);
    const { address: host, port, family } = await listener.listen(parseAddress(address)!);
    listeners.push(listener);
    return [
      `${config.tls === undefined ? "http" : "https"}://${family === "IPv6" ? `[${host}]` : host}:${port}`,
    ];
  };
  const close = async (): Promise<void> => {
    ready = false;
    await Promise.all(listeners.map((listener) => listener.close(config.stopSeconds)));
    await background.stop();
    await decoder.close();
    await store.close();
  };
  try {
    const [url] = await listen(config.listen, front);
    const more = [
      ...(await listen(config.otlpGrpc, front)),
      ...(await listen(config.otlpHttp, front)),
      ...(await listen(config.metricsListen, open)),
    ];
    ready = true;
    return { url: url!, more, close };
  } catch (error) {
    await Promise.all(listeners.map((listener) => listener.close(0)));
    await background.stop();
    await decoder.close();
    throw error;
  }
}

/** What decoding threads look up. */
function keysOf({ known }: Store): SharedKeys | undefined {
  return known === undefined ? undefined : { stacks: known.stacks, frames: known.frames };
}

/** Of this package, whether it runs from its sources or built. */
function version(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

function write(path: string, handle: Route["handle"]): Route {
  return { method: "POST", path, role: "write", handle };
}

/** The limits of a tenant: its own where it has some. */
function tenantLimits({ limits, tenants }: Config): (tenant: string) => TenantLimits {
  const known = new Map(
    Object.entries(tenants).map(([tenant, own]) => [
      tenant,
      { ...limits, ...definedOf(own) } as TenantLimits,
    ]),
  );
  return (tenant) => known.get(tenant) ?? limits;
}

function definedOf(values: object): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function storeOptions(config: Config, log: Logger): Parameters<typeof openStore>[0] {
  const days = Object.entries(config.tenants)
    .map(([tenant, { retentionDays }]) => [tenant, retentionDays] as const)
    .filter((pair): pair is [string, number] => pair[1] !== undefined);
  // The engine's writer, file operations and decompression share the threads with the queries.
  const threads = Number(process.env.UV_THREADPOOL_SIZE ?? 4);
  return {
    directory: config.data,
    ...(config.store === "embedded" ? {} : { server: config.store }),
    retention: { days: config.limits.retentionDays, tenants: new Map(days) },
    sessions: Math.min(4, Math.max(1, threads - 3)),
    journalBytes: config.journal,
    reserveBytes: config.reserve,
    log: (level, message, fields) => log[level](fields ?? {}, message),
  };
}
