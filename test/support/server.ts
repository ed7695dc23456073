import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const bin = fileURLToPath(new URL("../../packages/cli/bin/flambeau.cjs", import.meta.url));

/** True where the embedded engine is installed: it is an optional package. */
export const hasEngine: boolean = (() => {
  try {
    return existsSync(createRequire(import.meta.url).resolve("chdb/package.json"));
  } catch {
    return false;
  }
})();

/** A real `flambeau serve` in a process of its own, with an embedded store in a folder of its own. */
export class TestServer {
  readonly url: string;
  /** All addresses, the first one included. */
  readonly urls: readonly string[];
  readonly data: string;
  readonly #child: ChildProcess;
  readonly #log: () => string;

  private constructor(child: ChildProcess, urls: readonly string[], data: string, log: () => string) {
    this.#child = child;
    this.urls = urls;
    this.url = urls[0]!;
    this.data = data;
    this.#log = log;
  }

  /** Starts it on a free port; `data` to open the folder of another one again. */
  static async start(
    args: readonly string[] = [],
    {
      env = {},
      data = mkdtempSync(join(tmpdir(), "flambeau-test-")),
    }: { env?: Record<string, string>; data?: string } = {},
  ): Promise<TestServer> {
    const own = ["serve", "--listen", "127.0.0.1:0", "--data", data, "--log-level", "info"];
    const child = spawn(process.execPath, [bin, ...own, ...args], {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let out = "";
    let log = "";
    child.stderr!.on("data", (chunk: Buffer) => {
      log += chunk.toString();
    });
    const urls = await new Promise<string[]>((resolve, reject) => {
      child.stdout!.on("data", (chunk: Buffer) => {
        out += chunk.toString();
        const match = /keeps profiles at (.*)\n/.exec(out);
        if (match !== null) resolve(match[1]!.split(", "));
      });
      child.on("exit", (code) => reject(new Error(`flambeau serve ended with ${code}: ${log}`)));
    });
    return new TestServer(child, urls, data, () => log);
  }

  /** Process id, for what looks at it from outside. */
  get pid(): number {
    return this.#child.pid!;
  }

  /** What it logged so far. */
  get log(): string {
    return this.#log();
  }

  /** Ends it as an operator does; the exit code. */
  stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<number | null> {
    return new Promise((resolve) => {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null)
        return resolve(this.#child.exitCode);
      this.#child.on("exit", (code) => resolve(code));
      this.#child.kill(signal);
    });
  }

  /** Ends it and deletes its data. */
  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.data, { recursive: true, force: true });
  }

  /** A call of the query service in Connect's JSON. */
  async query<T = Record<string, unknown>>(
    method: string,
    request: object,
    headers: Record<string, string> = {},
  ): Promise<T> {
    const response = await fetch(`${this.url}/querier.v1.QuerierService/${method}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(request),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method}: ${response.status} ${text}`);
    return JSON.parse(text) as T;
  }

  /** Self weight by function of the last hour and the next ten minutes, the heaviest first. */
  async topFunctions(
    type: string,
    selector: string,
    { headers = {}, start = Date.now() - 3_600_000, end = Date.now() + 600_000 } = {},
  ): Promise<[name: string, self: number][]> {
    const { flamegraph } = await this.query<{
      flamegraph?: { names?: string[]; levels?: { values: string[] }[] };
    }>(
      "SelectMergeStacktraces",
      {
        profileTypeID: type,
        labelSelector: selector,
        start: String(start),
        end: String(end),
        maxNodes: "16384",
      },
      headers,
    );
    const names = flamegraph?.names ?? [];
    const self = new Map<string, number>();
    for (const { values } of flamegraph?.levels ?? []) {
      for (let i = 0; i + 3 < values.length; i += 4) {
        const weight = Number(values[i + 2]);
        const name = names[Number(values[i + 3])]!;
        if (weight > 0) self.set(name, (self.get(name) ?? 0) + weight);
      }
    }
    return [...self].sort((a, b) => b[1] - a[1]);
  }
}

/** Calls again until the answer fits, or throws what it last was. */
export async function eventually<T>(
  call: () => Promise<T>,
  fits: (value: T) => boolean,
  seconds = 15,
): Promise<T> {
  const until = Date.now() + seconds * 1000;
  for (;;) {
    let last: unknown;
    try {
      const value = await call();
      if (fits(value)) return value;
      last = value;
    } catch (error) {
      last = error;
    }
    if (Date.now() > until)
      throw new Error(`did not come true: ${last instanceof Error ? last.stack : JSON.stringify(last)}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
