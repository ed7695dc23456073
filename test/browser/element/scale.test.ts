import { expect, test } from "vitest";
import { describeElement, open, page, pixel, settled, tooltip, zoomed } from "./page.ts";

describeElement("large graphs in <flame-graph>", () => {
  test("a stack of 100,000 frames draws, scrolls, zooms and is walked", async () => {
    await open({ graph: "fixture.deepGraph(100000)", attributes: "mode=icicle" });
    const at = async (row: number): Promise<string> => {
      await page.evaluate((y) => {
        document.querySelector("flame-graph")!.shadowRoot!.querySelector(".scroller")!.scrollTop = y;
      }, row * 18);
      await settled();
      await page.mouse.move(400, row % 3 === 0 ? 100 : 130);
      await settled();
      return tooltip();
    };
    expect(await at(50_000)).toMatch(/^recurse_\d Total 100 samples/);
    expect(await at(99_980)).toMatch(/^recurse_\d Total 100 samples/);
    expect(await pixel(700, 380)).not.toBe("255,255,255");
    await page.evaluate(() => document.querySelector("flame-graph")!.zoomTo(60_000));
    await page.evaluate(() => document.querySelector("flame-graph")!.select(99_999));
    await settled();
    await page.evaluate(() => document.querySelector("flame-graph")!.focus());
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    const level = await page.evaluate(() =>
      document.querySelector("flame-graph")!.shadowRoot!.activeElement!.getAttribute("aria-level"),
    );
    expect(level).toBe("100001");
  });

  test("rows beyond what browsers can scroll are reached", async () => {
    await open({ graph: "fixture.deepGraph(2000000)", attributes: "mode=icicle" });
    const { rows, seen } = await page.evaluate(async () => {
      const element = document.querySelector("flame-graph")!;
      const scroller = element.shadowRoot!.querySelector(".scroller")!;
      scroller.scrollTop = scroller.scrollHeight;
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      const hovered = new Promise<number>((resolve) => {
        element.addEventListener("flame-graph-hover", (event) => resolve((event as CustomEvent).detail.rect));
      });
      const canvas = scroller.querySelector("canvas")!;
      canvas.dispatchEvent(
        new PointerEvent("pointermove", { clientX: 50, clientY: 395, pointerType: "mouse" }),
      );
      return { rows: element.graph!.length, seen: await hovered };
    });
    expect(seen).toBe(rows - 1);
  });

  test("a million frames draw at once, and each of them can be reached", async () => {
    await open({ graph: "fixture.syntheticGraph({ length: 1000000, levels: 60 })", attributes: "minimap" });
    const last = await page.evaluate(() => document.querySelector("flame-graph")!.graph!.length - 1);
    await page.evaluate((rect) => document.querySelector("flame-graph")!.zoomTo(rect), last);
    expect((await zoomed()).to - (await zoomed()).from).toBeLessThan(0.001);
    await page.evaluate(() => {
      const element = document.querySelector("flame-graph")!;
      element.zoomTo(element.graph!.levels[12]!);
    });
    const found = await page.evaluate(() => document.querySelector("flame-graph")!.search("poll")!);
    expect(found.count).toBeGreaterThan(0);
    await page.evaluate(() => document.querySelector("flame-graph")!.reset());
    const all = await page.evaluate(() => document.querySelector("flame-graph")!.searchResult!);
    expect(all.count).toBeGreaterThan(50_000);
    expect(all.shareOfAll).toBeLessThanOrEqual(1);
    // A match that is narrower than a pixel is brought so close that it can be seen.
    const width = await page.evaluate(() => {
      const element = document.querySelector("flame-graph")!;
      element.search("poll_4989");
      element.nextHit();
      const { from, to } = element.view;
      return (element.graph!.total[element.selected!]! * 800) / (to - from);
    });
    expect(width).toBeGreaterThanOrEqual(1);
    // What makes no sense is ignored.
    const same = await page.evaluate(() => {
      const element = document.querySelector("flame-graph")!;
      const before = JSON.stringify(element.view);
      element.view = { rect: 1e9, from: 0, to: 1 };
      element.view = { rect: 0, from: Number.NaN, to: 1 };
      element.zoomTo(-1);
      element.zoomTo(1.5);
      element.select(1e9);
      return JSON.stringify(element.view) === before && element.selected === null;
    });
    expect(same).toBe(true);
  });
});
