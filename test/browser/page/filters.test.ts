import { expect, test } from "vitest";
import {
  clickFrame,
  describePage,
  graphRows,
  openFolded,
  openViewer,
  page,
  pick,
  press,
  SMALL,
  settled,
} from "./page.ts";

const chips = (): Promise<string[]> => page.locator(".chip .ellipsis").allInnerTexts();

async function choose(item: string): Promise<void> {
  await page.getByRole("menuitem", { name: item }).click();
  await settled();
}

describePage("filters, and the address", () => {
  test("a frame's menu by mouse: focus, hide, prune, ignore; each is a step that can be taken back", async () => {
    await openFolded();
    await clickFrame("malloc", { button: "right" });
    await choose("Focus: only stacks with this function");
    expect(await chips()).toEqual(["Focus malloc"]);
    expect((await graphRows())[0]).toEqual(["all 30"]);
    await clickFrame("loop", { button: "right" });
    await choose("Hide this function");
    expect(await chips()).toEqual(["Focus malloc", "Hide loop"]);
    expect((await graphRows()).slice(2)).toEqual([
      ["parse 10", "run 20"],
      ["malloc 10", "malloc 20"],
    ]);
    await page.getByLabel("Focus malloc", { exact: true }).uncheck();
    await settled();
    expect((await graphRows())[0]).toEqual(["all 100"]);
    await page.getByRole("button", { name: "Remove Hide loop" }).click();
    await page.getByLabel("Focus malloc", { exact: true }).check();
    await settled();
    expect((await graphRows())[0]).toEqual(["all 30"]);
    await page.getByRole("button", { name: "Remove Focus malloc" }).click();
    await clickFrame("run", { button: "right" });
    await choose("Prune what this function calls");
    expect((await graphRows())[3]).toEqual(["lex 30", "malloc 10"]);
    await page.goBack();
    await settled();
    await clickFrame("parse", { button: "right" });
    await choose("Ignore stacks with this function");
    expect((await graphRows())[0]).toEqual(["all 60"]);
    await press("Remove Ignore parse");
    await clickFrame("run", { button: "right" });
    await choose("Start stacks at this function");
    expect((await graphRows()).slice(0, 2)).toEqual([["all 60"], ["run 60"]]);
  });

  test("the menu by keyboard: arrows, Enter, Escape", async () => {
    await openFolded();
    await clickFrame("lex", { button: "right" });
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Zoom here");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowUp");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Copy stack");
    await page.keyboard.press("Escape");
    expect(await page.getByRole("menu").count()).toBe(0);
    await clickFrame("parse", { button: "right" });
    await page.keyboard.press("Home");
    await page.keyboard.press("Enter");
    await settled();
    expect(new URL(page.url()).hash).toContain("zoom=0x2&");
  });

  test("copying a name and a stack", async () => {
    await openFolded();
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await clickFrame("lex", { button: "right" });
    await choose("Copy stack");
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("main\nparse\nlex");
    await clickFrame("lex", { button: "right" });
    await choose("Copy name");
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("lex");
  });

  test("steps by the form: kinds, patterns, order", async () => {
    await openFolded("main;a;a;b 4\nmain;a;c;a 2");
    await press("Add a filter");
    await press("Collapse recursion");
    expect((await graphRows()).slice(2)).toEqual([["a 6"], ["b 4", "c 2"], ["a 2"]]);
    await page.getByLabel("Step").selectOption("hide");
    await page.getByLabel("Text").fill("^c$");
    await press("Add");
    expect((await graphRows()).slice(2)).toEqual([["a 6"], ["a 2", "b 4"]]);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Hide /^c$/: earlier" }).click();
    await settled();
    expect(await chips()).toEqual(["Hide /^c$/", "Collapse recursion"]);
    expect((await graphRows()).slice(2)).toEqual([["a 6"], ["b 4"]]);
    await page.getByRole("button", { name: "Hide /^c$/: later" }).click();
    await settled();
    expect((await graphRows()).slice(2)).toEqual([["a 6"], ["a 2", "b 4"]]);
    await press("Clear");
    expect(await chips()).toEqual([]);
  });

  test("a pattern that is none is said, where the view would be", async () => {
    await openFolded();
    await press("Add a filter");
    await page.getByLabel("Text").fill("(");
    await press("Add");
    expect(await page.locator(".view .problem").innerText()).toContain("no regular expression");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: /^Remove/ }).click();
    await settled();
    expect((await graphRows())[0]).toEqual(["all 100"]);
  });

  test("only my code, its rules shown and changed; libraries collapsed", async () => {
    await openFolded("mine;std::vec::push;core::grow;also_mine 3\nmine;tokio::park;tokio::wait 4");
    await press("Add a filter");
    await press("Only my code");
    expect((await graphRows()).slice(1)).toEqual([
      ["mine 7"],
      ["also_mine 3", "tokio::park 4"],
      ["tokio::wait 4"],
    ]);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Rules of only my code" }).click();
    const rules = page.getByLabel("Rules, one a line");
    expect(await rules.inputValue()).toContain("file:*/node_modules/*");
    await rules.fill("name:tokio::*\nname:std::*");
    await press("Apply", "dialog");
    expect((await graphRows()).slice(1)).toEqual([["mine 7"], ["core::grow 3"], ["also_mine 3"]]);
    await page.getByRole("button", { name: "Remove Only my code" }).click();
    await settled();
    await clickFrame("tokio::park", { button: "right" });
    await page.getByRole("menuitem", { name: "Collapse tokio" }).click();
    await settled();
    expect((await graphRows())[2]).toEqual(["[tokio] 4", "std::vec::push 3"]);
  });

  test("a link restores filters, view, zoom, search and selection; back and forward go through them", async () => {
    await openFolded();
    await clickFrame("run", { count: 2 });
    await page.getByLabel("Search functions").fill("loo");
    await page.getByText(/\d+%, 1 functions/).waitFor();
    await clickFrame("loop");
    await clickFrame("loop", { button: "right" });
    await choose("Hide this function");
    await press("Table");
    const link = page.url();
    await page.close();
    await openViewer({ hash: new URL(link).hash });
    await pick({ name: "small.folded", data: SMALL });
    await page.waitForSelector(".status span");
    await settled();
    expect(await page.locator(".tabs [aria-current]").innerText()).toBe("Table");
    expect(await chips()).toEqual(["Hide loop"]);
    expect(await page.getByLabel("Search functions").inputValue()).toBe("loo");
    await press("Flame graph");
    const zoomed = (): Promise<number> =>
      page.evaluate(
        () => (document.querySelector("flame-graph") as unknown as { view: { from: number } }).view.from,
      );
    expect(await zoomed()).toBe(40);
    await page.getByRole("button", { name: "Remove Hide loop" }).click();
    await settled();
    await page.goBack();
    await settled();
    expect(await chips()).toEqual(["Hide loop"]);
    await page.goForward();
    await settled();
    expect(await chips()).toEqual([]);
    await press("Reset zoom");
    expect(await zoomed()).toBe(0);
    await page.goBack();
    await settled();
    expect(await zoomed()).toBe(40);
  });

  test("an address that makes no sense is the page as it starts", async () => {
    const hash = `#view=nothing&filters=[{"step":{"kind":"hide"},"enabled":true}]&range=[1]&profile=-7&zoom=9.9.9x999999&groupBy=x`;
    await openFolded(SMALL, { hash });
    expect((await graphRows())[0]).toEqual(["all 100"]);
    expect(await chips()).toEqual([]);
  });

  test("grouping by module and by file", async () => {
    await openFolded("main;a 1\nmain;b 2");
    await page.getByLabel("Group by").selectOption("module");
    await settled();
    expect(await graphRows()).toEqual([["all 3"], ["[unknown] 3"]]);
  });
});
