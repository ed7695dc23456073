import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  clickFrame,
  describePage,
  graphRows,
  openFolded,
  page,
  pick,
  press,
  settled,
  tableRows,
} from "./page.ts";

const BASE = "main;same 10\nmain;slower 10\nmain;gone 5";
const HEAD = "main;same 10\nmain;slower 30\nmain;fresh 7";

/** Base and head open, head shown. */
async function openBoth(): Promise<void> {
  await openFolded(BASE);
  await pick({ name: "head.folded", data: HEAD });
  await page.getByRole("button", { name: "Profiles" }).filter({ hasText: "head.folded" }).waitFor();
  await settled();
}

async function compare(): Promise<void> {
  await openBoth();
  await press(/^Profiles/);
  await page.getByLabel("Compare with small.folded").check();
  await settled();
}

const status = (): Promise<string> => page.locator(".status").innerText();

describePage("comparing", () => {
  test("two files: both sides in the graph, new and vanished functions among the changes", async () => {
    await compare();
    expect(await status()).toContain("25 → 47 samples (+88.0%)");
    expect((await graphRows())[2]).toEqual(["fresh 7", "gone 5", "same 20", "slower 40"]);
    const sides = await page.evaluate(() => {
      const { graph } = document.querySelector("flame-graph") as unknown as {
        graph: { base: Float64Array; head: Float64Array };
      };
      return [graph.base[0], graph.head[0]];
    });
    expect(sides).toEqual([25, 47]);
    await page.keyboard.press("Escape");
    await press("Changes");
    await page.getByLabel("Self", { exact: true }).check();
    expect(await tableRows("Changes")).toEqual([
      "+20 | +200% | 10 | 30 | slower",
      "+7 | new | 0 | 7 | newfresh",
      "-5 | gone | 5 | 0 | gonegone",
      "0 | – | 0 | 0 | main",
      "0 | 0% | 10 | 10 | same",
    ]);
    await page.getByLabel("Total", { exact: true }).check();
    expect((await tableRows("Changes"))[0]).toBe("+22 | +88.0% | 25 | 47 | main");
    expect(new URL(page.url()).hash).toContain("base=0");
  });

  test("the change of the selected function is among its details", async () => {
    await compare();
    await page.keyboard.press("Escape");
    await clickFrame("slower");
    const details = page.getByRole("complementary", { name: "Selected function" });
    await page.getByText("Change in self").waitFor();
    expect(await details.innerText()).toMatch(/Change in self\s+\+20 \(\+200%\)/);
  });

  test("scaled to the same total, sides swapped, and the end of it", async () => {
    await compare();
    await page.getByLabel("Scale both to the same total").check();
    await settled();
    expect(await status()).toContain("47 → 47");
    await page.getByLabel("Scale both to the same total").uncheck();
    await press("Swap sides");
    expect(await status()).toContain("47 → 25");
    await press("End the comparison");
    expect(await status()).toContain("25 samples");
    expect(await page.getByRole("button", { name: "Changes" }).count()).toBe(0);
  });

  test("filters hold for both sides; inverted and sandwich compare, too", async () => {
    await compare();
    await page.keyboard.press("Escape");
    await clickFrame("slower", { button: "right" });
    await page.getByRole("menuitem", { name: "Focus: only stacks with this function" }).click();
    await settled();
    expect(await status()).toContain("10 → 30");
    await page.getByLabel("Inverted").check();
    await settled();
    expect((await graphRows()).slice(0, 2)).toEqual([["all 40"], ["slower 40"]]);
    await press("Sandwich");
    expect(await graphRows()).toEqual([["slower 40"]]);
    await press("Flame chart");
    expect(await page.getByText("Of head.folded alone").isVisible()).toBe(true);
  });

  test("the timeline and the heatmap say that they show one side", async () => {
    await openFolded(BASE);
    const data = readFileSync(new URL("../../../fixtures/speedscope/py-spy-threads.json", import.meta.url));
    await pick({ name: "timed.json", data });
    await page.getByRole("button", { name: "Profiles" }).filter({ hasText: "timed.json" }).waitFor();
    await settled();
    const alone = page.getByText("Of timed.json alone");
    const strip = page.getByLabel("Samples over time", { exact: true });
    await strip.waitFor();
    expect(await alone.count()).toBe(0);
    await press(/^Profiles/);
    await page.getByLabel("Compare with small.folded").check();
    await settled();
    await page.keyboard.press("Escape");
    expect(await strip.getByText("Of timed.json alone").isVisible()).toBe(true);
    await press("Heatmap");
    await settled();
    expect(await alone.count()).toBe(2);
  });

  test("colours against the frame itself or against the largest change", async () => {
    await compare();
    await page.keyboard.press("Escape");
    expect(await page.locator("flame-graph").getAttribute("diff")).toBe("absolute");
    await press("Display");
    await page.getByLabel("Colours of a comparison").selectOption("relative");
    await page.waitForSelector("flame-graph[diff=relative]");
  });

  test("files that count different things say so", async () => {
    await openFolded(BASE);
    const profile = {
      $schema: "https://www.speedscope.app/file-format-schema.json",
      shared: { frames: [{ name: "main" }] },
      profiles: [
        {
          type: "sampled",
          name: "t",
          unit: "bytes",
          startValue: 0,
          endValue: 4,
          samples: [[0]],
          weights: [4],
        },
      ],
    };
    await pick({ name: "heap.json", data: JSON.stringify(profile) });
    await page.getByRole("button", { name: "Profiles" }).filter({ hasText: "heap.json" }).waitFor();
    await press(/^Profiles/);
    await page.getByLabel("Compare with small.folded").check();
    await page
      .getByText(/One recording counts/)
      .first()
      .waitFor();
  });
});
