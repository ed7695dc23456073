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
  options: {
    dark?: boolean;
    hash?: string;
    query?: string;
    width?: number;
    height?: number;
    /** Only for tools that have to be put into the page: axe-core. */
    bypassCSP?: boolean;
  } = {},
): Promise<void> {
  page = await browser.newPage({
    viewport: { width: options.width ?? 1280, height: options.height ?? 800 },
    colorScheme: options.dark === true ? "dark" : "light",
    reducedMotion: "reduce",
    acceptDownloads: true,
    bypassCSP: options.bypassCSP === true,
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

export const SMALL = `main;parse;lex 30
main;parse;malloc 10
main;run;loop;malloc 20
main;run;loop 30
main;run;exit 10`;

/** Waits until what was asked of the worker is shown. */
export async function settled(): Promise<void> {
  await page.waitForFunction(() => document.querySelector(".busy, .waiting") === null);
  await page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(() => resolve())));
      }),
  );
}

/** The viewer with a profile of folded stacks open. */
export async function openFolded(
  text: string = SMALL,
  options: Parameters<typeof openViewer>[0] = {},
): Promise<void> {
  await openViewer(options);
  await pick({ name: "small.folded", data: text });
  await page.waitForSelector(".status span");
  await settled();
}

/** Names of the graph's frames by row, each with its weight: `["all 100"], ["main 100"], …`. */
export function graphRows(selector = "flame-graph"): Promise<string[][]> {
  return page.evaluate((query) => {
    const { graph } = document.querySelector(query) as HTMLElement & { graph: GraphLike | null };
    if (graph === null) return [];
    const { levels, name, names, total } = graph;
    const decoder = new TextDecoder();
    const rows: string[][] = [];
    for (let level = 0; level + 1 < levels.length; level++) {
      const row: string[] = [];
      for (let rect = levels[level]!; rect < levels[level + 1]!; rect++) {
        const id = name[rect]!;
        const text = decoder.decode(names.bytes.subarray(names.offsets[id]!, names.offsets[id + 1]!));
        row.push(`${text === "" ? "all" : text} ${total[rect]}`);
      }
      rows.push(row);
    }
    return rows;
  }, selector);
}

/** The graph as the tests look at it. */
interface GraphLike {
  readonly levels: Int32Array;
  readonly x: Float64Array;
  readonly total: Float64Array;
  readonly name: Uint32Array;
  readonly names: { readonly bytes: Uint8Array; readonly offsets: Uint32Array };
}

/** The middle of the nth frame of a name, in an icicle or a chart. */
export function frameAt(wanted: string, nth = 0): Promise<{ x: number; y: number }> {
  return page.evaluate(
    ([text, count]) => {
      const element = document.querySelector("flame-graph") as HTMLElement & {
        graph: GraphLike;
        view: { from: number; to: number };
      };
      const { levels, name, names, total, x } = element.graph;
      const { from, to } = element.view;
      const box = element.shadowRoot!.querySelector(".pane canvas")!.getBoundingClientRect();
      const scroller = element.shadowRoot!.querySelector(".scroller");
      const axis = element.getAttribute("mode") === "chart" ? 22 : 0;
      const decoder = new TextDecoder();
      let left = count;
      for (let level = 0; level + 1 < levels.length; level++) {
        for (let rect = levels[level]!; rect < levels[level + 1]!; rect++) {
          const id = name[rect]!;
          const own = decoder.decode(names.bytes.subarray(names.offsets[id]!, names.offsets[id + 1]!));
          if ((own === "" ? "all" : own) !== text) continue;
          if (left-- > 0) continue;
          const middle = (x[rect]! + total[rect]! / 2 - from) / (to - from);
          return {
            x: box.left + middle * box.width,
            y: box.top + axis + (level + 0.5) * 18 - (scroller?.scrollTop ?? 0),
          };
        }
      }
      throw new Error(`no frame ${text}`);
    },
    [wanted, nth] as const,
  );
}

export async function clickFrame(
  name: string,
  options: { button?: "right"; count?: number; nth?: number } = {},
): Promise<void> {
  const { x, y } = await frameAt(name, options.nth);
  await page.mouse.click(x, y, { button: options.button ?? "left", clickCount: options.count ?? 1 });
  await settled();
}

/** A press on a button by its visible or accessible name. */
export async function press(name: string | RegExp, within = "body"): Promise<void> {
  await page
    .locator(within)
    .getByRole("button", { name, exact: typeof name === "string" })
    .first()
    .click();
  await settled();
}

/** Rows of the table that is shown, cells joined by " | ". */
export async function tableRows(label: string): Promise<string[]> {
  await settled();
  return page
    .getByRole("grid", { name: label })
    .locator(".row:not(.head)")
    .evaluateAll((rows) =>
      rows.map((row) => [...row.children].map((cell) => (cell as HTMLElement).innerText.trim()).join(" | ")),
    );
}

/** What a press makes the page hand out: name and bytes. */
export async function downloaded(action: () => Promise<unknown>): Promise<{ name: string; bytes: Buffer }> {
  const [download] = await Promise.all([page.waitForEvent("download"), action()]);
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}
