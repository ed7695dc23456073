import { expect, test } from "vitest";
import {
  describeElement,
  events,
  middle,
  open,
  page,
  pixel,
  SMALL,
  selected,
  settled,
  tooltip,
  zoomed,
} from "./page.ts";

interface Row {
  name: string;
  cells: string[];
  level: string;
  place: string;
  expanded: string | null;
  focused: boolean;
}

/** The rows of the treegrid that are in the document. */
function rows(): Promise<Row[]> {
  return page.evaluate(() => {
    const shadow = document.querySelector("flame-graph")!.shadowRoot!;
    return [...shadow.querySelectorAll<HTMLElement>('[role="treegrid"] .row')].map((row) => ({
      name: row.querySelector(".name")!.textContent!,
      cells: [...row.querySelectorAll('[role="gridcell"]')].map((cell) => cell.textContent!),
      level: row.getAttribute("aria-level")!,
      place: `${row.getAttribute("aria-posinset")}/${row.getAttribute("aria-setsize")}`,
      expanded: row.getAttribute("aria-expanded"),
      focused: shadow.activeElement === row && row.tabIndex === 0,
    }));
  });
}

const focused = async (): Promise<string | undefined> => (await rows()).find((row) => row.focused)?.name;

async function press(...keys: string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
  await settled();
}

describeElement("<flame-graph> by keyboard", () => {
  test("arrows go to callers, callees and neighbours, as they are drawn", async () => {
    await open({ folded: SMALL });
    await press("Tab");
    expect(await focused()).toBe("all");
    await press("ArrowUp", "ArrowUp");
    expect(await focused()).toBe("run");
    expect(await tooltip()).toContain("run Total 60 samples");
    await press("ArrowLeft");
    expect(await focused()).toBe("parse");
    await press("ArrowLeft");
    expect(await focused()).toBe("parse");
    await press("ArrowUp", "ArrowRight");
    // Siblings first, then the neighbours behind them.
    expect(await focused()).toBe("exit");
    await press("ArrowDown");
    expect(await focused()).toBe("run");
    await page.evaluate(() => document.querySelector("flame-graph")!.setAttribute("mode", "icicle"));
    await press("ArrowUp");
    expect(await focused()).toBe("main");
    await press("ArrowDown", "ArrowDown");
    expect(await focused()).toBe("loop");
  });

  test("the focused frame has a ring, which the mouse does not bring", async () => {
    await open({ folded: SMALL });
    const { x, y } = await middle("main;parse");
    const edge = { x: 1, y: y - 8 };
    await page.mouse.click(x, y);
    await page.mouse.move(400, 5);
    await settled();
    const selectedEdge = await pixel(edge.x, edge.y);
    await press("ArrowRight", "ArrowLeft");
    expect(await focused()).toBe("parse");
    expect(await pixel(edge.x, edge.y)).toBe("0,0,0");
    expect(selectedEdge).not.toBe("0,0,0");
  });

  test("Enter zooms, Escape goes back, 0 and Home show everything, plus and minus zoom by half", async () => {
    await open({ folded: SMALL });
    await press("Tab", "ArrowUp", "ArrowUp", "Enter");
    expect(await zoomed()).toMatchObject({ path: "main;run" });
    await press("ArrowUp", "Enter");
    expect(await zoomed()).toMatchObject({ path: "main;run;loop" });
    await press("Escape");
    expect(await zoomed()).toMatchObject({ path: "main;run" });
    await press("0");
    expect(await zoomed()).toEqual({ path: "", from: 0, to: 1 });
    expect(await focused()).toBe("all");
    await press("+");
    expect(await zoomed()).toMatchObject({ from: 0.25, to: 0.75 });
    await press("-");
    expect(await zoomed()).toMatchObject({ from: 0, to: 1 });
    await press("+", "Home");
    expect(await zoomed()).toMatchObject({ from: 0, to: 1 });
  });

  test("Space selects; what is outside of the view is brought into it", async () => {
    await open({ folded: SMALL });
    await press("Tab", "ArrowUp", "ArrowUp", "ArrowLeft", "Enter", " ");
    expect(await selected()).toBe("main;parse");
    expect(await zoomed()).toMatchObject({ path: "main;parse", from: 0, to: 0.4 });
    await press("ArrowRight");
    expect(await focused()).toBe("run");
    expect((await zoomed()).to).toBeGreaterThan(0.4);
    await press(" ");
    expect(await selected()).toBe("main;run");
    await press(" ");
    expect(await selected()).toBe(null);
  });

  test("the treegrid holds the same frames, with level, place and weights", async () => {
    await open({ folded: SMALL, attributes: 'label="CPU of a test"' });
    await press("Tab", "ArrowUp", "ArrowUp");
    const grid = await page.evaluate(() => {
      const node = document.querySelector("flame-graph")!.shadowRoot!.querySelector('[role="treegrid"]')!;
      return [
        node.getAttribute("aria-label"),
        node.getAttribute("aria-rowcount"),
        node.getAttribute("aria-colcount"),
      ];
    });
    expect(grid).toEqual(["CPU of a test", "5", "4"]);
    expect(await rows()).toEqual([
      {
        name: "all",
        cells: ["100 samples", "100.0%", "0 samples"],
        level: "1",
        place: "1/1",
        expanded: "true",
        focused: false,
      },
      {
        name: "main",
        cells: ["100 samples", "100.0%", "0 samples"],
        level: "2",
        place: "1/1",
        expanded: "true",
        focused: false,
      },
      {
        name: "run",
        cells: ["60 samples", "60.0%", "0 samples"],
        level: "3",
        place: "1/2",
        expanded: "false",
        focused: true,
      },
      {
        name: "parse",
        cells: ["40 samples", "40.0%", "0 samples"],
        level: "3",
        place: "2/2",
        expanded: "false",
        focused: false,
      },
    ]);
  });

  test("as a visible table it has a treegrid's keys, folds and unfolds, and scrolls", async () => {
    const many = Array.from({ length: 5000 }, (_, i) => `main;f${i} ${i + 1}`).join("\n");
    await open({ folded: `${SMALL}\n${many}`, attributes: "table" });
    await press("Tab", "ArrowDown");
    expect(await focused()).toBe("main");
    await press("ArrowRight", "ArrowDown");
    expect(await focused()).toBe("f4999");
    expect((await rows()).length).toBeLessThan(60);
    await press("End");
    expect(await focused()).toBe("f0");
    const seen = await page.evaluate(() => {
      const shadow = document.querySelector("flame-graph")!.shadowRoot!;
      const { top, bottom } = shadow.activeElement!.getBoundingClientRect();
      const grid = shadow.querySelector('[role="treegrid"]')!.getBoundingClientRect();
      return top >= grid.top && bottom <= grid.bottom;
    });
    expect(seen).toBe(true);
    await press("ArrowLeft");
    expect(await focused()).toBe("main");
    await press("ArrowLeft");
    expect((await rows()).map(({ name }) => name)).toEqual(["all", "main"]);
    await press("Home");
    expect(await focused()).toBe("all");
    await page
      .getByText("▸")
      .or(page.locator("flame-graph .row", { hasText: "main" }))
      .first()
      .click();
    expect(await focused()).toBe("main");
    await page.locator('flame-graph .row[aria-level="2"] .fold').click();
    expect((await rows()).length).toBeGreaterThan(10);
    await page.locator("flame-graph .row", { hasText: "f4999" }).dblclick();
    expect(await zoomed()).toMatchObject({ path: "main;f4999" });
  });

  test("zoom and search are announced", async () => {
    await open({ folded: SMALL });
    const said = (): Promise<string> =>
      page.evaluate(
        () =>
          document.querySelector("flame-graph")!.shadowRoot!.querySelector('[role="status"]')!.textContent!,
      );
    await press("Tab", "ArrowUp", "ArrowUp", "Enter");
    await expect.poll(said).toBe("Zoomed to run, 60.0% of all");
    await page.evaluate(() => document.querySelector("flame-graph")!.setAttribute("search", "malloc"));
    await expect.poll(said).toBe("2 functions in 1 frame, 33.3% of the view, 30.0% of all");
    await press("n");
    await expect.poll(said).toBe("Match 1 of 1");
    await press("0");
    await expect.poll(said).toBe("2 functions in 2 frames, 30.0% of all. Showing everything");
  });

  test("search from the page: result, next and previous, and the ranked list", async () => {
    await open({ folded: SMALL });
    const result = await page.evaluate(() => {
      const found = document.querySelector("flame-graph")!.search("a|L", { regex: true })!;
      return { ...found, ranked: found.ranked().map(({ text, weight }) => `${text} ${weight}`) };
    });
    expect(result).toMatchObject({ functions: 6, count: 6, weight: 100, shareOfAll: 1, shareOfView: 1 });
    expect(result.ranked).toEqual(["main 100", "loop 50", "parse 40", "lex 30", "malloc 20", "Malloc 10"]);
    const visited: (string | null)[] = [];
    await page.evaluate(() => document.querySelector("flame-graph")!.search("malloc"));
    for (const step of ["nextHit", "nextHit", "nextHit", "previousHit"] as const) {
      await page.evaluate((name) => document.querySelector("flame-graph")![name](), step);
      visited.push(await selected());
    }
    expect(visited).toEqual([
      "main;parse;Malloc",
      "main;run;loop;malloc",
      "main;parse;Malloc",
      "main;run;loop;malloc",
    ]);
    const broken = await page.evaluate(() =>
      document.querySelector("flame-graph")!.search("(", { regex: true }),
    );
    expect(broken).toMatchObject({ count: 0, weight: 0 });
    expect(broken!.error).toContain("Unterminated group");
    await page.evaluate(() => document.querySelector("flame-graph")!.search(""));
    expect((await events("search")).at(-1)).toBe(null);
  });

  test("the focus stays where it is when the graph is replaced, and can be set", async () => {
    await open({ folded: SMALL, before: "<button>Before</button>" });
    await page.evaluate(() => document.querySelector("flame-graph")!.focus());
    expect(await focused()).toBe("all");
    await press("ArrowUp", "ArrowUp", " ");
    await page.evaluate((folded) => {
      document.querySelector("flame-graph")!.tree = window.fixture.foldedTree(`${folded}\nmain;run;new 500`);
    }, SMALL);
    await settled();
    expect(await selected()).toBe("main;run");
    expect(await focused()).toBe("run");
    await press("Shift+Tab");
    expect(await page.evaluate(() => document.activeElement!.textContent)).toBe("Before");
  });
});
