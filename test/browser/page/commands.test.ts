import { expect, test } from "vitest";
import { clickFrame, describePage, graphRows, openFolded, page, press, settled } from "./page.ts";

const found = (): Promise<string> => page.locator(".found").innerText();

/** Name of the selected frame. */
const selected = (): Promise<string> => page.locator(".details h2").innerText();

describePage("search and commands", () => {
  test("search: share without double counting, hits by weight, next and previous, regular expressions", async () => {
    await openFolded();
    await page.keyboard.press("/");
    await page.keyboard.type("lo");
    await page.getByText("60.0%, 2 functions").waitFor();
    await page.keyboard.press("Enter");
    await settled();
    expect(await selected()).toBe("malloc");
    await page.keyboard.press("Enter");
    await settled();
    expect(await selected()).toBe("loop");
    await page.getByRole("button", { name: "Previous hit" }).click();
    await settled();
    expect(await selected()).toBe("malloc");
    await press("Hits by weight");
    const hits = page.getByRole("dialog", { name: "Hits by weight" }).locator("li");
    expect(await hits.allInnerTexts()).toEqual([
      expect.stringMatching(/loop\s*50\.0% · 1×/),
      expect.stringMatching(/malloc\s*30\.0% · 2×/),
    ]);
    await hits.getByRole("button", { name: "loop" }).click();
    await settled();
    expect(await selected()).toBe("loop");
    await page.keyboard.press("Escape");
    await page.getByLabel("Search functions").fill("^l");
    await page.getByText("no hits").waitFor();
    await page.getByLabel("Regular expression").check();
    await page.getByText("80.0%, 2 functions").waitFor();
    await page.getByLabel("Search functions").fill("(");
    await page.getByText("not a regular expression").waitFor();
    await page.getByLabel("Search functions").press("Escape");
    await page.waitForFunction(() => document.querySelector(".found")?.textContent === "");
  });

  test("search is of what is zoomed to", async () => {
    await openFolded();
    await page.getByLabel("Search functions").fill("malloc");
    await page.getByText("30.0%, 1 functions").waitFor();
    await clickFrame("parse", { count: 2 });
    await page.waitForFunction(() => document.querySelector(".found")?.textContent?.startsWith("25.0%"));
    expect(await found()).toBe("25.0%, 1 functions");
  });

  test("search goes on in the flame chart, and says nothing where no graph is shown", async () => {
    await openFolded();
    await page.getByLabel("Search functions").fill("malloc");
    await page.getByText("30.0%, 1 functions").waitFor();
    await press("Table", ".tabs");
    expect(await found()).toBe("");
    await press("Flame chart", ".tabs");
    await page.getByText("30.0%, 1 functions").waitFor();
    await press("Next hit");
    expect(await selected()).toBe("malloc");
  });

  test("the command palette: words find a command, arrows and Enter run it", async () => {
    await openFolded();
    await page.keyboard.press("Control+k");
    const box = page.getByRole("combobox", { name: "Command" });
    await box.fill("view table");
    const options = page.getByRole("listbox").getByRole("option");
    expect((await options.allInnerTexts()).map((text) => text.split("\n")[0])).toEqual([
      "View: Table",
      "Split: table beside the view",
    ]);
    await box.press("Enter");
    await settled();
    expect(await page.locator(".tabs [aria-current]").innerText()).toBe("Table");
    await page.keyboard.press("Control+k");
    await box.fill("collapse");
    await box.press("ArrowDown");
    await box.press("Enter");
    await settled();
    expect(await page.locator(".chip .ellipsis").allInnerTexts()).toEqual(["Collapse libraries"]);
    await page.keyboard.press("Control+k");
    await box.fill("nothing like it");
    await page.getByText("No command has these words").waitFor();
    await box.press("Escape");
    expect(await page.getByRole("dialog").count()).toBe(0);
  });

  test("single keys: views, inversion, direction, theme, details, help; not while typing", async () => {
    await openFolded();
    await page.keyboard.press("2");
    await settled();
    expect(await page.locator(".tabs [aria-current]").innerText()).toBe("Table");
    await page.keyboard.press("1");
    await settled();
    await page.keyboard.press("i");
    await settled();
    expect((await graphRows())[1]).toEqual(["exit 10", "lex 30", "loop 30", "malloc 30"]);
    await page.keyboard.press("f");
    await page.waitForSelector("flame-graph[mode=flame]");
    await page.keyboard.press("d");
    expect(await page.locator(".details").count()).toBe(0);
    for (const theme of ["light", "dark", "auto"]) {
      await page.keyboard.press("t");
      expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe(theme);
    }
    await page.keyboard.press("?");
    expect(await page.getByRole("dialog", { name: "Keys" }).innerText()).toContain("Next hit");
    await page.keyboard.press("Escape");
    await page.getByLabel("Search functions").focus();
    await page.keyboard.type("2i?");
    expect(await page.locator(".tabs [aria-current]").innerText()).toBe("Flame graph");
  });

  test("palette and link template are kept for the next time", async () => {
    await openFolded();
    await press("Display");
    await page.getByLabel("Colours", { exact: true }).selectOption("safe");
    await page.waitForSelector("flame-graph[palette=safe]");
    await page.reload();
    await press("Display");
    expect(await page.getByLabel("Colours", { exact: true }).inputValue()).toBe("safe");
  });
});
