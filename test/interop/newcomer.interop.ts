import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/server.ts";
import { prepared } from "./client.ts";
import { languages, snippetOf } from "./snippets.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const guide = readFileSync(join(root, "docs/server.md"), "utf8");

/** What npm would publish, installed into an empty folder; then each language's lines of docs/server.md. */
describe("a newcomer", () => {
  const folder = mkdtempSync(join(tmpdir(), "flambeau-newcomer-"));
  const home = join(folder, "home");
  const run = (program: string, args: readonly string[]): string =>
    execFileSync(program, args, { cwd: home, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  const flambeau = join(home, "node_modules/.bin/flambeau");
  const skipped: string[] = [];
  let server: ChildProcess;
  let url = "";

  beforeAll(async () => {
    mkdirSync(home);
    const packs = join(folder, "packs");
    mkdirSync(packs);
    execFileSync("npm", ["pack", "--workspaces", "--pack-destination", packs], { cwd: root, stdio: "pipe" });
    run("npm", ["init", "-y"]);
    try {
      run("npm", ["install", ...readdirSync(packs).map((name) => join(packs, name))]);
    } catch (error) {
      if (process.env.FLAMBEAU_INTEROP_STRICT === "1") throw error;
      skipped.push(`  all: ${(error as Error).message.slice(0, 500)}`);
      return;
    }
    server = spawn(flambeau, ["serve", "--listen", "127.0.0.1:0"], {
      cwd: home,
      stdio: ["ignore", "pipe", "inherit"],
    });
    url = await new Promise<string>((resolve, reject) => {
      let out = "";
      server.stdout!.on("data", (chunk: Buffer) => {
        out += chunk.toString();
        const found = /keeps profiles at (\S+)/.exec(out);
        if (found !== null) resolve(found[1]!);
      });
      server.on("exit", (code) => reject(new Error(`flambeau serve ended with ${code}`)));
    });
  }, 300_000);

  afterAll(async () => {
    const ended = new Promise((resolve) => server?.on("exit", resolve));
    if (server?.kill("SIGTERM") === true) await ended;
    rmSync(folder, { recursive: true, force: true });
    if (skipped.length > 0) console.warn(`${skipped.length} languages skipped:\n${skipped.join("\n")}`);
  });

  it.concurrent.each(languages.map((language) => [language.title, language] as const))(
    "gets %s going with the lines of the guide",
    async (title, language) => {
      if (url === "") return;
      const service = `guide-${title.toLowerCase()}`;
      const lines = snippetOf(guide, title)
        .replaceAll("http://localhost:4040", url)
        .replaceAll(/\bshop\b(?!\.jar)/g, service);
      const client = await prepared(language.client(lines));
      if ("missing" in client) {
        skipped.push(`  ${title}: ${client.missing.slice(0, 500)}`);
        return;
      }
      await client.run(url);
      const table = await eventually(
        async () => {
          try {
            return run(flambeau, ["query", service, "--table", "--server", url]);
          } catch {
            return "";
          }
        },
        (text) => text.includes("most self"),
      );
      expect(table).toMatch(/most self +[\d.]+% .*hot/);
    },
  );
});
