import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright";
import { afterAll, afterEach, beforeAll, describe, expect } from "vitest";
import { commandPath } from "../../support/command.ts";
import { haveChromium, launchChromium } from "../chromium.ts";

/** The built viewer. */
export const builtPages: string = fileURLToPath(
  new URL("../../../packages/viewer/dist/page/", import.meta.url),
);

export const EXAMPLE: string = fileURLToPath(
  new URL("../../../examples/compile.perf.txt.gz", import.meta.url),
);

export let browser: Browser;
export let page: Page;
export let folder: string;
let problems: string[];
let requests: string[];

/** Runs `flambeau ARGS` in the folder of the tests. */
export function flambeau(...args: string[]): string {
  return execFileSync(process.execPath, [commandPath, ...args], { cwd: folder, encoding: "utf8" });
}

export interface ServedViewer {
  readonly url: string;
  readonly child: ChildProcess;
}

const serving: ChildProcess[] = [];

/** Starts `flambeau ARGS --no-open` and waits until it says where the viewer is. */
export async function serveViewer(...args: string[]): Promise<ServedViewer> {
  const child = spawn(process.execPath, [commandPath, ...args, "--no-open"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "ignore"],
  });
  serving.push(child);
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout!.once("data", (data: Buffer) => resolve(String(data).trim()));
    child.once("exit", (code) => reject(new Error(`it ended with ${code}`)));
  });
  return { url, child };
}

export function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

interface Opening {
  /** Default: the network is off, as far as the browser is concerned. */
  readonly online?: boolean;
  readonly dark?: boolean;
  readonly hash?: string;
  /** Runs in the page before anything of it. */
  readonly before?: () => void;
  readonly width?: number;
  readonly height?: number;
}

/** Opens a file or an address in a page of its own. */
export async function open(target: string, options: Opening = {}): Promise<void> {
  const context = await browser.newContext({
    offline: options.online !== true,
    viewport: { width: options.width ?? 1280, height: options.height ?? 800 },
    colorScheme: options.dark === true ? "dark" : "light",
    reducedMotion: "reduce",
    acceptDownloads: true,
  });
  page = await context.newPage();
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
  // A policy that is broken is told in the page, not always on the console.
  await page.addInitScript(() => {
    const list: string[] = [];
    Object.assign(globalThis, { policyBreaches: list });
    document.addEventListener("securitypolicyviolation", (event) => {
      list.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`);
    });
  });
  if (options.before !== undefined) await page.addInitScript(options.before);
  const address = /^https?:/.test(target) ? target : pathToFileURL(target).href;
  await page.goto(address + (options.hash ?? ""));
}

/** Where the page broke its policy so far, taken: for tests that do so on purpose. */
export async function takeBreaches(): Promise<string[]> {
  // They are told in a task of their own.
  await page.evaluate(() => new Promise((done) => setTimeout(done, 50)));
  return page.evaluate(() =>
    (globalThis as unknown as { policyBreaches: string[] }).policyBreaches.splice(0),
  );
}

/** Messages that the page has to answer for so far, taken: for tests that provoke some. */
export function takeProblems(): string[] {
  return problems.splice(0);
}

interface GraphElement extends Element {
  readonly graph: { readonly length: number; readonly total: Float64Array } | null;
}

/** Waits until a graph is on the screen; answers its rectangles and the weight of its root. */
export async function shownGraph(): Promise<{ length: number; total: number }> {
  await page.waitForFunction(() => (document.querySelector("flame-graph") as GraphElement | null)?.graph);
  return page.evaluate(() => {
    const { length, total } = (document.querySelector("flame-graph") as GraphElement).graph!;
    return { length, total: total[0]! };
  });
}

/** Function, self and total of the first rows of the table. */
export async function table(): Promise<string[]> {
  await page.getByRole("button", { name: "Table", exact: true }).click();
  await page.getByRole("gridcell").first().waitFor();
  return page
    .getByRole("row")
    .evaluateAll((rows) => rows.map((row) => (row as HTMLElement).innerText.replace(/\s+/g, " ")));
}

/** Tests of pages from files: after each, no error, no broken policy, no request but for the file itself. */
export function describeFiles(name: string, tests: () => void): void {
  describe.skipIf(!haveChromium)(name, () => {
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "flambeau-file-"));
      browser = await launchChromium();
    });
    afterEach(async () => {
      if (page !== undefined && !page.isClosed()) {
        expect(await takeBreaches()).toEqual([]);
        await page.context().close();
      }
      expect(problems).toEqual([]);
      expect(
        requests.filter(
          (url) =>
            !/^(?:file|data|blob|http:\/\/127\.0\.0\.1):/.test(url) && !url.startsWith("http://127.0.0.1:"),
        ),
      ).toEqual([]);
      for (const child of serving.splice(0)) child.kill();
    });
    afterAll(async () => {
      await browser.close();
      rmSync(folder, { recursive: true });
    });

    tests();
  });
}

/** Addresses that the page has asked for. */
export function asked(): readonly string[] {
  return requests;
}
