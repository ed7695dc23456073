import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { WholeSeries } from "../../packages/server/src/store/store.ts";
import { letters } from "./letters.ts";

/** Whether the embedded engine is there: it is an optional dependency that some platforms lack. */
export const hasEngine: boolean = canResolve("chdb");
if (!hasEngine)
  console.warn("chdb is not installed: every test of the store that needs an engine is skipped");

function canResolve(name: string): boolean {
  const require = createRequire(new URL("../../packages/server/package.json", import.meta.url));
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** A folder for a test, and what removes it. */
export async function scratchFolder(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "flambeau-store-"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** An hour ago, on a full hour's tenth minute: safely within one hour and one day. */
export const RECENT: number = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 3_000_000;

export interface Push extends Partial<WholeSeries> {
  /** Milliseconds since the epoch; default {@link RECENT}. */
  readonly at?: number;
}

/** A profile as ingest hands it over, drawn as a picture. */
export function pushed(
  labels: Readonly<Record<string, string>>,
  picture: string,
  more: Push = {},
): WholeSeries {
  const { at = RECENT, ...rest } = more;
  return {
    tenant: "anonymous",
    type: "process_cpu:cpu:nanoseconds:cpu:nanoseconds",
    labels: Object.entries(labels)
      .map(([name, value]) => ({ name, value }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    start: BigInt(at) * 1_000_000n,
    duration: 10_000_000_000n,
    id: "",
    profile: letters(picture),
    valueType: 0,
    ...rest,
  };
}

/** A server that speaks ClickHouse's protocol. */
export interface ClickHouseServer {
  readonly url: string;
  readonly port: number;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
}

/** Starts the embedded engine behind HTTP, in a process of its own. */
export async function startServer(folder: string, port = 0): Promise<ClickHouseServer> {
  const script = fileURLToPath(new URL("./clickhouse-server.mjs", import.meta.url));
  const child = spawn(process.execPath, [script, folder, String(port)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(child.stdout!, "data")) as [Buffer];
  const bound = Number(line.toString());
  return { url: `clickhouse://127.0.0.1:${bound}/flambeau`, port: bound, kill: () => ended(child) };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}

/** A real ClickHouse server: FLAMBEAU_CLICKHOUSE_URL, or one started from a `clickhouse` binary on PATH. */
export async function realServer(folder: string): Promise<ClickHouseServer | undefined> {
  const given = process.env.FLAMBEAU_CLICKHOUSE_URL;
  if (given !== undefined) return { url: given, port: 0, kill: async () => undefined };
  if (spawnSync("clickhouse", ["--version"]).status !== 0) return undefined;
  const port = 20_000 + (process.pid % 20_000);
  const args = ["server", "--", `--path=${folder}/`, `--http_port=${port}`, "--tcp_port=0", "--mysql_port=0"];
  const child = spawn("clickhouse", args, { cwd: folder, stdio: "ignore" });
  for (let attempt = 0; attempt < 100; attempt++) {
    const answer = await fetch(`http://127.0.0.1:${port}/ping`).catch(() => undefined);
    if (answer?.ok) return { url: `clickhouse://127.0.0.1:${port}/flambeau`, port, kill: () => ended(child) };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await ended(child);
  throw new Error("the clickhouse binary on PATH did not start a server");
}
