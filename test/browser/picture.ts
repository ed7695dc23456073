import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright";
import { afterAll, afterEach, beforeAll, describe, expect } from "vitest";
import { MemorySink, renderSvg, type SvgOptions } from "../../packages/core/src/index.ts";
import { type FoldedTreeOptions, foldedTree } from "../support/folded-tree.ts";
import { haveChromium, launchChromium } from "./chromium.ts";

export const SMALL = `main;parse;lex 30
main;parse;Malloc 10
main;run;loop;malloc 20
main;run;loop 30
main;run;exit 10`;

export let browser: Browser;
export let folder: string;
export let page: Page;
let problems: string[];
let requests: string[];

export async function open(
  folded: string,
  options: SvgOptions = {},
  tree: FoldedTreeOptions = {},
  view: { dark?: boolean; query?: string; wrap?: (url: string) => string } = {},
): Promise<void> {
  const sink = new MemorySink();
  await renderSvg(
    foldedTree(folded, tree),
    { invertedTree: foldedTree(folded, { ...tree, inverted: true }), ...options },
    sink,
  );
  const file = join(folder, "graph.svg");
  writeFileSync(file, sink.bytes());
  await openFile(file, view);
}

export async function openFile(file: string, view: { dark?: boolean; query?: string } = {}): Promise<void> {
  page = await browser.newPage({
    viewport: { width: 1240, height: 800 },
    colorScheme: view.dark === true ? "dark" : "light",
  });
  problems = [];
  requests = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => problems.push(message.text()));
  page.on("dialog", (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(`${pathToFileURL(file).href}${view.query ?? ""}`);
}

/** The page of a browser that runs no scripts; the others of the browser still do. */
export async function openWithoutScript(file: string): Promise<void> {
  const context = await browser.newContext({ javaScriptEnabled: false });
  page = await context.newPage();
  await page.goto(pathToFileURL(file).href);
}

export interface Box {
  name: string;
  x: number;
  width: number;
  y: number;
  label: string;
  classes: string;
}

/** The frames that can be seen, in the order of the file. */
export function boxes(): Promise<Box[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll("g.f:not([display]) > :not([display])")].map((group) => {
      const rect = group.querySelector("rect")!;
      return {
        name: (group.querySelector("title")?.textContent ?? "").replace(/ \([^(]*\)$/, ""),
        x: Number(rect.getAttribute("x")),
        width: Number(rect.getAttribute("width")),
        y: Number(rect.getAttribute("y")),
        label: group.querySelector("text")?.textContent ?? "",
        classes: group.getAttribute("class") ?? "",
      };
    }),
  );
}

export async function box(name: string): Promise<Box> {
  const found = (await boxes()).find((each) => each.name === name);
  if (found === undefined) throw new Error(`${name} is not to be seen`);
  return found;
}

/** A click with the real mouse on a frame. */
export async function click(name: string): Promise<void> {
  const { x, y, width } = await box(name);
  await page.mouse.click(x + width / 2, y + 8);
}

export const address = (): Promise<string> => page.evaluate(() => location.href);

export const text: (selector: string) => Promise<string> = (selector: string): Promise<string> =>
  page.evaluate((query) => document.querySelector(query)?.textContent ?? "", selector);

export async function search(term: string): Promise<string> {
  await page.fill("input#search", term);
  return text("#matched");
}

/** Tests of pictures in a real browser: after each, the page must have had no error and asked for nothing. */
export function describePictures(name: string, tests: () => void): void {
  describe.skipIf(!haveChromium)(name, () => {
    beforeAll(async () => {
      browser = await launchChromium();
      folder = mkdtempSync(join(tmpdir(), "flambeau-svg-"));
    });
    afterEach(async () => {
      expect(problems).toEqual([]);
      expect(requests.filter((url) => !/^(file|data):/.test(url))).toEqual([]);
      await page.close();
    });
    afterAll(async () => {
      await browser.close();
      rmSync(folder, { recursive: true });
    });

    tests();
  });
}
