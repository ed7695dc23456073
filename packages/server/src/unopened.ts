import { FlambeauError } from "@flambeau/core";
import type { Config } from "./ops/schema.ts";

/** Node's and the engine's own words for an engine that is not there, or not for this platform. */
const NO_ENGINE: ReadonlySet<unknown> = new Set([
  "ERR_MODULE_NOT_FOUND",
  "MODULE_NOT_FOUND",
  "ERR_DLOPEN_FAILED",
  "CHDB_PLATFORM",
  "CHDB_ABI",
]);

const HINT =
  "It exists for Linux with glibc and for macOS. There: npm install chdb@3.4.0, without --omit=optional. Elsewhere " +
  "(Windows, Alpine), keep the profiles on a ClickHouse server: --store clickhouse://user:password@host:8123/flambeau.";

const SERVER_HINT =
  "The address is that of ClickHouse's HTTP interface: --store clickhouse://user:password@host:8123/database " +
  "(clickhouses:// and port 8443 with TLS). To see whether it answers: curl http://host:8123/ping.";

/** Says what to do where the store cannot be opened. */
export function unopened(cause: unknown, { store, data }: Pick<Config, "store" | "data">): unknown {
  if (!(cause instanceof Error) || cause instanceof FlambeauError) return cause;
  if (store === "embedded" && NO_ENGINE.has((cause as NodeJS.ErrnoException).code)) {
    const message = `the embedded engine (package chdb) cannot be loaded: ${cause.message}`;
    return new FlambeauError("unsupported", message, { hint: HINT, cause });
  }
  if (store === "embedded") {
    return new FlambeauError("io", `the store in ${data} cannot be opened: ${cause.message}`, { cause });
  }
  const message = `the store on ${hostOf(store)} cannot be opened: ${cause.message}`;
  return new FlambeauError("io", message, { hint: SERVER_HINT, cause });
}

/** Without the password. */
function hostOf(store: string): string {
  const host = URL.canParse(store) ? new URL(store).host : "";
  return host === "" ? "a ClickHouse server" : host;
}
