import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  address,
  click,
  describePictures,
  folder,
  open,
  openFile,
  page,
  SMALL,
  search,
  text,
} from "./picture.ts";

describePictures("the SVG in windows and pictures of any size", () => {
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

  test.each([1200, 320])("details never run into the result of a search, width %i", async (width) => {
    await open(`main;${"wide_".repeat(60)} 90\nmain;b 10`, { width });
    await search("b");
    await page.hover("g.f > :nth-child(4)");
    expect(await text("#details")).toMatch(/^Function: wide_.*\.\. \(90 samples, 90\.00%\)$/);
    const [details, matched] = await page.evaluate(() =>
      ["#details", "#matched"].map(
        (id) => document.querySelector(id)!.getBoundingClientRect().toJSON() as DOMRect,
      ),
    );
    expect(details!.right < matched!.left || details!.top >= matched!.bottom - 3).toBe(true);
    expect(details!.right).toBeLessThanOrEqual(width);
  });
});
