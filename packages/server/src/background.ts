import type { Logger } from "pino";
import type { Ingestor } from "./ingest/ingestor.ts";
import { takeOwnProfile } from "./ingest/own-profile.ts";
import type { Metrics } from "./ops/metrics.ts";
import { addRuleMetrics } from "./ops/rule-metrics.ts";
import type { Config } from "./ops/schema.ts";
import { SelfProfiler } from "./ops/self-profile.ts";
import type { Queries } from "./query/queries.ts";
import { RuleRunner } from "./rules/runner.ts";
import type { Store } from "./store/open.ts";
import type { Symboliser } from "./symbols/symboliser.ts";

/** What runs beside the requests. */
export interface Background {
  stop(): Promise<void>;
}

/** What it runs with. */
export interface BackgroundDeps {
  readonly config: Config;
  readonly store: Store;
  readonly ingestor: Ingestor;
  readonly queries: Queries;
  readonly metrics: Metrics;
  readonly symboliser: Symboliser;
  readonly log: Logger;
}

const MINUTE = 60_000;
const DAY = 86_400_000;

/** Starts the rules, the search for names of native functions, the daily sweep of what need not be kept, and the profile of the server itself. */
export async function startBackground(deps: BackgroundDeps): Promise<Background> {
  const { config, store, ingestor, queries, metrics, symboliser, log } = deps;
  const rules = new RuleRunner(queries, config.rules, { log: (message) => log.info(message) });
  addRuleMetrics(metrics.registry, () => rules.states());
  rules.start();
  symboliser.start(MINUTE);
  const sweep = setInterval(() => {
    store.sweep().catch((error: unknown) => log.error({ err: error }, "old data could not be deleted"));
  }, DAY);
  sweep.unref();
  const profiler = new SelfProfiler(
    (profile, from, until) => takeOwnProfile(ingestor, config.defaultTenant, profile, from, until),
    (error) => log.warn({ err: error }, "the server could not keep its own profile"),
  );
  if (config.selfProfile) await profiler.start();
  return {
    async stop() {
      clearInterval(sweep);
      await rules.stop();
      await symboliser.stop();
      if (config.selfProfile) await profiler.stop();
    },
  };
}
