import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Downloads stay here between runs. */
const cache = process.env.FLAMBEAU_INTEROP_CACHE ?? join(homedir(), ".cache", "flambeau-interop");

/** One client: how it is prepared (compilers, downloads) and run. */
export interface Client {
  /** Folder of `clients/`, and of the cache. */
  readonly name: string;
  /** Programs that must be there. */
  readonly tools: readonly string[];
  /** Fetches and builds; throws where a registry cannot be reached. Skipped where `built` exists. */
  prepare(run: Run): Promise<unknown>;
  readonly built: string;
  run(run: Run, url: string): Promise<unknown>;
}

/** Runs a program in the client's folder; fails with its output. */
export type Run = (
  program: string,
  args: readonly string[],
  env?: Readonly<Record<string, string>>,
) => Promise<string>;

/** Folder of a client in the cache, with its sources brought up to date. */
function folderOf({ name }: Client): string {
  const folder = join(cache, name);
  mkdirSync(folder, { recursive: true });
  cpSync(fileURLToPath(new URL(`clients/${name}`, import.meta.url)), folder, { recursive: true });
  return folder;
}

function runner(folder: string): Run {
  return (program, args, env = {}) =>
    new Promise((resolve, reject) => {
      const child = spawn(program, args, {
        cwd: folder,
        env: { ...process.env, ...env },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let output = "";
      for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (chunk: Buffer) => {
          output += chunk.toString();
        });
      }
      const timer = setTimeout(() => child.kill("SIGKILL"), 400_000);
      child.on("error", reject);
      child.on("close", (code) => {
        clearTimeout(timer);
        if (code === 0) resolve(output);
        else reject(new Error(`${program} ${args.join(" ")} ended with ${code}:\n${output.slice(-4000)}`));
      });
    });
}

/** Makes a client ready to run; why it cannot be had, where it cannot. */
export async function prepared(
  client: Client,
): Promise<{ run(url: string): Promise<unknown> } | { missing: string }> {
  const folder = folderOf(client);
  const run = runner(folder);
  for (const tool of client.tools) {
    const found = await run("sh", ["-c", `command -v ${tool}`]).catch(() => undefined);
    if (found === undefined) return { missing: `${tool} is not installed` };
  }
  if (!existsSync(join(folder, client.built))) {
    try {
      await client.prepare(run);
    } catch (error) {
      if (process.env.FLAMBEAU_INTEROP_STRICT === "1") throw error;
      return { missing: (error as Error).message };
    }
  }
  return { run: (url) => client.run(run, url) };
}
