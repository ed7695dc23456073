import type { Log } from "./log.ts";

/** For how many days data is kept. */
export interface Retention {
  readonly days: number;
  /** Tenants that differ. */
  readonly tenants?: ReadonlyMap<string, number>;
}

/** How a store is opened. Only `directory` is needed. */
export interface StoreOptions {
  /** For the journal, and for the data of the embedded engine. Belongs to one process at a time. */
  readonly directory: string;
  /**
   * `clickhouse://user:password@host:8123/database?cluster=name`, `clickhouses://` for TLS; default: the embedded
   * engine.
   */
  readonly server?: string;
  /** Default: 30 days. */
  readonly retention?: Retention;
  /** Queries at the same time; default 4. The embedded engine needs UV_THREADPOOL_SIZE of 3 more. */
  readonly sessions?: number;
  /** Milliseconds that an acknowledgement may wait for others; default 200. */
  readonly commitInterval?: number;
  /**
   * Milliseconds from one load of the journal into the engine to the next; default 750. Sooner where many rows wait, or
   * someone waits for them.
   */
  readonly loadInterval?: number;
  /** Bytes that may wait to be loaded before writes are refused; default 1 GiB. */
  readonly journalBytes?: number;
  /** Bytes to leave free on the disk; default 512 MiB. */
  readonly reserveBytes?: number;
  readonly log?: Log;
}

/** Days that stand for "for ever": dates must stay within 32 bits of seconds. */
const MOST_DAYS = 20_000;

/** Days to keep the data of a tenant. */
export function daysOf(retention: Retention | undefined, tenant: string): number {
  const days = retention?.tenants?.get(tenant) ?? retention?.days ?? 30;
  return Math.min(Math.max(Math.round(days), 1), MOST_DAYS);
}

/** The parts of a server's address. */
export interface ServerAddress {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly database: string;
  readonly cluster: string | undefined;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** @throws Error that says what is wrong with the address, without repeating its password */
export function parseServer(server: string): ServerAddress {
  if (!URL.canParse(server))
    throw new Error("the store's address is not a URL: clickhouse://host:8123/database");
  const url = new URL(server);
  const secure = url.protocol === "clickhouses:" || url.protocol === "https:";
  if (!secure && url.protocol !== "clickhouse:" && url.protocol !== "http:") {
    throw new Error(
      `the store's address starts with ${url.protocol}//; it must be clickhouse:// or clickhouses://`,
    );
  }
  if (url.hostname === "") throw new Error("the store's address names no host");
  const database = url.pathname.replace(/^\//, "") || "flambeau";
  const cluster = url.searchParams.get("cluster") ?? undefined;
  if (!NAME.test(database)) throw new Error(`${JSON.stringify(database)} cannot be a database's name`);
  return {
    url: `${secure ? "https" : "http"}://${url.hostname}:${url.port || (secure ? "8443" : "8123")}`,
    username: decodeURIComponent(url.username) || "default",
    password: decodeURIComponent(url.password),
    database,
    cluster,
  };
}
