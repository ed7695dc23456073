import { expect, test } from "vitest";
import { MemorySink, ProfileBuilder, pprofWriter } from "../../../packages/core/src/index.ts";
import { validated } from "../../support/letters.ts";
import { perfScript } from "../../support/viewer-data.ts";
import {
  clickFrame,
  describePage,
  frameAt,
  graphRows,
  openFolded,
  openViewer,
  page,
  pick,
  press,
  settled,
  tableRows,
} from "./page.ts";

/** Two threads over ten seconds: the first parses, then both run. */
const TIMED = perfScript([
  ...Array.from({ length: 50 }, (_, i) => `one/1@${(100 + i / 10).toFixed(3)} main;parse;lex`),
  ...Array.from(
    { length: 50 },
    (_, i) => `one/1@${(105 + i / 10).toFixed(3)} main;run;${i % 2 ? "loop" : "wait"}`,
  ),
  ...Array.from({ length: 30 }, (_, i) => `two/2@${(105 + i / 10).toFixed(3)} start;help`),
]);

async function openTimed(): Promise<void> {
  await openViewer();
  await pick({ name: "perf.txt", data: TIMED });
  await page.waitForSelector(".status span");
  await settled();
}

const status = (): Promise<string> => page.locator(".status span").first().innerText();

describePage("views", () => {
  test("the table sorts, filters, and points every view at a function", async () => {
    await openFolded();
    await press("Table");
    expect((await tableRows("Functions")).slice(0, 3)).toEqual([
      "30 | 30.0% | 30 | 30.0% | lex",
      "30 | 30.0% | 30 | 30.0% | malloc",
      "30 | 30.0% | 50 | 50.0% | loop",
    ]);
    await press("Total", ".rows");
    expect((await tableRows("Functions"))[0]).toBe("0 | 0% | 100 | 100% | main");
    await press(/^Total/, ".rows");
    expect((await tableRows("Functions")).at(-1)).toBe("0 | 0% | 100 | 100% | main");
    await press("Function", ".rows");
    expect((await tableRows("Functions"))[0]).toContain("exit");
    await page.getByLabel("Filter functions").fill("^l");
    await page.getByLabel("Regex").check();
    expect(await tableRows("Functions")).toHaveLength(2);
    expect(await page.getByText("2 of 7 functions").isVisible()).toBe(true);
    await page.getByRole("gridcell", { name: "loop" }).click();
    await settled();
    const details = page.getByRole("complementary", { name: "Selected function" });
    expect(await details.innerText()).toMatch(/loop\s+Self\s+30 \(30\.0%\)\s+Total\s+50 \(50\.0%\)/);
    expect(await details.getByRole("region", { name: "Callers" }).innerText()).toMatch(/run\s+100%/);
    expect(await details.getByRole("region", { name: "Callees" }).innerText()).toMatch(/malloc\s+40\.0%/);
    await details.getByRole("button", { name: "malloc" }).click();
    await settled();
    expect(await details.getByRole("region", { name: "Callers" }).innerText()).toMatch(
      /loop\s+66\.7%\s+parse\s+33\.3%/,
    );
  });

  test("the table by keyboard, with a hundred thousand rows of which few are in the page", async () => {
    const lines = Array.from({ length: 100_000 }, (_, i) => `f${i} ${100_000 - i}`).join("\n");
    await openFolded(lines);
    await press("Table");
    const grid = page.getByRole("grid", { name: "Functions" });
    expect(await grid.getAttribute("aria-rowcount")).toBe("100001");
    expect(await grid.locator(".row").count()).toBeLessThan(60);
    await grid.focus();
    await page.keyboard.press("End");
    await settled();
    expect(await grid.locator(".row.selected").innerText()).toContain("f99999");
    await page.keyboard.press("ArrowUp");
    await settled();
    expect(await grid.locator(".row.selected").innerText()).toContain("f99998");
    await page.keyboard.press("Home");
    await page.keyboard.press("Enter");
    await settled();
    expect(await page.locator(".tabs [aria-current]").innerText()).toBe("Sandwich");
    expect(await graphRows()).toEqual([["f0 100000"]]);
  });

  test("inverted, and the root at the bottom", async () => {
    await openFolded();
    await page.getByLabel("Inverted").check();
    await settled();
    expect((await graphRows()).slice(0, 2)).toEqual([
      ["all 100"],
      ["exit 10", "lex 30", "loop 30", "malloc 30"],
    ]);
    await page.getByLabel("Root at the bottom").check();
    await page.waitForSelector("flame-graph[mode=flame]");
  });

  test("sandwich: callers above, callees below; a click goes on from there", async () => {
    await openFolded();
    await press("Sandwich");
    await page.getByText("Select a function in the table").waitFor();
    await press("Flame graph");
    await clickFrame("malloc");
    await press("Sandwich");
    expect(await graphRows()).toEqual([["malloc 30"]]);
    const callers = await page.evaluate(() => {
      const { callers: graph } = document.querySelector("flame-graph") as unknown as {
        callers: { length: number };
      };
      return graph.length;
    });
    expect(callers).toBe(6);
  });

  test("two views beside each other share one selection", async () => {
    await openFolded();
    await page.keyboard.press("s");
    await settled();
    await clickFrame("loop");
    expect(await page.locator(".row.selected").innerText()).toContain("loop");
    await page.keyboard.press("s");
    expect(await page.getByRole("grid").count()).toBe(0);
  });

  test("timeline: a drag selects a time for every view; a click shows all again", async () => {
    await openTimed();
    expect(await status()).toContain("130 samples");
    const strip = page.getByRole("img", { name: "All samples over time" });
    const box = (await strip.boundingBox())!;
    await page.mouse.move(box.x + 2, box.y + 10);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.45, box.y + 10, { steps: 4 });
    await page.mouse.up();
    await settled();
    const names = (await graphRows()).flat().map((text) => text.replace(/ \d+$/, ""));
    expect(names).toContain("lex");
    expect(names).not.toContain("run");
    await press("Table");
    expect((await tableRows("Functions")).join()).not.toContain("loop");
    await page.getByRole("button", { name: "Show all of the time" }).click();
    await settled();
    expect(await status()).toContain("130 samples");
  });

  test("time by numbers, and a second range to compare with", async () => {
    await openTimed();
    await press("Time range");
    const from = page.getByLabel("From").first();
    await page.getByLabel("To").first().fill("5");
    await page.getByLabel("To").first().press("Enter");
    await settled();
    expect(await status()).toContain("50 samples");
    await page.getByLabel("From").nth(1).fill("5");
    await page.getByLabel("From").nth(1).press("Enter");
    await settled();
    expect(await from.inputValue()).toBe("0");
    expect(await page.locator(".range-chip.base").innerText()).toContain("compared with");
    await page.keyboard.press("Escape");
    await press("Changes");
    const rows = await tableRows("Changes");
    expect(rows.find((row) => row.endsWith("lex"))).toMatch(/^\+.*new/);
    expect(rows.find((row) => row.endsWith("loop"))).toMatch(/^-.*gone/);
    await page.getByRole("button", { name: "End the comparison" }).click();
    await settled();
    expect(await status()).toContain("50 samples");
  });

  test("threads: totals, one of them, merged or as root frames", async () => {
    await openTimed();
    expect((await graphRows())[1]!.map((text) => text.split(" ")[0])).toEqual(["one", "two"]);
    await press(/^Threads:/);
    const panel = page.getByRole("dialog", { name: "Threads" });
    expect(await panel.locator("li").allInnerTexts()).toEqual([
      expect.stringMatching(/one 700\/701\s*76\.9%/),
      expect.stringMatching(/two 700\/702\s*23\.1%/),
    ]);
    await panel.getByLabel(/two 700/).check();
    await settled();
    expect(await status()).toContain("30 samples");
    await panel.getByLabel("Merged").check();
    await settled();
    expect((await graphRows())[1]!.map((text) => text.split(" ")[0])).toEqual(["start"]);
    await panel.getByRole("button", { name: "All threads" }).click();
    await panel.getByLabel("Each").check();
    await settled();
    expect((await graphRows())[1]!.join()).toContain("two 700/702");
  });

  test("flame chart: time from left to right, by thread; a range of it is for every view", async () => {
    await openTimed();
    await press("Flame chart");
    const rows = await graphRows();
    expect(rows[1]!.map((text) => text.split(" ")[0])).toEqual(["main"]);
    expect(rows[3]!.length).toBeGreaterThan(40);
    await page.getByLabel("Thread of the chart").selectOption({ index: 1 });
    await settled();
    expect((await graphRows()).flat().join()).toContain("help");
    const box = (await page.locator("flame-graph").boundingBox())!;
    const { y } = await frameAt("all");
    await page.keyboard.down("Shift");
    await page.mouse.move(box.x + 5, y);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2, y, { steps: 5 });
    await page.mouse.up();
    await page.keyboard.up("Shift");
    await settled();
    await page.locator(".range-chip").waitFor();
    expect(Number((await status()).split(" ")[0])).toBeLessThan(60);
  });

  test("heatmap: from cell to cell by mouse and by keyboard; a second selection compares", async () => {
    await openTimed();
    await press("Heatmap");
    const canvas = page.getByRole("img", { name: /by offset within the second/ });
    const box = (await canvas.boundingBox())!;
    const column = box.width / 10;
    await page.mouse.click(box.x + column * 0.5, box.y + box.height - 3);
    await page.mouse.click(box.x + column * 4.5, box.y + 3);
    await settled();
    expect(await status()).toContain("50 samples");
    await page.keyboard.down("Shift");
    await page.mouse.click(box.x + column * 5.5, box.y + box.height - 3);
    await page.mouse.click(box.x + column * 9.5, box.y + 3);
    await page.keyboard.up("Shift");
    await settled();
    expect(await page.locator(".range-chip.base").count()).toBe(1);
    await page.getByRole("button", { name: "Show all of the time" }).click();
    await page.getByRole("application").focus();
    for (const key of ["Enter", "ArrowRight", "ArrowUp", "Enter"]) await page.keyboard.press(key);
    await settled();
    expect(await page.locator(".range-chip").count()).toBe(1);
  });

  test("source: files, lines with their cost, text and links of the user's own", async () => {
    const profile = {
      $schema: "https://www.speedscope.app/file-format-schema.json",
      shared: {
        frames: [
          { name: "main", file: "/home/me/app/src/main.c", line: 2 },
          { name: "work", file: "/home/me/app/src/main.c", line: 3 },
        ],
      },
      profiles: [
        {
          type: "sampled",
          name: "t",
          unit: "none",
          startValue: 0,
          endValue: 4,
          samples: [[0], [0, 1], [0, 1]],
          weights: [1, 1, 1],
        },
      ],
    };
    await openViewer();
    await pick({ name: "x.json", data: JSON.stringify(profile) });
    await page.waitForSelector(".status span");
    await press("Source");
    expect(await tableRows("Source files")).toEqual(["3 | 100% | 3 | /home/me/app/src/main.c"]);
    await page.getByRole("gridcell", { name: "/home/me/app/src/main.c" }).click();
    expect(await tableRows("Source lines")).toEqual(["1 | 3 | 2 | ", "2 | 2 | 3 | "]);
    await page.getByLabel("Add source files").setInputFiles({
      name: "main.c",
      mimeType: "text/plain",
      buffer: Buffer.from("// one\nint main() {\n  work();\n}\n"),
    });
    await page.getByText("work();").waitFor();
    expect(await tableRows("Source lines")).toEqual([
      " |  | 1 | // one",
      "1 | 3 | 2 | int main() {",
      "2 | 2 | 3 | work();",
      " |  | 4 | }",
      " |  | 5 | ",
    ]);
    await page.getByLabel("Link to the editor").fill("https://git.example/{path}#L{line}");
    await page.getByLabel("Link to the editor").press("Enter");
    expect(await page.getByRole("link", { name: "3", exact: true }).getAttribute("href")).toBe(
      "https://git.example//home/me/app/src/main.c#L3",
    );
    await page.getByLabel("Link to the editor").fill("javascript:alert(1)//{path}");
    await page.getByLabel("Link to the editor").press("Enter");
    expect(await page.locator(".lines a").count()).toBe(0);
  });

  test("labels and value types: those of a pprof with both", async () => {
    const builder = new ProfileBuilder("each");
    const count = builder.valueType("objects", "count");
    const bytes = builder.valueType("space", "bytes");
    const main = builder.stack(-1, builder.frameNamed("main"));
    for (const [name, tenant, amount] of [
      ["a", "blue", 4],
      ["b", "red", 2],
    ] as const) {
      const labels = builder.labelSet([{ key: "tenant", value: tenant }]);
      const weights: number[] = [];
      weights[count] = 1;
      weights[bytes] = amount * 1024;
      builder.sample(builder.stack(main, builder.frameNamed(name)), weights, { labels });
    }
    const sink = new MemorySink();
    await pprofWriter.write(validated(builder.finish()), sink, {});
    await openViewer();
    await pick({ name: "heap.pb", data: sink.bytes() });
    await page.waitForSelector(".status span");
    await settled();
    await page.getByLabel("Weight").selectOption("space/bytes");
    await settled();
    expect((await graphRows()).slice(1)).toEqual([["main 6144"], ["a 4096", "b 2048"]]);
    expect(await status()).toBe("2 samples · 6 KiB of space");
    await press("Labels");
    await page.getByText("tenant").click();
    await page.getByLabel(/red/).check();
    await settled();
    expect((await graphRows()).slice(1)).toEqual([["main 2048"], ["b 2048"]]);
    await press("All samples");
    expect((await graphRows())[0]).toEqual(["all 6144"]);
  });

  test("folded stacks with two counts are a comparison by themselves", async () => {
    await openFolded("main;a 1 5\nmain;b 4 0");
    expect(await status()).toContain("5 → 5 samples");
    await press("Changes");
    expect(await tableRows("Changes")).toContainEqual(expect.stringMatching(/^-4 \| gone .*b$/));
    await page.getByLabel("Weight").selectOption({ index: 1 });
    await settled();
    expect(await status()).toContain("5 samples");
  });
});
