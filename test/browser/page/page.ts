import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Browser, Page } from "playwright";
import { afterAll, afterEach, beforeAll, describe, expect } from "vitest";
import { haveChromium, launchChromium } from "../chromium.ts";

const viewer = fileURLToPath(new URL("../../../packages/viewer/src", import.meta.url));

export let browser: Browser;
export let page: Page;
/** Files that the tests' server hands out besides the page. */
export const served: Map<string, Uint8Array | string> = new Map();
let folder: string;
let server: Server;
let origin: string;
let problems: string[];
let requests: string[];

const CSP =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; connect-src 'self'; " +
  "img-src data: blob:; style-src 'self'; require-trusted-types-for 'script'";

/** The script of the host page: what every host page of the viewer does. */
const HOST = `import { startApp } from ${JSON.stringify(join(viewer, "app/main.ts"))};
const policy = globalThis.trustedTypes?.createPolicy("flambeau", { createScriptURL: (url) => url });
const worker = "/worker.js";
startApp(document.getElementById("app"), {
  createWorker: () => new Worker(policy?.createScriptURL(worker) ?? worker, { type: "module" }),
  ...globalThis.flambeauOptions,
});`;

async function bundle(): Promise<void> {
  writeFileSync(join(folder, "host.ts"), HOST);
  await build({
    entryPoints: { app: join(folder, "host.ts"), worker: join(viewer, "data/worker.ts") },
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2023",
    conditions: ["source"],
    jsx: "automatic",
    jsxImportSource: "preact",
    outdir: folder,
    nodePaths: [fileURLToPath(new URL("../../../node_modules", import.meta.url))],
    logLevel: "error",
  });
}

function serve(): Promise<void> {
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Flambeau</title>
<meta name="viewport" content="width=device-width"></head><body><div id="app"></div>
<script type="module" src="/app.js"></script></body></html>`;
  server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    const script = path === "/app.js" || path === "/worker.js";
    const file = served.get(path);
    if (path === "/") {
      response.setHeader("content-security-policy", CSP);
      response.setHeader("content-type", "text/html");
      response.end(html);
    } else if (script) {
      response.setHeader("content-type", "text/javascript");
      response.end(readFileSync(join(folder, path)));
    } else if (file !== undefined) {
      response.end(file);
    } else {
      response.statusCode = 404;
      response.end();
    }
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      resolve();
    });
  });
}

/** A new page of the viewer; `hash` and `query` come into its address. */
export async function openViewer(
  options: { dark?: boolean; hash?: string; query?: string; width?: number; height?: number } = {},
): Promise<void> {
  page = await browser.newPage({
    viewport: { width: options.width ?? 1280, height: options.height ?? 800 },
    colorScheme: options.dark === true ? "dark" : "light",
    reducedMotion: "reduce",
    acceptDownloads: true,
  });
  problems = [];
  requests = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") problems.push(message.text());
  });
  page.on("dialog", (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(`${origin}/${options.query ?? ""}${options.hash ?? ""}`);
}

/** Hands files to the page's file picker. */
export async function pick(...files: { name: string; data: Uint8Array | string }[]): Promise<void> {
  await page
    .locator('input[type="file"]')
    .first()
    .setInputFiles(
      files.map(({ name, data }) => ({
        name,
        mimeType: "application/octet-stream",
        buffer: Buffer.from(data),
      })),
    );
}

/** Drops files on the page. */
export async function drop(...files: { name: string; text: string }[]): Promise<void> {
  const transfer = await page.evaluateHandle((list) => {
    const data = new DataTransfer();
    for (const { name, text } of list) data.items.add(new File([text], name));
    return data;
  }, files);
  await page.dispatchEvent("body", "dragover", { dataTransfer: transfer });
  await page.dispatchEvent("body", "drop", { dataTransfer: transfer });
}

/** Messages that the page has to answer for so far, taken: for tests that provoke some. */
export function takeProblems(): string[] {
  return problems.splice(0);
}

/** Tests of the page in a real browser: after each, the page must have had no error and no foreign request. */
export function describePage(name: string, tests: () => void): void {
  describe.skipIf(!haveChromium)(name, () => {
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "flambeau-page-"));
      await bundle();
      await serve();
      browser = await launchChromium();
    });
    afterEach(async () => {
      expect(problems).toEqual([]);
      expect(requests.filter((url) => !url.startsWith(origin) && !/^(data|blob):/.test(url))).toEqual([]);
      await page.close();
    });
    afterAll(async () => {
      await browser.close();
      server.close();
      rmSync(folder, { recursive: true });
    });

    tests();
  });
}
