import { FlambeauError } from "@flambeau/core";
import type { RunningServer } from "@flambeau/server";
import type { Command } from "commander";
import { openOutput } from "../io/sink.ts";
import { say } from "../report/terminal.ts";
import { asOurs } from "../server/errors.ts";
import { type CommandModule, newCommand, withExamples } from "./command.ts";

interface Values {
  readonly config?: string;
  readonly quiet?: true;
  readonly restore?: string;
  readonly [setting: string]: unknown;
}

export const serve: CommandModule = {
  create(): Command {
    const command = newCommand(
      "flambeau serve",
      "Keeps profiles: takes what Pyroscope's SDKs and OpenTelemetry's profilers push, and answers Grafana.",
    )
      .option("--listen <address>", "host:port, or a port of this machine (default: 127.0.0.1:4040)")
      .option("--data <folder>", "where profiles are kept (default: ./flambeau-data)")
      .option(
        "--store <address>",
        "a ClickHouse server instead: clickhouse://user:password@host:8123/database",
      )
      .option("--config <file>", "settings as YAML; flags and FLAMBEAU_… win over it")
      .option("--otlp-grpc <address>", "a second port for OTLP by gRPC (usual: 4317)")
      .option("--otlp-http <address>", "a second port for OTLP by HTTP (usual: 4318)")
      .option("--metrics-listen <address>", "a port of its own for /metrics, without tokens")
      .option("--base-path <path>", "path in front of everything, where a proxy adds one")
      .option(
        "--insecure-no-auth",
        "let other machines in without tokens: everybody may read, push and delete",
      )
      .option("--self-profile", "profile this server, too, as service flambeau")
      .option("--restore <backup>", "begin with a backup, in a data folder that is empty or missing")
      .option("--log-level <level>", "trace, debug, info, warn, error or silent (default: info)")
      .option("-q, --quiet", "do not say where the server is")
      .action(run);
    return withExamples(
      command,
      `flambeau serve
       flambeau serve --listen 0.0.0.0:4040 --data /var/lib/flambeau --config flambeau.yaml
       FLAMBEAU_TOKEN=$(openssl rand -hex 24) flambeau serve --listen :4040
       flambeau serve --otlp-grpc 4317 --otlp-http 4318`,
    );
  },
};

async function run({ config: file, quiet, restore, ...flags }: Values): Promise<void> {
  const server = await start(file, flags, restore);
  if (quiet !== true) await greet(server);
  const signal = await stopSignal();
  say(`flambeau: ${signal}: stopping`);
  await server.close().catch(asOurs);
}

async function start(
  file: string | undefined,
  flags: Record<string, unknown>,
  restore: string | undefined,
): Promise<RunningServer> {
  const { loadConfig, serve: startServer } = await loadServer();
  try {
    return await startServer(loadConfig(file, process.env, flags), restore);
  } catch (error) {
    return asOurs(error);
  }
}

/** The server is a package of its own, with a database in it: whoever only draws pictures needs neither. */
async function loadServer(): Promise<typeof import("@flambeau/server")> {
  try {
    return await import("@flambeau/server");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw cause;
    throw new FlambeauError("unsupported", `the server cannot be loaded: ${(cause as Error).message}`, {
      hint: "Install it beside this command: npm install @flambeau/server.",
      cause,
    });
  }
}

async function greet({ url, more }: RunningServer): Promise<void> {
  const lines = [
    `Flambeau keeps profiles at ${[url, ...more].join(", ")}`,
    "  push      any Pyroscope SDK or OTLP profiler with this address, or: flambeau push FILE --service NAME",
    "  look      flambeau query NAME, or Grafana with a Pyroscope data source at this address",
  ];
  await openOutput("-").write(new TextEncoder().encode(`${lines.join("\n")}\n`));
}

/** Waits for the signal to stop; a second one ends the process at once. */
function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.on(signal, () => {
        if (asked) process.exit(signal === "SIGINT" ? 130 : 143);
        asked = true;
        resolve(signal);
      });
    }
  });
}
