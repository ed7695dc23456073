import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** Firefox from the environment variable FIREFOX or the PATH; undefined where there is none. */
function findFirefox(): string | undefined {
  if (process.env.FIREFOX !== undefined) return process.env.FIREFOX;
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    for (const name of ["firefox-esr", "firefox"])
      if (folder !== "" && existsSync(join(folder, name))) return join(folder, name);
  }
  return undefined;
}

const path: string | undefined = findFirefox();

/** False where there is no Firefox: the tests are then skipped, and say so. */
export const haveFirefox: boolean = path !== undefined;

if (!haveFirefox) {
  console.warn("No Firefox (set FIREFOX, or put firefox or firefox-esr on the PATH): its tests are skipped.");
}

/** A Firefox driven over Marionette, the protocol that every Firefox has built in: no driver is needed. */
export interface Firefox {
  navigate(url: string): Promise<void>;
  /** Runs the body of a function in the page; `return` gives JSON back. */
  run<T>(script: string, ...args: unknown[]): Promise<T>;
  /** Runs the body of a function with the browser's own rights. */
  runPrivileged<T>(script: string): Promise<T>;
  close(): Promise<void>;
}

const START_MS = 40_000;

export async function launchFirefox(): Promise<Firefox> {
  const profile = mkdtempSync(join(tmpdir(), "flambeau-firefox-"));
  const port = await freePort();
  writeFileSync(join(profile, "user.js"), preferences(port));
  const child = spawn(path!, ["--headless", "--marionette", "--no-remote", "--profile", profile], {
    stdio: "ignore",
    env: { ...process.env, MOZ_HEADLESS: "1" },
  });
  const wire = new Wire(await connected(port, child));
  await wire.greeting;
  await wire.send("WebDriver:NewSession", { capabilities: {} });
  const execute = async <T>(script: string, args: unknown[]): Promise<T> =>
    (await wire.send<{ value: T }>("WebDriver:ExecuteScript", { script, args })).value;
  return {
    navigate: async (url) => void (await wire.send("WebDriver:Navigate", { url })),
    run: (script, ...args) => execute(script, args),
    runPrivileged: async <T>(script: string) => {
      await wire.send("Marionette:SetContext", { value: "chrome" });
      try {
        return await execute<T>(script, []);
      } finally {
        await wire.send("Marionette:SetContext", { value: "content" });
      }
    },
    close: async () => {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      wire.end();
      child.kill();
      await ended;
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** Nothing goes to the network by itself: everything that tries goes to a proxy that is not there. */
function preferences(port: number): string {
  const values = {
    "marionette.port": port,
    "network.proxy.type": 1,
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 9,
    "app.update.enabled": false,
    "browser.shell.checkDefaultBrowser": false,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": false,
    "toolkit.telemetry.enabled": false,
  };
  return Object.entries(values)
    .map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`)
    .join("");
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

async function connected(port: number, child: ChildProcess): Promise<Socket> {
  for (const start = Date.now(); Date.now() - start < START_MS; ) {
    if (child.exitCode !== null) throw new Error(`Firefox ended with exit code ${child.exitCode}`);
    const socket = await new Promise<Socket | undefined>((resolve) => {
      const attempt = connect(port, "127.0.0.1", () => resolve(attempt));
      attempt.once("error", () => resolve(undefined));
    });
    if (socket !== undefined) return socket;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  child.kill();
  throw new Error("Firefox does not answer");
}

type Message = [type: number, id: number, error: { message: string } | null, result: unknown];

/** Marionette's messages: `LENGTH:JSON`, a greeting first, then `[0, id, command, parameters]` and their answers. */
class Wire {
  readonly #socket: Socket;
  readonly #pending = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  #received: Buffer = Buffer.alloc(0);
  #next = 1;
  #greeted: () => void = () => {};
  readonly greeting: Promise<void> = new Promise((resolve) => {
    this.#greeted = resolve;
  });

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (data: Buffer) => this.#take(data));
    socket.on("error", () => {});
  }

  send<T>(command: string, parameters: object): Promise<T> {
    const id = this.#next++;
    const text = JSON.stringify([0, id, command, parameters]);
    return new Promise<T>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#socket.write(`${Buffer.byteLength(text)}:${text}`);
    });
  }

  end(): void {
    this.#socket.destroy();
  }

  #take(data: Buffer): void {
    this.#received = Buffer.concat([this.#received, data]);
    for (;;) {
      const colon = this.#received.indexOf(":");
      if (colon < 0) return;
      const end = colon + 1 + Number(this.#received.toString("latin1", 0, colon));
      if (this.#received.length < end) return;
      this.#message(JSON.parse(this.#received.toString("utf8", colon + 1, end)) as Message | object);
      this.#received = this.#received.subarray(end);
    }
  }

  #message(message: Message | object): void {
    if (!Array.isArray(message)) {
      this.#greeted();
      return;
    }
    const [, id, error, result] = message as Message;
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (error === null) pending?.resolve(result as never);
    else pending?.reject(new Error(error.message));
  }
}
