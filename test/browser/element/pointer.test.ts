import { expect, test } from "vitest";
import {
  describeElement,
  events,
  middle,
  open,
  page,
  pathOf,
  pixel,
  SMALL,
  selected,
  settled,
  tooltip,
  zoomed,
} from "./page.ts";

const moveTo = async (path: string, nth = 0): Promise<void> => {
  const { x, y } = await middle(path, nth);
  await page.mouse.move(x, y);
  await settled();
};

const click = async (path: string): Promise<void> => {
  const { x, y } = await middle(path);
  await page.mouse.click(x, y);
  await settled();
};

const double = async (path: string): Promise<void> => {
  const { x, y } = await middle(path);
  await page.mouse.dblclick(x, y);
  await settled();
};

describeElement("<flame-graph> by mouse", () => {
  test("hovering tells about the frame and marks its function everywhere", async () => {
    await open({ folded: `${SMALL}\nother;loop 100` });
    const elsewhere = await middle("other;loop");
    const before = await pixel(elsewhere.x, elsewhere.y);
    await moveTo("main;run;loop");
    expect(await tooltip()).toBe("loop Total 50 samples Self 30 samples Of all 25.0% Of caller 83.3%");
    expect(await pixel(elsewhere.x, elsewhere.y)).not.toBe(before);
    const [hover] = await events("hover");
    expect([await pathOf(hover!.rect), hover]).toEqual([
      "main;run;loop",
      { pane: "main", rect: hover!.rect, count: 1 },
    ]);
    await page.mouse.move(400, 5);
    await settled();
    expect(await tooltip()).toBe("");
    expect(await pixel(elsewhere.x, elsewhere.y)).toBe(before);
    expect(await events("hover")).toEqual([{ pane: "main", rect: -1, count: 0 }]);
  });

  test("what the page marks stays marked while the pointer moves, and in the next graph", async () => {
    await open({ folded: SMALL });
    const { x, y } = await middle("main;run;loop");
    const plain = await pixel(x + 100, y);
    await page.evaluate(() => document.querySelector("flame-graph")!.highlightName("loop"));
    await settled();
    const marked = await pixel(x + 100, y);
    expect(marked).not.toBe(plain);
    await moveTo("main;parse");
    await page.mouse.move(400, 5);
    await settled();
    expect(await pixel(x + 100, y)).toBe(marked);
    await page.evaluate((folded) => {
      document.querySelector("flame-graph")!.tree = window.fixture.foldedTree(folded);
    }, SMALL);
    await settled();
    expect(await pixel(x + 100, y)).toBe(marked);
    await page.evaluate(() => document.querySelector("flame-graph")!.highlightName(null));
    await settled();
    expect(await pixel(x + 100, y)).toBe(plain);
  });

  test("the tooltip stays inside the window", async () => {
    const name = "a_very_long_name::".repeat(12);
    await open({
      attributes: "mode=icicle",
      folded: `left_${name} 10\nmiddle 10\nright_${name} 10`,
      width: 500,
    });
    for (const path of [`left_${name}`, "middle", `right_${name}`]) {
      await moveTo(path);
      const box = await page.evaluate(() =>
        document
          .querySelector("flame-graph")!
          .shadowRoot!.querySelector(".tooltip")!
          .getBoundingClientRect()
          .toJSON(),
      );
      expect(box.left).toBeGreaterThanOrEqual(0);
      expect(box.right).toBeLessThanOrEqual(500);
      expect(box.top).toBeGreaterThanOrEqual(0);
      expect(box.bottom).toBeLessThanOrEqual(400);
    }
  });

  test("the tooltip goes when the page scrolls, which it does where the picture does not", async () => {
    await open({ folded: SMALL, before: '<div id="above"></div>' });
    await page.addStyleTag({ content: "body{height:2000px}" });
    await moveTo("main;run");
    expect(await tooltip()).toContain("run");
    await page.mouse.wheel(0, 120);
    await expect.poll(() => page.evaluate(() => scrollY)).toBe(120);
    expect(await tooltip()).toBe("");
  });

  test("a click selects, a click beside the frames selects nothing", async () => {
    await open({ folded: SMALL });
    await click("main;run");
    expect(await selected()).toBe("main;run");
    expect((await events("select")).length).toBe(1);
    await page.mouse.click(400, 10);
    expect(await selected()).toBe(null);
    expect(await events("select")).toEqual([{ pane: "main", rect: -1, count: 0 }]);
  });

  test("a double click zooms, Escape goes back step by step, a double click on a caller zooms out to it", async () => {
    await open({ folded: SMALL });
    await double("main;run");
    expect(await zoomed()).toEqual({ path: "main;run", from: 0.4, to: 1 });
    await moveTo("main;run;loop");
    expect(await tooltip()).toBe(
      "loop Total 50 samples Self 30 samples Of all 50.0% Of view 83.3% Of caller 83.3%",
    );
    await double("main;run;loop");
    expect(await zoomed()).toMatchObject({ path: "main;run;loop" });
    await page.keyboard.press("Escape");
    expect(await zoomed()).toMatchObject({ path: "main;run" });
    await double("main");
    expect(await zoomed()).toMatchObject({ path: "main", from: 0, to: 1 });
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    expect(await zoomed()).toEqual({ path: "", from: 0, to: 1 });
    expect((await events("zoom")).length).toBeGreaterThan(4);
  });

  test("zooming moves there in steps, unless motion is unwanted", async () => {
    const seen = (): Promise<number> =>
      page.evaluate(async () => {
        const element = document.querySelector("flame-graph")!;
        const canvas = element.shadowRoot!.querySelector<HTMLCanvasElement>(".pane canvas")!;
        const pictures = new Set<string>();
        element.zoomTo(window.fixture.rectOf(element.graph!, "main;run"));
        for (let frame = 0; frame < 30; frame++) {
          await new Promise((resolve) => requestAnimationFrame(resolve));
          pictures.add(canvas.toDataURL());
        }
        return pictures.size;
      });
    await open({ folded: SMALL, motion: true });
    expect(await seen()).toBeGreaterThan(3);
    await page.context().close();
    await open({ folded: SMALL });
    expect(await seen()).toBeLessThanOrEqual(2);
  });

  test("Ctrl and wheel zoom at the pointer, dragging pans, Shift and wheel too", async () => {
    await open({ folded: SMALL });
    const { x, y } = await middle("main;run;exit");
    await page.mouse.move(x, y);
    await page.keyboard.down("Control");
    for (let turn = 0; turn < 6; turn++) await page.mouse.wheel(0, -100);
    await page.keyboard.up("Control");
    await settled();
    const near = await zoomed();
    expect(near.to - near.from).toBeLessThan(0.2);
    expect(await pathOf((await events("hover")).at(-1)?.rect)).toBe("main;run;exit");
    expect((await middle("main;run;exit")).x).toBeGreaterThan(0);
    await page.mouse.down();
    await page.mouse.move(x + 100, y, { steps: 4 });
    await page.mouse.up();
    const span = near.to - near.from;
    const panned = await zoomed();
    expect(panned.from).toBeCloseTo(near.from - (100 * span) / 800, 4);
    // A drag is no click.
    expect(await selected()).toBe(null);
    await page.keyboard.down("Shift");
    await page.mouse.wheel(0, 80);
    await page.keyboard.up("Shift");
    await settled();
    expect((await zoomed()).from).toBeGreaterThan(panned.from);
  });

  test("the wheel scrolls rows, and zooms where that is asked for", async () => {
    await open({ graph: "fixture.deepGraph(500)" });
    const scroll = (): Promise<number> =>
      page.evaluate(
        () => document.querySelector("flame-graph")!.shadowRoot!.querySelector(".scroller")!.scrollTop,
      );
    const bottom = await scroll();
    expect(bottom).toBe(501 * 18 - 400);
    await page.mouse.move(300, 200);
    await page.mouse.wheel(0, -300);
    await expect.poll(scroll).toBe(bottom - 300);
    expect(await zoomed()).toMatchObject({ from: 0, to: 1 });
    await page.evaluate(() => document.querySelector("flame-graph")!.setAttribute("wheel", "zoom"));
    await page.mouse.wheel(0, -100);
    await settled();
    expect((await zoomed()).to).toBeLessThan(1);
  });

  test("a block of small frames says what it holds, and opens", async () => {
    const tiny = Array.from({ length: 3000 }, (_, i) => `main;t${i};below 1`).join("\n");
    await open({ folded: `main;wide 9000\n${tiny}` });
    const { y } = await middle("main;wide");
    const x = 800 * 0.1;
    await page.mouse.move(x, y);
    await settled();
    expect(await tooltip()).toBe(
      "3,000 small frames Together 3,000 samples Of all 25.0% With callees 6,000 frames Double-click to look inside",
    );
    expect((await events("hover")).at(-1)).toMatchObject({ count: 3000 });
    await page.mouse.dblclick(x, y);
    await settled();
    const view = await zoomed();
    expect((view.to - view.from) * 12_000).toBeLessThan(200);
    await page.mouse.move(x + 40, y);
    await settled();
    expect(await tooltip()).toMatch(/^t\d+ Total 1 samples/);
  });

  test("the context menu is the page's, if it wants it", async () => {
    await open({ folded: SMALL });
    await page.evaluate(() => {
      document.addEventListener("contextmenu", (event) => {
        Object.assign(window, { browserMenu: !event.defaultPrevented });
      });
    });
    const { x, y } = await middle("main;run");
    await page.mouse.click(x, y, { button: "right" });
    expect(await page.evaluate("browserMenu")).toBe(true);
    const [menu] = await events("menu");
    expect([await pathOf(menu!.rect), menu!.clientX]).toEqual(["main;run", x]);
    await page.evaluate(() => {
      document.addEventListener("flame-graph-menu", (event) => event.preventDefault());
    });
    await page.mouse.click(x, y, { button: "right" });
    expect(await page.evaluate("browserMenu")).toBe(false);
  });

  test("the minimap shows the view, moves it and resets it", async () => {
    await open({ folded: SMALL, attributes: "minimap" });
    const drag = async (from: number, to: number): Promise<void> => {
      await page.mouse.move(from, 20);
      await page.mouse.down();
      await page.mouse.move(to, 20, { steps: 3 });
      await page.mouse.up();
      await settled();
    };
    await drag(200, 400);
    expect(await zoomed()).toMatchObject({ from: 0.25, to: 0.5 });
    await drag(300, 500);
    expect(await zoomed()).toMatchObject({ from: 0.5, to: 0.75 });
    await drag(600, 700);
    expect(await zoomed()).toMatchObject({ from: 0.5, to: 0.875 });
    await drag(400, 80);
    expect(await zoomed()).toMatchObject({ from: 0.1, to: 0.875 });
    await page.mouse.dblclick(750, 20);
    await settled();
    expect(await zoomed()).toMatchObject({ from: 0, to: 1 });
  });

  test("Shift and dragging choose a part of a chart; Escape lifts it", async () => {
    await open({
      folded: "main;a 40\nmain;b 20\nmain;a 40",
      tree: { ordered: true, unit: "nanoseconds" },
      attributes: "mode=chart",
    });
    await moveTo("main;a", 1);
    expect(await tooltip()).toBe("a Start 60 ns Duration 40 ns Self 40 ns Of all 40.0% Of caller 40.0%");
    await page.keyboard.down("Shift");
    await page.mouse.move(160, 200);
    await page.mouse.down();
    await page.mouse.move(480, 210, { steps: 4 });
    await page.mouse.up();
    await page.keyboard.up("Shift");
    expect(await events("range")).toEqual([{ range: { from: 20, to: 60 } }]);
    expect(await page.evaluate(() => document.querySelector("flame-graph")!.range)).toEqual({
      from: 20,
      to: 60,
    });
    await page.keyboard.press("Escape");
    expect(await events("range")).toEqual([{ range: null }]);
    // On the axis without Shift; a click there lifts the choice.
    await page.mouse.move(400, 10);
    await page.mouse.down();
    await page.mouse.move(240, 30, { steps: 3 });
    await page.mouse.up();
    expect(await events("range")).toEqual([{ range: { from: 30, to: 50 } }]);
    await page.mouse.click(100, 10);
    expect(await events("range")).toEqual([{ range: null }]);
    // By key: the time of the focused frame.
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("r");
    expect(await events("range")).toEqual([{ range: { from: 40, to: 60 } }]);
  });

  test("both sides of a differential and the change", async () => {
    await open({
      folded: "main;more 10 40\nmain;less 30 15\nmain;born 0 20\nmain;gone 25 0\nmain;noise 1000 1001",
      tree: { width: "both" },
      attributes: "diff-noise=0.002",
    });
    const tells = async (path: string): Promise<string> => {
      await moveTo(path);
      return (await tooltip()).replace(/^.*Base/, "Base");
    };
    expect(await tells("main;more")).toBe("Base 10 samples Head 40 samples Change +30 samples (+300.0%)");
    expect(await tells("main;less")).toBe("Base 30 samples Head 15 samples Change −15 samples (−50.0%)");
    expect(await tells("main;born")).toBe("Base 0 samples Head 20 samples Change +20 samples (new)");
    expect(await tells("main;gone")).toBe("Base 25 samples Head 0 samples Change −25 samples (vanished)");
    expect(await tells("main;noise")).toBe(
      "Base 1,000 samples Head 1,001 samples Change +1 samples (+0.10%), noise",
    );
    const legend = await page.evaluate(
      () =>
        document.querySelector("flame-graph")!.shadowRoot!.querySelector<HTMLElement>(".legend")!.innerText,
    );
    expect(legend.replace(/\s+/g, " ")).toBe(
      "−30 samples less more +30 samples with all they call + new − vanished",
    );
  });

  test("a sandwich: callers above, callees below, one function highlighted in both", async () => {
    await open({ folded: "f;g 10\nf;h 20\nf 5", attributes: "mode=sandwich" });
    await page.evaluate(() => {
      document.querySelector("flame-graph")!.callers = (
        window.fixture as unknown as { buildLevelGraph(tree: object): never }
      ).buildLevelGraph(window.fixture.foldedTree("f;main 20\nf;g;main 15"));
    });
    await settled();
    const upper = await middle("f;main", 0, "callers");
    const lower = await middle("f;h");
    expect(upper.y).toBeLessThan(200);
    expect(lower.y).toBeGreaterThan(200);
    await page.mouse.dblclick(upper.x, upper.y);
    await settled();
    expect((await events("zoom")).at(-1)).toMatchObject({ pane: "callers" });
    expect(await zoomed()).toMatchObject({ from: 0, to: 1 });
    await page.evaluate(() => document.querySelector("flame-graph")!.back());
    expect((await events("zoom")).at(-1)).toMatchObject({ pane: "callers", rect: 0 });
    await page.mouse.click(lower.x, lower.y);
    await page.mouse.click(upper.x, upper.y);
    expect((await events("select")).map(({ pane }) => pane)).toEqual(["main", "callers"]);
    expect(await selected()).toBe(null);
    await page.evaluate(() => document.querySelector("flame-graph")!.setAttribute("mode", "icicle"));
    expect(
      await page.evaluate(
        () => document.querySelector("flame-graph")!.shadowRoot!.querySelectorAll(".pane").length,
      ),
    ).toBe(1);
  });
});
