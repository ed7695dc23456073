import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { perfScript } from "../../support/viewer-data.ts";
import { clickFrame, describePage, openViewer, page, pick, press, settled } from "./page.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Finding {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** What axe-core finds, as lines. */
async function findings(): Promise<string[]> {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.addScriptTag({ content: axe });
  const found = await page.evaluate(async () => {
    const own = globalThis as unknown as {
      axe?: { run: (options: object) => Promise<{ violations: Finding[] }> };
    };
    const { violations } = await own.axe!.run({ resultTypes: ["violations"] });
    return violations.map(({ id, nodes }) => ({
      id,
      nodes: nodes.map(({ html, failureSummary }) => ({ html, failureSummary })),
    }));
  });
  return found.flatMap(({ id, nodes }) =>
    nodes
      .slice(0, 3)
      .map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} — ${failureSummary.slice(0, 300)}`),
  );
}

const TIMED = perfScript(
  Array.from(
    { length: 120 },
    (_, i) => `t/${i % 2}@${(100 + i / 10).toFixed(2)} main;run;${i % 3 ? "work" : "[unknown]"}`,
  ),
);

const SOURCED = JSON.stringify({
  $schema: "https://www.speedscope.app/file-format-schema.json",
  shared: { frames: [{ name: "main", file: "/src/main.c", line: 2 }] },
  profiles: [
    { type: "sampled", name: "t", unit: "none", startValue: 0, endValue: 4, samples: [[0]], weights: [4] },
  ],
});

async function openIn(look: { dark: boolean; width?: number }, name: string, data: string): Promise<void> {
  await openViewer({
    dark: look.dark,
    ...(look.width === undefined ? {} : { width: look.width, height: 700 }),
    bypassCSP: true,
  });
  await pick({ name, data });
  await page.waitForSelector(".status span");
  await settled();
}

describePage("axe-core finds nothing", () => {
  test.each([
    ["light", { dark: false }],
    ["dark", { dark: true }],
    ["on a phone", { dark: false, width: 390 }],
  ] as const)("on the views, %s", async (_, look) => {
    await openViewer({ ...look, bypassCSP: true });
    expect(["start", ...(await findings())]).toEqual(["start"]);
    await page.close();
    await openIn(look, "perf.txt", TIMED);
    await clickFrame("run");
    for (const tab of ["Flame graph", "Table", "Sandwich", "Flame chart", "Heatmap"]) {
      await press(tab, ".tabs");
      expect([tab, ...(await findings())]).toEqual([tab]);
    }
    await press("Flame graph", ".tabs");
    await page.keyboard.press("s");
    await page.getByText("Threads ▾").click();
    await page.locator("details.actions summary").click();
    await page.getByLabel("Search functions").fill("work");
    await page.getByText(/%, 1 functions/).waitFor();
    await settled();
    expect(["split", ...(await findings())]).toEqual(["split"]);
  });

  test.each([
    ["light", { dark: false }],
    ["dark", { dark: true }],
  ] as const)("on panels, dialogs, menus and a comparison, %s", async (_, look) => {
    await openIn(look, "perf.txt", TIMED);
    for (const panel of [/^Profiles/, /^Threads:/, "Export", "Display", "Add a filter", "Time range"]) {
      await press(panel);
      expect([panel, ...(await findings())]).toEqual([panel]);
      if (panel === "Add a filter") await press("Only my code");
      await page.keyboard.press("Escape");
    }
    for (const key of ["Control+k", "?"]) {
      await page.keyboard.press(key);
      expect([key, ...(await findings())]).toEqual([key]);
      await page.keyboard.press("Escape");
    }
    for (const dialog of [/^Notes/, "Rules of only my code"]) {
      await press(dialog);
      expect([dialog, ...(await findings())]).toEqual([dialog]);
      await page.keyboard.press("Escape");
    }
    await clickFrame("work", { button: "right" });
    expect(["menu", ...(await findings())]).toEqual(["menu"]);
    await page.keyboard.press("Escape");
    await pick({ name: "x.json", data: SOURCED });
    await page.getByRole("button", { name: "Source", exact: true }).click();
    await settled();
    await page.getByRole("gridcell", { name: "/src/main.c" }).click();
    await settled();
    expect(["source", ...(await findings())]).toEqual(["source"]);
    await pick({ name: "not a profile", data: new Uint8Array([0, 1, 2]) });
    await page.getByRole("alert").waitFor();
    expect(["error", ...(await findings())]).toEqual(["error"]);
    await pick({ name: "again.txt", data: TIMED.replaceAll("work", "more") });
    await page.getByRole("button", { name: "Profiles" }).filter({ hasText: "again.txt" }).waitFor();
    await press(/^Profiles/);
    await page.getByLabel("Compare with perf.txt").check();
    await page.keyboard.press("Escape");
    await press("Changes");
    expect(["changes", ...(await findings())]).toEqual(["changes"]);
  });
});
