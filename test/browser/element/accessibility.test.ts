import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { describeElement, events, middle, open, page, pixel, SMALL, settled, zoomed } from "./page.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds on the page: rule and element. */
async function violations(): Promise<string[]> {
  await page.addScriptTag({ content: axe });
  return page.evaluate(async () => {
    const { axe: checker } = window as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const { violations: found } = await checker.run();
    return found.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 120)}`));
  });
}

const TWO = "main;a 10 20\nmain;b 30 5\nmain;c 0 7\nmain;d 9 0";

describeElement("<flame-graph> for everyone", () => {
  const looks = ["", "table", "mode=icicle minimap", 'mode=chart palette="library"', 'palette="kind" table'];
  test.each(looks.flatMap((attributes) => [false, true].map((dark) => [attributes, dark] as const)))(
    "axe finds nothing with %s, dark: %s",
    async (attributes, dark) => {
      await open({ folded: SMALL, attributes, dark, before: "<h1>Profile</h1>" });
      await page.evaluate(() => document.querySelector("flame-graph")!.search("malloc"));
      const { x, y } = await middle("main;run;loop");
      await page.mouse.click(x, y);
      await settled();
      expect(await violations()).toEqual([]);
    },
  );

  test.each([false, true])("axe finds nothing in a differential with its table, dark: %s", async (dark) => {
    await open({
      folded: TWO,
      tree: { width: "both" },
      attributes: "table",
      dark,
      before: "<h1>Change</h1>",
    });
    await page.keyboard.press("Tab");
    await page.keyboard.press("End");
    expect(await violations()).toEqual([]);
  });

  test("axe finds nothing where the picture scrolls", async () => {
    await open({ graph: "fixture.deepGraph(300)", before: "<h1>Deep</h1>" });
    expect(await violations()).toEqual([]);
  });

  test("forced colours are kept: the background is the system's", async () => {
    await open({ folded: SMALL, forcedColors: true, dark: true });
    const { x, y } = await middle("main;run;exit");
    const system = await page.evaluate(() => {
      const probe = document.createElement("p");
      probe.style.color = "Canvas";
      document.body.append(probe);
      return getComputedStyle(probe).color.replace(/[^\d,]/g, "");
    });
    expect(await pixel(x, y - 60)).toBe(system);
  });

  test("by touch: one finger pans, two fingers zoom, a double tap opens", async () => {
    await open({ folded: SMALL, touch: true });
    const client = await page.context().newCDPSession(page);
    const touch = async (type: "touchStart" | "touchMove" | "touchEnd", ...xs: number[]): Promise<void> => {
      await client.send("Input.dispatchTouchEvent", {
        type,
        touchPoints: xs.map((x, id) => ({ x, y: 380, id })),
      });
    };
    await touch("touchStart", 300);
    await touch("touchStart", 300, 500);
    for (let step = 1; step <= 5; step++) await touch("touchMove", 300 - step * 20, 500 + step * 20);
    await touch("touchEnd");
    await settled();
    const pinched = await zoomed();
    expect(pinched.to - pinched.from).toBeCloseTo(0.5, 1);
    expect((pinched.from + pinched.to) / 2).toBeCloseTo(0.5, 1);
    await touch("touchStart", 400);
    for (let step = 1; step <= 5; step++) await touch("touchMove", 400 + step * 20);
    await touch("touchEnd");
    await settled();
    expect((await zoomed()).from).toBeLessThan(pinched.from - 0.04);
    await page.evaluate(() => document.querySelector("flame-graph")!.reset());
    await settled();
    const { x, y } = await middle("main;run");
    await page.touchscreen.tap(x, y);
    expect((await events("select")).length).toBe(1);
    await page.touchscreen.tap(x, y);
    await expect.poll(zoomed).toMatchObject({ path: "main;run" });
  });
});
