import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { MemorySink, renderSvg, type SvgOptions } from "../../packages/core/src/index.ts";
import { type FoldedTreeOptions, foldedTree } from "../support/folded-tree.ts";
import { haveChromium, launchChromium } from "./chromium.ts";

const SMALL = `main;parse;lex 30
main;parse;Malloc 10
main;run;loop;malloc 20
main;run;loop 30
main;run;exit 10`;

/** Beside two wide frames, 500 leaves too narrow to draw; half of them are malloc in different callers. */
const NARROW = [
  "main;a 500000",
  "main;b;malloc 300000",
  ...Array.from({ length: 250 }, (_, i) => `main;tiny${i};malloc 4\nmain;little${i};free 4`),
].join("\n");

let browser: Browser;
let folder: string;
let page: Page;
let problems: string[];
let requests: string[];

async function open(
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

async function openFile(file: string, view: { dark?: boolean; query?: string } = {}): Promise<void> {
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

interface Box {
  name: string;
  x: number;
  width: number;
  y: number;
  label: string;
  classes: string;
}

/** The frames that can be seen, in the order of the file. */
function boxes(): Promise<Box[]> {
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

async function box(name: string): Promise<Box> {
  const found = (await boxes()).find((each) => each.name === name);
  if (found === undefined) throw new Error(`${name} is not to be seen`);
  return found;
}

/** A click with the real mouse on a frame. */
async function click(name: string): Promise<void> {
  const { x, y, width } = await box(name);
  await page.mouse.click(x + width / 2, y + 8);
}

const address = (): Promise<string> => page.evaluate(() => location.href);

const text = (selector: string): Promise<string> =>
  page.evaluate((query) => document.querySelector(query)?.textContent ?? "", selector);

async function search(term: string): Promise<string> {
  await page.fill("input#search", term);
  return text("#matched");
}

describe.skipIf(!haveChromium)("the SVG in Chromium", () => {
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

  test("a click zooms, ancestors stay dimmed at full width, the reset button goes back", async () => {
    await open(SMALL);
    const before = await boxes();
    await click("run");
    expect(await box("run")).toMatchObject({ x: 10, width: 1180 });
    expect(await box("main")).toMatchObject({ x: 10, width: 1180, classes: "a" });
    expect(await box("all")).toMatchObject({ x: 10, width: 1180, classes: "a" });
    expect((await boxes()).map(({ name }) => name)).toEqual(["all", "main", "run", "exit", "loop", "malloc"]);
    // run 60: exit 10 first, then loop 50, whose own 30 lie left of malloc 20.
    expect(await box("exit")).toMatchObject({ x: 10, width: 196.7 });
    expect(await box("malloc")).toMatchObject({ x: 796.7, width: 393.3, label: "malloc" });
    await page.mouse.click(40, 48);
    expect(await boxes()).toEqual(before);
  });

  test("a click on an ancestor zooms out to it; the breadcrumb does too", async () => {
    await open(SMALL);
    await click("loop");
    expect(await text("#crumbs")).toContain("run");
    await page.locator("#crumbs text.k", { hasText: "run" }).first().click();
    expect(await box("run")).toMatchObject({ width: 1180, classes: "" });
    await click("main");
    expect((await boxes()).map(({ name }) => name)).toContain("parse");
  });

  test("labels are fitted again when there is more room", async () => {
    await open("main;a_rather_long_function_name_that_does_not_fit_at_first 5\nmain;other 95");
    const name = "a_rather_long_function_name_that_does_not_fit_at_first";
    expect((await box(name)).label).toBe("a_rath..");
    await click(name);
    expect((await box(name)).label).toBe(name);
  });

  test("hovering tells the details", async () => {
    await open(SMALL);
    const { x, y } = await box("loop");
    await page.mouse.move(x + 5, y + 8);
    expect(await text("#details")).toBe("Function: loop (50 samples, 50.00%)");
    await page.mouse.move(5, 5);
    expect(await text("#details")).toBe("");
  });

  test("search marks frames and counts each sample once", async () => {
    await open(SMALL);
    expect(await search("loop|malloc")).toBe("Matched: 50.0%");
    expect((await boxes()).filter(({ classes }) => classes === "m").map(({ name }) => name)).toEqual([
      "loop",
      "malloc",
    ]);
    expect(await search("^main$")).toBe("Matched: 100%");
    expect(await search("samples")).toBe("Matched: 0.0%");
  });

  test("ignoring case, by key and by button", async () => {
    await open(SMALL);
    expect(await search("malloc")).toBe("Matched: 20.0%");
    await page.keyboard.press("Control+i");
    expect(await text("#matched")).toBe("Matched: 30.0%");
    await page.click("#ignorecase");
    expect(await text("#matched")).toBe("Matched: 20.0%");
  });

  test("the matched share is that of the zoomed frame, and still right for all", async () => {
    await open(SMALL);
    await search("malloc");
    await click("run");
    expect(await text("#matched")).toBe("Matched: 33.3% of this frame, 20.0% of all");
    await click("malloc");
    expect(await text("#matched")).toBe("Matched: 100% of this frame, 20.0% of all");
  });

  test("frames too narrow to draw are found, exactly where one name matches", async () => {
    await open(NARROW);
    const block = (await boxes()).find(({ name }) => name === "1,000 small frames")!;
    expect(block.width).toBeGreaterThan(1);
    // 300,000 drawn + 250 × 4 in the block, of 802,000.
    expect(await search("^malloc$")).toBe("Matched: 37.5%");
    expect((await box("1,000 small frames")).classes).toBe("s p");
    expect(await search("^free$")).toBe("Matched: 0.1%");
    // tiny5 and tiny50…59, tiny500 do not exist; each holds its malloc: between one name's weight and the sum.
    expect(await search("tiny")).toBe("Matched: 0.0\u20130.1%");
    // The block's parent matches: what is in the block is not counted again.
    expect(await search("main|free")).toBe("Matched: 100%");
  });

  test("an invalid pattern is said to be one", async () => {
    await open(SMALL);
    expect(await search("mall(")).toContain("Invalid regular expression");
    expect(await page.getAttribute("input#search", "aria-invalid")).toBe("true");
    expect(await search("malloc")).toBe("Matched: 20.0%");
    expect(await page.getAttribute("input#search", "aria-invalid")).toBe("false");
  });

  test("Ctrl-F goes to the search field, F3 and Shift-F3 through the matches, Escape ends it", async () => {
    await open(SMALL);
    await page.keyboard.press("Control+f");
    await page.keyboard.type("malloc|lex");
    const focused = (): Promise<string> => text(":focus title");
    await page.keyboard.press("F3");
    expect(await focused()).toContain("lex (");
    expect(await text("#matched")).toBe("1 of 2. Matched: 50.0%");
    await page.keyboard.press("F3");
    expect(await focused()).toContain("malloc (");
    await page.keyboard.press("F3");
    expect(await focused()).toContain("lex (");
    await page.keyboard.press("Shift+F3");
    expect(await focused()).toContain("malloc (");
    await page.keyboard.press("Escape");
    expect(await text("#matched")).toBe("");
    expect(await address()).not.toContain("s=");
  });

  test("arrow keys move between frames, Enter zooms, Escape resets", async () => {
    await open(SMALL);
    const focused = (): Promise<string> => text(":focus title");
    await page.evaluate(() => document.querySelector<SVGElement>("g.f > [tabindex]")!.focus());
    expect(await focused()).toContain("all (");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowUp");
    expect(await focused()).toContain("run (");
    await page.keyboard.press("ArrowLeft");
    expect(await focused()).toContain("parse (");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowUp");
    expect(await focused()).toContain("loop (");
    expect(await text("#details")).toContain("Function: loop");
    await page.keyboard.press("Enter");
    expect(await box("loop")).toMatchObject({ x: 10, width: 1180 });
    await page.keyboard.press("ArrowDown");
    expect(await focused()).toContain("run (");
    const outline = await page.evaluate(
      () => getComputedStyle(document.querySelector(":focus > rect")!).strokeWidth,
    );
    expect(outline).toBe("2px");
    await page.keyboard.press("Escape");
    expect((await box("loop")).width).toBe(590);
  });

  test("icicle and back: rows turn over, widths stay", async () => {
    await open(SMALL);
    const flame = await boxes();
    await page.click("#icicle");
    const icicle = await boxes();
    expect(icicle.map(({ x, width }) => [x, width])).toEqual(flame.map(({ x, width }) => [x, width]));
    expect((await box("all")).y).toBeLessThan((await box("malloc")).y);
    await page.evaluate(() => document.querySelector<SVGElement>("g.f > [tabindex]")!.focus());
    await page.keyboard.press("ArrowDown");
    expect(await text(":focus title")).toContain("main (");
    await page.click("#icicle");
    expect(await boxes()).toEqual(flame);
  });

  test("bottom-up shows leaves with their callers, and search agrees in both", async () => {
    await open(SMALL);
    await search("malloc");
    await page.click("#invert");
    expect(await box("malloc")).toMatchObject({ width: 236, label: "malloc" });
    expect((await box("malloc")).y).toBeLessThan((await box("all")).y);
    expect(await text("#matched")).toBe("Matched: 20.0%");
    await click("malloc");
    expect((await boxes()).map(({ name }) => name)).toEqual(["all", "malloc", "loop", "run", "main"]);
    await page.click("#invert");
    expect((await boxes()).map(({ name }) => name)).toContain("parse");
    expect(await text("#matched")).toBe("Matched: 20.0%");
  });

  test("a link restores zoom, search, case and view", async () => {
    await open(SMALL);
    await click("parse");
    await search("MALLOC");
    await page.click("#ignorecase");
    await page.click("#icicle");
    const before = await boxes();
    const url = await address();
    await page.reload();
    expect(await address()).toBe(url);
    expect(await boxes()).toEqual(before);
    expect(await text("#matched")).toBe("Matched: 25.0% of this frame, 30.0% of all");
    expect(await page.evaluate(() => document.querySelector<HTMLInputElement>("#search")!.value)).toBe(
      "MALLOC",
    );
    // The same link on a picture of other samples: the frame is found by its path.
    const { search: query } = new URL(url);
    await page.close();
    await open("main;parse;lex 7\nmain;zzz 900\nmain;aaa 30", {}, {}, { query });
    expect(await box("parse")).toMatchObject({ x: 10, width: 1180 });
  });

  test("dark by the system's wish, and by the button", async () => {
    await open(SMALL, {}, {}, { dark: true });
    const background = (): Promise<string> =>
      page.evaluate(() => getComputedStyle(document.querySelector("rect.bg")!).fill);
    expect(await background()).toBe("rgb(28, 29, 33)");
    await page.click("#theme");
    expect(await background()).toContain("#background");
    await page.click("#theme");
    expect(await background()).toBe("rgb(28, 29, 33)");
  });

  test("hostile names are text", async () => {
    const names = [
      "<script>alert(1)</script>",
      "]]><script>alert(2)</script>",
      "__proto__",
      "constructor",
      '"><img src=x onerror=alert(3)>',
      "&lt b&gt",
      "a\u0000b\u001b[31m",
      "\ud800lone",
      "</title></g></svg>",
      "--><!--",
      "javascript:alert(4)",
    ];
    const folded = names.map((name) => `main;${name} 10`).join("\n");
    const tiny = names.map((name) => `main;t;${name} 0.0001`).join("\n");
    await open(`${folded}\n${tiny}`, { title: "]]></script><script>alert(5)</script>", notes: "-->" });
    const shown = (await boxes()).map(({ name }) => name);
    for (const name of [
      "__proto__",
      "constructor",
      "<script>alert(1)</script>",
      "&lt b&gt",
      "</title></g></svg>",
    ]) {
      expect(shown).toContain(name);
    }
    expect(shown).toContain("a\u2400b\u241b[31m");
    expect(shown).toContain("\ufffdlone");
    expect(await search("__proto__")).toBe("Matched: 9.1%");
    expect(await page.evaluate(() => document.querySelectorAll("script").length)).toBe(1);
  });

  test("inlined into a page, under a content security policy that allows just its script and its style", async () => {
    await open(SMALL);
    const hashes = await page.evaluate(() =>
      Promise.all(
        ["script", "style"].map(async (name) => {
          const bytes = new TextEncoder().encode(document.querySelector(name)!.textContent ?? "");
          const digest = await crypto.subtle.digest("SHA-256", bytes);
          return btoa(String.fromCharCode(...new Uint8Array(digest)));
        }),
      ),
    );
    await page.close();
    const svg = readFileSync(join(folder, "graph.svg"), "utf8").replace(/^<\?xml[^>]*>/, "");
    const policy = `default-src 'none'; script-src 'sha256-${hashes[0]}'; style-src 'sha256-${hashes[1]}'`;
    const html = join(folder, "page.html");
    writeFileSync(
      html,
      `<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><body>${svg}`,
    );
    await openFile(html);
    expect(await search("malloc")).toBe("Matched: 20.0%");
    await page.evaluate(() =>
      document
        .querySelector("#frames > :nth-child(4)")!
        .dispatchEvent(new MouseEvent("click", { bubbles: true })),
    );
    expect(await text("#crumbs")).toContain("main");
  });

  test("without script it is the static picture, and nothing is offered that would not work", async () => {
    await open(SMALL);
    const drawn = await boxes();
    await page.close();
    const context = await browser.newContext({ javaScriptEnabled: false });
    page = await context.newPage();
    await page.goto(pathToFileURL(join(folder, "graph.svg")).href);
    expect(await boxes()).toEqual(drawn);
    expect(await page.locator("text.k, input").count()).toBe(0);
    expect(await page.locator("text", { hasText: "x is not time" }).count()).toBe(1);
    await page.close();
    await context.close();
    const html = join(folder, "page.html");
    writeFileSync(html, '<!doctype html><link rel="icon" href="data:,"><body><img src="graph.svg">');
    await openFile(html);
    expect(await page.evaluate(() => document.querySelector("img")!.naturalWidth)).toBe(1200);
  });

  test("a differential and a flame chart open too, with their blocks and legend", async () => {
    await open("m;a 10 20\nm;b 30 5\nm;c 0 7", {}, { width: "both" });
    expect(await text("#foot")).toContain("only in head");
    await click("c");
    expect(await text("#details")).toContain("only in head");
    await page.close();
    await open("m;z 500\nm;a 0.01\nm;b 0.01\nm;z 500", { minWidth: 0.00001 }, { ordered: true });
    expect((await boxes()).filter(({ name }) => name === "z")).toHaveLength(2);
    await click("z");
    const url = await address();
    await page.reload();
    expect(await address()).toBe(url);
    expect((await boxes()).filter(({ name, width }) => name === "z" && width === 1180)).toHaveLength(1);
  });

  test("stays usable with 20,000 frames", async () => {
    const lines = Array.from({ length: 5000 }, (_, i) => `main;g${i % 50};f${i};x${i};y${i} 1`);
    await open(lines.join("\n"));
    expect((await boxes()).length).toBeGreaterThan(15_000);
    await click("g7");
    expect(await box("g7")).toMatchObject({ x: 10, width: 1180 });
    expect((await boxes()).length).toBe(303);
    expect(await search("^x1")).toContain("of all");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    expect((await boxes()).length).toBeGreaterThan(15_000);
  });

  test("a picture higher than the window keeps the toolbar and the details in view", async () => {
    await open(`${Array.from({ length: 200 }, (_, i) => `f${i}`).join(";")} 10`);
    await page.evaluate(() => scrollTo(0, 1000));
    await page.waitForFunction(
      () => document.querySelector("#tools")?.getAttribute("transform") !== "translate(0 0)",
    );
    const tools = await page.evaluate(() => document.querySelector("#icicle")!.getBoundingClientRect().top);
    expect(tools).toBeGreaterThanOrEqual(0);
    expect(tools).toBeLessThan(100);
    const { y } = await page.evaluate(() => {
      const node = document.querySelector("#details")!;
      node.textContent = "x";
      return node.getBoundingClientRect().toJSON() as { y: number };
    });
    expect(y).toBeGreaterThan(600);
    expect(y).toBeLessThan(800);
  });

  const TALL = `${Array.from({ length: 200 }, (_, i) => `f${i}`).join(";")} 10\nf0;side 5`;
  /** Top of a frame in the window. */
  const topOf = (name: string): Promise<number> =>
    page.evaluate((wanted) => {
      const groups = [...document.querySelectorAll("g.f:not([display]) > *")];
      const found = groups.find((each) =>
        each.querySelector("title")?.textContent?.startsWith(`${wanted} (`),
      );
      return found!.querySelector("rect")!.getBoundingClientRect().top;
    }, name);
  const inView = async (name: string): Promise<boolean> => {
    const top = await topOf(name);
    return top >= 0 && top < 790;
  };

  test("a picture higher than the window opens at its root, and keeps it in view when it is turned", async () => {
    await open(TALL);
    expect(await inView("all")).toBe(true);
    expect(await inView("f199")).toBe(false);
    for (const button of ["icicle", "icicle", "invert", "invert"]) {
      await page.click(`#${button}`);
      expect([button, await inView("all")]).toEqual([button, true]);
    }
    await page.close();
    await open(TALL, { icicle: true });
    expect(await page.evaluate(() => scrollY)).toBe(0);
  });

  test("a link to a frame or to the other direction opens there", async () => {
    await open(TALL);
    await page.evaluate(() => scrollTo(0, 0));
    await click("f190");
    const zoomed = new URL(await address()).search;
    await page.close();
    await open(TALL, {}, {}, { query: zoomed });
    expect(await inView("f190")).toBe(true);
    expect(await inView("all")).toBe(false);
    await page.close();
    await open(TALL, {}, {}, { query: "?view=icicle" });
    expect(await page.evaluate(() => scrollY)).toBe(0);
    expect(await inView("all")).toBe(true);
  });

  test("inside another page it leaves the page where it is", async () => {
    await open(TALL);
    await page.close();
    const svg = readFileSync(join(folder, "graph.svg"), "utf8").replace(/^<\?xml.*\n/, "");
    const html = join(folder, "inline.html");
    writeFileSync(html, `<!doctype html><h1>Report</h1>${svg}<p>end</p>`);
    await openFile(html);
    expect(await page.evaluate(() => scrollY)).toBe(0);
    await page.click("#icicle");
    expect(await inView("all")).toBe(true);
  });

  test.each([1200, 700, 420, 320])("at a width of %i no control lies over another", async (width) => {
    await open(`${SMALL}\nmain;run;${"long".repeat(30)};leaf 5`, { width });
    await search("o");
    await click("main");
    const controls = await page.evaluate(() =>
      [...document.querySelectorAll("#tools text:not([display]), #tools input")].map((node) => {
        const { left, right, top, bottom } = node.getBoundingClientRect();
        return { text: node.firstChild?.nodeValue ?? "field", left, right, top: top + 3, bottom: bottom - 3 };
      }),
    );
    expect(controls.length).toBeGreaterThanOrEqual(9);
    for (const one of controls) {
      expect(one.left).toBeGreaterThanOrEqual(0);
      expect(one.right).toBeLessThanOrEqual(width);
      for (const other of controls) {
        const apart =
          one === other ||
          one.right <= other.left + 0.5 ||
          other.right <= one.left + 0.5 ||
          one.bottom <= other.top ||
          other.bottom <= one.top;
        expect([one.text, other.text, apart]).toEqual([one.text, other.text, true]);
      }
    }
  });

  test("Tab goes through the controls as they are read, then leaves", async () => {
    await open(SMALL);
    await search("o");
    await click("run");
    await page.evaluate(() => (document.activeElement as SVGElement | null)?.blur());
    const visited: string[] = [];
    await page.evaluate(() => document.querySelector<SVGElement>("g.f [tabindex]")!.focus());
    for (let i = 0; i < 11; i++) {
      await page.keyboard.press("Tab");
      visited.push(
        await page.evaluate(
          () => document.activeElement?.id || (document.activeElement?.firstChild?.nodeValue ?? ""),
        ),
      );
    }
    expect(visited).toEqual([
      "unzoom",
      "all",
      "main",
      "run",
      "icicle",
      "invert",
      "theme",
      "previous",
      "next",
      "ignorecase",
      "search",
    ]);
  });

  test("details are cut before they run into the result of a search", async () => {
    await open(`main;${"wide_".repeat(60)} 90\nmain;b 10`);
    await search("b");
    await page.evaluate(() => document.querySelectorAll<SVGElement>("g.f > *")[3]!.focus());
    await page.hover("g.f > :nth-child(4)");
    expect(await text("#details")).toMatch(/^Function: wide_.*\.\. \(90 samples, 90\.00%\)$/);
    const [details, matched] = await page.evaluate(() =>
      ["#details", "#matched"].map(
        (id) => document.querySelector(id)!.getBoundingClientRect().toJSON() as DOMRect,
      ),
    );
    expect(details!.right).toBeLessThan(matched!.left);
  });
});
