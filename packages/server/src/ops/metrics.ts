import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** Where the gauges' values come from when somebody asks. */
export interface GaugeSources {
  readonly journal: () => {
    readonly files: number;
    readonly bytes: number;
    readonly rows: number;
    readonly oldest: number;
  };
  readonly memoryUsed: () => number;
  readonly memoryWaiting: () => number;
  readonly decodeWaiting: () => number;
}

/** Tenants that have series of their own; beyond, whoever makes up names would fill the memory. */
const MAX_TENANTS = 1000;

/** What the server measures of itself, for Prometheus. */
export class Metrics {
  readonly registry: Registry = new Registry();
  readonly #requests: Counter<"route" | "status">;
  readonly #seconds: Histogram<"route">;
  readonly #bytes: Counter<"tenant">;
  readonly #profiles: Counter<"tenant" | "format">;
  readonly #samples: Counter<"tenant">;
  readonly #refused: Counter<"tenant" | "reason">;
  readonly #notes: Counter<"code">;
  readonly #tenants = new Set<string>();
  readonly #codes = new Set<string>();

  constructor(sources: GaugeSources) {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    // Gauges with names of counters, which Prometheus's own check refuses; the same without the suffix has the parts.
    for (const kind of ["handles", "requests", "resources"]) {
      this.registry.removeSingleMetric(`nodejs_active_${kind}_total`);
    }
    this.#requests = new Counter({
      name: "flambeau_http_requests_total",
      help: "Requests by route and status",
      labelNames: ["route", "status"],
      registers,
    });
    this.#seconds = new Histogram({
      name: "flambeau_http_request_seconds",
      help: "Time from a request's head to the end of its answer",
      labelNames: ["route"],
      buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    });
    this.#bytes = new Counter({
      name: "flambeau_ingest_bytes_total",
      help: "Pushed bytes as they came in",
      labelNames: ["tenant"],
      registers,
    });
    this.#profiles = new Counter({
      name: "flambeau_ingest_profiles_total",
      help: "Profiles that were acknowledged",
      labelNames: ["tenant", "format"],
      registers,
    });
    this.#samples = new Counter({
      name: "flambeau_ingest_samples_total",
      help: "Rows of acknowledged profiles, one per sample and profile type",
      labelNames: ["tenant"],
      registers,
    });
    this.#refused = new Counter({
      name: "flambeau_ingest_refused_total",
      help: "Pushes that were refused, by reason",
      labelNames: ["tenant", "reason"],
      registers,
    });
    this.#notes = new Counter({
      name: "flambeau_ingest_notes_total",
      help: "What was skipped or approximated while reading pushed profiles, by code",
      labelNames: ["code"],
      registers,
    });
    this.#gauges(sources);
  }

  request(route: string, status: number, seconds: number): void {
    this.#requests.inc({ route, status: String(status) });
    this.#seconds.observe({ route }, seconds);
  }

  received(tenant: string, bytes: number): void {
    this.#bytes.inc({ tenant: this.#tenant(tenant) }, bytes);
  }

  kept(
    tenant: string,
    format: string,
    samples: number,
    notes: readonly { readonly code: string; readonly count: number }[],
  ): void {
    this.#profiles.inc({ tenant: this.#tenant(tenant), format });
    this.#samples.inc({ tenant: this.#tenant(tenant) }, samples);
    for (const { code, count } of notes) this.#notes.inc({ code: this.#bounded(this.#codes, code) }, count);
  }

  refused(tenant: string, reason: string): void {
    this.#refused.inc({ tenant: this.#tenant(tenant), reason });
  }

  #tenant(tenant: string): string {
    return this.#bounded(this.#tenants, tenant);
  }

  #bounded(known: Set<string>, name: string): string {
    if (known.has(name)) return name;
    if (known.size >= MAX_TENANTS) return "(others)";
    known.add(name);
    return name;
  }

  #gauges(sources: GaugeSources): void {
    const gauge = (name: string, help: string, value: () => number): void => {
      const made: Gauge = new Gauge({
        name,
        help,
        registers: [this.registry],
        collect: () => made.set(value()),
      });
    };
    gauge("flambeau_journal_files", "Journal files that wait to be loaded", () => sources.journal().files);
    gauge("flambeau_journal_bytes", "Bytes that wait to be loaded", () => sources.journal().bytes);
    gauge("flambeau_journal_rows", "Rows that wait to be loaded", () => sources.journal().rows);
    gauge(
      "flambeau_journal_oldest_seconds",
      "Age of the oldest row that queries cannot see yet",
      () => sources.journal().oldest / 1000,
    );
    gauge("flambeau_requests_memory_bytes", "Memory set aside for requests in work", sources.memoryUsed);
    gauge("flambeau_requests_waiting", "Requests that wait for memory", sources.memoryWaiting);
    gauge("flambeau_decode_waiting", "Large profiles that wait for a thread", sources.decodeWaiting);
  }
}
