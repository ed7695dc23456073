import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Browser, Page } from "playwright";
import { afterAll, afterEach, beforeAll, describe, expect } from "vitest";
import { haveChromium, launchChromium } from "../chromium.ts";

export let browser: Browser;
export let page: Page;
/** The element with the helpers of entry.ts, as one script. */
export let script: string;
let problems: string[];
let requests: string[];

/** What a page is opened with. */
export interface OpenOptions {
  /** Attributes of the element, as in HTML. */
  readonly attributes?: string;
  /** Stacks to draw, see support/folded-tree.ts; or an expression that gives a graph. */
  readonly folded?: string;
  readonly tree?: object;
  readonly graph?: string;
  readonly width?: number;
  readonly height?: number;
  readonly dark?: boolean;
  readonly ratio?: number;
  readonly touch?: boolean;
  readonly motion?: boolean;
  readonly forcedColors?: boolean;
  /** More HTML before the element. */
  readonly before?: string;
}

export const SMALL = `main;parse;lex 30
main;parse;Malloc 10
main;run;loop;malloc 20
main;run;loop 30
main;run;exit 10`;

/** An empty page; problems and requests are watched. */
export async function openPage(html: string, options: OpenOptions = {}): Promise<void> {
  const context = await browser.newContext({
    viewport: { width: options.width ?? 800, height: options.height ?? 400 },
    colorScheme: options.dark === true ? "dark" : "light",
    deviceScaleFactor: options.ratio ?? 1,
    hasTouch: options.touch === true,
    reducedMotion: options.motion === true ? "no-preference" : "reduce",
    forcedColors: options.forcedColors === true ? "active" : "none",
  });
  page = await context.newPage();
  problems = [];
  requests = [];
  page.on("pageerror", (error) => problems.push(error.stack ?? error.message));
  page.on("console", (message) => problems.push(message.text()));
  page.on("dialog", (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => requests.push(request.url()));
  await page.setContent(html);
}

/** A page with one element that fills it, and events noted in `window.events`. */
export async function open(options: OpenOptions): Promise<void> {
  const style = "<style>body{margin:0}flame-graph{height:100vh}</style>";
  await openPage(
    `<!doctype html><html lang="en"><title>Test</title>${style}<main>${options.before ?? ""}<flame-graph ${options.attributes ?? ""}></flame-graph></main>`,
    options,
  );
  await page.addScriptTag({ content: script });
  await page.evaluate(
    ({ folded, tree, graph }) => {
      const element = document.querySelector("flame-graph")!;
      const events: unknown[] = [];
      Object.assign(window, { events });
      for (const type of ["select", "hover", "zoom", "search", "range", "menu"]) {
        document.addEventListener(`flame-graph-${type}`, (event) => {
          events.push([type, (event as CustomEvent).detail]);
        });
      }
      // biome-ignore lint/security/noGlobalEval: the tests' own expression
      if (graph !== undefined) element.graph = eval(graph);
      else if (folded !== undefined) element.tree = window.fixture.foldedTree(folded, tree);
    },
    { folded: options.folded, tree: options.tree, graph: options.graph },
  );
  await settled();
}

/** Waits until what was asked for is drawn. */
export async function settled(): Promise<void> {
  await page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(() => resolve())));
      }),
  );
}

/** Middle of a frame. */
export async function middle(path: string, nth = 0, pane = "main"): Promise<{ x: number; y: number }> {
  const box = await page.evaluate(([p, n, where]) => window.fixture.boxOf(p, n, where), [
    path,
    nth,
    pane,
  ] as const);
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** Details of the events of a type so far, oldest first; forgets all events. */
export async function events<T = Record<string, number>>(type: string): Promise<T[]> {
  const all = await page.evaluate(() => {
    const list = window.events.map(([name, detail]) => [name, JSON.parse(JSON.stringify(detail ?? null))]);
    window.events.length = 0;
    return list;
  });
  return all.filter(([name]) => name === type).map(([, detail]) => detail as T);
}

/** Path of a rectangle, or null. */
export function pathOf(rect: number | null | undefined): Promise<string | null> {
  return page.evaluate((at) => {
    const { graph } = document.querySelector("flame-graph")!;
    return at === null || at === undefined || at < 0 ? null : window.fixture.pathNames(graph!, at).join(";");
  }, rect);
}

/** The zoomed frame and how much of everything is seen, in parts of 1. */
export async function zoomed(): Promise<{ path: string | null; from: number; to: number }> {
  const { rect, from, to } = await page.evaluate(() => {
    const element = document.querySelector("flame-graph")!;
    const total = element.graph!.total[0]!;
    const { rect, from, to } = element.view;
    return { rect, from: from / total, to: to / total };
  });
  return { path: await pathOf(rect), from: round(from), to: round(to) };
}

export async function selected(): Promise<string | null> {
  return pathOf(await page.evaluate(() => document.querySelector("flame-graph")!.selected));
}

/** Text of the tooltip; empty where there is none. */
export function tooltip(): Promise<string> {
  return page.evaluate(() => {
    const node = document.querySelector("flame-graph")!.shadowRoot!.querySelector<HTMLElement>(".tooltip")!;
    return node.matches(":popover-open") ? node.innerText.replace(/\s+/g, " ").trim() : "";
  });
}

/** Colour of the picture at a point of the window: `r,g,b`. */
export function pixel(x: number, y: number): Promise<string> {
  return page.evaluate(
    ([px, py]) => {
      const canvas = document
        .querySelector("flame-graph")!
        .shadowRoot!.querySelector<HTMLCanvasElement>(".pane canvas")!;
      const { left, top, width } = canvas.getBoundingClientRect();
      const ratio = canvas.width / width;
      const copy = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
      const context = copy.getContext("2d")!;
      context.drawImage(canvas, -Math.floor((px - left) * ratio), -Math.floor((py - top) * ratio));
      return [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)].join();
    },
    [x, y] as const,
  );
}

const round = (value: number): number => Math.round(value * 1e6) / 1e6;

/** Tests of the element in a real browser: after each, the page must have had no error and asked for nothing. */
export function describeElement(name: string, tests: () => void): void {
  describe.skipIf(!haveChromium)(name, () => {
    beforeAll(async () => {
      const [built, launched] = await Promise.all([bundle("./entry.ts"), launchChromium()]);
      script = built;
      browser = launched;
    });
    afterEach(async () => {
      expect(problems).toEqual([]);
      expect(requests.filter((url) => !/^(data|blob):/.test(url))).toEqual([]);
      await page.context().close();
    });
    afterAll(() => browser.close());

    tests();
  });
}

/** A file of this folder with all it imports, as one script. */
export async function bundle(file: string): Promise<string> {
  const result = await build({
    entryPoints: [fileURLToPath(new URL(file, import.meta.url))],
    bundle: true,
    write: false,
    format: "iife",
    target: "es2022",
    conditions: ["source"],
    logLevel: "error",
    define: { "process.env.NODE_ENV": '"production"' },
  });
  return result.outputFiles[0]!.text;
}

declare global {
  interface Window {
    events: [string, unknown][];
    fixture: {
      foldedTree(folded: string, options?: object): import("../../../packages/core/src/index.ts").FlameTree;
      boxOf(
        path: string,
        nth?: number,
        pane?: string,
      ): { x: number; y: number; width: number; height: number };
      rectOf(graph: import("../../../packages/viewer/src/graph/index.ts").LevelGraph, path: string): number;
      pathNames(
        graph: import("../../../packages/viewer/src/graph/index.ts").LevelGraph,
        rect: number,
      ): string[];
    };
  }
}
